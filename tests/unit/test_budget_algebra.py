"""The algebra of budgets: no order of claims, endings and changed caps spends above a cap."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.container import Studio, starting
from studio.db import Tx, batches, jobs, ledger, spending
from studio.engine.claim import claim
from studio.models import BatchState, BudgetLine, Job, JobState
from tests.fakes import CENT
from tests.studio_fixture import QuickClock, open_with, plan_of

SCOPES = ("day", "month", "total", "person", "batch")
PEOPLE = ("ada@studio.example", "ada@studio.example", "bob@studio.example")
"""Who started which batch."""

steps = st.lists(
    st.tuples(
        st.sampled_from([*["claim"] * 6, "settle", "settle", "release", "bill", "cap", "day"]),
        st.integers(0, 2),
        st.sampled_from(SCOPES),
        st.none()
        | st.sampled_from([CENT // 3, CENT, 2 * CENT, 3 * CENT])
        | st.integers(1, 6 * CENT),
    ),
    min_size=10,
    max_size=40,
)


tight = st.integers(1, 4).map(CENT.__mul__) | st.integers(CENT, 4 * CENT)


@pytest.mark.parametrize("first", SCOPES)
@settings(max_examples=8, deadline=None)
@given(sequence=steps, least=tight)
def test_no_interleaving_spends_above_a_cap_in_force(
    first: str, sequence: list[tuple[str, int, str, int | None]], least: int
) -> None:
    """Settled and reserved never grow above a cap, while people change caps as they like. Only
    a bill above the reservation does, for that money is spent: nothing is claimed until it fits.
    """
    clock = QuickClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_with(clock=clock, studio_data_dir=Path(folder)) as studio,
    ):
        store = studio.parts.store
        ids = [store.write(partial(_stored, studio, person)) for person in PEOPLE]
        _cap(studio, first, ids[0], PEOPLE[0], least)
        held: list[Job] = []
        for what, index, scope, amount in sequence:
            before = _committed(studio, ids)
            if what == "claim":
                job = store.write(lambda tx, i=index: _claimed(studio, tx, ids[i]))  # type: ignore[misc]
                held += [job] if job is not None else []
            elif what == "cap":
                _cap(studio, scope, ids[index], PEOPLE[index], amount)
            elif what == "day":
                clock.skip(86_400 * (1 + (amount or 0) % 20))
            elif held:
                job = held.pop(index % len(held))
                cost = None if what == "release" else (amount or 0)
                if cost is not None and what == "settle":
                    cost %= CENT + 1
                store.write(lambda tx, j=job, c=cost: _ended(studio, tx, j, c))  # type: ignore[misc]
            after, caps = _committed(studio, ids), _caps(studio, ids)
            for name, cap in caps.items():
                if cap is not None and what != "bill":
                    assert after[name] <= max(cap, before[name]), (what, name)
        assert store.read(spending.spent).reserved == CENT * len(held)


def _stored(studio: Studio, person: str, tx: Tx) -> str:
    plan = plan_of(studio, 12)
    options = plan.options.model_copy(update={"created_by": person})
    return starting.store(tx, studio.parts, plan.model_copy(update={"options": options}))


def _cap(studio: Studio, scope: str, batch_id: str, person: str, amount: int | None) -> None:
    match scope:
        case "batch":
            studio.budgets.set_batch(batch_id, amount)
        case "person":
            studio.budgets.set_person(person, amount)
        case _:
            studio.budgets.set(scope, amount)


def _claimed(studio: Studio, tx: Tx, batch_id: str) -> Job | None:
    if batches.get(tx, batch_id).state is not BatchState.RUNNING:
        batches.move(tx, batch_id, BatchState.RUNNING, studio.parts.now())
    return claim(tx, studio.parts, batch_id, "fake")


def _ended(studio: Studio, tx: Tx, job: Job, cost: int | None) -> None:
    at, zone = studio.parts.now(), studio.settings.timezone
    if cost is None:
        ledger.release(tx, job, at, zone, "test")
        jobs.move(tx, job, JobState.QUEUED, at)
    else:
        ledger.settle(tx, job, cost, at, zone, picture=False, source="test")
        jobs.move(tx, job, JobState.FAILED, at)


def _committed(studio: Studio, ids: list[str]) -> dict[str, int]:
    found = {line.label: line.settled + line.reserved for line in _lines(studio)}
    for batch_id in ids:
        spend = studio.parts.store.read(partial(spending.spent, batch_id=batch_id))
        found[batch_id] = spend.committed
    return found


def _lines(studio: Studio) -> list[BudgetLine]:
    people = [limit.line for limit in studio.budgets.people()]
    assert {line.label for line in people} == set(PEOPLE)
    return [*studio.budgets.lines(), *people]


def _caps(studio: Studio, ids: list[str]) -> dict[str, int | None]:
    found = {line.label: line.cap for line in _lines(studio)}
    for batch_id in ids:
        found[batch_id] = studio.batches.status(batch_id).batch.settings.budget
    return found
