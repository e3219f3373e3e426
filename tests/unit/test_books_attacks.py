"""Attacks on the books: decisions of people, late news, and what a bill says afterwards."""

from __future__ import annotations

import threading

import pytest

from studio.db import spending
from studio.errors import Conflict
from studio.models import (
    Call,
    Charged,
    FaultKind,
    NotThere,
    Running,
)
from studio.models.lost import Found
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.unit.attack_desk import (
    AWAY,
    NO_ANSWER,
    SECONDS,
    Desk,
    lost_batch,
    never_arrived,
    only,
    the_bills_are_in,
)


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


def test_trying_again_takes_note_of_what_was_charged_for_nothing() -> None:
    """docs/money.md: listed until somebody took note of it, or made it again on purpose."""
    fake = Desk(Running(ref={"id": "r1"}), fault(FaultKind.BAD_REQUEST))
    fake.requests["r1"] = fault(FaultKind.LOST, charged=Charged.YES, cost=CENT, looking=False)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        assert studio.lost.summary().charged == CENT
        assert studio.batches.retry(batch_id) == 0, "a whole batch again must not pay twice unasked"
        assert len(fake.submits) == 1
        studio.lost.retry(only(studio, batch_id).id)
        finish(studio, batch_id)
        assert studio.batches.status(batch_id).settled == CENT
        assert "loss_noted" in [event.kind for event in studio.batches.events(batch_id)]


def test_a_request_found_after_it_was_taken_for_absent_gets_into_the_books() -> None:
    """One look says it never arrived, a second one at the same time finds it: both are billed."""
    clock = QuickClock()
    fake = Desk(NO_ANSWER, FakeProvider.picture())
    fake.billed["r1"] = CENT
    fake.requests["r1"] = FakeProvider.picture()
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        job = only(studio, batch_id)

        def meanwhile(call: Call) -> Running:
            fake.found = lambda call: NotThere()
            studio.parts.store.write(lambda tx: never_arrived(tx, studio, job.id))
            return Running(ref={"id": "r1"})

        fake.found = meanwhile
        studio.lost.reconcile(batch_id)
        studio.batches.resume(batch_id)
        studio.batches._go_on(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.unfinished == 0, SECONDS)
        the_bills_are_in(studio, batch_id, clock)
        second = CENT if len(fake.submits) == 2 else 0
        assert studio.batches.status(batch_id).settled == CENT + second


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
            studio.parts.store.write(lambda tx, one=other: never_arrived(tx, studio, one.id))  # type: ignore[misc]
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
