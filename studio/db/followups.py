"""Follow-ups: what must still happen after a job or batch; a restart forgets none of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from studio.db.connect import Tx
from studio.db.rows import timestamp

BILLS = "ask_bill"
"""Kind of a question to a provider's bill; the attempt that it is about follows after a colon."""
BILLS_AT_ONCE = 50
"""Questions to bills in one page: as many as a provider answers in one call."""
GIVEN_UP = "given up: the bill did not tell in time"
"""Said of a question to a bill that is not asked any more."""


@dataclass(frozen=True, slots=True)
class Followup:
    """One thing that is due. Its hook must bear being run twice."""

    id: int
    batch_id: str
    job_id: str | None
    kind: str
    attempts: int


@dataclass(frozen=True, slots=True)
class DueBill(Followup):
    """A question to a provider's bill, about one attempt of a job."""

    provider: str

    @property
    def attempt(self) -> int:
        """The attempt that it is about."""
        return int(self.kind.partition(":")[2] or 0)


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
    ours = f"and kind not like '{BILLS}:%' and kind not like 'look_up:%' {mine}"
    return _due(tx, at, ours, values, limit)


def due_bills(tx: Tx, at: datetime, limit: int = BILLS_AT_ONCE) -> list[DueBill]:
    """Questions to bills that are due, of all batches: who made them may be long gone.

    The longest due come first; each page is answered or put off before the next is asked for.
    """
    rows = tx.query(
        "select f.id, f.batch_id, f.job_id, f.kind, f.attempts, j.provider from followups f "
        "join jobs j on j.id = f.job_id "
        f"where f.done_at is null and f.not_before <= ? and f.kind like '{BILLS}:%' "
        "order by f.not_before, f.id limit ?",
        [timestamp(at), limit],
    )
    return [DueBill(**row) for row in rows]


def postpone_bills(
    tx: Tx,
    provider: str,
    at: datetime,
    until: datetime,
    error: str,
    *,
    since: datetime,
    fewest: int = 0,
) -> None:
    """Put off every question to a provider's bill that is due by now, and let go of the oldest.

    Args:
        since: Questions about what was charged before are given up.
        fewest: But not before they were asked so often.
    """
    mine = (
        f"where done_at is null and not_before <= ? and kind like '{BILLS}:%' "
        "and job_id in (select id from jobs where provider = ?)"
    )
    tx.execute(
        f"update followups set done_at = ?, error = ? {mine} and created_at <= ? and attempts >= ?",
        [timestamp(at), GIVEN_UP, timestamp(at), provider, timestamp(since), fewest],
    )
    tx.execute(
        f"update followups set attempts = attempts + 1, not_before = ?, error = ? {mine}",
        [timestamp(until), error, timestamp(at), provider],
    )


def wait(tx: Tx, followup_id: int, until: datetime, why: str) -> None:
    """It cannot be done yet, which is no failed try."""
    tx.execute(
        "update followups set not_before = ?, error = ? where id = ?",
        [timestamp(until), why, followup_id],
    )


def is_open(tx: Tx, followup_id: int) -> bool:
    """Whether it has still to happen: another process may have done it meanwhile."""
    rows = tx.query("select 1 from followups where id = ? and done_at is null", [followup_id])
    return any(True for _ in rows)


def _due(tx: Tx, at: datetime, which: str, values: list[str], limit: int) -> list[Followup]:
    """The new ones, then those whose time has come: each found by the index of what is open."""
    found: list[Followup] = []
    for when, moment in (("is null", []), ("<= ?", [timestamp(at)])):
        rows = tx.query(
            "select id, batch_id, job_id, kind, attempts from followups where done_at is null "
            f"and not_before {when} {which} order by not_before, id limit ?",
            [*moment, *values, limit - len(found)],
        )
        found += [Followup(**row) for row in rows]
    return found


def finish(tx: Tx, followup_id: int, at: datetime, error: str | None = None) -> None:
    """It happened; or it will not, for the reason given."""
    tx.execute(
        "update followups set done_at = ?, error = coalesce(?, error) where id = ?",
        [timestamp(at), error, followup_id],
    )


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


def bills_pending(tx: Tx) -> int:
    """How many questions to bills are still to be asked."""
    rows = tx.query(
        f"select count(*) as n from followups where done_at is null and kind like '{BILLS}:%'"
    )
    return int(next(rows)["n"])
