"""Attacks on the search for lost calls: nothing is sent twice, nothing is lost or stuck."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from studio.container import Studio, open_studio
from studio.db import Tx, jobs
from studio.engine import patrol, searching
from studio.errors import Conflict, DatabaseError, StorageError
from studio.models import (
    BatchState,
    Call,
    CannotTell,
    FaultKind,
    Finished,
    Job,
    JobState,
    NotThere,
    Running,
)
from studio.models.lost import Found
from studio.providers import Context
from tests.emulator.world import World
from tests.fakes import CENT, FakeProvider, fault
from tests.flows.fal_world import fal_in, plan_rows
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.unit.attack_desk import (
    AWAY,
    NO_ANSWER,
    SECONDS,
    Desk,
    lost_batch,
    only,
    open_questions,
)


def test_a_search_that_the_disk_refuses_does_not_end_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refusal inside the searches' task group is an ExceptionGroup: nobody catches that."""
    fake, clock = Desk(NO_ANSWER, FakeProvider.picture()), QuickClock()
    refused: list[int] = []

    def full(tx: Tx, followup_id: int, until: object, error: str) -> None:
        refused.append(followup_id)
        raise DatabaseError("The disk is full.", "Make room.")

    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        monkeypatch.setattr(patrol, "postpone", full)
        clock.skip(3600)
        wait_until(studio, batch_id, lambda s: bool(refused))
        monkeypatch.undo()
        other = studio.batches.start(plan_of(studio))
        status = wait_until(studio, other, lambda s: s.counts.done == 1, SECONDS)
        assert status.counts.done == 1, "the engine is dead: nothing is made any more"


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.SUBMITTING])
def test_a_picture_that_is_being_made_cannot_be_tried_again(state: JobState) -> None:
    """A stale page, a second tab, a double click: try again while the first try runs."""
    fake = Desk(Running(ref={"id": "r1"}), Running(ref={"id": "r2"}))
    fake.requests = {"r1": Running(ref={"id": "r1"}), "r2": FakeProvider.picture()}
    fake.billed = {"r1": CENT, "r2": CENT}
    if state is JobState.SUBMITTING:
        fake.script = [NO_ANSWER]
        fake.found = lambda call: CannotTell(known="Not yet.", ask_again=True)
    with open_with(fake, studio_settle_seconds=3600) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        sending = wait_until(studio, batch_id, lambda s: only(studio, batch_id).state is state)
        assert sending.reserved == CENT
        with pytest.raises(Conflict):
            studio.lost.retry(only(studio, batch_id).id)
        assert len(fake.submits) <= 1, "sent twice, and nobody was asked"


def test_what_the_provider_named_itself_is_never_proved_absent() -> None:
    """A webhook named the request of this attempt: then it arrived, whatever the list lacks."""
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.requests["r1"] = AWAY
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        studio.engine.ask(studio.engine.told(job.id, 1, "r1")).result(SECONDS)
        fake.found = lambda call: NotThere()
        looked = studio.lost.reconcile(batch_id)
        assert looked.count(Found.NEVER_ARRIVED) == 0
        assert only(studio, batch_id).state is JobState.UNKNOWN
        assert len(fake.submits) == 1, "a request that had arrived was sent again"


def test_a_mistyped_request_that_failed_says_nothing_about_ours() -> None:
    """The id of somebody else's failed request must not free our money or send ours again."""
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.requests["other"] = fault(FaultKind.UNAVAILABLE, retry=True, looking=False)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        studio.lost.adopt(only(studio, batch_id).id, "other", 2.0)
        finish(studio, batch_id)
        assert len(fake.submits) == 1, "our request may have been made: it was sent again"
        assert only(studio, batch_id).state is JobState.UNKNOWN


def test_accepted_work_of_unknown_outcome_is_looked_for_by_itself() -> None:
    """It comes to rest by the table of faults, which forgets to plan a search."""
    clock = QuickClock()
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = NO_ANSWER
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        fake.requests["r1"] = FakeProvider.picture()
        clock.skip(3600)
        assert open_questions(studio, "look_up:%") == 1, "nobody ever looks again"
        wait_until(studio, batch_id, lambda s: s.counts.done == 1, SECONDS)


def test_looking_later_does_not_move_the_moment_at_which_a_request_may_have_left() -> None:
    """With references silence proves nothing until some time after ``left_at``: each look moves it
    to now, so that no look of the whole week can ever prove anything.
    """
    fake, clock, told = Desk(NO_ANSWER), QuickClock(), list[Call]()
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        fake.found = lambda call: told.append(call) or CannotTell(known="No.")  # type: ignore[func-returns-value]
        studio.lost.reconcile(batch_id)
        clock.skip(24 * 3600)
        studio.lost.reconcile(batch_id)
        first, last = told[0].left_at, told[-1].left_at
        assert first is not None
        assert last is not None
        assert (last - first).total_seconds() < 60


