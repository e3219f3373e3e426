"""Follow-ups: what must still happen after a job or batch; a restart forgets none of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from studio.db.connect import Tx
from studio.db.rows import timestamp

BILLS = "ask_bill"
"""Kind of a question to a provider's bill; the attempt that it is about follows after a colon."""


@dataclass(frozen=True, slots=True)
class Followup:
    """One thing that is due. Its hook must bear being run twice."""

    id: int
    batch_id: str
    job_id: str | None
    kind: str
    attempts: int


def add(
    tx: Tx,
    kind: str,
    *,
    batch_id: str,
    at: datetime,
    job_id: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Remember that something is due; one that is already waiting is not doubled."""
    tx.execute(
        "insert into followups (batch_id, job_id, kind, created_at, not_before) "
        "values (?, ?, ?, ?, ?) on conflict do nothing",
        [batch_id, job_id, kind, timestamp(at), not_before and timestamp(not_before)],
    )


def due(
    tx: Tx, at: datetime, batch_ids: Collection[str] | None = None, limit: int = 32
) -> list[Followup]:
    """What is due but for questions to bills, oldest first; of some batches, or of all."""
    mine, values = "", list[str]()
    if batch_ids is not None:
        values = list(batch_ids)
        mine = f"and batch_id in ({', '.join('?' * len(values))})"
    return _due(tx, at, f"and kind not like '{BILLS}:%' {mine}", values, limit)


def due_bills(tx: Tx, at: datetime, limit: int = 32) -> list[Followup]:
    """Questions to bills that are due, of all batches: who made them may be long gone."""
    return _due(tx, at, f"and kind like '{BILLS}:%'", [], limit)


def _due(tx: Tx, at: datetime, which: str, values: list[str], limit: int) -> list[Followup]:
    rows = tx.query(
        "select id, batch_id, job_id, kind, attempts from followups where done_at is null "
        f"and (not_before is null or not_before <= ?) {which} order by id limit ?",
        [timestamp(at), *values, limit],
    )
    return [Followup(**row) for row in rows]


def finish(tx: Tx, followup_id: int, at: datetime) -> None:
    """It happened."""
    tx.execute("update followups set done_at = ? where id = ?", [timestamp(at), followup_id])


def postpone(tx: Tx, followup_id: int, until: datetime, error: str) -> None:
    """It failed; try again later."""
    tx.execute(
        "update followups set attempts = attempts + 1, not_before = ?, error = ? where id = ?",
        [timestamp(until), error, followup_id],
    )


def pending(tx: Tx, batch_id: str) -> int:
    """How many are still due for a batch."""
    row = next(
        tx.query(
            "select count(*) as n from followups where batch_id = ? and done_at is null",
            [batch_id],
        )
    )
    return int(row["n"])
