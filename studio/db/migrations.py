"""The schema as numbered, append-only steps; a backup is made before the first pending one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlite_utils
from filelock import FileLock
from sqlite_utils.migrations import Migrations

from studio.errors import DatabaseError

migrations = Migrations("studio")

_TABLES = (
    """
    create table batches (
        seq integer primary key autoincrement,
        id text not null unique,
        title text not null,
        state text not null,
        pause_reason text,
        pause_message text,
        source text not null,
        continue_key text,
        plan_id text unique,
        model text not null,
        settings text not null,
        quote text not null,
        priority integer not null default 0,
        created_by text,
        created_at text not null,
        started_at text,
        finished_at text
    )
    """,
    "create index batches_by_state on batches (state, priority desc, seq)",
    "create index batches_by_key on batches (continue_key) where continue_key is not null",
    """
    create table jobs (
        id text primary key,
        batch_id text not null references batches (id),
        position integer not null,
        state text not null,
        provider text not null,
        model text not null,
        content_hash text not null,
        spec text not null,
        seed integer not null,
        file_stem text not null,
        attempt integer not null default 0,
        retries integer not null default 0,
        not_before text,
        remote text,
        outputs text,
        owner text,
        fault text,
        cost integer,
        cost_source text,
        parent_job_id text references jobs (id),
        round integer not null default 1,
        created_at text not null,
        started_at text,
        finished_at text,
        unique (batch_id, position),
        unique (batch_id, file_stem)
    )
    """,
    "create index jobs_to_claim on jobs (batch_id, state, provider, position)",
    """
    create index jobs_in_flight on jobs (state, owner)
    where state in ('submitting', 'running', 'fetching', 'unknown')
    """,
    """
    create index jobs_postponed on jobs (not_before)
    where state = 'queued' and not_before is not null
    """,
    """
    create index jobs_by_end on jobs (batch_id, finished_at desc, started_at)
    where state = 'done'
    """,
    "create index jobs_by_hash on jobs (batch_id, content_hash)",
    "create index jobs_by_parent on jobs (parent_job_id) where parent_job_id is not null",
    """
    create table assets (
        seq integer primary key autoincrement,
        id text not null unique,
        job_id text not null references jobs (id),
        batch_id text not null references batches (id),
        output_index integer not null default 0,
        path text not null unique,
        media_type text not null,
        width integer not null,
        height integer not null,
        size integer not null,
        sha256 text not null,
        prompt text not null,
        negative_prompt text,
        model text not null,
        provider text not null,
        section text not null default '',
        image_number integer not null,
        description text not null default '',
        seed integer not null,
        params text not null,
        variables text not null,
        parent_asset_id text,
        round integer not null default 1,
        cost integer,
        seconds real,
        starred integer not null default 0,
        rating integer,
        tags text not null default '[]',
        title text,
        position integer not null,
        created_at text not null,
        deleted_at text,
        unique (job_id, output_index)
    )
    """,
    "create index assets_live on assets (seq desc) where deleted_at is null",
    "create index assets_by_batch on assets (batch_id, position) where deleted_at is null",
    "create index assets_by_model on assets (model, seq desc) where deleted_at is null",
    "create index assets_by_section on assets (section, seq desc) where deleted_at is null",
    "create index assets_by_star on assets (seq desc) where starred = 1 and deleted_at is null",
    "create index assets_by_day on assets (created_at) where deleted_at is null",
    "create index assets_by_hash on assets (sha256)",
    """
    create table ledger (
        id integer primary key autoincrement,
        at text not null,
        day integer not null,
        job_id text not null references jobs (id),
        batch_id text not null references batches (id),
        attempt integer not null,
        kind text not null check (kind in ('reserve', 'release', 'settle')),
        reserved integer not null,
        settled integer not null,
        provider text not null,
        model text not null,
        picture integer not null default 0,
        source text not null
    )
    """,
    "create index ledger_by_job on ledger (job_id, id)",
    "create index ledger_by_batch on ledger (batch_id, id)",
    """
    create trigger ledger_is_append_only_update before update on ledger
    begin select raise(abort, 'the ledger is append-only'); end
    """,
    """
    create trigger ledger_is_append_only_delete before delete on ledger
    begin select raise(abort, 'the ledger is append-only'); end
    """,
    """
    create table spend (
        day integer not null,
        provider text not null,
        model text not null,
        batch_id text not null,
        settled integer not null,
        reserved integer not null,
        without_picture integer not null,
        pictures integer not null,
        primary key (day, provider, model, batch_id)
    ) without rowid
    """,
    """
    create table events (
        id integer primary key autoincrement,
        at text not null,
        batch_id text not null references batches (id),
        job_id text references jobs (id),
        kind text not null,
        data text not null
    )
    """,
    "create index events_by_batch on events (batch_id, id)",
    "create index events_by_job on events (job_id, id) where job_id is not null",
    """
    create table followups (
        id integer primary key autoincrement,
        batch_id text not null references batches (id),
        job_id text references jobs (id),
        kind text not null,
        created_at text not null,
        not_before text,
        attempts integer not null default 0,
        error text,
        done_at text
    )
    """,
    "create index followups_pending on followups (not_before, id) where done_at is null",
    """
    create unique index followups_once on followups (kind, batch_id, coalesce(job_id, ''))
    where done_at is null
    """,
)


_HOSTED = (
    "alter table jobs add column progress text",
    "alter table ledger add column corrects integer not null default 0",
    "create index jobs_by_model on jobs (model, finished_at desc, started_at) where state = 'done'",
    """
    create table learned (
        kind text not null,
        name text not null,
        value text not null,
        source text not null,
        at text not null,
        primary key (kind, name)
    ) without rowid
    """,
    """
    create table budget_changes (
        id integer primary key autoincrement,
        at text not null,
        scope text not null,
        cap integer check (cap is null or cap > 0),
        set_by text
    )
    """,
    "create index budget_changes_by_scope on budget_changes (scope, id desc)",
    """
    create table receipts (
        provider text not null,
        remote_id text not null,
        job_id text not null references jobs (id),
        attempt integer not null,
        ref text not null,
        at text not null,
        primary key (provider, remote_id)
    ) without rowid
    """,
    "create index receipts_by_job on receipts (job_id, attempt)",
    "create index ledger_of_unknown_price on ledger (batch_id) where source = 'price unknown'",
)


@migrations(name="0001_first_schema")
def first_schema(db: sqlite_utils.Database) -> None:
    """Batches, jobs, assets with full-text search, ledger and its rollup, events, follow-ups."""
    for statement in _TABLES:
        db.execute(statement)
    db.table("assets").enable_fts(
        ["prompt", "description", "section", "tags", "title"],
        fts_version="FTS5",
        tokenize="unicode61 remove_diacritics 2",
        create_triggers=True,
    )


@migrations(name="0002_hosted_generators")
def hosted_generators(db: sqlite_utils.Database) -> None:
    """What providers told about themselves, budgets set by people, progress, model durations."""
    for statement in _HOSTED:
        db.execute(statement)


def migrate(path: Path) -> None:
    """Bring the database to the newest schema.

    Raises:
        DatabaseError: the database was written by a newer program.
    """
    lock = FileLock(path.with_name(path.name + ".migrating"))
    with lock, closing(sqlite3.connect(path, isolation_level=None)) as connection:
        db = sqlite_utils.Database(connection)
        _refuse_newer(db)
        if not migrations.pending(db):
            return
        if db.table_names():
            _back_up(connection, path)
        connection.execute("pragma journal_mode = wal")
        migrations.apply(db)


def _refuse_newer(db: sqlite_utils.Database) -> None:
    ours = {migration.name for migration in migrations._migrations}  # noqa: SLF001  (no public list)
    if newer := [step.name for step in migrations.applied(db) if step.name not in ours]:
        raise DatabaseError(
            f"This database was written by a newer version of the studio (step {newer[0]!r}).",
            "Update the studio, or point STUDIO_DATA_DIR at another folder.",
        )


def _back_up(connection: sqlite3.Connection, path: Path) -> None:
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    with closing(sqlite3.connect(folder / f"{path.stem}-{stamp}.db")) as target:
        connection.backup(target)
