"""Lanes and decisions: pure rules, so properties and tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.limits import BREAKER_AFTER, BREAKER_SECONDS, Lane
from studio.engine.resilience import Decision, charge_for, decide
from studio.models import Charged, FaultKind, JobState, PauseReason
from tests.fakes import fault

steps = st.lists(st.sampled_from(["start", "ok", "busy", "down", "other"]), max_size=60)


@given(st.integers(1, 16), steps)
def test_a_lane_never_exceeds_its_capacity_and_never_dies(capacity: int, walk: list[str]) -> None:
    lane, now = Lane(capacity), 0.0
    for step in walk:
        now += 1
        if step == "start" and lane.has_room(now):
            lane.start(now)
        elif lane.in_flight and step != "start":
            lane.finish()
            if step == "ok":
                lane.succeeded()
            else:
                kind = {"busy": FaultKind.RATE_LIMITED, "down": FaultKind.UNAVAILABLE}.get(
                    step, FaultKind.REFUSED
                )
                lane.failed(fault(kind, retry_after=2.0), now)
        assert 0 <= lane.in_flight <= capacity
        assert 1 <= lane.limit <= capacity
    lane.in_flight = 0
    assert lane.has_room(now + BREAKER_SECONDS + 3)


def test_too_fast_halves_and_success_grows_back() -> None:
    lane = Lane(8)
    lane.failed(fault(FaultKind.RATE_LIMITED, retry_after=5.0), now=100.0)
    assert lane.limit == 4
    assert not lane.has_room(104.9)
    assert lane.has_room(105.0)
    for _ in range(60):
        lane.succeeded()
    assert lane.limit == 8


def test_the_breaker_opens_after_failures_in_a_row_and_lets_one_try() -> None:
    lane = Lane(2)
    for _ in range(BREAKER_AFTER - 1):
        lane.failed(fault(FaultKind.UNAVAILABLE), now=0.0)
    assert lane.has_room(0.0)
    lane.failed(fault(FaultKind.UNAVAILABLE), now=0.0)
    assert not lane.has_room(BREAKER_SECONDS - 1)
    assert lane.has_room(BREAKER_SECONDS)
    lane.failed(fault(FaultKind.UNAVAILABLE), now=BREAKER_SECONDS)
    assert not lane.has_room(BREAKER_SECONDS + 1)


def test_the_token_bucket_spaces_starts() -> None:
    lane, starts, now = Lane(100, starts_per_second=2.0), 0, 0.0
    while now < 10:
        if lane.has_room(now):
            lane.start(now)
            starts += 1
        now += 0.05
    assert 19 <= starts <= 22


@pytest.mark.parametrize(
    ("given_fault", "attempt", "retries", "expected"),
    [
        (fault(FaultKind.BAD_KEY), 1, 0, Decision(JobState.QUEUED, pause=PauseReason.KEY)),
        (fault(FaultKind.NO_FUNDS), 1, 0, Decision(JobState.QUEUED, pause=PauseReason.FUNDS)),
        (fault(FaultKind.UNKNOWN_OUTCOME), 1, 0, Decision(JobState.UNKNOWN)),
        (fault(FaultKind.REFUSED), 1, 0, Decision(JobState.REFUSED)),
        (
            fault(FaultKind.UNAVAILABLE, retry=True), 1, 0,
            Decision(JobState.QUEUED, wait=2.0, counts_as_retry=True),
        ),
        (
            fault(FaultKind.UNAVAILABLE, retry=True, retry_after=60.0), 3, 2,
            Decision(JobState.QUEUED, wait=60.0, counts_as_retry=True),
        ),
        (fault(FaultKind.UNAVAILABLE, retry=True), 4, 3, Decision(JobState.FAILED)),
        (
            fault(FaultKind.UNAVAILABLE, retry=True, charged=Charged.YES), 1, 0,
            Decision(JobState.FAILED),
        ),
        (
            fault(FaultKind.RATE_LIMITED, retry=True, retry_after=0.5), 9, 3,
            Decision(JobState.QUEUED, wait=0.5),
        ),
        (fault(FaultKind.RATE_LIMITED, retry=True), 40, 3, Decision(JobState.FAILED)),
        (fault(FaultKind.BAD_REQUEST), 1, 0, Decision(JobState.FAILED)),
    ],
)  # fmt: skip
def test_what_follows_from_a_fault(given_fault, attempt, retries, expected) -> None:  # type: ignore[no-untyped-def]
    assert decide(given_fault, attempt=attempt, retries=retries, max_retries=3) == expected


def test_what_a_failure_costs() -> None:
    assert charge_for(fault(FaultKind.REFUSED), 70) is None
    assert charge_for(fault(FaultKind.REFUSED, charged=Charged.YES, cost=5), 70) == (
        5, "told by the provider",
    )  # fmt: skip
    for charged in (Charged.YES, Charged.MAYBE):
        amount, source = charge_for(fault(FaultKind.REFUSED, charged=charged), 70) or (0, "")
        assert amount == 70
        assert "reserved price" in source
