"""Attacks on what the mends of the third attack made possible."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from studio.container import Studio
from studio.container.requeue import count_as_spent, requeue
from studio.db import Tx, jobs
from studio.engine import searching
from studio.engine.parts import call_of
from studio.errors import StorageError
from studio.models import (
    Call,
    Charged,
    FaultKind,
    Finished,
    Job,
    JobState,
    Running,
    RunOptions,
)
from studio.models.lost import Found
from studio.providers import Context
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.unit.attack_desk import (
    NO_ANSWER,
    SECONDS,
    Desk,
    lost_batch,
    never_arrived,
    only,
    the_bills_are_in,
)


class Slow(Desk):
    """A provider whose list takes a fifth of a second, as one over a network does."""

    async def find(self, call: Call, ctx: Context) -> Any:
        await asyncio.to_thread(threading.Event().wait, 0.2)
        return self.found(call)


def test_one_search_that_cannot_begin_does_not_end_all_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reference of one lost call is gone: ``look`` raises, the task group cancels its
    siblings, nothing is postponed, and a second later it all begins again: for ever.
    """
    fake, clock = Slow(NO_ANSWER), QuickClock()
    fake.requests["r1"] = FakeProvider.picture()
    tries = list[str]()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 2)
        broken = only(studio, batch_id).id

        def gone(parts: Any, job: Job) -> Call:
            if job.id == broken:
                tries.append(job.id)
                raise StorageError("The picture to start from is gone.", "Restore it.")
            return call_of(parts, job)

        monkeypatch.setattr(searching, "call_of", gone)
        fake.found = lambda call: Running(ref={"id": "r1"})
        clock.skip(600)
        wait_until(studio, batch_id, lambda s: s.counts.done == 1, SECONDS)
        assert len(tries) < 5, "it is not put off either"


def _found_after_it_was_released(studio: Studio, fake: Desk) -> str:
    batch_id = lost_batch(studio)

    def meanwhile(call: Call) -> Running:
        studio.parts.store.write(lambda tx: _absent_and_paused(tx, studio, call.job_id))
        return Running(ref={"id": "r1"})

    fake.found = meanwhile
    studio.lost.reconcile(batch_id)
    return batch_id


def _absent_and_paused(tx: Tx, studio: Studio, job_id: str) -> None:
    never_arrived(tx, studio, job_id)
    tx.execute("update batches set state = 'paused'")  # so that nobody claims it


def test_what_is_found_after_its_money_was_released_is_in_the_books_again() -> None:
    """QUEUED → RUNNING: a paid request with nothing set aside, above every cap; and when it ends
    charged and without a picture: $0 in the books, and in no list of losses.
    """
    fake = Desk(NO_ANSWER)
    fake.requests["r1"] = Running(ref={"id": "r1"})
    with open_with(fake) as studio:
        batch_id = _found_after_it_was_released(studio, fake)
        held = studio.batches.status(batch_id).reserved
        fake.requests["r1"] = fault(FaultKind.BAD_OUTPUT, charged=Charged.YES, looking=False)
        wait_until(studio, batch_id, lambda s: s.counts.failed == 1, SECONDS)
        settled, lost = studio.batches.status(batch_id).settled, studio.lost.summary(batch_id)
        assert (held, settled, lost.charged) == (CENT, CENT, CENT)


