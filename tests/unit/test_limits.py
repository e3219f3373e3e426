"""Lanes and decisions: pure rules, so properties and tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.limits import BREAKER_AFTER, BREAKER_SECONDS, Lane, Seat
from studio.engine.resilience import Decision, charge_for, decide
from studio.models import Charged, FaultKind, JobState, PauseReason
from tests.fakes import fault

steps = st.lists(st.sampled_from(["start", "ok", "busy", "down", "other"]), max_size=60)


DOWN = fault(FaultKind.UNAVAILABLE)
FAULTS = {"busy": FaultKind.RATE_LIMITED, "down": FaultKind.UNAVAILABLE, "other": FaultKind.REFUSED}


@given(st.integers(1, 16), steps)
def test_a_lane_never_exceeds_its_capacity_and_never_dies(capacity: int, walk: list[str]) -> None:
    lane, now = Lane(capacity), 0.0
    seats: list[Seat] = []
    for step in walk:
        now += 1
        if step == "start" and lane.has_room(now):
            seats.append(lane.start(now))
        elif seats and step != "start":
            seat = seats.pop(0)
            if step == "ok":
                seat.succeeded()
            else:
                seat.failed(fault(FAULTS[step], retry_after=2.0), now)
            seat.finish()
        assert 0 <= lane.in_flight == len(seats) <= capacity
        assert 1 <= lane.limit <= capacity
    for seat in seats:
        seat.finish()
    assert lane.has_room(now + BREAKER_SECONDS + 3)


@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "ok", "down", "lost", "gone"]), st.integers(0, 40))
    )
)
def test_a_broken_lane_lets_one_try_and_only_its_success_opens_it(
    walk: list[tuple[str, int]],
) -> None:
    lane, now = Lane(3), 0.0
    seats = [lane.start(now) for _ in range(3)]
    for _ in range(BREAKER_AFTER):
        seats[0].failed(DOWN, now)
    sent_before, trial = set(seats), None
    for step, seconds in walk:
        now += seconds
        was_broken = lane.is_broken
        if step == "start":
            if lane.has_room(now):
                assert trial is None
                seats.append(lane.start(now))
                trial = seats[-1] if was_broken else None
            continue
        if not seats or not was_broken:
            break
        seat = seats.pop()
        if step == "ok":
            seat.succeeded()
            assert lane.is_broken == (seat is not trial)
        elif step != "gone":
            seat.failed(DOWN if step == "down" else fault(FaultKind.UNKNOWN_OUTCOME), now)
            assert lane.is_broken
        if step == "down" and seat is trial:
            assert not lane.has_room(now + BREAKER_SECONDS - 1)
        seat.finish()
        trial = None if seat is trial else trial
        assert seat in sent_before or lane.is_broken or step == "ok"


def test_too_fast_halves_and_success_grows_back() -> None:
    lane = Lane(8)
    seat = lane.start(100.0)
    seat.failed(fault(FaultKind.RATE_LIMITED, retry_after=5.0), now=100.0)
    assert lane.limit == 4
    assert not lane.has_room(104.9)
    assert lane.has_room(105.0)
    for _ in range(60):
        seat.succeeded()
    assert lane.limit == 8


def broken(capacity: int = 4) -> tuple[Lane, Seat]:
    """A lane that broke at second 0, and a call that was sent before."""
    lane = Lane(capacity)
    failing, earlier = lane.start(0.0), lane.start(0.0)
    for _ in range(BREAKER_AFTER - 1):
        failing.failed(DOWN, now=0.0)
    assert lane.has_room(0.0)
    failing.failed(DOWN, now=0.0)
    failing.finish()
    assert not lane.has_room(BREAKER_SECONDS - 1)
    return lane, earlier


def test_after_half_a_minute_exactly_one_call_may_try() -> None:
    lane, _ = broken()
    assert lane.has_room(BREAKER_SECONDS)
    trial = lane.start(BREAKER_SECONDS)
    assert not lane.has_room(BREAKER_SECONDS + 1000)
    trial.succeeded()
    assert lane.has_room(BREAKER_SECONDS + 1)
    assert not lane.is_broken


def test_a_trial_that_fails_closes_the_lane_again() -> None:
    lane, _ = broken()
    trial = lane.start(BREAKER_SECONDS)
    trial.failed(DOWN, now=40.0)
    trial.finish()
    assert not lane.has_room(40.0 + BREAKER_SECONDS - 1)
    assert lane.has_room(40.0 + BREAKER_SECONDS)


def test_what_was_sent_before_neither_opens_nor_prolongs() -> None:
    lane, earlier = broken()
    earlier.succeeded()
    assert lane.is_broken
    trial = lane.start(BREAKER_SECONDS)
    earlier.failed(DOWN, now=BREAKER_SECONDS)
    earlier.finish()
    assert not lane.has_room(BREAKER_SECONDS)
    trial.succeeded()
    trial.finish()
    assert lane.has_room(BREAKER_SECONDS)


@pytest.mark.parametrize("kind", [FaultKind.UNKNOWN_OUTCOME, FaultKind.REFUSED, None])
def test_a_trial_without_success_leaves_the_next_one_to_try(kind: FaultKind | None) -> None:
    lane, _ = broken()
    trial = lane.start(BREAKER_SECONDS)
    if kind is not None:
        trial.failed(fault(kind), now=BREAKER_SECONDS)
    trial.finish()
    assert lane.is_broken
    assert lane.has_room(BREAKER_SECONDS)
    lane.start(BREAKER_SECONDS)
    assert not lane.has_room(BREAKER_SECONDS)


def test_a_lost_answer_that_is_found_counts_as_the_success_of_the_trial() -> None:
    lane, _ = broken()
    trial = lane.start(BREAKER_SECONDS)
    trial.failed(fault(FaultKind.UNKNOWN_OUTCOME), now=BREAKER_SECONDS)
    assert not lane.has_room(BREAKER_SECONDS)
    trial.succeeded()
    assert not lane.is_broken


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
