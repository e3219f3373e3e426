"""A person's budget: it follows who started a batch, whatever others do meanwhile."""

from __future__ import annotations

import pytest

from studio.container import Studio
from studio.db import ledger
from studio.errors import BadParameter
from studio.models import BatchState, JobState
from tests.fakes import CENT, FakeProvider
from tests.flows.test_budget_flow import ADA, BOB, Gate, paused, plan_by, stop_of
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until


def started(studio: Studio, person: str | None, pictures: int) -> str:
    return studio.batches.start(plan_by(person, plan_of(studio, pictures)))


def test_each_person_has_the_usual_budget_and_nobody_has_none() -> None:
    with open_with(studio_person_budget="0.02") as studio:
        mine = [started(studio, person, 4) for person in (ADA, BOB, None)]
        for batch_id in mine[:2]:
            assert paused(studio, batch_id).counts.done == 2
        assert finish(studio, mine[2]).counts.done == 4
        lines = [limit.line for limit in studio.budgets.people()]
        assert [(line.label, line.settled, line.left) for line in lines] == [
            (ADA, 2 * CENT, 0),
            (BOB, 2 * CENT, 0),
        ]
        assert stop_of(studio, mine[0]).raise_to == 4 * CENT


def test_one_person_is_given_more_and_another_less() -> None:
    with open_with(studio_person_budget="0.02") as studio:
        studio.budgets.set_person("  Ada@Studio.Example ", 4 * CENT, "the payer")
        studio.budgets.set_person(BOB, CENT, "the payer")
        ada, bob = (started(studio, person, 5) for person in (ADA, BOB))
        assert paused(studio, ada).counts.done == 4
        assert paused(studio, bob).counts.done == 1
        studio.budgets.set_person(BOB, None, "the payer")
        studio.batches.resume(bob)
        assert paused(studio, bob).counts.done == 2
        told = studio.batches.status(bob).batch.pause_message or ""
        assert told.startswith(f"The personal budget of {BOB!r} of $0.02 is reached")
        assert "2 done, 3 left, needs about $0.03." in told


def test_all_batches_of_a_person_count_and_names_have_no_case() -> None:
    with open_with(studio_person_budget="0.03") as studio:
        first = started(studio, "ADA@studio.example", 2)
        finish(studio, first)
        assert studio.batches.status(first).batch.created_by == ADA
        assert paused(studio, started(studio, ADA, 2)).counts.done == 1


def test_what_others_have_in_flight_keeps_nobody_waiting() -> None:
    """Bob's pictures give no money back to Ada: she is told at once."""
    gate = Gate()
    with open_with(gate, studio_workers=4) as studio:
        studio.budgets.set_person(ADA, CENT // 2, "the payer")
        bob = started(studio, BOB, 2)
        wait_until(studio, bob, lambda _: len(gate.submits) == 2)
        ada = started(studio, ADA, 2)
        wait_until(studio, ada, lambda s: s.batch.state is BatchState.PAUSED)
        gate.open = True
        assert finish(studio, bob).counts.done == 2


def test_a_person_s_month_begins_anew() -> None:
    clock = QuickClock()
    with open_with(clock=clock, studio_person_budget="0.02") as studio:
        batch_id = started(studio, ADA, 3)
        assert paused(studio, batch_id).counts.done == 2
        clock.skip(32 * 86_400)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 3
        assert studio.budgets.lines(ADA)[-1].settled == CENT


@pytest.mark.parametrize("scope", ["day", "month", "total", "person"])
def test_a_bill_above_the_cap_stops_everything_and_is_said(scope: str) -> None:
    """The money is spent, so it counts; what comes next waits, and is told by how much."""
    fake = FakeProvider()
    with open_with(fake) as studio:
        first = started(studio, ADA, 1)
        finish(studio, first)
        if scope == "person":
            studio.budgets.set_person(ADA, 3 * CENT)
        else:
            studio.budgets.set(scope, 3 * CENT)
        (job,) = studio.batches.jobs(first, [JobState.DONE])
        at, zone = studio.parts.now(), studio.settings.timezone
        studio.parts.store.write(
            lambda tx: ledger.correct(tx, job, 5 * CENT, at, zone, source="the bill")
        )
        line = next(line for line in studio.budgets.lines(ADA) if line.scope == scope)
        assert (line.settled, line.left, line.over) == (5 * CENT, -2 * CENT, 2 * CENT)
        second = started(studio, ADA, 2)
        told = paused(studio, second).batch.pause_message or ""
        assert "is exceeded by $0.02: $0.05 spent or set aside" in told
        assert "0 done, 2 left, needs about $0.02." in told
        assert len(fake.submits) == 1
        assert stop_of(studio, second).raise_to == 7 * CENT


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 255])
def test_a_name_must_name_somebody(name: str) -> None:
    with open_with() as studio, pytest.raises(BadParameter, match="names nobody"):
        studio.budgets.set_person(name, CENT)
