"""Caps as they stand: what is spent against each, who set it, and how high people may set it."""

from __future__ import annotations

from datetime import date, datetime

from studio.db import Tx, batches, budgets, spending
from studio.db.budgets import BudgetChange
from studio.engine import Parts
from studio.engine.parts import lowest, person_cap
from studio.errors import BadParameter, BadSetting
from studio.models import Batch, BatchState, BudgetLine, Micros, format_usd, to_dollars
from studio.models.budget import Limit
from studio.settings import DAYS_OF_A_MONTH, DAYS_OF_A_TOTAL, sources_of

DAY, MONTH, TOTAL = budgets.DAY, budgets.MONTH, budgets.TOTAL
PERSON, BATCH = budgets.PERSON, budgets.BATCH
SMALLEST = 1
LABELS = {DAY: "Today", MONTH: "This month", TOTAL: "All time"}
"""The budgets that everybody shares."""
_SETTINGS = {
    DAY: "STUDIO_DAILY_BUDGET",
    MONTH: "STUDIO_MONTHLY_BUDGET",
    TOTAL: "STUDIO_TOTAL_BUDGET",
    PERSON: "STUDIO_PERSON_BUDGET",
}
_CEILING = "STUDIO_BUDGET_CEILING"
_DAYS = {
    DAY: 1,
    MONTH: DAYS_OF_A_MONTH,
    PERSON: DAYS_OF_A_MONTH,
    BATCH: DAYS_OF_A_MONTH,
    TOTAL: DAYS_OF_A_TOTAL,
}
_WORDS = {
    DAY: "a day",
    MONTH: "a month",
    PERSON: "a person's month",
    BATCH: "a batch",
    TOTAL: "all time",
}
_PLACES = {"default": "by default", "secrets.toml": "in .streamlit/secrets.toml",
           "config file": "in the config file", "environment": "in the environment"}  # fmt: skip


def check_cap(parts: Parts, scope: str, cap: Micros | None) -> None:
    """Whether a cap may be set for a ``day``, a ``month``, a ``person``, a ``batch`` or in
    ``total``.

    Raises:
        BadParameter: not above 0, or above what the installation allows.
    """
    if cap is None:
        return
    if cap < SMALLEST:
        raise BadParameter(
            f"A budget of {format_usd(cap)} leaves nothing to spend.",
            "Give an amount above 0, such as 2.50.",
        )
    most, setting = highest(parts, scope)
    if cap > most:
        raise BadParameter(
            f"{format_usd(cap)} for {_WORDS[scope]} is above the most that can be set here, "
            f"{format_usd(most)}: {_where(parts, setting)} says so.",
            f"Set {format_usd(most)} or less, or change {setting} on purpose.",
        )


def highest(parts: Parts, scope: str) -> tuple[Micros, str]:
    """(amount, name of the setting that allows no more). A person may be given more than the
    setting for everybody.
    """
    own = None if scope == PERSON else installed(parts, scope)
    if own is not None:
        return own, _SETTINGS[scope]
    return parts.settings.budget_ceiling * _DAYS[scope], _CEILING


def installed(parts: Parts, scope: str) -> Micros | None:
    """The installation's own cap, which people never see lifted; ``None`` where there is none."""
    match scope:
        case budgets.DAY:
            return parts.settings.daily_budget
        case budgets.MONTH:
            return parts.settings.monthly_budget
        case budgets.TOTAL:
            return parts.settings.total_budget
        case budgets.PERSON:
            return parts.settings.person_budget
    return None


def budget_lines(parts: Parts, person: str | None = None) -> list[BudgetLine]:
    """Spend of today, of this month and of all time against the caps in force, and a person's."""

    def look(tx: Tx) -> list[BudgetLine]:
        found = lines(tx, parts)
        return found if person is None else [*found, line_of(tx, parts, person)]

    return parts.store.read(look)


def lines(tx: Tx, parts: Parts) -> list[BudgetLine]:
    """The budgets that everybody shares."""
    today = _today(parts)
    chosen, reserved = budgets.current(tx), spending.aside(tx).everything
    spans = {DAY: (today, today), MONTH: (today.replace(day=1), today), TOTAL: (None, None)}
    return [
        BudgetLine(
            scope=scope,
            label=LABELS[scope],
            cap=lowest(installed(parts, scope), chosen.get(scope)),
            settled=spending.settled(tx, since=since, until=until),
            reserved=reserved,
        )
        for scope, (since, until) in spans.items()
    ]


