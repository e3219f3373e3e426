"""Bills in bulk: few questions for many charges, booked once, and free only by proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from studio.container import Studio
from studio.db import Tx, followups
from studio.engine.bill_booking import FREE_AFTER
from studio.engine.bills import ask_bills, by_provider
from studio.errors import AccountError, Unreachable
from studio.models import BatchState, BatchStatus, Call, Finished, Running
from studio.providers import Context
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.unit.test_bills import (
    ACCEPTED,
    REFUSED,
    Billing,
    all_followed_up,
    asked_more_than,
    checks,
)


class Bulk(Billing):
    """Gives each request an id of its own, and tells of many of them in one answer."""

    def __init__(self, told: int | None = CENT, *, error: Exception | None = None) -> None:
        super().__init__(told)
        self.error = error
        self.questions: list[int] = []
        self.script = [ACCEPTED]

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        return str(ref["id"])

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        await super().submit(call, ctx)
        return Running(ref={"id": f"{call.job_id}-{call.attempt}"})

    async def bills(self, refs: Sequence[Mapping[str, Any]], ctx: Context) -> list[int | None]:
        self.questions.append(len(refs))
        if self.error is not None:
            raise self.error
        return [self.told for _ in refs]


def when_due(studio: Studio, clock: QuickClock) -> None:
    """Let the time pass after which told costs are compared."""
    clock.skip(FREE_AFTER * studio.settings.studio_settle_seconds + 1)


def due_now(studio: Studio) -> list[followups.DueBill]:
    """The questions to bills that are due."""
    return studio.parts.store.read(lambda tx: followups.due_bills(tx, studio.parts.now()))


def test_many_charges_are_few_questions() -> None:
    fake, clock = Bulk(), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, 100, workers=8))
        finish(studio, batch_id)
        when_due(studio, clock)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert fake.asked == [], "none is asked about alone"
        assert sum(fake.questions) == 100
        assert len(fake.questions) <= 4
        assert checks(studio) == [(CENT, CENT)] * 100


@pytest.mark.parametrize(
    ("error", "rounds"),
    [(AccountError("No.", "Another key."), 1), (Unreachable("Away.", "Later."), 20)],
    ids=["no_right", "away"],
)
def test_a_bill_that_cannot_be_asked_is_not_asked_for_each(error: Exception, rounds: int) -> None:
    fake, clock = Bulk(error=error), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, 100, workers=8))
        finish(studio, batch_id)
        when_due(studio, clock)
        wait_until(studio, batch_id, lambda _: not due_now(studio))
        assert 1 <= len(fake.questions) <= rounds
        fake.error = None
        clock.skip(3601)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert checks(studio) == [(CENT, CENT)] * 100


def test_a_bug_in_an_adapter_does_not_end_the_engine() -> None:
    fake, clock = Bulk(error=ZeroDivisionError("a bug")), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        when_due(studio, clock)
        wait_until(studio, batch_id, lambda _: bool(fake.questions))
        fake.error = None
        clock.skip(600)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert finish(studio, studio.batches.start(plan_of(studio, 2))).counts.done == 2


# races --------------------------------------------------------------------------------------


def test_two_that_read_the_same_questions_book_them_once() -> None:
    """Another process read what is due before this one had booked it."""
    fake, clock = Bulk(3 * CENT), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, 5))
        finish(studio, batch_id)
        later = studio.parts.now().replace(year=studio.parts.now().year + 1)
        stale = studio.parts.store.read(lambda tx: followups.due_bills(tx, later))
        assert len(stale) == 5
        when_due(studio, clock)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        for group in by_provider(stale):
            studio.engine.ask(ask_bills(studio.parts, group)).result(10)
        assert studio.costs.report("model").settled == 15 * CENT
        assert len([entry for entry in studio.costs.ledger() if entry.corrects]) == 5
        assert checks(studio) == [(CENT, 3 * CENT)] * 5, "what was booked first is kept"


@pytest.mark.parametrize("state", ["fetching", "done"])
def test_what_was_found_after_all_is_never_free(state: str) -> None:
    """It was counted as spent, then its picture was found; the bill's line is still to come."""
    fake, clock = Billing(0), QuickClock()
    fake.checks = [REFUSED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)

        def found(tx: Tx) -> None:
            tx.execute("update jobs set state = ?, owner = 'o_other'", [state])

        studio.parts.store.write(found)
        when_due(studio, clock)
        wait_until(studio, batch_id, partial(asked_more_than, fake, -1))
        wait_until(studio, batch_id, lambda _: not due_now(studio))
        assert studio.costs.report("model").settled == CENT
        assert checks(studio) == []


# what a person accepted ---------------------------------------------------------------------


def test_an_overrun_that_was_accepted_pauses_no_more() -> None:
    fake = FakeProvider(FakeProvider.picture(3 * CENT))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 6, workers=1))
        wait_until(studio, batch_id, paused)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 6
        events = [event.kind for event in studio.batches.events(batch_id)]
        assert events.count("batch_paused") == 1
        assert events.count("cost_above_quote") == 6, "each is written down all the same"


def test_an_overrun_above_the_accepted_one_pauses_again() -> None:
    fake = FakeProvider(*(FakeProvider.picture(cost * CENT) for cost in (3, 2, 4, 4, 3)))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 5, workers=1))
        assert wait_until(studio, batch_id, paused).counts.done == 1
        studio.batches.resume(batch_id)
        status = wait_until(studio, batch_id, paused)
        assert status.counts.done == 3, "the second was below what was accepted"
        assert "cost $0.04" in (status.batch.pause_message or "")
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 5


def test_another_batch_accepted_nothing() -> None:
    fake = FakeProvider(FakeProvider.picture(3 * CENT))
    with open_with(fake) as studio:
        first = studio.batches.start(plan_of(studio, 2, workers=1))
        wait_until(studio, first, paused)
        studio.batches.resume(first)
        finish(studio, first)
        second = studio.batches.start(plan_of(studio, 3, workers=1))
        assert wait_until(studio, second, paused).counts.done == 1


def paused(status: BatchStatus) -> bool:
    """Whether it waits for a person."""
    return status.batch.state is BatchState.PAUSED
