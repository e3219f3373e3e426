"""Budgets that people set: every change is kept, the last one of a scope holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from studio.db.connect import Tx
from studio.db.rows import event_from, timestamp
from studio.models import Event, Micros
from studio.models.budget import Waiting

DAY, MONTH, TOTAL = "day", "month", "total"
PERSON, BATCH = "person", "batch"
BUDGET_REACHED, PRICE_UNKNOWN, COST_ABOVE_QUOTE = (
    "budget_reached",
    "price_unknown",
    "cost_above_quote",
)
"""Kinds of the events that say why a batch waits for money."""


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """One change of a cap, micro-dollars; ``None`` lifted it."""

    at: str
    scope: str
    cap: Micros | None
    set_by: str | None


def scope_of(batch_id: str) -> str:
    """The scope under which a batch's own cap is kept."""
    return f"{BATCH}:{batch_id}"


def scope_of_person(person: str) -> str:
    """The scope under which a person's own cap of a month is kept."""
    return f"{PERSON}:{person}"


def change(tx: Tx, scope: str, cap: Micros | None, at: datetime, set_by: str | None) -> None:
    """Set or lift the cap of a scope."""
    tx.execute(
        "insert into budget_changes (at, scope, cap, set_by) values (?, ?, ?, ?)",
        [timestamp(at), scope, cap, set_by],
    )


def current(tx: Tx) -> dict[str, Micros | None]:
    """``day``, ``month`` and ``total`` → the cap that people set last; what nobody touched is
    missing.
    """
    last = {scope: last_change(tx, scope) for scope in (DAY, MONTH, TOTAL)}
    return {scope: change.cap for scope, change in last.items() if change is not None}


def last_change(tx: Tx, scope: str) -> BudgetChange | None:
    """The change that holds for a scope."""
    rows = tx.query(
        "select at, scope, cap, set_by from budget_changes where scope = ? "
        "order by id desc limit 1",
        [scope],
    )
    return next((BudgetChange(**row) for row in rows), None)


def people(tx: Tx) -> list[str]:
    """Everybody who started a batch or was ever given a cap of their own, by name."""
    rows = tx.query(
        "select created_by as person from batches where created_by is not null union "
        "select substr(scope, ?) from budget_changes where scope between ? and ? order by 1",
        [len(PERSON) + 2, f"{PERSON}:", f"{PERSON};"],
    )
    return [row["person"] for row in rows]


def in_flight_of_person(tx: Tx, owner: str, person: str | None) -> int:
    """How many jobs of a person's batches a process works on."""
    rows = tx.query(
        "select count(*) as n from jobs where owner = ? and state in "
        "('submitting', 'running', 'fetching') "
        "and batch_id in (select id from batches where created_by = ?)",
        [owner, person],
    )
    return int(next(rows)["n"])


def changes(tx: Tx, limit: int = 100) -> list[BudgetChange]:
    """What was changed when, newest first."""
    rows = tx.query(
        "select at, scope, cap, set_by from budget_changes order by id desc limit ?", [limit]
    )
    return [BudgetChange(**row) for row in rows]


def waiting(tx: Tx, batch_id: str) -> Waiting:
    """What waits in a batch, with its cost."""
    row = next(
        tx.query(
            "select count(*) as n, count(json_extract(spec, '$.quote.high')) as known, "
            "coalesce(sum(json_extract(spec, '$.quote.expected')), 0) as expected, "
            "coalesce(sum(json_extract(spec, '$.quote.high')), 0) as high "
            "from jobs where batch_id = ? and state = 'queued'",
            [batch_id],
        )
    )
    if row["known"] < row["n"]:
        return Waiting(row["n"], None, None)
    return Waiting(row["n"], row["expected"], row["high"])


def last_stop(tx: Tx, batch_id: str) -> Event | None:
    """The newest event that says why a batch had to wait for money."""
    rows = tx.query(
        "select * from events where batch_id = ? and kind in (?, ?, ?) order by id desc limit 1",
        [batch_id, BUDGET_REACHED, PRICE_UNKNOWN, COST_ABOVE_QUOTE],
    )
    return next((event_from(row) for row in rows), None)


def quote_again(tx: Tx, model: str, price: Micros, before: Micros | None) -> list[str]:
    """Quote the pictures of a model that are not on their way, where the price was unknown.

    Args:
        before: The figure that was given for the same model earlier; it is replaced, too.

    Returns:
        The batches that have such pictures.
    """
    which = (
        "model = ? and state in ('queued', 'failed', 'refused', 'canceled') and "
        "(json_extract(spec, '$.quote.high') is null or json_extract(spec, '$.quote.high') = ?)"
    )
    found = tx.query(f"select distinct batch_id from jobs where {which}", [model, before])
    touched = [row["batch_id"] for row in found]
    tx.execute(
        "update jobs set spec = json_set(spec, '$.quote', "
        f"json_object('low', ?, 'expected', ?, 'high', ?)) where {which}",
        [price, price, price, model, before],
    )
    for batch_id in touched:
        _sum_up(tx, batch_id)
    return touched


def _sum_up(tx: Tx, batch_id: str) -> None:
    """Quote a batch as the sum of its pictures; one unknown part leaves it unknown."""
    sums = ", ".join(
        f"'{part}', (select case when count(*) = count(json_extract(spec, '$.quote.{part}')) "
        f"then sum(json_extract(spec, '$.quote.{part}')) end from jobs where batch_id = batches.id)"
        for part in ("low", "expected", "high")
    )
    tx.execute(f"update batches set quote = json_object({sums}) where id = ?", [batch_id])