def test_a_look_that_waited_for_its_place_uses_what_is_known_by_then() -> None:
    """Read before it waits for one of six places, acted upon after: its id is known meanwhile."""
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.requests["r1"] = Running(ref={"id": "r1"})
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        places = studio.engine._searcher._places

        async def full() -> None:
            for _ in range(6):
                await places.acquire()

        async def free() -> None:
            for _ in range(6):
                places.release()

        studio.engine.ask(full()).result(SECONDS)
        fake.found = lambda call: NotThere()
        look = studio.engine.ask(studio.engine.search(job.id))
        studio.engine.ask(_turns()).result(SECONDS)
        studio.parts.store.write(lambda tx: _accepted_and_in_doubt(tx, studio, job.id))
        studio.engine.ask(free()).result(SECONDS)
        look.result(SECONDS)
        assert only(studio, batch_id).state in {JobState.UNKNOWN, JobState.RUNNING}
        assert len(fake.submits) == 1, "accepted work was proved absent by a list, and sent again"


async def _turns() -> None:
    """Let what is on the loop begin."""
    for _ in range(20):
        await asyncio.sleep(0)


def _accepted_and_in_doubt(tx: Tx, studio: Studio, job_id: str) -> None:
    """What another process writes that found the request, and then lost sight of it again."""
    job, at = jobs.get(tx, job_id), studio.parts.now()
    job = jobs.move(tx, job, JobState.RUNNING, at, remote={"id": "r1"})
    jobs.move(tx, job, JobState.UNKNOWN, at)


def test_trying_one_picture_again_does_not_resume_a_paused_batch() -> None:
    """'Try again ($0.01)' on one picture of a batch that a person paused: the rest stays put."""
    fake = PausesAtOnce(fault(FaultKind.BAD_REQUEST), FakeProvider.picture())
    with open_with(fake) as studio:
        fake.pause = lambda: studio.batches.pause(studio.batches.latest() or "")
        batch_id = studio.batches.start(plan_of(studio, 6, workers=1))
        status = wait_until(studio, batch_id, lambda s: s.counts.failed == 1)
        assert (status.counts.queued, status.batch.state) == (5, BatchState.PAUSED)
        studio.lost.retry(studio.batches.jobs(batch_id, [JobState.FAILED])[0].id)
        threading.Event().wait(1.0)
        assert len(fake.submits) <= 2, "the whole paused batch was sent"


class PausesAtOnce(Desk):
    """A person pauses the batch while its first picture is being sent."""

    pause: Callable[[], None]

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        if not self.submits:
            await asyncio.to_thread(self.pause)
        return await super().submit(call, ctx)


def test_one_search_that_breaks_does_not_hide_what_the_others_found() -> None:
    """An adapter's own failure, or a provider that is not installed any more."""
    fake = Desk(NO_ANSWER)
    fake.requests["r1"] = FakeProvider.picture()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 2)
        broken = only(studio, batch_id).id

        def found(call: Call) -> Running:
            if call.job_id == broken:
                raise KeyError("fake")
            return Running(ref={"id": "r1"})

        fake.found = found
        looked = studio.lost.reconcile(batch_id)
        assert looked.count(Found.BEING_MADE) + looked.count(Found.IN_GALLERY) == 1


def test_accepted_work_is_found_though_its_reference_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its id is known: nobody needs the input, whose files may be gone by now."""
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = NO_ANSWER
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        fake.requests["r1"] = FakeProvider.picture()

        def gone(parts: object, job: Job) -> Call:
            raise StorageError("The picture to start from is gone.", "Restore it.")

        monkeypatch.setattr(searching, "call_of", gone)
        assert studio.lost.adopt(only(studio, batch_id).id, timeout=5.0).found is Found.IN_GALLERY


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The emulated fal."""
    with fal_in(monkeypatch) as world:
        yield world


def test_fal_a_written_off_picture_that_fal_has_made_comes_home(fal: World) -> None:
    """Made and listed, its output still kept: 'is still making it' is all that a person is told."""
    fal.trouble.add("lost_answer")
    fal.fal.account.list_lag_seconds = 1e9
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
        studio.lost.write_off(only(studio, batch_id).id)
        fal.fal.account.list_lag_seconds = 0.0
        looked = studio.lost.adopt(only(studio, batch_id).id, timeout=5.0)
        assert looked.found is Found.IN_GALLERY, looked.message
        assert studio.batches.status(batch_id).settled == fal.bill.total


def test_fal_a_typed_request_that_made_another_picture_is_not_taken(fal: World) -> None:
    """Two lost answers, the ids mixed up: fal's own list shows which input each request had."""
    fal.trouble.add("lost_answer")
    fal.fal.account.list_lag_seconds = 1e9
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 2))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 2)
        fal.fal.account.list_lag_seconds = 0.0
        first = only(studio, batch_id)
        other = next(item for item in fal.bill.accepted if item.seed != first.seed)
        with contextlib.suppress(Conflict):
            studio.lost.adopt(first.id, other.request_id, 5.0)
        studio.lost.reconcile(batch_id)
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 2, SECONDS)
        assert (status.settled, status.reserved) == (fal.bill.total, 0)


def test_fal_a_typed_request_of_another_picture_shows_by_its_result(fal: World) -> None:
    """The key may list nothing: the result itself repeats the prompt and the seed."""
    fal.trouble.add("lost_answer")
    fal.fal.account.platform_rights = False
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 2))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 2)
        first = only(studio, batch_id)
        other = next(item for item in fal.bill.accepted if item.seed != first.seed)
        own = next(item for item in fal.bill.accepted if item.seed == first.seed)
        with pytest.raises(Conflict, match="made something else"):
            studio.lost.adopt(first.id, other.request_id, 5.0)
        assert studio.lost.adopt(first.id, own.request_id, 20.0).found is Found.IN_GALLERY
