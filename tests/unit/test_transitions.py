"""The transition table: what it allows, what it forbids, and that moves obey it."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.db import events, jobs
from studio.errors import TransitionNotAllowed
from studio.models import TRANSITIONS, JobState, check_transition
from studio.models.job import TERMINAL, UNFINISHED
from tests.unit.test_ledger import NOON, job, store_with

states = st.sampled_from(list(JobState))


@given(states, states)
def test_check_agrees_with_the_table(old: JobState, new: JobState) -> None:
    if new in TRANSITIONS[old]:
        check_transition(old, new)
    else:
        with pytest.raises(TransitionNotAllowed, match="cannot become"):
            check_transition(old, new)


def test_every_state_is_reachable_and_the_classes_cover_all() -> None:
    reachable = {new for moves in TRANSITIONS.values() for new in moves}
    assert reachable == set(JobState)
    assert set(TRANSITIONS) == set(JobState)
    assert TERMINAL | UNFINISHED | {JobState.UNKNOWN} == set(JobState)
    assert not TRANSITIONS[JobState.DONE], "a finished picture is never made again"


def test_a_fetching_job_is_never_sent_again() -> None:
    assert TRANSITIONS[JobState.FETCHING] == {JobState.DONE, JobState.FAILED}


@given(st.lists(states, max_size=12))
def test_any_walk_moves_only_where_allowed_and_writes_one_event_each(walk: list[JobState]) -> None:
    with store_with(job_count=1) as store:
        current = job(store, "j_0_0")
        moved = 0
        for state in walk:
            if state in TRANSITIONS[current.state]:
                current = store.write(partial(jobs.move, job=current, state=state, at=NOON))
                assert current.state is state
                moved += 1
            else:
                with pytest.raises(TransitionNotAllowed):
                    store.write(partial(jobs.move, job=current, state=state, at=NOON))
                assert job(store, "j_0_0").state is current.state
        story = store.read(lambda tx: events.of_job(tx, "j_0_0"))
        assert len(story) == moved


def test_a_stale_copy_of_a_job_cannot_move_it() -> None:
    with store_with(job_count=1) as store:
        stale = job(store, "j_0_0")
        store.write(lambda tx: jobs.move(tx, stale, JobState.SUBMITTING, NOON, attempt=1))
        with pytest.raises(TransitionNotAllowed, match="changed meanwhile"):
            store.write(lambda tx: jobs.move(tx, stale, JobState.SUBMITTING, NOON, attempt=1))