def test_a_claim_between_two_looks_does_not_lose_the_request_that_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Taken for absent, read as queued, and claimed before the move: then no receipt is kept."""
    clock = QuickClock()
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.billed["r1"] = CENT
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        moved = studio.engine._searcher._moved

        async def beside(now: Job, found: Running | Finished) -> Job | None:
            if now.state is JobState.QUEUED:
                studio.engine._news.set()
                await asyncio.to_thread(_until, lambda: len(fake.submits) == 2, SECONDS)
            else:
                studio.parts.store.write(lambda tx: never_arrived(tx, studio, job.id))
            return await moved(now, found)

        monkeypatch.setattr(studio.engine._searcher, "_moved", beside)
        fake.found = lambda call: Running(ref={"id": "r1"})
        studio.lost.reconcile(batch_id, 10.0)
        finish(studio, batch_id)
        assert len(fake.submits) == 2
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == 2 * CENT, "r1 is in no book"


def test_a_second_request_named_for_an_ended_attempt_does_not_replace_its_charge() -> None:
    """A second receipt of one attempt: its bill is booked instead of that of the picture."""
    clock = QuickClock()
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = FakeProvider.picture(cost=CENT)
    fake.billed = {"r1": CENT, "r2": CENT // 4}
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        job = only(studio, batch_id)
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == CENT
        studio.engine.ask(studio.engine.told(job.id, 1, "r2")).result(SECONDS)
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled >= CENT


def test_resuming_a_canceled_batch_does_not_pay_again_for_what_was_charged() -> None:
    """``retry`` leaves what was charged without a picture; ``resume`` sends it again, unasked."""
    fake = Desk(Running(ref={"id": "r1"}), FakeProvider.picture())
    fake.requests["r1"] = Running(ref={"id": "r1"})
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        studio.batches.cancel(batch_id)
        fake.requests["r1"] = fault(
            FaultKind.UNAVAILABLE, charged=Charged.YES, cost=CENT, canceled=True, looking=False
        )
        wait_until(studio, batch_id, lambda s: s.counts.canceled == 1)
        assert studio.lost.summary(batch_id).charged == CENT
        studio.batches.resume(batch_id)
        finish(studio, batch_id)
        assert len(fake.submits) == 1, "charged, and sent again unasked"


def test_the_same_file_again_does_not_pay_again_for_what_was_written_off() -> None:
    """Once more for a rerun: money.md says that each such picture is decided for itself."""
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    options = RunOptions(model="fake:one", images=1, width=64, height=64, continue_key="rows.csv")
    with open_with(fake) as studio:
        batch_id = studio.batches.start(studio.planner.single("a red boat", options))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
        studio.lost.write_off(only(studio, batch_id).id)
        assert studio.batches.retry(batch_id) == 0
        plan = studio.planner.single("a red boat", options)
        assert studio.batches.start(plan) == batch_id
        finish(studio, batch_id)
        assert len(fake.submits) == 1, f"sent again, planned as {plan.quote}, {plan.skipped=}"


def test_a_picture_found_while_a_person_tried_it_again_keeps_the_seed_it_was_made_with() -> None:
    """The retry gave the job another seed; QUEUED → FETCHING takes the old request's picture."""
    fake = Desk(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)

        def meanwhile(call: Call) -> Finished:
            studio.parts.store.write(lambda tx: _tried_again(tx, studio, call.job_id))
            return FakeProvider.picture().model_copy(update={"ref": {"id": "r1"}})

        fake.found = meanwhile
        studio.lost.reconcile(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.done == 1, SECONDS)
        assert len(fake.submits) == 1
        assert studio.batches.assets(batch_id)[0].seed == fake.submits[0].seed


def _tried_again(tx: Tx, studio: Studio, job_id: str) -> None:
    """What ``retry_job`` writes in another process; paused before it is claimed."""
    job = jobs.get(tx, job_id)
    count_as_spent(tx, studio.parts, job)
    requeue(tx, studio.parts, job.batch_id, [job])
    tx.execute("update batches set state = 'paused'")


def test_looks_at_a_bill_while_the_picture_is_being_made_do_not_end_the_question() -> None:
    """A webhook about running work asks the bill at once; those looks are counted as the looks at
    what was said to be free, so that after the end one silent look is the last.
    """
    clock = QuickClock()
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = Running(ref={"id": "r1"})
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        job = only(studio, batch_id)
        studio.engine.ask(studio.engine.told(job.id, 1, "r1")).result(SECONDS)
        for _ in range(4):
            clock.skip(100)
            studio.batches.settle_up(SECONDS)
        fake.requests["r1"] = fault(FaultKind.BAD_REQUEST, looking=False)
        wait_until(studio, batch_id, lambda s: s.counts.failed == 1)
        clock.skip(100)
        studio.batches.settle_up(SECONDS)  # its line is not there yet
        fake.billed["r1"] = CENT
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == CENT


def test_a_written_off_answer_on_the_disk_outlives_a_restart() -> None:
    """``look`` reads it, but ``clean_left_overs`` deletes it at the next start: paid, and gone."""
    fake = Desk(NO_ANSWER)
    with open_with(fake) as studio:
        job = only(studio, lost_batch(studio))
        key = f"spool/{job.id}-{job.attempt}"
        noted = '{"outputs": [{"spool": "%s-0.bin"}], "usage": {"source": "told"}, "ref": null}'
        studio.parts.storage.put(f"{key}-0.bin", png())
        studio.parts.storage.put(f"{key}.json", (noted % key).encode())
        studio.lost.write_off(job.id)
    with open_with(fake) as studio:
        assert studio.lost.adopt(job.id, timeout=5.0).found is Found.IN_GALLERY


def test_work_that_breaks_us_each_time_is_not_taken_up_every_few_seconds_for_ever() -> None:
    """Unknown → found running → our own failure → unknown: each time with a new, hasty search."""

    class Breaks(Desk):
        async def wait(self, ref: Mapping[str, Any], seconds: float, ctx: Context) -> Any:
            raise KeyError("logs")

    clock, fake = QuickClock(), Breaks(Running(ref={"id": "r1"}))
    fake.requests["r1"] = Running(ref={"id": "r1"})
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        for _ in range(12):
            before = len(_times(studio, batch_id))
            clock.skip(3600)
            _until(lambda seen=before: len(_times(studio, batch_id)) > seen, 0.5)
        assert len(_times(studio, batch_id)) < 10, "no rarer after half a day"


def _times(studio: Studio, batch_id: str) -> list[Any]:
    return [e for e in studio.batches.events(batch_id, limit=5000) if e.kind == "job_unknown"]


def _until(condition: Any, seconds: float) -> None:
    waiting = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        waiting.wait(0.02)
