"""Whose turn it is: priorities are strict, people share in turn, then their batches."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.turns import Turns
from studio.errors import Conflict, NotFound
from studio.models import Batch, BatchState, Call, FaultKind, Finished, Place, Running
from studio.providers import Context
from tests.fakes import Answer, FakeProvider, fault
from tests.studio_fixture import DEADLINE, finish, open_with, plan_of, wait_until
from tests.unit.exports_data import make_batch


def batch_of(name: str, person: str | None = None, priority: int = 0) -> Batch:
    changes = {"created_by": person, "priority": priority}
    return make_batch(BatchState.RUNNING, name).model_copy(update=changes)


def serve(turns: Turns, line: list[Batch], rounds: int) -> Counter[str]:
    """How often each batch was served."""
    served: Counter[str] = Counter()
    for _ in range(rounds):
        chosen = turns.next(line, "fake")
        turns.served(chosen, "fake")
        served[chosen.id] += 1
    return served


def test_ten_batches_of_ada_leave_half_to_ben() -> None:
    line = [batch_of(f"a{number}", "ada") for number in range(10)] + [batch_of("b", "ben")]
    served = serve(Turns(), line, 40)
    assert served["b"] == 20
    assert [served[f"a{number}"] for number in range(10)] == [2] * 10


people = st.sampled_from(["ada", "ben", "cem", None])


@given(st.lists(st.tuples(people, st.integers(-1, 1)), min_size=1, max_size=12))
def test_shares_are_even_and_only_the_most_urgent_are_served(
    wanted: list[tuple[str | None, int]],
) -> None:
    line = [batch_of(str(n), person, priority) for n, (person, priority) in enumerate(wanted)]
    served = serve(Turns(), line, 60)
    top = max(batch.priority for batch in line)
    urgent = [batch for batch in line if batch.priority == top]
    assert set(served) <= {batch.id for batch in urgent}
    by_person: dict[str | None, list[int]] = {}
    for batch in urgent:
        by_person.setdefault(batch.created_by, []).append(served[batch.id])
    shares = [sum(counts) for counts in by_person.values()]
    assert max(shares) - min(shares) <= 1
    for counts in by_person.values():
        assert max(counts) - min(counts) <= 1


def test_a_turn_at_one_provider_costs_none_at_another() -> None:
    turns, ada, ben = Turns(), batch_of("a", "ada"), batch_of("b", "ben")
    turns.served(ada, "fake")
    assert turns.next([ada, ben], "fake") is ben
    assert turns.next([ada, ben], "other") is ada
    turns.keep([ben])
    assert turns.next([ada, ben], "fake") is ben, "people keep their turn when a batch ends"


class Narrow(FakeProvider):
    """One call at a time, and none before the gate is open."""

    concurrency = 1

    def __init__(self, *script: Answer) -> None:
        super().__init__(*script)
        self.gate = threading.Event()

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        await asyncio.to_thread(self.gate.wait, DEADLINE)
        return await super().submit(call, ctx)


def test_first_and_last_are_served_before_and_after_the_others() -> None:
    fake = Narrow()
    with open_with(fake) as studio:
        ids = [studio.batches.start(plan_of(studio, 12)) for _ in range(3)]
        wait_until(studio, ids[0], lambda s: s.counts.submitting == 1)
        studio.batches.prioritise(ids[1], Place.LAST)
        studio.batches.prioritise(ids[2], Place.FIRST)
        priorities = [studio.batches.status(batch_id).batch.priority for batch_id in ids]
        assert priorities == [0, -1, 1]
        fake.gate.set()
        for batch_id in ids:
            finish(studio, batch_id)
        order = [studio.batches.job(call.job_id).batch_id for call in fake.submits]
        assert order == [ids[0]] + [ids[2]] * 12 + [ids[0]] * 11 + [ids[1]] * 12


def test_in_the_engine_too_ben_gets_half() -> None:
    fake = Narrow()
    with open_with(fake) as studio:

        def start(person: str, pictures: int) -> str:
            plan = plan_of(studio, pictures)
            named = plan.options.model_copy(update={"created_by": person})
            return studio.batches.start(plan.model_copy(update={"options": named}))

        of_ada = [start("ada", 3) for _ in range(4)]
        of_ben = start("ben", 10)
        wait_until(studio, of_ada[0], lambda s: s.counts.submitting == 1)
        fake.gate.set()
        for batch_id in [*of_ada, of_ben]:
            finish(studio, batch_id)
        order = [studio.batches.job(call.job_id).batch_id for call in fake.submits]
        assert order[1:20:2] == [of_ben] * 10
        assert Counter(order[:8:2]) == Counter(of_ada), "hers take turns as well"


def test_places_are_relative_to_what_is_not_over() -> None:
    with open_with(FakeProvider(fault(FaultKind.NO_FUNDS))) as studio:
        ids = [studio.batches.start(plan_of(studio)) for _ in range(3)]
        for batch_id in ids:
            wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)

        def place(number: int, place: Place) -> int:
            studio.batches.prioritise(ids[number], place)
            return studio.batches.status(ids[number]).batch.priority

        assert [place(0, Place.FIRST), place(1, Place.FIRST), place(1, Place.FIRST)] == [1, 2, 2]
        assert [place(2, Place.LAST), place(0, Place.LAST), place(1, Place.NORMAL)] == [-1, -2, 0]
        told = [e.data for e in studio.batches.events(ids[1]) if e.kind == "batch_prioritised"]
        assert told == [{"from": 0, "priority": 2}, {"from": 2, "priority": 0}]
        studio.batches.cancel(ids[0])
        assert place(1, Place.LAST) == -2, "what is canceled does not count"
        with pytest.raises(Conflict, match="canceled"):
            studio.batches.prioritise(ids[0], Place.FIRST)
        with pytest.raises(NotFound):
            studio.batches.prioritise("b_none", Place.FIRST)


def test_an_urgent_batch_that_waits_starves_nobody() -> None:
    later = fault(FaultKind.UNAVAILABLE, retry=True, retry_after=600.0)
    fake = Narrow(later, FakeProvider.picture())
    fake.gate.set()
    with open_with(fake) as studio:
        urgent = studio.batches.start(plan_of(studio, 1))
        studio.batches.prioritise(urgent, Place.FIRST)
        wait_until(studio, urgent, lambda s: s.counts.queued == 1 and len(fake.submits) == 1)
        capped = studio.batches.start(plan_of(studio, 2, budget=15_000))
        studio.batches.prioritise(capped, Place.FIRST)
        other = studio.batches.start(plan_of(studio, 4))
        assert finish(studio, other).counts.done == 4
        wait_until(studio, capped, lambda s: s.batch.state is BatchState.PAUSED)
        assert studio.batches.status(urgent).counts.queued == 1
