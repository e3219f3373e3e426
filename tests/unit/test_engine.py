"""The engine against a fake provider: every kind of answer ends as the right state and money."""

from __future__ import annotations

import pytest

from studio.container import Studio
from studio.models import (
    AssetFilter,
    BatchState,
    CannotTell,
    Charged,
    FaultKind,
    Finished,
    Job,
    JobState,
    NotThere,
    Output,
    PauseReason,
    Running,
)
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until


def test_pictures_arrive_and_the_ledger_equals_the_bill() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 12))
        status = finish(studio, batch_id)
        assert status.counts.done == 12
        assert status.batch.state is BatchState.DONE
        assert (status.settled, status.reserved) == (fake.charged, 0)
        assert len(fake.submits) == 12
        assert studio.gallery.page(AssetFilter(batch_id=batch_id)).total == 12
        assert fake.most_at_once <= fake.concurrency
        assert len({call.seed for call in fake.submits}) == 12


@pytest.mark.parametrize(
    ("kind", "charged", "state", "settled"),
    [
        (FaultKind.REFUSED, Charged.NO, JobState.REFUSED, 0),
        (FaultKind.REFUSED, Charged.YES, JobState.REFUSED, CENT),
        (FaultKind.BAD_REQUEST, Charged.NO, JobState.FAILED, 0),
        (FaultKind.BAD_OUTPUT, Charged.MAYBE, JobState.FAILED, CENT),
    ],
)
def test_a_fault_that_is_final(
    kind: FaultKind, charged: Charged, state: JobState, settled: int
) -> None:
    fake = FakeProvider(fault(kind, charged=charged))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert (job.state, len(fake.submits)) == (state, 1)
        assert job.fault is not None
        assert job.fault.kind is kind
        assert (status.settled, status.reserved) == (settled, 0)
        report = studio.costs.report("model")
        assert report.charged_without_picture == settled


def test_one_failure_never_ends_a_batch() -> None:
    fake = FakeProvider(fault(FaultKind.BAD_REQUEST), FakeProvider.picture())
    with open_with(fake) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio, 5)))
        assert (status.counts.done, status.counts.failed) == (4, 1)


def test_retries_wait_2_4_8_seconds_and_then_give_up() -> None:
    clock = QuickClock()
    fake = FakeProvider(fault(FaultKind.UNAVAILABLE, retry=True))
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        waits = []
        for retries in (1, 2, 3):
            wait_until(studio, batch_id, lambda s: s.counts.queued == 1)
            job = wait_for_retries(studio, batch_id, retries)
            assert job.not_before is not None
            waits.append(round((job.not_before - clock.now()).total_seconds()))
            clock.skip(waits[-1] + 0.1)
            studio.engine.wake()
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert waits == [2, 4, 8]
        assert (job.state, job.attempt, job.retries) == (JobState.FAILED, 4, 3)


def wait_for_retries(studio: Studio, batch_id: str, retries: int) -> Job:
    wait_until(studio, batch_id, lambda _: studio.batches.jobs(batch_id)[0].retries == retries)
    return studio.batches.jobs(batch_id)[0]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [(FaultKind.NO_FUNDS, PauseReason.FUNDS), (FaultKind.BAD_KEY, PauseReason.KEY)],
)
def test_an_account_problem_pauses_the_batch_and_spends_nothing(
    kind: FaultKind, reason: PauseReason
) -> None:
    fake = FakeProvider(fault(kind))
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 10))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        wait_until(studio, batch_id, lambda s: s.counts.in_flight == 0)
        assert status.batch.pause_reason is reason
        assert len(fake.submits) == 1
        fake.script = [FakeProvider.picture()]
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 10


def test_a_lost_answer_that_cannot_be_looked_up_is_unknown_and_stays_reserved() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert job.state is JobState.UNKNOWN
        assert len(fake.submits) == 1, "it must never be sent again by itself"
        assert (status.settled, status.reserved) == (0, CENT)
        studio.batches.write_off(job.id)
        status = studio.batches.status(batch_id)
        assert (status.settled, status.reserved, status.counts.failed) == (CENT, 0, 1)


def test_a_lost_answer_that_never_arrived_is_sent_again() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME), FakeProvider.picture())
    fake.found = lambda call: NotThere()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).counts.done == 1
        assert [call.attempt for call in fake.submits] == [1, 2]


def test_a_lost_answer_that_is_found_is_adopted_without_paying_again() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME))
    fake.found = lambda call: Running(ref={"id": "r1"})
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        assert (status.counts.done, len(fake.submits), status.settled) == (1, 1, CENT)


