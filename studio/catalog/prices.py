"""Prices as the catalog files write them: dollars per unit, with source and date."""

from __future__ import annotations

from typing import Any

from studio.models import Price, to_micros


def price_from_entry(entry: dict[str, Any] | None) -> Price | None:
    """A price from ``{unit, usd | low/expected/high, factors, source, as_of}``.

    Amounts are US dollars per unit. Where only ``usd`` is given, low, expected and high are equal.
    ``None``, and an entry without an amount, stay unknown.
    """
    if not entry:
        return None
    flat = entry.get("usd")
    low, expected, high = (entry.get(name, flat) for name in ("low", "expected", "high"))
    if low is None or expected is None or high is None:
        return None
    return Price(
        unit=entry.get("unit", "image"),
        low=to_micros(low),
        expected=to_micros(expected),
        high=to_micros(high),
        source=entry.get("source", ""),
        as_of=entry.get("as_of"),
        factors={
            name: {str(value): factor for value, factor in table.items()}
            for name, table in entry.get("factors", {}).items()
        },
    )
