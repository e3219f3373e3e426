"""Jobs: inserted with their batch, claimed one at a time, moved only along the transition table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from studio.db import events
from studio.db.connect import Tx
from studio.db.rows import dump, job_from, timestamp
from studio.errors import NotFound, TransitionNotAllowed
from studio.models import Fault, Job, JobSpec, JobState, check_transition


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job about to be stored."""

    id: str
    position: int
    spec: JobSpec
    seed: int
    file_stem: str
    """File name without extension, unique in its batch."""


def insert_many(tx: Tx, batch_id: str, jobs: Iterable[NewJob], at: datetime) -> None:
    """Store the jobs of a batch, all queued."""
    moment = timestamp(at)
    tx.conn.executemany(
        "insert into jobs (id, batch_id, position, state, provider, model, content_hash, spec, "
        "seed, file_stem, parent_job_id, round, created_at) "
        "values (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            [
                job.id,
                batch_id,
                job.position,
                job.spec.request.model.partition(":")[0],
                job.spec.request.model,
                job.spec.content_hash,
                job.spec.model_dump_json(),
                job.seed,
                job.file_stem,
                job.spec.parent_job_id,
                job.spec.round,
                moment,
            ]
            for job in jobs
        ),
    )


def get(tx: Tx, job_id: str) -> Job:
    """One job.

    Raises:
        NotFound: there is none of that id.
    """
    for row in tx.query("select * from jobs where id = ?", [job_id]):
        return job_from(row)
    raise NotFound(f"There is no picture job {job_id!r}.", "Look it up in its batch.")


def of_batch(
    tx: Tx,
    batch_id: str,
    states: Collection[JobState] | None = None,
    limit: int = 1000,
    offset: int = 0,
) -> list[Job]:
    """Jobs of a batch in the order of the file."""
    where, values = _in_states(states)
    rows = tx.query(
        f"select * from jobs where batch_id = ? {where} order by position limit ? offset ?",
        [batch_id, *values, limit, offset],
    )
    return [job_from(row) for row in rows]


def hashes(tx: Tx, batch_id: str) -> dict[str, tuple[str, JobState]]:
    """Content hash → (job id, state) for every job of a batch; a finished one wins."""
    rows = tx.query(
        "select content_hash, id, state from jobs where batch_id = ? "
        "order by state = 'done', position desc",
        [batch_id],
    )
    return {row["content_hash"]: (row["id"], JobState(row["state"])) for row in rows}


def charged_hashes(tx: Tx, batch_id: str) -> set[str]:
    """Content hashes of jobs that ended charged, or perhaps so, and without a picture."""
    rows = tx.query(
        "select content_hash from jobs where batch_id = ? "
        "and state in ('failed', 'refused', 'canceled') and (cost > 0 or "
        "(cost is null and json_extract(fault, '$.charged') in ('yes', 'maybe')))",
        [batch_id],
    )
    return {row["content_hash"] for row in rows}


def file_stems(tx: Tx, batch_id: str) -> set[str]:
    """The file names taken in a batch, without extension."""
    rows = tx.query("select file_stem from jobs where batch_id = ?", [batch_id])
    return {row["file_stem"] for row in rows}


def next_position(tx: Tx, batch_id: str) -> int:
    """The first free place at the end of a batch."""
    rows = tx.query(
        "select coalesce(max(position) + 1, 0) as n from jobs where batch_id = ?", [batch_id]
    )
    return int(next(rows)["n"])


def any_in(tx: Tx, batch_id: str, states: Collection[JobState]) -> bool:
    """Whether a batch has a job in one of some states."""
    where, values = _in_states(states)
    rows = tx.query(f"select 1 from jobs where batch_id = ? {where} limit 1", [batch_id, *values])
    return any(True for _ in rows)


def next_queued(tx: Tx, batch_id: str, provider: str, at: datetime) -> Job | None:
    """The first job of a batch that may go to a provider now."""
    rows = tx.query(
        "select * from jobs where batch_id = ? and state = 'queued' and provider = ? "
        "and (not_before is null or not_before <= ?) order by position limit 1",
        [batch_id, provider, timestamp(at)],
    )
    return next((job_from(row) for row in rows), None)


def waiting_providers(tx: Tx, batch_id: str) -> list[str]:
    """Providers for which a batch has queued jobs."""
    rows = tx.query(
        "select distinct provider from jobs where batch_id = ? and state = 'queued'", [batch_id]
    )
    return [row["provider"] for row in rows]


def soonest_retry(tx: Tx, after: datetime) -> str | None:
    """When the next postponed job may go, later than ``after``, ISO time, if any waits."""
    rows = tx.query(
        "select min(not_before) as soonest from jobs where state = 'queued' and not_before > ?",
        [timestamp(after)],
    )
    soonest = next(rows)["soonest"]
    return None if soonest is None else str(soonest)


def in_flight(tx: Tx) -> list[Job]:
    """Jobs that some process works on, or worked on when it died."""
    rows = tx.query(
        "select * from jobs where state in ('submitting', 'running', 'fetching', 'unknown') "
        "and state <> 'unknown' order by id"  # the words of the partial index, so that it is used
    )
    return [job_from(row) for row in rows]


