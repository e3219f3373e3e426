"""Searches for lost calls: follow-ups of their own kind, ever rarer, that a restart hastens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from studio.db import followups
from studio.db.connect import Tx
from studio.db.followups import Followup
from studio.db.rows import timestamp
from studio.models import Job, JobState

KIND = "look_up"
"""Kind of a search; the attempt that it is about follows after a colon."""


def add(tx: Tx, job: Job, at: datetime, not_before: datetime) -> None:
    """Remember to look for the call of a job's present attempt."""
    kind = f"{KIND}:{job.attempt}"
    followups.add(tx, kind, batch_id=job.batch_id, job_id=job.id, at=at, not_before=not_before)


def due(
    tx: Tx, at: datetime, batch_ids: Collection[str] | None = None, limit: int = 32
) -> list[Followup]:
    """Searches that are due, oldest first; of some batches, or of all."""
    mine, values = "", list[str]()
    if batch_ids is not None:
        values = list(batch_ids)
        mine = f"and batch_id in ({', '.join('?' * len(values))})"
    rows = tx.query(
        "select id, batch_id, job_id, kind, attempts from followups where done_at is null "
        f"and kind like '{KIND}:%' and (not_before is null or not_before <= ?) {mine} "
        "order by not_before, id limit ?",
        [timestamp(at), *values, limit],
    )
    return [Followup(**row) for row in rows]


def hasten(tx: Tx, at: datetime) -> None:
    """Look for everything now: the process was away, and much may be known by now."""
    rows = tx.query(
        "select id, batch_id, attempt from jobs where state = 'unknown' "
        "and state in ('submitting', 'running', 'fetching', 'unknown')"  # the partial index
    )
    for row in list(rows):
        followups.add(
            tx, f"{KIND}:{row['attempt']}", batch_id=row["batch_id"], job_id=row["id"], at=at
        )
    tx.execute(
        "update followups set not_before = ? where done_at is null "
        f"and kind like '{KIND}:%' and not_before > ?",
        [timestamp(at), timestamp(at)],
    )


def finish(tx: Tx, job_id: str, attempt: int, at: datetime) -> None:
    """Nobody needs to look for that attempt any more."""
    tx.execute(
        "update followups set done_at = ? where done_at is null and job_id = ? and kind = ?",
        [timestamp(at), job_id, f"{KIND}:{attempt}"],
    )


def unknown_ids(tx: Tx, batch_id: str | None = None, limit: int = -1) -> list[str]:
    """Ids of the jobs whose outcome is unknown, of a batch or of all, in the order of sending."""
    where, values = ("and batch_id = ?", [batch_id]) if batch_id else ("", [])
    rows = tx.query(
        "select id from jobs where state = ? "
        "and state in ('submitting', 'running', 'fetching', 'unknown') "
        f"{where} order by started_at, id limit ?",
        [JobState.UNKNOWN.value, *values, limit],
    )
    return [row["id"] for row in rows]
