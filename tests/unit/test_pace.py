"""When accepted work is looked at: rarely before its usual time, often around it, rarely after."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.engine.pace import LONGEST_LOOK, SHORTEST_LOOK, Pace


def looks(typical: float | None, takes: float) -> list[float]:
    """The moments of the looks at work that takes ``takes`` seconds."""
    pace, at, moments = Pace(typical), 0.0, []
    while at < takes:
        at += pace.next(at)
        moments.append(at)
    return moments


def test_known_work_is_found_done_soon_and_with_few_looks() -> None:
    for usual in (4.0, 20.0, 60.0):
        moments = looks(usual, usual)
        assert moments[-1] - usual <= 0.1 * usual
        assert len(moments) <= 14, "few looks"
        assert len(looks(None, usual)) >= 0.5 * len(moments)


def test_unknown_work_is_looked_at_ever_more_rarely() -> None:
    moments = looks(None, 120)
    waits = [round(later - before, 6) for before, later in pairwise(moments)]
    assert waits == sorted(waits)
    assert waits[-1] <= LONGEST_LOOK


@given(st.floats(0.01, 10_000), st.floats(0, 100_000), st.booleans())
def test_a_wait_is_always_within_bounds(usual: float, elapsed: float, in_line: bool) -> None:
    assert SHORTEST_LOOK <= Pace(usual).next(elapsed, in_line=in_line) <= LONGEST_LOOK


def test_work_in_line_is_looked_at_as_if_nothing_were_known() -> None:
    known, unknown = Pace(30.0), Pace(None)
    for _ in range(5):
        assert known.next(0.0, in_line=True) == unknown.next(0.0)