def in_flight_of(tx: Tx, owner: str, batch_id: str | None = None) -> int:
    """How many jobs a process works on, in one batch or in all."""
    where, values = ("and batch_id = ?", [batch_id]) if batch_id else ("", [])
    rows = tx.query(
        "select count(*) as n from jobs where owner = ? and state in "
        f"('submitting', 'running', 'fetching', 'unknown') and state <> 'unknown' {where}",
        [owner, *values],
    )
    return int(next(rows)["n"])


def needs_spool(tx: Tx, job_id: str) -> bool:
    """Whether a job still needs what was spooled for it, or may: one that was written off."""
    rows = tx.query(
        "select 1 from jobs where id = ? and (state in ('submitting', 'running', 'fetching', "
        "'unknown') or (state = 'failed' and cost_source like 'outcome unknown%'))",
        [job_id],
    )
    return any(True for _ in rows)


def adopt_owner(tx: Tx, job_id: str, old: str | None, new: str) -> bool:
    """Take over a dead process's job; false when somebody else was faster."""
    cursor = tx.execute("update jobs set owner = ? where id = ? and owner is ?", [new, job_id, old])
    return cursor.rowcount == 1


def move(
    tx: Tx,
    job: Job,
    state: JobState,
    at: datetime,
    *,
    event: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Job:
    """Move a job along the transition table, with its event, in the caller's transaction.

    Args:
        changes: Columns to set with the move: ``attempt``, ``remote``, ``outputs``, ``fault`` …

    Raises:
        TransitionNotAllowed: the table forbids the move, or the job is no longer where it was.
    """
    check_transition(job.state, state)
    columns = _columns(changes) | {"state": state.value, "progress": None}
    if state is JobState.SUBMITTING:
        columns |= {"started_at": timestamp(at), "finished_at": None}
    elif state.is_terminal:
        columns |= {"finished_at": timestamp(at), "owner": None}
    elif state in {JobState.QUEUED, JobState.UNKNOWN}:
        columns["owner"] = None
    assignments = ", ".join(f"{name} = ?" for name in columns)
    cursor = tx.execute(
        f"update jobs set {assignments} where id = ? and state = ? and attempt = ?",
        [*columns.values(), job.id, job.state.value, job.attempt],
    )
    if cursor.rowcount != 1:
        raise TransitionNotAllowed(
            f"The picture job {job.id!r} changed meanwhile.", "Look at how it stands now."
        )
    data = {"from": job.state.value, "attempt": changes.get("attempt", job.attempt)}
    events.record(
        tx, f"job_{state.value}", batch_id=job.batch_id, job_id=job.id, at=at,
        data=data | dict(event or {}),
    )  # fmt: skip
    return get(tx, job.id)


def reseed(tx: Tx, job_id: str, seed: int) -> None:
    """Give a job another seed of our own: its next attempt is told apart from the one before."""
    tx.execute("update jobs set seed = ? where id = ?", [seed, job_id])


def plan_again(tx: Tx, job_id: str, spec: JobSpec) -> None:
    """Give an ended job today's plan of the same picture: its input and its quote."""
    tx.execute("update jobs set spec = ? where id = ?", [spec.model_dump_json(), job_id])


def typical_seconds(tx: Tx, model: str, latest: int = 20) -> float | None:
    """The median seconds from sending to the picture in hand, of a model's latest pictures."""
    rows = tx.query(
        "select (julianday(finished_at) - julianday(started_at)) * 86400 as seconds from jobs "
        "where model = ? and state = 'done' order by finished_at desc limit ?",
        [model, latest],
    )
    seen = [row["seconds"] for row in rows if row["seconds"] is not None]
    return median(seen) if seen else None


def cancel_queued(tx: Tx, batch_id: str, at: datetime) -> int:
    """Cancel all that waits in a batch at once, each with its event; returns how many."""
    moment = timestamp(at)
    tx.execute(
        "insert into events (at, batch_id, job_id, kind, data) "
        "select ?, batch_id, id, 'job_canceled', json_object('from', state, 'attempt', attempt) "
        "from jobs where batch_id = ? and state = 'queued' order by position",
        [moment, batch_id],
    )
    cursor = tx.execute(
        "update jobs set state = 'canceled', finished_at = ?, owner = null "
        "where batch_id = ? and state = 'queued'",
        [moment, batch_id],
    )
    return int(cursor.rowcount)


def _columns(changes: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in changes.items():
        if isinstance(value, Fault):
            columns[name] = value.model_dump_json()
        elif isinstance(value, datetime):
            columns[name] = timestamp(value)
        elif isinstance(value, dict | list):
            columns[name] = dump(value)
        else:
            columns[name] = value
    return columns


def _in_states(states: Collection[JobState] | None) -> tuple[str, list[str]]:
    if states is None:
        return "", []
    values = [state.value for state in states]
    return f"and state in ({', '.join('?' * len(values))})", values
