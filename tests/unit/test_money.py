"""Money: exact integers, unknown is never zero, and words that people can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BadParameter
from studio.models import Price, Quote, format_usd, to_dollars, to_micros
from studio.models.money import format_together

micros = st.integers(-(10**12), 10**12)


@given(micros)
def test_dollars_and_micros_are_inverse(amount: int) -> None:
    dollars = to_dollars(amount)
    assert dollars is not None
    assert to_micros(dollars) == amount


@given(st.integers(0, 10**12))
def test_what_is_shown_is_within_half_a_cent_or_exact(amount: int) -> None:
    shown = to_micros(format_usd(amount).replace(",", ""))
    assert shown == amount if amount < 100_000 else abs(shown - amount) <= 5_000


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"), (0, "$0.00"), (33_600, "$0.0336"), (3_000, "$0.003"), (67_000, "$0.067"),
        (20_000, "$0.02"), (1_204_500_000, "$1,204.50"), (-40_000, "-$0.04"), (100_000, "$0.10"),
    ],
)  # fmt: skip
def test_amounts_for_people(amount: int | None, text: str) -> None:
    assert format_usd(amount) == text


@given(st.lists(st.none() | micros, min_size=1, max_size=5))
def test_amounts_shown_together_have_as_many_decimals(amounts: list[int | None]) -> None:
    shown = format_together(*amounts)
    known = [text for text in shown if text != "unknown"]
    assert len({len(text.partition(".")[2]) for text in known}) <= 1
    for amount, text in zip(amounts, shown, strict=True):
        if amount is None:
            assert text == "unknown"
        else:
            alone = to_micros(format_usd(abs(amount)).replace(",", ""))
            together = to_micros(text.lstrip("-").replace(",", ""))
            assert abs(together - abs(amount)) <= abs(alone - abs(amount)), "never coarser"


@given(st.integers(0, 900_000), st.integers(1, 99_999))
def test_a_sum_below_a_dollar_adds_up_on_the_screen(spent: int, left: int) -> None:
    shown = [to_micros(text) for text in format_together(spent, left, spent + left)]
    assert shown[0] + shown[1] == shown[2] or left % 10_000 == 0 or spent + left >= 1_000_000


@pytest.mark.parametrize(
    ("amounts", "texts"),
    [
        ((108_000, 2_000, 110_000), ["$0.108", "$0.002", "$0.110"]),
        ((2_000, 5_000_000), ["$0.002", "$5.000"]),
        ((20_000, 1_204_500_000), ["$0.02", "$1,204.50"]),
        ((None, 3_000), ["unknown", "$0.003"]),
        ((0, 0), ["$0.00", "$0.00"]),
    ],
)
def test_amounts_in_one_sentence(amounts: tuple[int | None, ...], texts: list[str]) -> None:
    assert format_together(*amounts) == texts


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "1,5,5", "--1"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(BadParameter, match="not an amount"):
        to_micros(text)


quotes = st.builds(
    lambda low, more, unknown: (
        Quote(low=None, expected=None, high=None)
        if unknown
        else Quote(low=low, expected=low + more, high=low + 2 * more)
    ),
    st.integers(0, 10**6), st.integers(0, 10**6), st.booleans(),
)  # fmt: skip


@given(quotes, quotes)
def test_one_unknown_part_makes_the_sum_unknown(one: Quote, other: Quote) -> None:
    total = one.plus(other)
    if one.high is None or other.high is None:
        assert total == Quote(low=None, expected=None, high=None)
    else:
        assert total.high == one.high + other.high
    assert total.is_free == (one.high == 0 and other.high == 0)


def test_nothing_costs_nothing_even_at_an_unknown_price() -> None:
    assert Quote.of(None, 0).is_free
    assert not Quote.of(None, 1).is_free
    price = Price(low=1, expected=2, high=3, source="t")
    assert Quote.of(price, 10) == Quote(low=10, expected=20, high=30)
