"""Money: integer micro-US-dollars everywhere, and unknown is ``None``, never 0."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import BadParameter

Micros = int
"""An amount in millionths of a US dollar."""


class Price(BaseModel):
    """What one unit of a model's output costs, and where that figure comes from."""

    model_config = ConfigDict(frozen=True)

    unit: str = "image"
    low: Micros
    expected: Micros
    high: Micros
    source: str
    as_of: date | None = None
    factors: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Input → its value → by how much it multiplies the price, such as 4K costing double."""


class Quote(BaseModel):
    """The expected cost of planned work. Every figure is ``None`` when any part is unknown."""

    model_config = ConfigDict(frozen=True)

    low: Micros | None
    expected: Micros | None
    high: Micros | None

    @classmethod
    def of(cls, price: Price | None, units: int) -> Quote:
        """Quote ``units`` of something at ``price``; unknown stays unknown."""
        if units == 0:
            return cls(low=0, expected=0, high=0)
        if price is None:
            return cls(low=None, expected=None, high=None)
        return cls(low=price.low * units, expected=price.expected * units, high=price.high * units)

    def plus(self, other: Quote) -> Quote:
        """The sum of two quotes; one unknown part makes the sum unknown."""
        return Quote(
            low=_add(self.low, other.low),
            expected=_add(self.expected, other.expected),
            high=_add(self.high, other.high),
        )

    @property
    def is_free(self) -> bool:
        """True only when it is certain that nothing is charged."""
        return self.high == 0


def _add(left: Micros | None, right: Micros | None) -> Micros | None:
    return None if left is None or right is None else left + right


def to_micros(dollars: Decimal | str | float) -> Micros:
    """Dollars to micro-dollars, rounded half up.

    Raises:
        BadParameter: not a finite number.
    """
    try:
        amount = Decimal(str(dollars).strip().removeprefix("$"))
        return int((amount * 1_000_000).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise BadParameter(
            f"{dollars!r} is not an amount of money.", "Write dollars as a number, such as 2.50."
        ) from error


def to_dollars(micros: Micros | None) -> float | None:
    """Micro-dollars to dollars for JSON: at most six decimals, unknown stays ``None``."""
    return None if micros is None else round(micros / 1_000_000, 6)


def format_usd(micros: Micros | None) -> str:
    """An amount for people: ``$1,204.50``, ``$0.0336`` below ten cents, or ``unknown``."""
    return "unknown" if micros is None else _written(micros, _places(micros))


def format_together(*amounts: Micros | None) -> list[str]:
    """Amounts that stand in one sentence, each with as many decimals as the finest of them needs.

    ``$0.110``, ``$0.002``: what is added up in the head must add up on the screen.
    """
    places = max((_places(amount) for amount in amounts if amount is not None), default=2)
    exact = places > _CENTS and max(abs(amount or 0) for amount in amounts) < _LARGE
    if exact:
        places = max(_exact_places(amount) for amount in amounts if amount is not None)
    return ["unknown" if amount is None else _written(amount, places) for amount in amounts]


_CENTS, _MOST_PLACES = 2, 6
_LARGE = 1_000_000
"""Beside dollars nobody reads more than the fewest decimals that are needed."""


def _places(micros: Micros) -> int:
    """Decimals of an amount that stands alone: cents from ten cents on, all of them below."""
    return _CENTS if micros == 0 or abs(micros) >= 100_000 else _exact_places(micros)


def _exact_places(micros: Micros) -> int:
    """Decimals without which an amount would be rounded, and at least those of cents."""
    digits = f"{abs(micros) % 1_000_000:0{_MOST_PLACES}d}".rstrip("0")
    return max(_CENTS, len(digits))


def _written(micros: Micros, places: int) -> str:
    amount = (Decimal(abs(micros)) / 1_000_000).quantize(
        Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP
    )
    return f"{'-' if micros < 0 else ''}${amount:,}"
