"""The schema as numbered, append-only steps; a backup is made before the first pending one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlite_utils
from filelock import FileLock
from sqlite_utils.migrations import Migrations

from studio.db.backups import before_migration
from studio.db.schema import FIRST, HOSTED, SAFEGUARDS
from studio.errors import DatabaseError

migrations = Migrations("studio")


@migrations(name="0001_first_schema")
def first_schema(db: sqlite_utils.Database) -> None:
    """Batches, jobs, assets with full-text search, ledger and its rollup, events, follow-ups."""
    for statement in FIRST:
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
    for statement in HOSTED:
        db.execute(statement)


@migrations(name="0003_money_safeguards")
def money_safeguards(db: sqlite_utils.Database) -> None:
    """Losses taken note of, budgets of people, checked bills, an event log that only grows."""
    for statement in SAFEGUARDS:
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
            before_migration(connection, path)
        connection.execute("pragma journal_mode = wal")
        migrations.apply(db)


def _refuse_newer(db: sqlite_utils.Database) -> None:
    ours = {migration.name for migration in migrations._migrations}  # noqa: SLF001  (no public list)
    if newer := [step.name for step in migrations.applied(db) if step.name not in ours]:
        raise DatabaseError(
            f"This database was written by a newer version of the studio (step {newer[0]!r}).",
            "Update the studio, or point STUDIO_DATA_DIR at another folder.",
        )
