"""A model's price on the command line: in words for people, in dollars for scripts."""

from __future__ import annotations

from typing import Any

from studio.models import Price, format_usd, to_dollars


def price_words(price: Price | None) -> str:
    """``free``, ``$0.025 per image``, or ``price unknown``."""
    if price is None:
        return "price unknown"
    if price.high == 0:
        return "free"
    if price.low == price.high:
        return f"{format_usd(price.expected)} per {price.unit}"
    return f"{format_usd(price.low)} to {format_usd(price.high)} per {price.unit}"


def price_source(price: Price | None) -> str:
    """Who says so, and when: ``fal.ai/models (2026-11-20)``; empty where nobody does."""
    if price is None:
        return ""
    return f"{price.source} ({price.as_of})" if price.as_of else price.source


def price_document(price: Price | None) -> dict[str, Any] | None:
    """The figures in dollars with their source; unknown is ``None``, never 0."""
    if price is None:
        return None
    return {
        "unit": price.unit,
        "low": to_dollars(price.low),
        "expected": to_dollars(price.expected),
        "high": to_dollars(price.high),
        "factors": price.factors,
        "source": price.source,
        "as_of": price.as_of.isoformat() if price.as_of else None,
    }
