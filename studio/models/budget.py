"""Budgets as the faces show them: who set a cap, how high it may go, what a stopped batch needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from studio.errors import BadParameter
from studio.models.money import Micros, format_together
from studio.models.report import BudgetLine

LONGEST_NAME = 254
"""An e-mail address has no more characters than that (RFC 5321)."""


CENT = 10_000
_SPANS = {"batch": "this batch", "day": "today", "month": "this month", "total": "all time"}


def span_words(line: BudgetLine) -> str:
    """What a budget is for: ``this batch``, ``today``, ``ada@example.org this month``."""
    return _SPANS[line.scope] if line.person is None else f"{line.person} this month"


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget as it stands: the cap in force, who set it, and how high people may set it."""

    line: BudgetLine
    set_by: str
    """Empty where no cap is in force."""
    chosen: Micros | None
    """What people set; a lower cap of the installation holds instead, except for a person."""
    usual: Micros | None
    """The installation's own cap: it holds where people set none."""
    highest: Micros
    highest_by: str
    """The setting that allows no more, and where it stands."""
    batch_id: str | None = None
    set_on: date | None = None
    """The day on which people set the cap in force; ``None`` where a setting did."""


def _noun(number: int) -> str:
    return "budget" if number == 1 else "budgets"


def person_name(given: str) -> str:
    """A person as budgets count them: the e-mail address in small letters.

    Raises:
        BadParameter: empty, too long, or with signs that nobody can see.
    """
    name = given.strip().casefold()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadParameter(
            f"{given[:LONGEST_NAME]!r} names nobody.",
            "Give the e-mail address that the person signs in with.",
        )
    return name


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a batch: how many pictures, and what they cost; ``None`` is unknown."""

    pictures: int
    expected: Micros | None
    high: Micros | None
    """What must be free to set aside for all of them."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What keeps a paused batch from going on, and what would let it."""

    event_id: int
    limit: Limit | None
    """The cap that stopped it; ``None`` where a price is the reason."""
    model: str
    done: int
    left: Waiting
    raise_to: Micros | None
    """With this cap all that waits can be made: whole cents; ``None`` while a price is unknown."""
    short: tuple[Limit, ...] = ()
    """Every cap that holds for the batch and does not suffice for all that waits: the one that
    stopped it first, if it still is one of them.
    """

    def enough(self, limit: Limit) -> Micros | None:
        """The cap with which all that waits can be made: whole cents; ``None`` while a price is
        unknown.
        """
        if self.left.high is None:
            return None
        needed = limit.line.settled + limit.line.reserved + self.left.high
        return -(-needed // CENT) * CENT

    @property
    def short_words(self) -> str:
        """The caps that do not suffice, in one sentence; empty where all do."""
        told = []
        for limit in self.short:
            free, cap = format_together(max(0, limit.line.left or 0), limit.line.cap)
            told.append(f"{span_words(limit.line)} ({free} of {cap} left)")
        if not told:
            return ""
        listed = f"{', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]
        return f"Too small for all that is left: the {_noun(len(told))} for {listed}."

    @property
    def price_unknown(self) -> bool:
        """A price is missing, rather than money."""
        return self.limit is None


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What a person says a picture of a model costs."""

    model: str
    price: Micros
    set_by: str
    at: datetime
