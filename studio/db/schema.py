"""The statements of each schema step. A step that was released is never changed again."""

from __future__ import annotations

FIRST = (
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


HOSTED = (
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


SAFEGUARDS = (
    "alter table jobs add column closed_at text",
    """
    create index jobs_charged_for_nothing on jobs (finished_at)
    where state in ('failed', 'refused', 'canceled') and closed_at is null
    and (cost > 0 or (cost is null and fault is not null))
    """,
    "create index batches_by_person on batches (created_by) where created_by is not null",
    """
    create table bill_checks (
        job_id text not null references jobs (id),
        attempt integer not null,
        at text not null,
        booked integer not null,
        billed integer not null,
        primary key (job_id, attempt)
    ) without rowid
    """,
    "create index bill_checks_by_time on bill_checks (at)",
    "create index spend_by_batch on spend (batch_id, day, settled)",
    "create index spend_open on spend (batch_id, reserved) where reserved <> 0",
    """
    create trigger events_are_append_only_update before update on events
    begin select raise(abort, 'the event log is append-only'); end
    """,
    """
    create trigger events_are_append_only_delete before delete on events
    begin select raise(abort, 'the event log is append-only'); end
    """,
)
