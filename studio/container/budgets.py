"""Budgets for the faces: what may be spent, who says so, what a paused batch needs to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.db import Tx, batches, budgets, learned, spending
from studio.db.budgets import BudgetChange
from studio.engine import Parts
from studio.engine.parts import lowest
from studio.errors import BadParameter, BadSetting
from studio.models import (
    Batch,
    BatchState,
    BudgetLine,
    Micros,
    PauseReason,
    format_usd,
    to_dollars,
)
from studio.models.budget import Limit, OwnPrice, Stop, Waiting
from studio.settings import DAYS_OF_A_MONTH, sources_of

if TYPE_CHECKING:
    from studio.container.running import Batches

DAY, MONTH, BATCH = budgets.DAY, budgets.MONTH, budgets.BATCH
CENT = 10_000
SMALLEST = 1
_SETTINGS = {DAY: "STUDIO_DAILY_BUDGET", MONTH: "STUDIO_MONTHLY_BUDGET"}
_CEILING = "STUDIO_BUDGET_CEILING"
_WORDS = {DAY: "a day", MONTH: "a month", BATCH: "a batch"}
_PLACES = {"default": "by default", "secrets.toml": "in .streamlit/secrets.toml",
           "config file": "in the config file", "environment": "in the environment"}  # fmt: skip


class Budgets:
    """Shows and sets the caps that every paid call is checked against."""

    def __init__(self, parts: Parts, running: Batches) -> None:
        self._parts = parts
        self._running = running

    @property
    def ceiling(self) -> Micros:
        """The highest budget of a day that people may set; a month or a batch may have 31 times
        that."""
        return self._parts.settings.budget_ceiling

    @property
    def problem(self) -> BadSetting | None:
        """Why the edited config file cannot be used; the budgets from before hold then."""
        return self._parts.settings.follow_config()

    def lines(self) -> list[BudgetLine]:
        """Spend of today and of this month against the caps in force."""
        return budget_lines(self._parts)

    def limits(self) -> list[Limit]:
        """The same with who set each cap, and how high it may go."""
        return self._parts.store.read(lambda tx: [self._shared(tx, scope) for scope in _SETTINGS])

    def batch_limits(self) -> list[Limit]:
        """The running and paused batches that have a cap of their own, oldest first."""

        def look(tx: Tx) -> list[Limit]:
            alive = [*batches.in_state(tx, BatchState.RUNNING)]
            alive += batches.in_state(tx, BatchState.PAUSED)
            capped = [batch for batch in alive if batch.settings.budget is not None]
            return [self._own(tx, batch) for batch in sorted(capped, key=lambda b: b.created_at)]

        return self._parts.store.read(look)

    def highest(self, scope: str) -> Micros:
        """The most that people may set for a ``day``, a ``month`` or a ``batch``."""
        return _highest(self._parts, scope)[0]

    def check(self, scope: str, cap: Micros | None) -> None:
        """Whether a cap may be set.

        Raises:
            BadParameter: not above 0, or above what the installation allows.
        """
        check_cap(self._parts, scope, cap)

    def set(self, scope: str, cap: Micros | None, by: str | None = None) -> None:
        """Set or lift the cap of the ``day`` or the ``month``; a lower one of the installation
        still holds.

        Raises:
            BadParameter: not above 0, or above what the installation allows.
        """
        if scope not in _SETTINGS:
            raise BadParameter(f"There is no budget for {scope!r}.", "Choose day or month.")
        self.check(scope, cap)
        at = self._parts.now()
        self._parts.store.write(lambda tx: budgets.change(tx, scope, cap, at, by))

    def set_batch(self, batch_id: str, cap: Micros | None, by: str | None = None) -> None:
        """Set or lift the cap of one batch.

        Raises:
            BadParameter: not above 0, or above what the installation allows.
            NotFound: there is no such batch.
        """
        self.check(BATCH, cap)
        at = self._parts.now()

        def work(tx: Tx) -> None:
            settings = batches.get(tx, batch_id).settings
            batches.update_settings(tx, batch_id, settings.model_copy(update={"budget": cap}))
            budgets.change(tx, budgets.scope_of(batch_id), cap, at, by)

        self._parts.store.write(work)
        self._parts.changes.notify(batch_id)

    def changes(self, limit: int = 100) -> list[BudgetChange]:
        """What was changed when and by whom, newest first."""
        return self._parts.store.read(lambda tx: budgets.changes(tx, limit))

    def own_price(self, model_id: str) -> Micros | None:
        """What a person says a picture of that model costs."""
        found = self._parts.store.read(lambda tx: learned.recall(tx, learned.OWN_PRICE, model_id))
        return None if found is None else int(found.value)

    def own_prices(self) -> list[OwnPrice]:
        """All prices that people gave, by model."""
        known = self._parts.store.read(lambda tx: learned.everything(tx, learned.OWN_PRICE))
        return [
            OwnPrice(model, int(fact.value), fact.source, fact.at)
            for model, fact in sorted(known.items())
        ]

    def check_price(self, price: Micros | None) -> None:
        """Whether a price for one picture makes sense.

        Raises:
            BadParameter: not above 0, or above the budget of a whole day.
        """
        if price is not None and not SMALLEST <= price <= self.ceiling:
            raise BadParameter(
                f"{format_usd(price)} is no price for one picture.",
                f"Give dollars above 0, and at most {format_usd(self.ceiling)}.",
            )

    def set_own_price(self, model_id: str, price: Micros | None, by: str | None = None) -> None:
        """Say what a picture of a model without a known price costs, or take that back.

        Pictures that wait at an unknown price are quoted with it at once.

        Raises:
            BadParameter: not above 0, or above the budget of a whole day.
        """
        self.check_price(price)
        at = self._parts.now()

        def work(tx: Tx) -> list[str]:
            before = learned.recall(tx, learned.OWN_PRICE, model_id)
            if price is None:
                learned.forget(tx, learned.OWN_PRICE, model_id)
                return []
            source = by or "given by a person"
            learned.remember(tx, learned.OWN_PRICE, model_id, price, source=source, at=at)
            return budgets.quote_again(
                tx, model_id, price, None if before is None else before.value
            )

        for batch_id in self._parts.store.write(work):
            self._parts.changes.notify(batch_id)

    def stop_of(self, batch_id: str) -> Stop | None:
        """What keeps a batch from going on, if it is paused for a budget or a price."""
        status = self._running.status(batch_id)
        batch = status.batch
        if batch.state is not BatchState.PAUSED or batch.pause_reason is not PauseReason.BUDGET:
            return None

        def look(tx: Tx) -> Stop | None:
            event = budgets.last_stop(tx, batch_id)
            if event is None or event.kind == budgets.COST_ABOVE_QUOTE:
                return None
            left = budgets.waiting(tx, batch_id)
            scope = event.data.get("scope")
            limit = None if scope is None else self._limit(tx, batch, scope)
            return Stop(
                event_id=event.id,
                limit=limit,
                model=event.data["model"],
                done=status.counts.done,
                left=left,
                raise_to=_enough(limit, left),
            )

        return self._parts.store.read(look)

    def _limit(self, tx: Tx, batch: Batch, scope: str) -> Limit:
        return self._own(tx, batch) if scope == BATCH else self._shared(tx, scope)

    def _shared(self, tx: Tx, scope: str) -> Limit:
        line = next(line for line in _lines(tx, self._parts) if line.scope == scope)
        change = budgets.last_change(tx, scope)
        chosen = None if change is None else change.cap
        highest, setting = _highest(self._parts, scope)
        by = "" if line.cap is None else _where(self._parts, _SETTINGS[scope])
        if change is not None and chosen is not None and chosen == line.cap:
            by = _who(change)
        return Limit(line, by, chosen, highest, _where(self._parts, setting))

    def _own(self, tx: Tx, batch: Batch) -> Limit:
        spend = spending.spent(tx, batch_id=batch.id)
        cap = batch.settings.budget
        line = BudgetLine(
            scope=BATCH, label=batch.title, cap=cap,
            settled=spend.settled, reserved=spend.reserved,
        )  # fmt: skip
        change = budgets.last_change(tx, budgets.scope_of(batch.id))
        by = _who(change) if change is not None and change.cap == cap else "set at its start"
        highest, setting = _highest(self._parts, BATCH)
        return Limit(line, by if cap else "", cap, highest, _where(self._parts, setting), batch.id)


def check_cap(parts: Parts, scope: str, cap: Micros | None) -> None:
    """Whether a cap may be set for a ``day``, a ``month`` or a ``batch``.

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
    highest, setting = _highest(parts, scope)
    if cap > highest:
        raise BadParameter(
            f"{format_usd(cap)} for {_WORDS[scope]} is above the most that can be set here, "
            f"{format_usd(highest)}: {_where(parts, setting)} says so.",
            f"Set {format_usd(highest)} or less, or change {setting} on purpose.",
        )


