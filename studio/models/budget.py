"""Budgets as the faces show them: who set a cap, how high it may go, what a stopped batch needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from studio.models.money import Micros
from studio.models.report import BudgetLine


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget as it stands: the cap in force, who set it, and how high people may set it."""

    line: BudgetLine
    set_by: str
    """Empty where no cap is in force."""
    chosen: Micros | None
    """What people set; a lower cap of the installation holds instead."""
    highest: Micros
    highest_by: str
    """The setting that allows no more, and where it stands."""
    batch_id: str | None = None


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
