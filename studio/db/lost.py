"""What may have been paid for and is not in the gallery, in queries that stay quick."""

from __future__ import annotations

from datetime import datetime

from studio.db.connect import Tx
from studio.db.followups import Followup
from studio.db.rows import job_from, timestamp
from studio.db.searches import KIND
from studio.models import Job, Micros

# the words of the partial indexes, so that they are used
_UNKNOWN = "state = 'unknown' and state in ('submitting', 'running', 'fetching', 'unknown')"
_CHARGED = (
    "state in ('failed', 'refused', 'canceled') and closed_at is null "
    "and (cost > 0 or (cost is null and fault is not null)) "
    "and (cost > 0 or json_extract(fault, '$.charged') in ('yes', 'maybe'))"
)
_FETCHING = (
    "state = 'fetching' and state in ('submitting', 'running', 'fetching', 'unknown') "
    "and (select max(at) from events where job_id = jobs.id and kind = 'job_fetching') < ?"
)


def unknown(tx: Tx, batch_id: str | None, limit: int) -> list[Job]:
    """Jobs whose outcome nobody knows, newest first."""
    return _jobs(tx, _UNKNOWN, [], batch_id, limit)


def charged(tx: Tx, batch_id: str | None, limit: int) -> list[Job]:
    """Jobs that were charged, have no picture, and were not taken note of, newest first."""
    return _jobs(tx, _CHARGED, [], batch_id, limit)


def late(tx: Tx, since: datetime, batch_id: str | None, limit: int) -> list[Job]:
    """Jobs whose file has been on its way since before ``since``, newest first."""
    return _jobs(tx, _FETCHING, [timestamp(since)], batch_id, limit)


def counts(tx: Tx, since: datetime, batch_id: str | None) -> dict[str, int]:
    """How many there are of each: ``unknown``, ``paid`` and ``late``."""
    return {
        "unknown": _count(tx, _UNKNOWN, [], batch_id),
        "paid": _count(tx, _CHARGED, [], batch_id),
        "late": _count(tx, _FETCHING, [timestamp(since)], batch_id),
    }


def held(tx: Tx, batch_id: str | None) -> Micros:
    """What is set aside for unknown outcomes."""
    where, values = _of(batch_id)
    return _sum(
        tx,
        "select coalesce(sum(reserved), 0) as n from ledger where job_id in "
        f"(select id from jobs where {_UNKNOWN} {where})",
        values,
    )


def charged_sum(tx: Tx, batch_id: str | None) -> Micros:
    """What was charged without a picture and not taken note of."""
    where, values = _of(batch_id)
    return _sum(
        tx, f"select coalesce(sum(cost), 0) as n from jobs where {_CHARGED} {where}", values
    )


def search_of(tx: Tx, job: Job) -> tuple[Followup, str | None] | None:
    """The search that is pending for a job's present attempt, and when it is due."""
    rows = tx.query(
        "select id, batch_id, job_id, kind, attempts, not_before from followups "
        "where done_at is null and kind = ? and batch_id = ? and coalesce(job_id, '') = ?",
        [f"{KIND}:{job.attempt}", job.batch_id, job.id],
    )
    for row in rows:
        due = row.pop("not_before")
        return Followup(**row), due
    return None


def last_event(tx: Tx, job_id: str, kind: str) -> str | None:
    """When something happened to a job last, ISO time."""
    rows = tx.query("select max(at) as at from events where job_id = ? and kind = ?",
                    [job_id, kind])  # fmt: skip
    found = next(rows)["at"]
    return None if found is None else str(found)


def take_note(tx: Tx, job_id: str, at: datetime) -> bool:
    """A person knows that this was charged for nothing; false where that was so before."""
    cursor = tx.execute(
        "update jobs set closed_at = ? where id = ? and closed_at is null", [timestamp(at), job_id]
    )
    return int(cursor.rowcount) == 1


def _jobs(tx: Tx, where: str, values: list[str], batch_id: str | None, limit: int) -> list[Job]:
    of_batch, more = _of(batch_id)
    rows = tx.query(
        f"select * from jobs where {where} {of_batch} order by started_at desc, id limit ?",
        [*values, *more, limit],
    )
    return [job_from(row) for row in rows]


def _count(tx: Tx, where: str, values: list[str], batch_id: str | None) -> int:
    of_batch, more = _of(batch_id)
    return _sum(tx, f"select count(*) as n from jobs where {where} {of_batch}", [*values, *more])


def _of(batch_id: str | None) -> tuple[str, list[str]]:
    return ("and batch_id = ?", [batch_id]) if batch_id else ("", [])


def _sum(tx: Tx, sql: str, values: list[str]) -> int:
    return int(next(tx.query(sql, values))["n"])
