"""Budgets for the faces: what may be spent, who says so, what a paused batch needs to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.container import caps
from studio.container.caps import BATCH, PERSON, SMALLEST
from studio.db import Tx, batches, budgets, learned
from studio.db.budgets import BudgetChange
from studio.engine import Parts
from studio.errors import BadParameter, BadSetting
from studio.models import BatchState, BudgetLine, Micros, PauseReason, format_usd
from studio.models.budget import Limit, OwnPrice, Stop, Waiting, person_name

if TYPE_CHECKING:
    from studio.container.running import Batches


class Budgets:
    """Shows and sets the caps that every paid call is checked against."""

    def __init__(self, parts: Parts, running: Batches) -> None:
        self._parts = parts
        self._running = running

    @property
    def ceiling(self) -> Micros:
        """The highest budget of a day that people may set; a month, a person or a batch may have
        31 times that, all time 1,000 times.
        """
        return self._parts.settings.budget_ceiling

    @property
    def problem(self) -> BadSetting | None:
        """Why the edited config file cannot be used; the budgets from before hold then."""
        return self._parts.settings.follow_config()

    def lines(self, person: str | None = None) -> list[BudgetLine]:
        """Spend of today, of this month and of all time against the caps in force, and what a
        person spent this month against theirs.
        """
        return caps.budget_lines(self._parts, person)

    def limits(self, person: str | None = None) -> list[Limit]:
        """The same with who set each cap, and how high it may go."""

        def look(tx: Tx) -> list[Limit]:
            found = caps.shared_limits(tx, self._parts)
            return found if person is None else [*found, self._of_person(tx, person)]

        return self._parts.store.read(look)

    def batch_limits(self) -> list[Limit]:
        """The running and paused batches that have a cap of their own, oldest first."""
        return self._parts.store.read(lambda tx: caps.limits_of_batches(tx, self._parts))

    def people(self) -> list[Limit]:
        """The month of everybody who started a batch or has a cap of their own, by name."""
        return self._parts.store.read(
            lambda tx: [self._of_person(tx, name) for name in budgets.people(tx)]
        )

    @property
    def for_each_person(self) -> Micros | None:
        """What a person without a cap of their own may spend a month; ``None`` is no limit."""
        return caps.installed(self._parts, PERSON)

    def highest(self, scope: str) -> Micros:
        """The most that people may set for a ``day``, a ``month``, a ``person``, a ``batch`` or
        in ``total``.
        """
        return caps.highest(self._parts, scope)[0]

    def check(self, scope: str, cap: Micros | None) -> None:
        """Whether a cap may be set.

        Raises:
            BadParameter: not above 0, or above what the installation allows.
        """
        caps.check_cap(self._parts, scope, cap)

    def set(self, scope: str, cap: Micros | None, by: str | None = None) -> None:
        """Set or lift the cap of the ``day``, the ``month`` or in ``total``; a lower one of the
        installation still holds.

        Raises:
            BadParameter: not above 0, or above what the installation allows.
        """
        if scope not in caps.LABELS:
            raise BadParameter(
                f"There is no budget for {scope!r}.", "Choose day, month, total, person or batch."
            )
        self.check(scope, cap)
        at = self._parts.now()
        self._parts.store.write(lambda tx: budgets.change(tx, scope, cap, at, by))

    def set_person(self, person: str, cap: Micros | None, by: str | None = None) -> None:
        """Give a person a monthly cap of their own, higher or lower than everybody's, or take it
        back.

        Raises:
            BadParameter: not above 0, above what the installation allows, or nobody's name.
        """
        self.check(PERSON, cap)
        scope, at = budgets.scope_of_person(person_name(person)), self._parts.now()
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

    def set_together(self, wanted: Sequence[tuple[Limit, Micros]], by: str | None = None) -> None:
        """Set several caps in one step: all of them, or none.

        Raises:
            BadParameter: one is not above 0, or above what the installation allows.
        """
        for limit, cap in wanted:
            self.check(limit.line.scope, cap)
        for limit, cap in wanted:
            if limit.batch_id is not None:
                self.set_batch(limit.batch_id, cap, by)
            elif limit.line.person is not None:
                self.set_person(limit.line.person, cap, by)
            else:
                self.set(limit.line.scope, cap, by)

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
            if event is None:
                return None
            left, scope = budgets.waiting(tx, batch_id), event.data.get("scope")
            holding = caps.limits_that_hold(tx, self._parts, batch)
            limit = None
            if event.kind == budgets.COST_ABOVE_QUOTE:  # it may be told after a cap was reached
                limit = _without_room(holding, left)
                if limit is None:
                    return None
                scope = limit.line.scope
            elif scope is not None:
                limit = caps.limit_that_stopped(tx, self._parts, batch, scope)
            stop = Stop(
                event_id=event.id,
                limit=limit,
                model=event.data["model"],
                done=status.counts.done,
                left=left,
                raise_to=None,
                short=_too_small(holding, left, scope),
            )
            return stop if limit is None else replace(stop, raise_to=stop.enough(limit))

        return self._parts.store.read(look)

    def _of_person(self, tx: Tx, person: str) -> Limit:
        return caps.limit_of_person(tx, self._parts, person)


def _without_room(limits: list[Limit], left: Waiting) -> Limit | None:
    """A cap that has not even room for one more picture of those that wait."""
    one = -(-(left.high or 0) // max(1, left.pictures))
    return next((limit for limit in limits if one and (limit.line.left or 0) < one), None)


def _too_small(limits: list[Limit], left: Waiting, stopped: str | None) -> tuple[Limit, ...]:
    """The caps that do not suffice for what waits, the one that stopped the batch first."""
    if stopped is None or left.high is None:
        return ()
    short = [limit for limit in limits if (limit.line.left or 0) < left.high]
    return tuple(sorted(short, key=lambda limit: limit.line.scope != stopped))
