"""Accepted work at a hosted generator: watched, taken back when overdue, never sent again."""

from __future__ import annotations

import time

from studio.models import (
    Charged,
    FaultKind,
    JobState,
    Running,
)
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

ACCEPTED = Running(ref={"id": "r1"})


def in_line(position: int) -> Running:
    return Running(ref={"id": "r1"}, queue_position=position)


def test_the_place_in_line_is_kept_for_everybody_who_watches() -> None:
    fake = FakeProvider(in_line(7))
    fake.checks = [in_line(3)]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        end = time.monotonic() + 20
        while True:
            progress = studio.batches.jobs(batch_id)[0].progress
            if progress is not None and progress.queue_position == 3:
                break
            assert time.monotonic() < end
            studio.batches.wait(batch_id, 0.05)
        fake.checks = [Running(ref={"id": "r1"}, progress="drawing")]
        while (progress := studio.batches.jobs(batch_id)[0].progress) and not progress.text:
            assert time.monotonic() < end
            studio.batches.wait(batch_id, 0.05)
        fake.checks = [FakeProvider.picture()]
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert job.state is JobState.DONE
        assert job.progress is None, "it is past"


def test_a_look_that_fails_says_nothing_about_the_work() -> None:
    fake = FakeProvider(ACCEPTED)
    bad_look = fault(FaultKind.UNAVAILABLE, retry=True)
    busy_look = fault(FaultKind.RATE_LIMITED, retry=True, looking=True, retry_after=3.0)
    fake.checks = [bad_look, busy_look, bad_look, FakeProvider.picture()]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).counts.done == 1
        assert len(fake.submits) == 1


def test_work_that_failed_without_charge_is_made_again_as_one_retry() -> None:
    fake = FakeProvider(ACCEPTED)
    ended = fault(FaultKind.UNAVAILABLE, retry=True, looking=False)
    fake.checks = [ended, FakeProvider.picture()]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert (status.counts.done, len(fake.submits), job.retries) == (1, 2, 1)
        assert status.settled == CENT, "the attempt that failed was free"


def test_accepted_work_that_is_on_no_list_is_unknown_and_never_sent_again() -> None:
    fake = FakeProvider(ACCEPTED)
    fake.checks = [fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        assert status.counts.unknown == 1
        assert status.reserved == CENT
        assert len(fake.submits) == 1
        assert fake.finds == []


def test_overdue_work_that_is_taken_back_in_time_costs_nothing_and_is_tried_again() -> None:
    fake = FakeProvider(ACCEPTED)
    fake.checks = [ACCEPTED]
    fake.cancel_charges = False
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, timeout=0.2, max_retries=1))
        status = finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        assert (status.counts.failed, status.settled, status.reserved) == (1, 0, 0)
        assert len(fake.submits) == 2
        assert job.fault is not None
        assert "0.2 seconds" in job.fault.message


def test_overdue_work_that_cannot_be_taken_back_runs_on_and_is_kept() -> None:
    fake = FakeProvider(ACCEPTED)
    asked: list[float] = []
    cancel = fake.cancel

    async def count_and_cancel(ref, ctx):  # type: ignore[no-untyped-def]
        asked.append(time.monotonic())
        fake.checks = [ACCEPTED, ACCEPTED, ACCEPTED, FakeProvider.picture()]
        return await cancel(ref, ctx)

    fake.checks = [ACCEPTED]
    fake.cancel = count_and_cancel  # type: ignore[method-assign]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, timeout=0.2))
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled) == (1, CENT)
        assert len(fake.submits) == len(asked) == 1


def test_waiting_in_line_does_not_make_work_overdue() -> None:
    fake = FakeProvider(in_line(9))
    fake.checks = [*(in_line(8 - n // 20) for n in range(160)), FakeProvider.picture()]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, timeout=0.2))
        assert finish(studio, batch_id).counts.done == 1
        assert len(fake.submits) == 1


def test_a_studio_that_was_closed_for_days_looks_before_it_gives_up() -> None:
    """The network is away when it opens: that says nothing about work of last week."""
    fake, clock = FakeProvider(ACCEPTED), QuickClock()
    fake.checks = [ACCEPTED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
    clock.skip(7 * 24 * 3600)
    away = fault(FaultKind.UNAVAILABLE, retry=True, looking=True)
    fake.checks = [away, away, away, ACCEPTED, FakeProvider.picture()]
    with open_with(fake, clock=clock) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled, len(fake.submits)) == (1, CENT, 1)