def line_of(tx: Tx, parts: Parts, person: str) -> BudgetLine:
    """What a person spent this month, against their cap."""
    today = _today(parts)
    return BudgetLine(
        scope=PERSON,
        label=person,
        cap=person_cap(tx, parts.settings, person),
        settled=spending.settled(tx, person=person, since=today.replace(day=1), until=today),
        reserved=spending.aside(tx, person=person).person,
        person=person,
    )


def shared_limits(tx: Tx, parts: Parts) -> list[Limit]:
    """The budgets that everybody shares, with who set each cap, and how high it may go."""
    return [_limit(tx, parts, line, line.scope) for line in lines(tx, parts)]


def limit_of_person(tx: Tx, parts: Parts, person: str) -> Limit:
    """The same for one person's month."""
    return _limit(tx, parts, line_of(tx, parts, person), budgets.scope_of_person(person))


def limit_of_batch(tx: Tx, parts: Parts, batch: Batch) -> Limit:
    """The same for one batch."""
    cap, key = batch.settings.budget, budgets.scope_of(batch.id)
    line = BudgetLine(
        scope=BATCH,
        label=batch.title,
        cap=cap,
        settled=spending.settled(tx, batch_id=batch.id),
        reserved=spending.aside(tx, batch_id=batch.id).batch,
    )
    change = budgets.last_change(tx, key)
    changed = change if change is not None and change.cap == cap else None
    by = _who(changed) if changed else "set at its start"
    most, setting = highest(parts, BATCH)
    return Limit(
        line, by if cap else "", cap, None, most, _where(parts, setting), batch.id,
        None if changed is None else _day_of(changed, parts),
    )  # fmt: skip


def limits_of_batches(tx: Tx, parts: Parts) -> list[Limit]:
    """The running and paused batches that have a cap of their own, oldest first."""
    alive = [*batches.in_state(tx, BatchState.RUNNING), *batches.in_state(tx, BatchState.PAUSED)]
    capped = [batch for batch in alive if batch.settings.budget is not None]
    in_turn = sorted(capped, key=lambda batch: batch.created_at)
    return [limit_of_batch(tx, parts, batch) for batch in in_turn]


def limit_that_stopped(tx: Tx, parts: Parts, batch: Batch, scope: str) -> Limit:
    """The cap of a scope as it holds for a batch."""
    if scope == BATCH:
        return limit_of_batch(tx, parts, batch)
    if scope == PERSON and batch.created_by is not None:
        return limit_of_person(tx, parts, batch.created_by)
    return next(limit for limit in shared_limits(tx, parts) if limit.line.scope == scope)


def limits_that_hold(tx: Tx, parts: Parts, batch: Batch) -> list[Limit]:
    """Every cap that is in force for a batch: its own, those of everybody, and its person's."""
    found = [limit_of_batch(tx, parts, batch), *shared_limits(tx, parts)]
    if batch.created_by is not None:
        found.append(limit_of_person(tx, parts, batch.created_by))
    return [limit for limit in found if limit.line.cap is not None]


def _limit(tx: Tx, parts: Parts, line: BudgetLine, key: str) -> Limit:
    change = budgets.last_change(tx, key)
    chosen = None if change is None else change.cap
    most, setting = highest(parts, line.scope)
    by, on = "" if line.cap is None else _where(parts, _SETTINGS[line.scope]), None
    if change is not None and chosen is not None and chosen == line.cap:
        by, on = _who(change), _day_of(change, parts)
    usual = installed(parts, line.scope)
    return Limit(line, by, chosen, usual, most, _where(parts, setting), set_on=on)


def _today(parts: Parts) -> date:
    return parts.now().astimezone(parts.settings.timezone).date()


def _where(parts: Parts, setting: str) -> str:
    """``STUDIO_DAILY_BUDGET in the environment``."""
    try:
        source = sources_of(parts.settings)[setting.lower()]
    except BadSetting:  # the config file is being edited
        source = "config file"
    place = _PLACES.get(source, f"in {source}")
    if setting != _CEILING:
        return f"{setting} {place}"
    return f"{setting} ({to_dollars(parts.settings.budget_ceiling):g} a day, {place})"


def _day_of(change: BudgetChange, parts: Parts) -> date:
    return datetime.fromisoformat(change.at).astimezone(parts.settings.timezone).date()


def _who(change: BudgetChange) -> str:
    return f"{change.set_by or 'somebody'}, {change.at[:10]}"
