"""The ledger: reserve before a paid call, settle or release after it, never above a cap.

Invariants (property-tested): settled + reserved ≤ every cap at every instant; entries are only
ever appended; a job's reservations sum to 0 once it has ended; ``spend`` is the sum of ``ledger``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from studio.db import spending
from studio.db.connect import Tx
from studio.db.rows import entry_from, timestamp
from studio.db.spending import Spend
from studio.errors import BudgetReached, PriceUnknown
from studio.models import EntryKind, Job, LedgerEntry, Micros, format_usd


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits in force, micro-dollars; ``None`` is no limit. Days begin in ``zone``."""

    batch: Micros | None
    day: Micros | None
    month: Micros | None
    zone: tzinfo
    total: Micros | None = None
    person: Micros | None = None
    """What ``name`` may spend a month."""
    name: str | None = None


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
            whose = f" of {caps.name!r}" if label == "personal" else ""
            above = spend.committed - cap
            state = f"exceeded by {format_usd(above)}" if above > 0 else "reached"
            raise BudgetReached(
                f"The {label} budget{whose} of {format_usd(cap)} is {state}: "
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
    and never below nothing. An attempt is charged once: where it is settled already, only the
    difference is booked, and that it brought a picture after all.
    """
    held, cost = reserved_for(tx, job.id), max(0, cost)
    before = _settlements(tx, job.id, job.attempt)
    if before:
        _settle_again(tx, job, before, cost=cost, at=at, zone=zone, picture=picture, source=source)
        return
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
    before = _settlements(tx, job.id, job.attempt)
    difference = max(0, cost) - sum(entry.settled for entry in before)
    if before and difference:
        _append(
            tx, job, EntryKind.SETTLE, at, zone, source=source, settled=difference,
            picture=before[-1].picture, corrects_day=before[0].day,
        )  # fmt: skip
        return difference
    return 0


def book_late(tx: Tx, job: Job, cost: Micros, at: datetime, zone: tzinfo, *, source: str) -> None:
    """Book a charge of an attempt that was taken for free, on today's budget day.

    What is set aside for a later attempt of the job stays.
    """
    today = at.astimezone(zone).date().toordinal()
    _append(tx, job, EntryKind.SETTLE, at, zone, source=source, settled=cost, corrects_day=today)


def settlement(tx: Tx, job_id: str, attempt: int) -> LedgerEntry | None:
    """The settlement of an attempt, that of its picture if it has one; else ``None``."""
    found = _settlements(tx, job_id, attempt)
    return next((entry for entry in found if entry.picture), found[0] if found else None)


def booked(tx: Tx, job_id: str, attempt: int) -> Micros | None:
    """What an attempt is settled at now; ``None`` where it is not settled."""
    found = _settlements(tx, job_id, attempt)
    return sum(entry.settled for entry in found) if found else None


def of_job(tx: Tx, job_id: str) -> list[LedgerEntry]:
    """Every entry about one job, oldest first."""
    rows = tx.query("select * from ledger where job_id = ? order by id", [job_id])
    return [entry_from(row) for row in rows]


def reserved_for(tx: Tx, job_id: str) -> Micros:
    """What is set aside for one job."""
    rows = tx.query("select coalesce(sum(reserved), 0) as n from ledger where job_id = ?", [job_id])
    return int(next(rows)["n"])


def _limits(tx: Tx, batch_id: str, caps: Caps, at: datetime) -> list[tuple[str, Micros, Spend]]:
    """(label, cap, committed spend) of each cap. Open reservations count against every day."""
    today = at.astimezone(caps.zone).date()
    first = today.replace(day=1)
    aside = spending.aside(tx, batch_id, caps.name)
    settled = partial(spending.settled, tx)
    wanted: list[tuple[str, Micros | None, Callable[[], Micros], Micros]] = [
        ("batch", caps.batch, partial(settled, batch_id=batch_id), aside.batch),
        ("personal", caps.person, partial(settled, person=caps.name, since=first, until=today),
         aside.person),
        ("daily", caps.day, partial(settled, since=today, until=today), aside.everything),
        ("monthly", caps.month, partial(settled, since=first, until=today), aside.everything),
        ("total", caps.total, settled, aside.everything),
    ]  # fmt: skip
    return [
        (label, cap, Spend(charged(), reserved))
        for label, cap, charged, reserved in wanted
        if cap is not None
    ]


def _settle_again(
    tx: Tx,
    job: Job,
    before: list[LedgerEntry],
    *,
    cost: Micros,
    at: datetime,
    zone: tzinfo,
    picture: bool,
    source: str,
) -> None:
    """Book what is different: the cost, and whether it was for a picture. The day stays."""
    day, total = before[0].day, sum(entry.settled for entry in before)
    held = reserved_for(tx, job.id)
    if held:
        _append(tx, job, EntryKind.RELEASE, at, zone, reserved=-held, source=source)
    if picture and not before[-1].picture:
        _append(
            tx, job, EntryKind.SETTLE, at, zone, source="its picture was found after all",
            settled=-total, picture=False, corrects_day=day,
        )  # fmt: skip
        _append(
            tx, job, EntryKind.SETTLE, at, zone, source=source,
            settled=cost, picture=True, corrects_day=day, new_picture=True,
        )  # fmt: skip
    elif cost != total:
        _append(
            tx, job, EntryKind.SETTLE, at, zone, source=source,
            settled=cost - total, picture=before[-1].picture, corrects_day=day,
        )  # fmt: skip


def _settlements(tx: Tx, job_id: str, attempt: int) -> list[LedgerEntry]:
    rows = tx.query(
        "select * from ledger where job_id = ? and attempt = ? and kind = 'settle' order by id",
        [job_id, attempt],
    )
    return [entry_from(row) for row in rows]


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
    new_picture: bool = False,
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
        pictures = int(picture and (corrects_day is None or new_picture))
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
