"""The ledger: reserve before a paid call, settle or release after it, never above a cap.

Invariants (property-tested): settled + reserved ≤ every cap at every instant; entries are only
ever appended; a job's reservations sum to 0 once it has ended; ``spend`` is the sum of ``ledger``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo

from studio.db.connect import Tx
from studio.db.rows import entry_from, timestamp
from studio.db.spending import Spend, spent
from studio.errors import BudgetReached, PriceUnknown
from studio.models import EntryKind, Job, LedgerEntry, Micros, format_usd


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits in force, micro-dollars; ``None`` is no limit. Days begin in ``zone``."""

    batch: Micros | None
    day: Micros | None
    month: Micros | None
    zone: tzinfo


def reserve(tx: Tx, job: Job, amount: Micros | None, caps: Caps, at: datetime) -> None:
    """Set ``amount`` aside for the next attempt of ``job``.

    Args:
        amount: The high price of the quote; ``None`` when the price is unknown.

    Raises:
        BudgetReached: a cap would be exceeded; nothing was written.
        PriceUnknown: a cap applies and the price is unknown.
    """
    limits = _limits(tx, job.batch_id, caps, at)
    if amount is None:
        if limits:
            raise PriceUnknown(
                f"The price of {job.spec.request.model!r} is unknown, and a budget applies.",
                "Remove the budget for this batch, or choose a model with a known price.",
            )
        amount = 0
    for label, cap, spend in limits:
        if amount and spend.committed + amount > cap:
            raise BudgetReached(
                f"The {label} budget of {format_usd(cap)} is reached: "
                f"{format_usd(spend.committed)} spent or set aside, "
                f"the next picture needs {format_usd(amount)}.",
                f"Raise the {label} budget, then resume the batch.",
                scope=label,
            )
    _append(tx, job, EntryKind.RESERVE, at, caps.zone, reserved=amount, source="quote, high price")


def release(tx: Tx, job: Job, at: datetime, zone: tzinfo, source: str) -> None:
    """Give back what is set aside for ``job``; nothing was charged."""
    if _has_open(tx, job.id):
        held = reserved_for(tx, job.id)
        _append(tx, job, EntryKind.RELEASE, at, zone, reserved=-held, source=source)


def settle(
    tx: Tx, job: Job, cost: Micros, at: datetime, zone: tzinfo, *, picture: bool, source: str
) -> None:
    """Replace the reservation by what was charged. The charge counts even above the reservation,
    and never below nothing.
    """
    held, cost = reserved_for(tx, job.id), max(0, cost)
    _append(
        tx, job, EntryKind.SETTLE, at, zone,
        reserved=-held, settled=cost, picture=picture, source=source,
    )  # fmt: skip


def correct(tx: Tx, job: Job, cost: Micros, at: datetime, zone: tzinfo, *, source: str) -> Micros:
    """Bring what was settled for the job's attempt to what the provider's bill says.

    The difference is booked on the day of the settlement; no picture is counted again.

    Returns:
        The difference in micro-dollars; 0 where nothing had to change.
    """
    settled = list(
        tx.query(
            "select settled, picture, day from ledger "
            "where job_id = ? and attempt = ? and kind = 'settle' order by id",
            [job.id, job.attempt],
        )
    )
    difference = max(0, cost) - sum(int(row["settled"]) for row in settled)
    if settled and difference:
        _append(
            tx, job, EntryKind.SETTLE, at, zone, source=source, settled=difference,
            picture=bool(settled[0]["picture"]), corrects_day=settled[0]["day"],
        )  # fmt: skip
        return difference
    return 0


def settlement(tx: Tx, job_id: str, attempt: int) -> LedgerEntry | None:
    """The first settlement of an attempt; ``None`` where there is none."""
    rows = tx.query(
        "select * from ledger where job_id = ? and attempt = ? and kind = 'settle' "
        "order by id limit 1",
        [job_id, attempt],
    )
    return next((entry_from(row) for row in rows), None)


def reserved_for(tx: Tx, job_id: str) -> Micros:
    """What is set aside for one job."""
    rows = tx.query("select coalesce(sum(reserved), 0) as n from ledger where job_id = ?", [job_id])
    return int(next(rows)["n"])


def _limits(tx: Tx, batch_id: str, caps: Caps, at: datetime) -> list[tuple[str, Micros, Spend]]:
    """(label, cap, committed spend) of each cap. Open reservations count against every day."""
    today = at.astimezone(caps.zone).date()
    limits: list[tuple[str, Micros, Spend]] = []
    if caps.batch is not None:
        limits.append(("batch", caps.batch, spent(tx, batch_id=batch_id)))
    everything = spent(tx) if caps.day is not None or caps.month is not None else Spend(0, 0)
    if caps.day is not None:
        settled = spent(tx, since=today, until=today).settled
        limits.append(("daily", caps.day, Spend(settled, everything.reserved)))
    if caps.month is not None:
        settled = spent(tx, since=today.replace(day=1), until=today).settled
        limits.append(("monthly", caps.month, Spend(settled, everything.reserved)))
    return limits


def _append(
    tx: Tx,
    job: Job,
    kind: EntryKind,
    at: datetime,
    zone: tzinfo,
    *,
    source: str,
    reserved: Micros = 0,
    settled: Micros = 0,
    picture: bool = False,
    corrects_day: int | None = None,
) -> None:
    model = job.spec.request.model
    provider = model.partition(":")[0]
    day = at.astimezone(zone).date().toordinal() if corrects_day is None else corrects_day
    held_since = day if kind is EntryKind.RESERVE else _day_of_reservation(tx, job.id, day)
    tx.execute(
        "insert into ledger (at, day, job_id, batch_id, attempt, kind, reserved, settled, "
        "provider, model, picture, source, corrects) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [timestamp(at), day, job.id, job.batch_id, job.attempt, kind.value, reserved, settled,
         provider, model, int(picture), source, int(corrects_day is not None)],
    )  # fmt: skip
    key = [provider, model, job.batch_id]
    _roll_up(tx, [held_since, *key], [0, reserved, 0, 0])
    if kind is EntryKind.SETTLE:
        pictures = int(picture and corrects_day is None)
        _roll_up(tx, [day, *key], [settled, 0, 0 if picture else settled, pictures])


def _roll_up(tx: Tx, key: list[object], deltas: list[int]) -> None:
    tx.execute(
        "insert into spend (day, provider, model, batch_id, settled, reserved, without_picture, "
        "pictures) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set "
        "settled = settled + excluded.settled, reserved = reserved + excluded.reserved, "
        "without_picture = without_picture + excluded.without_picture, "
        "pictures = pictures + excluded.pictures",
        [*key, *deltas],
    )


def _day_of_reservation(tx: Tx, job_id: str, default: int) -> int:
    rows = tx.query(
        "select day from ledger where job_id = ? and kind = 'reserve' order by id desc limit 1",
        [job_id],
    )
    return next((int(row["day"]) for row in rows), default)


def _has_open(tx: Tx, job_id: str) -> bool:
    rows = tx.query(
        "select kind from ledger where job_id = ? and corrects = 0 order by id desc limit 1",
        [job_id],
    )
    return next((row["kind"] == "reserve" for row in rows), False)
