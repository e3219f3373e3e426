"""Quotes: never too low by our own doing, never a made-up zero, in whole micro-dollars."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog import card_from_schema, price_from_entry, quote_for
from studio.models import FieldKind, FormField, ModelCard, PictureRequest, Price, Quote

AMOUNT = st.integers(0, 10_000_000)
SIDE = st.integers(64, 8192)
UNKNOWN = Quote(low=None, expected=None, high=None)


def card_of(unit: str, usd: float = 0.02, *, fields: tuple[FormField, ...] = (), **factors: Any
            ) -> ModelCard:  # fmt: skip
    """A card with a price per unit."""
    price = price_from_entry({"unit": unit, "usd": usd, "source": "s", "factors": factors})
    return ModelCard(id="p:m", label="M", price=price, fields=fields)


def wish(width: int = 1024, height: int = 1024, **params: Any) -> PictureRequest:
    """A request for a picture of that size."""
    return PictureRequest(model="p:m", prompt="p", width=width, height=height, params=params)


def flat(micros: int) -> Quote:
    """A quote without a range."""
    return Quote(low=micros, expected=micros, high=micros)


@pytest.mark.parametrize("unit", ["image", "images", "Image"])
def test_per_picture(unit: str) -> None:
    assert quote_for(card_of(unit), wish(4096, 4096)) == flat(20_000)


@pytest.mark.parametrize(
    ("size", "low", "expected", "high"),
    [
        ((1024, 1024), 20_000, 20_000, 40_000),
        ((1000, 1000), 19_074, 20_000, 20_000),
        ((512, 512), 5_000, 20_000, 20_000),
        ((2048, 1024), 40_000, 40_000, 60_000),
        ((1920, 1080), 39_551, 40_000, 60_000),
    ],
)
def test_per_megapixel(size: tuple[int, int], low: int, expected: int, high: int) -> None:
    for unit in ("megapixel", "megapixels", "MP"):
        quote = quote_for(card_of(unit), wish(*size))
        assert (quote.low, quote.expected, quote.high) == (low, expected, high)


def test_megapixels_are_those_that_are_sent() -> None:
    side = {"type": "integer", "maximum": 1024}
    schema = {"properties": {"prompt": {"type": "string"}, "width": side, "height": side}}
    card = card_from_schema("p:m", schema)
    priced = card.model_copy(update={"price": card_of("megapixel").price})
    assert quote_for(priced, wish(4000, 4000)) == quote_for(priced, wish(1024, 1024))


@pytest.mark.parametrize("duration", [5, "5", "5s", 5.0, "5 seconds"])
def test_per_second(duration: Any) -> None:
    quote = quote_for(card_of("second", 0.1), wish(duration=duration))
    assert (quote.low, quote.expected, quote.high) == (500_000, 500_000, 600_000)


def test_seconds_that_are_not_given_are_the_models_own() -> None:
    field = FormField(name="duration", kind=FieldKind.CHOICE, label="D", default="8")
    assert quote_for(card_of("seconds", 0.1, fields=(field,)), wish()).expected == 800_000
    assert quote_for(card_of("seconds", 0.1), wish()) == UNKNOWN
    assert quote_for(card_of("seconds", 0.1), wish(duration="auto")) == UNKNOWN


@pytest.mark.parametrize("unit", ["token", "1m tokens", "compute second", "gpu-second", "", "odd"])
def test_a_unit_that_nobody_can_count_is_unknown(unit: str) -> None:
    assert quote_for(card_of(unit), wish()) == UNKNOWN


def test_no_price_is_unknown_and_free_is_free() -> None:
    assert quote_for(ModelCard(id="p:m", label="M"), wish()) == UNKNOWN
    assert quote_for(card_of("image", 0), wish()) == flat(0)


def test_settings_multiply_the_price() -> None:
    card = card_of("image", resolution={"4K": 2, "0.5K": 0.75})
    assert quote_for(card, wish(resolution="4K")) == flat(40_000)
    assert quote_for(card, wish(resolution="4k ")) == flat(40_000)
    assert quote_for(card, wish(resolution="0.5K")) == flat(15_000)
    assert quote_for(card, wish(resolution="1K")) == flat(20_000)


def test_the_default_of_a_setting_counts_when_it_is_not_given() -> None:
    field = FormField(name="resolution", kind=FieldKind.CHOICE, label="R", default="4K")
    card = card_of("image", fields=(field,), resolution={"4K": 2})
    assert quote_for(card, wish()) == flat(40_000)
    assert quote_for(card, wish(resolution="1K")) == flat(20_000)


def test_a_setting_that_nobody_knows_widens_the_range() -> None:
    card = card_of("image", resolution={"4K": 2, "0.5K": 0.5})
    assert quote_for(card, wish()) == Quote(low=10_000, expected=20_000, high=40_000)
    assert quote_for(card_of("image", think={"": 1, "high": 2}), wish()) == flat(20_000)
    assert quote_for(card_of("image", search={"true": 1.25}), wish(search=True)) == flat(25_000)


def test_parts_of_a_micro_dollar_are_rounded_up() -> None:
    price = Price(low=1, expected=1, high=1, source="s", factors={"a": {"x": 1.5}})
    card = ModelCard(id="p:m", label="M", price=price)
    assert quote_for(card, wish(a="x")) == flat(2)


@given(st.tuples(AMOUNT, AMOUNT, AMOUNT), SIDE, SIDE, st.floats(0.1, 4))
def test_low_expected_and_high_stay_in_order(
    rates: tuple[int, int, int], width: int, height: int, factor: float
) -> None:
    low, expected, high = sorted(rates)
    for unit in ("image", "megapixel", "second"):
        price = Price(
            unit=unit, low=low, expected=expected, high=high, source="s",
            factors={"known": {"x": factor}, "unknown": {"x": factor}},
        )  # fmt: skip
        quote = quote_for(
            ModelCard(id="p:m", label="M", price=price), wish(width, height, known="x", duration=3)
        )
        assert quote.low is not None
        assert quote.expected is not None
        assert quote.high is not None
        assert quote.low <= quote.expected <= quote.high
        assert (quote.high == 0) == (high == 0)


@given(AMOUNT, SIDE, SIDE, st.integers(0, 512))
def test_a_larger_picture_never_costs_less(amount: int, width: int, height: int, more: int) -> None:
    price = Price(unit="megapixel", low=amount, expected=amount, high=amount, source="s")
    card = ModelCard(id="p:m", label="M", price=price)
    small, large = quote_for(card, wish(width, height)), quote_for(card, wish(width + more, height))
    for name in ("low", "expected", "high"):
        assert getattr(small, name) <= getattr(large, name)


@given(st.integers(0, 10_000), AMOUNT)
def test_a_higher_price_never_costs_less(more: int, amount: int) -> None:
    quotes = [
        quote_for(ModelCard(id="p:m", label="M", price=Price(
            unit="megapixel", low=each, expected=each, high=each, source="s")), wish(700, 900))
        for each in (amount, amount + more)
    ]  # fmt: skip
    assert quotes[0].high is not None
    assert quotes[1].high is not None
    assert quotes[0].high <= quotes[1].high
