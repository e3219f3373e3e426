"""Attacks on the safeguards of money: lost calls, searches, decisions of people, and the books."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from studio.container import Studio, open_studio
from studio.db import Tx, jobs, ledger, spending
from studio.engine import patrol, searching
from studio.errors import Conflict, DatabaseError, StorageError
from studio.models import (
    BatchState,
    Call,
    CannotTell,
    Charged,
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
from tests.fakes import CENT, Answer, FakeProvider, _given, fault, png
from tests.flows.fal_world import fal_in, plan_rows
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

NO_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
AWAY = fault(FaultKind.UNAVAILABLE, retry=True, looking=True)
SECONDS = 5.0


class Desk(FakeProvider):
    """Answers about each request by its id, and keeps a bill of them."""

    keeps_bill = True

    def __init__(self, *script: Answer, price: int | None = CENT) -> None:
        super().__init__(*script, price=price)
        self.requests: dict[str, Answer] = {}
        self.billed: dict[str, int] = {}

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        return str(ref["id"]) if "id" in ref else None

    def reference(self, remote_id: str, call: Call, ctx: Context) -> dict[str, Any] | None:
        return {"id": remote_id}

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        return _given(self.requests[str(ref["id"])])

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        return self.billed.get(str(ref["id"]))


def only(studio: Studio, batch_id: str) -> Job:
    return studio.batches.jobs(batch_id)[0]


def lost_batch(studio: Studio) -> str:
    batch_id = studio.batches.start(plan_of(studio))
    wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
    return batch_id


def open_questions(studio: Studio, like: str) -> int:
    query = "select 1 from followups where done_at is null and kind like ?"
    return studio.parts.store.read(lambda tx: len(list(tx.query(query, [like]))))


def the_bills_are_in(studio: Studio, batch_id: str, clock: QuickClock) -> None:
    """Let the days pass after which every bill was asked that ever will be."""
    for _ in range(8):
        clock.skip(6 * 3600)
        studio.batches.settle_up(SECONDS)
    assert open_questions(studio, "ask_bill:%") == 0


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
        assert len(fake.submits) == 1, "sent twice, and nobody was asked"


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


def test_a_typed_request_does_not_replace_a_known_charge() -> None:
    """The attempt's own request was charged; another one's price must not overwrite that."""
    clock = QuickClock()
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = fault(FaultKind.LOST, charged=Charged.YES, cost=CENT, looking=False)
    fake.requests["r2"] = FakeProvider.picture(cost=CENT // 4)
    fake.billed = {"r1": CENT, "r2": CENT // 4}
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        assert studio.batches.status(batch_id).settled == CENT
        try:
            studio.lost.adopt(only(studio, batch_id).id, "r2", 5.0)
        except Conflict:
            fake.billed.pop("r2")  # not ours: refusing it is right
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == sum(fake.billed.values())


@pytest.mark.parametrize("decision", ["write_off", "retry"])
def test_the_bill_of_a_written_off_request_is_asked_where_its_id_is_known(decision: str) -> None:
    """The receipt names it, only the row does not: the bill can be asked."""
    clock = QuickClock()
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.requests["r1"] = AWAY
    fake.billed["r1"] = CENT // 2
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        studio.engine.ask(studio.engine.told(job.id, 1, "r1")).result(SECONDS)
        getattr(studio.lost, decision)(job.id)
        finish(studio, batch_id)
        the_bills_are_in(studio, batch_id, clock)
        made = CENT if decision == "retry" else 0
        assert studio.batches.status(batch_id).settled == CENT // 2 + made


def test_the_bill_of_a_request_that_a_webhook_named_and_that_failed_is_asked() -> None:
    """Found by its receipt, ended without a picture, perhaps charged: the bill must decide."""
    clock = QuickClock()
    fake = Desk(NO_ANSWER)
    fake.requests["r1"] = fault(FaultKind.REFUSED, charged=Charged.MAYBE)
    fake.billed["r1"] = CENT // 2
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        studio.engine.ask(studio.engine.told(job.id, 1, "r1")).result(SECONDS)
        wait_until(studio, batch_id, lambda s: s.counts.refused == 1, SECONDS)
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == CENT // 2


@pytest.mark.parametrize("decision", ["write_off", "retry"])
def test_a_webhook_after_a_decision_still_tells_whose_bill_to_ask(decision: str) -> None:
    """docs/money.md: 'Both are in the books as soon as the bill tells.'"""
    clock = QuickClock()
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.requests["r1"] = FakeProvider.picture(cost=CENT // 2)
    fake.billed["r1"] = CENT // 2
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        getattr(studio.lost, decision)(job.id)
        finish(studio, batch_id)
        studio.engine.ask(studio.engine.told(job.id, 1, "r1")).result(SECONDS)
        the_bills_are_in(studio, batch_id, clock)
        made = CENT if decision == "retry" else 0
        assert studio.batches.status(batch_id).settled == CENT // 2 + made


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


def test_a_loss_at_an_unknown_price_is_listed_and_can_be_looked_for() -> None:
    """Charged, no picture, and no price known: unknown is not nothing."""
    fake = Desk(Running(ref={"id": "r1"}), price=None)
    fake.requests["r1"] = fault(FaultKind.LOST, charged=Charged.YES, looking=False)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        job = only(studio, batch_id)
        assert job.fault is not None
        assert job.fault.charged is Charged.YES
        fake.requests["r1"] = FakeProvider.picture()
        assert [item.job_id for item in studio.lost.items()] == [job.id]
        assert studio.lost.adopt(job.id, timeout=5.0).found is Found.IN_GALLERY


def test_a_written_off_picture_that_is_listed_as_accepted_and_is_done_comes_home() -> None:
    """fal's ``find`` answers Running for what ended within minutes; a look at it tells more."""
    fake = Desk(NO_ANSWER)
    fake.requests["r1"] = FakeProvider.picture()
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        studio.lost.write_off(job.id)
        fake.found = lambda call: Running(ref={"id": "r1"})
        assert studio.lost.adopt(job.id, timeout=5.0).found is Found.IN_GALLERY


