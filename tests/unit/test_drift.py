"""By how much quotes are off: what was right before or since never makes it look smaller."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.container.bill_check import ENOUGH, latest
from studio.db.bill_checks import Paid
from studio.models.bill import ModelDrift

QUOTE = 3_000
shares = st.lists(st.sampled_from([0, 100, 150, 200, 300]), min_size=1, max_size=50)


def paid(*percent: int, low: int = QUOTE, high: int = QUOTE) -> list[Paid]:
    """Pictures at so many per cent of their quote, newest first."""
    return [Paid(low, QUOTE, high, QUOTE * each // 100, "2026-11-21") for each in percent]


def drift(pictures: list[Paid]) -> ModelDrift:
    """What is told of them."""
    found, of = latest(pictures)
    return ModelDrift(
        model="fal:dev", pictures=len(found), of=of,
        quoted=sum(one.quoted for one in found) // len(found),
        actual=sum(one.cost for one in found) // len(found),
    )  # fmt: skip


def test_two_at_three_times_their_quote_among_fifty_are_not_a_few_per_cent() -> None:
    line = drift(paid(300, 300, *[100] * 48))
    assert (line.share, line.which, line.flagged) == (2.0, "last 2 pictures", True)


def test_right_ones_in_between_are_counted_but_not_averaged() -> None:
    line = drift(paid(100, 300, 100, 100, 300, *[100] * 45))
    assert (line.share, line.which) == (2.0, "2 of the last 5 pictures")


def test_one_picture_that_is_off_is_told_as_one() -> None:
    assert drift(paid(300)).which == "last picture"
    assert drift(paid(100, 300, 100)).which == "1 of the last 2 pictures"


def test_what_was_off_is_past_when_enough_were_right_since() -> None:
    line = drift(paid(*[100] * ENOUGH, *[300] * 45))
    assert (line.flagged, line.pictures) == (False, ENOUGH)


def test_of_two_raises_the_later_one_is_told() -> None:
    assert drift(paid(300, 300, 300, 200, 200, 200)).share == 2.0


def test_what_stays_within_its_quote_is_not_off_one_by_one() -> None:
    scattered = paid(60, 140, 90, 110, 100, low=QUOTE // 2, high=QUOTE * 3 // 2)
    assert not drift(scattered).flagged
    dear = paid(*[140] * 8, low=QUOTE // 2, high=QUOTE * 3 // 2)
    assert drift(dear).share == 0.4, "but their average is"


@given(shares)
def test_a_drift_is_never_smaller_than_the_smallest_one_it_is_made_of(percent: list[int]) -> None:
    line = drift(paid(*percent))
    off = [abs(each - 100) / 100 for each in percent if each != 100]
    assert line.share is not None
    assert line.share == 0 or abs(line.share) >= min(off) - 0.001
    newest = [each for each in percent[:ENOUGH] if each != 100]
    assert line.flagged == bool(newest)
    assert line.of in {0, *range(1, len(percent) + 1)}