def budget_lines(parts: Parts) -> list[BudgetLine]:
    """Spend of today and of this month against the caps in force."""
    return parts.store.read(lambda tx: _lines(tx, parts))


def _lines(tx: Tx, parts: Parts) -> list[BudgetLine]:
    today = parts.now().astimezone(parts.settings.timezone).date()
    chosen, installed = budgets.current(tx), _installed(parts)
    reserved = spending.spent(tx).reserved
    spans = ((DAY, "Today", today), (MONTH, "This month", today.replace(day=1)))
    return [
        BudgetLine(
            scope=scope,
            label=label,
            cap=lowest(installed[scope], chosen.get(scope)),
            settled=spending.spent(tx, since=since, until=today).settled,
            reserved=reserved,
        )
        for scope, label, since in spans
    ]


def _installed(parts: Parts) -> dict[str, Micros | None]:
    return {DAY: parts.settings.daily_budget, MONTH: parts.settings.monthly_budget}


def _highest(parts: Parts, scope: str) -> tuple[Micros, str]:
    """(amount, name of the setting that allows no more)."""
    own = _installed(parts).get(scope)
    if own is not None:
        return own, _SETTINGS[scope]
    return parts.settings.budget_ceiling * (1 if scope == DAY else DAYS_OF_A_MONTH), _CEILING


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


def _who(change: BudgetChange) -> str:
    return f"{change.set_by or 'somebody'}, {change.at[:10]}"


def _enough(limit: Limit | None, left: Waiting) -> Micros | None:
    if limit is None or left.high is None:
        return None
    needed = limit.line.settled + limit.line.reserved + left.high
    return -(-needed // CENT) * CENT