def test_trying_a_batch_again_does_not_hide_what_was_charged_for_nothing() -> None:
    """docs/money.md: listed 'until somebody took note of it'. A retry of the batch is no note."""
    fake = Desk(Running(ref={"id": "r1"}), fault(FaultKind.BAD_REQUEST))
    fake.requests["r1"] = fault(FaultKind.LOST, charged=Charged.YES, cost=CENT, looking=False)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        assert studio.lost.summary().charged == CENT
        studio.batches.retry(batch_id)
        finish(studio, batch_id)
        assert studio.batches.status(batch_id).settled == CENT
        assert studio.lost.summary().charged == CENT, "paid, not in the gallery, listed nowhere"


def test_a_request_found_after_it_was_taken_for_absent_gets_into_the_books() -> None:
    """One look says it never arrived, a second one at the same time finds it: both are billed."""
    clock = QuickClock()
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.billed["r1"] = CENT
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)

        def meanwhile(call: Call) -> Running:
            fake.found = lambda call: NotThere()
            studio.parts.store.write(lambda tx: _never_arrived(tx, studio, job.id))
            return Running(ref={"id": "r1"})

        fake.found = meanwhile
        studio.lost.reconcile(batch_id)
        studio.batches.resume(batch_id)
        studio.batches.goes_on(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.unfinished == 0, SECONDS)
        the_bills_are_in(studio, batch_id, clock)
        second = CENT if len(fake.submits) == 2 else 0
        assert studio.batches.status(batch_id).settled == CENT + second


def _never_arrived(tx: Tx, studio: Studio, job_id: str) -> None:
    """What another process's look writes that found the list to be silent."""
    job, at = jobs.get(tx, job_id), studio.parts.now()
    ledger.release(tx, job, at, studio.settings.timezone, "not charged")
    jobs.move(tx, job, JobState.QUEUED, at)
    tx.execute("update batches set state = 'running' where id = ?", [job.batch_id])


def test_what_was_taken_for_free_is_held_against_the_bill() -> None:
    """The provider said that it stopped in time, and billed it all the same."""
    clock = QuickClock()
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = Running(ref={"id": "r1"})
    fake.billed["r1"] = CENT
    fake.cancel_charges = False
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        studio.batches.cancel(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.canceled == 1)
        the_bills_are_in(studio, batch_id, clock)
        assert studio.batches.status(batch_id).settled == CENT


def test_a_written_off_answer_that_lies_on_the_disk_comes_home() -> None:
    """The picture was spooled, its job gave up as unknown, and a person wrote that off."""
    fake = Desk(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)
        key = f"spool/{job.id}-{job.attempt}"
        noted = '{"outputs": [{"spool": "%s-0.bin"}], "usage": {"source": "told"}, "ref": null}'
        studio.parts.storage.put(f"{key}-0.bin", png())
        studio.parts.storage.put(f"{key}.json", (noted % key).encode())
        studio.lost.write_off(job.id)
        assert studio.lost.adopt(job.id, timeout=5.0).found is Found.IN_GALLERY
        spend = studio.parts.store.read(lambda tx: spending.spent(tx, batch_id=batch_id))
        assert spend == spending.Spend(CENT, 0, without_picture=0, pictures=1)


def test_writing_one_off_sends_no_other_picture() -> None:
    """A run that was interrupted stays 'running'; a decision about one loss is no resume."""
    fake = Desk(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 3))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 3)
        lost, *others = studio.batches.jobs(batch_id)
        studio.engine.close()
        for other in others:
            studio.parts.store.write(lambda tx, one=other: _never_arrived(tx, studio, one.id))  # type: ignore[misc]
    sent = len(fake.submits)
    with open_with(fake) as studio:
        studio.lost.write_off(lost.id)
        threading.Event().wait(1.0)  # what must not happen needs its time
    assert len(fake.submits) == sent, "a write-off on the command line sent paid requests"


def test_writing_off_what_a_repair_holds_does_not_give_its_charge_back() -> None:
    """A repair may hold an attempt as unknown that is settled already (``truth._hold``)."""
    fake = Desk(Running(ref={"id": "r1"}))
    fake.requests["r1"] = fault(FaultKind.LOST, charged=Charged.YES, cost=CENT, looking=False)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        job = only(studio, batch_id)
        studio.engine.close()
        studio.parts.store.write(
            lambda tx: tx.execute("update jobs set state = 'unknown' where id = ?", [job.id])
        )
        studio.lost.write_off(job.id)
        assert studio.batches.status(batch_id).settled == CENT


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
