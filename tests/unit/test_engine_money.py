"""Budgets, prices and endings under trouble: what pauses, what is flagged, what is kept."""

from __future__ import annotations

from typing import Any

from studio.db import Tx, spending
from studio.models import (
    BatchState,
    Call,
    CannotTell,
    Charged,
    FaultKind,
    Finished,
    NotThere,
    PauseReason,
    PictureRequest,
    Running,
)
from studio.providers import Context
from tests.fakes import CENT, Answer, FakeProvider, fault
from tests.studio_fixture import finish, open_with, plan_of, wait_until

ACCEPTED = Running(ref={"id": "r1"})


def test_a_reached_budget_does_not_wait_for_work_of_others() -> None:
    with open_with(studio_daily_budget="0.01") as studio:

        def somebody_else(tx: Tx) -> None:
            tx.execute(
                "update jobs set state = 'running', owner = 'o_gone' where batch_id = ?", [other]
            )

        other = studio.batches.start(plan_of(studio))
        finish(studio, other)
        studio.parts.store.write(somebody_else)
        batch_id = studio.batches.start(plan_of(studio, 2))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert status.batch.pause_reason is PauseReason.BUDGET


def test_a_picture_dearer_than_its_quote_is_flagged_and_pauses_the_rest() -> None:
    fake = FakeProvider(FakeProvider.picture(cost=5 * CENT))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 10, workers=1))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert status.settled == 5 * CENT * len(fake.submits)
        assert len(fake.submits) == 1
        assert "more than the $0.01 set aside" in (status.batch.pause_message or "")
        kinds = {event.kind for event in studio.batches.events(batch_id)}
        assert "cost_above_quote" in kinds


def test_a_removed_provider_pauses_with_a_reason() -> None:
    with open_with() as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)

        def other_model(tx: Tx) -> None:
            tx.execute(
                "update jobs set state = 'queued', provider = 'gone' where batch_id = ?", [batch_id]
            )
            tx.execute("update batches set state = 'running' where id = ?", [batch_id])

        studio.parts.store.write(other_model)
        studio.engine.wake()
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert "'gone' is not installed" in (status.batch.pause_message or "")


def test_what_may_have_been_charged_is_not_tried_again_by_itself() -> None:
    fake = FakeProvider(fault(FaultKind.UNAVAILABLE, retry=True, charged=Charged.MAYBE))
    with open_with(fake) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.failed, len(fake.submits)) == (1, 1)


def test_resuming_a_canceled_batch_makes_what_was_canceled() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 20, workers=1))
        studio.batches.cancel(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.in_flight == 0)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 20


def test_closing_waits_for_answers_that_are_on_their_way() -> None:
    class Slow(FakeProvider):
        async def submit(self, call: Call, ctx: Context) -> Running | Finished:
            self.submits.append(call)
            for _ in range(40):
                await ctx.clock.sleep(0.005)
            return self.picture()

    fake = Slow()
    studio = open_with(fake)
    batch_id = studio.batches.start(plan_of(studio, 4))
    wait_until(studio, batch_id, lambda _: len(fake.submits) == 4)
    studio.close()
    with open_with(fake) as again:
        status = again.batches.status(batch_id)
        assert status.counts.unknown == 0
        assert status.counts.submitting == 0
        again.batches.resume(batch_id)
        assert finish(again, batch_id).counts.done == 4
        assert len(fake.submits) == 4


def test_a_lost_answer_is_asked_about_until_the_provider_can_tell() -> None:
    fake, asked = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME), FakeProvider.picture()), 0

    def later(call: Call) -> Any:
        nonlocal asked
        asked += 1
        if asked < 4:
            return CannotTell(known="Too early to tell.", ask_again=True)
        return NotThere()

    fake.found = later
    with open_with(fake) as studio:
        assert finish(studio, studio.batches.start(plan_of(studio))).counts.done == 1
        assert (asked, len(fake.submits)) == (4, 2)


def test_the_ledger_has_no_open_reservation_when_nothing_is_in_flight() -> None:
    script: list[Answer] = [
        FakeProvider.picture(), fault(FaultKind.REFUSED), fault(FaultKind.BAD_REQUEST),
        fault(FaultKind.UNAVAILABLE, charged=Charged.YES), ACCEPTED, FakeProvider.picture(),
    ]  # fmt: skip
    with open_with(FakeProvider(*script)) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio, 12)))
        assert status.reserved == 0
        entries = studio.parts.store.read(lambda tx: spending.entries(tx, limit=-1))
        assert sum(entry.settled for entry in entries) == status.settled


def test_equal_requests_hash_equally_whatever_their_order() -> None:
    one = PictureRequest(model="a:b", prompt="p", width=64, height=64, params={"x": 1, "y": 2})
    other = PictureRequest(model="a:b", prompt="p", width=64, height=64, params={"y": 2, "x": 1})
    assert one.content_hash() == other.content_hash()
    assert one.content_hash(1) != one.content_hash()