def test_accepted_work_is_looked_at_until_it_is_done_and_never_sent_again() -> None:
    fake = FakeProvider(Running(ref={"id": "r1"}))
    fake.checks = [
        Running(ref={"id": "r1"}),
        fault(FaultKind.UNAVAILABLE, retry=True),
        fault(FaultKind.RATE_LIMITED, retry=True, retry_after=3.0),
        FakeProvider.picture(),
    ]
    clock = QuickClock()
    with open_with(fake, clock=clock) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.done, len(fake.submits)) == (1, 1)
        assert 3.0 in clock.waited


def test_an_answer_without_a_usable_picture_is_charged_and_said_so() -> None:
    broken = Finished(
        outputs=(Output(data=b"<html>busy</html>"),), usage=FakeProvider.picture().usage
    )
    with open_with(FakeProvider(broken)) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert job.state is JobState.FAILED
        assert job.fault is not None
        assert job.fault.kind is FaultKind.BAD_OUTPUT
        assert (status.settled, status.reserved) == (CENT, 0)
        assert studio.costs.report("day").charged_without_picture == CENT


def test_a_failure_of_our_own_after_sending_is_unknown_not_forgotten() -> None:
    fake = FakeProvider(ZeroDivisionError("a bug"))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        assert (status.counts.unknown, status.reserved) == (1, CENT)


def test_pause_resume_cancel_and_retry() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        plan = plan_of(studio, 30, workers=1)
        batch_id = studio.batches.start(plan)
        wait_until(studio, batch_id, lambda s: s.counts.done >= 2)
        studio.batches.pause(batch_id)
        resting = wait_until(studio, batch_id, lambda s: s.counts.in_flight == 0)
        assert resting.counts.queued > 0
        assert resting.batch.pause_reason is PauseReason.USER
        studio.batches.resume(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.done > resting.counts.done)
        report = studio.batches.cancel(batch_id)
        ended = wait_until(studio, batch_id, lambda s: s.counts.in_flight == 0)
        assert ended.counts.canceled == report.waiting > 0
        assert ended.batch.state is BatchState.CANCELED
        assert ended.settled == CENT * ended.counts.done
        assert studio.batches.retry(batch_id) == report.waiting
        assert finish(studio, batch_id).counts.done == 30


def test_the_budget_pauses_with_what_is_left_and_resumes_when_raised() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 10, budget=4 * CENT))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert status.batch.pause_reason is PauseReason.BUDGET
        assert status.batch.pause_message is not None
        assert "4 done, 6 left, needs about $0.06" in status.batch.pause_message
        assert (status.settled, len(fake.submits)) == (4 * CENT, 4)
        studio.batches.set_budget(batch_id, 10 * CENT)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 10


def test_the_daily_budget_covers_all_batches() -> None:
    fake = FakeProvider()
    with open_with(fake, studio_daily_budget="0.05") as studio:
        first = studio.batches.start(plan_of(studio, 4))
        finish(studio, first)
        second = studio.batches.start(plan_of(studio, 4))
        status = wait_until(studio, second, lambda s: s.batch.state is BatchState.PAUSED)
        assert "daily budget of $0.05" in (status.batch.pause_message or "")
        assert len(fake.submits) == 5


def test_several_batches_share_the_lane_fairly() -> None:
    fake = FakeProvider()
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as studio:
        long = studio.batches.start(plan_of(studio, 100))
        short = studio.batches.start(plan_of(studio, 5))
        finish(studio, short)
        finish(studio, long)
        order = [studio.batches.job(call.job_id).batch_id for call in fake.submits]
        last_of_short = len(order) - 1 - order[::-1].index(short)
        first_of_short = order.index(short)
        assert last_of_short < 100, "the short batch did not wait for the long one"
        assert last_of_short - first_of_short <= 2 * 5, "they took turns"


def test_a_cancel_stops_accepted_work_where_the_provider_can() -> None:
    fake = FakeProvider(Running(ref={"id": "r1"}))
    fake.checks = [Running(ref={"id": "r1"})]
    fake.cancel_charges = False
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        studio.batches.cancel(batch_id)
        status = wait_until(studio, batch_id, lambda s: s.counts.canceled == 1)
        assert (status.settled, status.reserved) == (0, 0)


def test_unknown_price_is_settled_at_nothing_and_shown_as_unknown() -> None:
    fake = FakeProvider(FakeProvider.picture(cost=None), price=None)
    with open_with(fake) as studio:
        plan = plan_of(studio)
        assert plan.quote.expected is None
        batch_id = studio.batches.start(plan)
        finish(studio, batch_id)
        assert studio.gallery.page(AssetFilter(batch_id=batch_id)).items[0].cost is None
        assert studio.costs.ledger(limit=1)[0].source == "price unknown"


def test_cannot_tell_keeps_what_is_known() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME))
    fake.found = lambda call: CannotTell(known="It left the list.")
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert job.fault is not None
        assert "It left the list." in job.fault.message
