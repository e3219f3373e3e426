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
    if micros is None:
        return "unknown"
    sign, amount = ("-" if micros < 0 else ""), Decimal(abs(micros)) / 1_000_000
    if amount == 0 or amount >= Decimal("0.1"):
        cents = amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
        return f"{sign}${cents:,}"
    digits = format(amount, "f").rstrip("0")
    whole, _, fraction = digits.partition(".")
    return f"{sign}${whole}.{fraction.ljust(2, '0')}"
