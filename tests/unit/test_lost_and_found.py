"""Lost and found: what may have been paid for is looked for, brought home, or settled once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from studio.container import Studio
from studio.db import ledger, spending
from studio.errors import Conflict
from studio.models import (
    AssetFilter,
    Call,
    Charged,
    FaultKind,
    Job,
    JobState,
    NotThere,
    Running,
    Usage,
)
from studio.models.lost import Found, LostKind
from studio.providers import Context
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

NO_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
THERE = Running(ref={"id": "r1"})


class Named(FakeProvider):
    """Gives its requests ids by which they are found again."""

    keeps_outputs = 3600.0

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        return str(ref["id"]) if "id" in ref else None

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        return {"id": remote_id} if remote_id.startswith("r") else None


def lost_batch(studio: Studio, pictures: int = 1) -> str:
    batch_id = studio.batches.start(plan_of(studio, pictures))
    wait_until(studio, batch_id, lambda s: s.counts.unknown == pictures)
    return batch_id


def only_job(studio: Studio, batch_id: str) -> Job:
    return studio.batches.jobs(batch_id)[0]


def money(studio: Studio, batch_id: str) -> spending.Spend:
    return studio.parts.store.read(lambda tx: spending.spent(tx, batch_id=batch_id))


def test_an_unknown_outcome_is_looked_up_again_by_itself() -> None:
    fake, clock = Named(NO_ANSWER), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        item = studio.lost.items()[0]
        assert item.kind is LostKind.UNKNOWN
        assert item.amount == CENT
        assert item.next_look is not None
        assert item.kept_until is not None
        assert studio.lost.summary().held == CENT
        fake.found = lambda call: THERE
        clock.skip(200)
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        assert (status.settled, status.reserved) == (CENT, 0)
        assert len(fake.submits) == 1
        assert studio.lost.items() == []
        assert len(studio.gallery.page(AssetFilter(batch_id=batch_id)).items) == 1
        wait_until(studio, batch_id, lambda s: s.batch.state.value == "done")


def test_looks_grow_rarer_and_a_restart_hastens_them() -> None:
    fake, clock = Named(NO_ANSWER), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_batch(studio)
        before = len(fake.finds)
        for times in (1, 2, 3):
            clock.skip(3600)
            wait_until(studio, batch_id, lambda s, t=times: len(fake.finds) >= before + t)  # type: ignore[misc]
        first = studio.lost.items()[0]
        assert first.looks >= 2
        assert first.next_look is not None
    again = Named(NO_ANSWER)
    again.found = lambda call: again.picture()
    from studio.container import open_studio
    from studio.settings import load_settings

    with open_studio(
        load_settings(), providers={again.id: again}, clock=clock, everything=True
    ) as studio:
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        assert (status.settled, status.reserved) == (CENT, 0)
        assert not again.submits


def test_what_never_arrived_is_sent_again_as_one_retry() -> None:
    fake = Named(NO_ANSWER, FakeProvider.picture())
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        fake.found = lambda call: NotThere()
        looked = studio.lost.reconcile(batch_id)
        assert looked.count(Found.NEVER_ARRIVED) == 1
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        assert (status.settled, status.reserved) == (CENT, 0)
        assert only_job(studio, batch_id).retries == 1
        assert len(fake.submits) == 2


def test_a_person_who_knows_the_request_id_can_bring_the_picture_home() -> None:
    fake = Named(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio, 2)
        first, second = studio.batches.jobs(batch_id)
        with pytest.raises(Conflict, match="no id of a request"):
            studio.lost.adopt(first.id, "nonsense")
        found = studio.lost.adopt(first.id, " r7 ")
        assert found.found is Found.IN_GALLERY
        with pytest.raises(Conflict, match="belongs to another picture"):
            studio.lost.adopt(second.id, "r7")
        assert studio.batches.job(second.id).state is JobState.UNKNOWN
        with pytest.raises(Conflict, match="not lost"):
            studio.lost.adopt(first.id)
        assert money(studio, batch_id).settled == CENT


def lost_paid(studio: Studio, fake: FakeProvider) -> str:
    """A batch whose one picture was charged and is gone."""
    gone = fault(FaultKind.LOST, charged=Charged.YES, cost=CENT, looking=False)
    fake.checks = [gone]
    batch_id = studio.batches.start(plan_of(studio))
    wait_until(studio, batch_id, lambda s: s.counts.failed == 1)
    return batch_id


@pytest.mark.parametrize("cost", [CENT, 3 * CENT, 0, None])
def test_a_paid_picture_that_turns_up_is_not_paid_again(cost: int | None) -> None:
    fake = Named(THERE)
    with open_with(fake) as studio:
        batch_id = lost_paid(studio, fake)
        assert studio.lost.summary().charged == CENT
        assert money(studio, batch_id).without_picture == CENT
        finished = fake.picture()
        fake.checks = [finished.model_copy(update={"usage": Usage(cost=cost, source="told")})]
        job = only_job(studio, batch_id)
        assert studio.lost.items()[0].kind is LostKind.PAID
        assert studio.lost.adopt(job.id).found is Found.IN_GALLERY
        spend = money(studio, batch_id)
        expected = CENT if cost is None else cost
        assert spend == spending.Spend(expected, 0, without_picture=0, pictures=1)
        assert studio.lost.summary().total == 0
        entries = studio.parts.store.read(lambda tx: ledger.of_job(tx, job.id))
        assert sum(entry.settled for entry in entries) == expected
        assert len({entry.day for entry in entries}) == 1
        assert len(fake.submits) == 1


@pytest.mark.parametrize("cost", [CENT, None])
def test_a_paid_picture_whose_file_is_gone_stays_paid_once(cost: int | None) -> None:
    fake = Named(THERE)
    with open_with(fake) as studio:
        batch_id = lost_paid(studio, fake)
        job = only_job(studio, batch_id)
        useless = fake.picture().model_copy(
            update={"outputs": (), "usage": Usage(cost=cost, source="told")}
        )
        fake.checks = [useless]
        assert studio.lost.adopt(job.id).found is Found.NOT_FOUND
        assert money(studio, batch_id) == spending.Spend(CENT, 0, without_picture=CENT, pictures=0)
        fake.checks = [THERE]
        assert studio.lost.adopt(job.id).found is Found.BEING_MADE
        assert only_job(studio, batch_id).state is JobState.FAILED
        studio.lost.write_off(job.id)
        assert studio.lost.items() == []
        assert money(studio, batch_id).settled == CENT
        assert len(fake.submits) == 1


def test_written_off_and_found_later() -> None:
    fake = Named(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only_job(studio, batch_id)
        studio.lost.write_off(job.id)
        assert studio.lost.items() == []
        assert money(studio, batch_id) == spending.Spend(CENT, 0, without_picture=CENT, pictures=0)
        fake.found = lambda call: fake.picture()
        assert studio.lost.adopt(job.id).found is Found.IN_GALLERY
        assert money(studio, batch_id) == spending.Spend(CENT, 0, without_picture=0, pictures=1)


def test_made_again_gets_a_seed_of_its_own_and_counts_both() -> None:
    fake = Named(NO_ANSWER, FakeProvider.picture())
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        before = only_job(studio, batch_id)
        studio.lost.retry(before.id)
        finish(studio, batch_id)
        after = only_job(studio, batch_id)
        assert after.state is JobState.DONE
        assert after.seed != before.seed, "the two could not be told apart at the provider"
        assert after.seed == studio.gallery.page(AssetFilter(batch_id=batch_id)).items[0].seed
        assert money(studio, batch_id).settled == 2 * CENT


def test_a_person_who_decides_during_a_look_wins() -> None:
    fake = Named(NO_ANSWER, FakeProvider.picture())
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only_job(studio, batch_id)

        def decided_meanwhile(call: Call) -> Running:
            studio.lost.write_off(job.id)
            return THERE

        fake.found = decided_meanwhile
        studio.lost.reconcile(batch_id)
        assert only_job(studio, batch_id).state is JobState.FAILED
        assert money(studio, batch_id).settled == CENT


def test_only_the_found_job_of_a_stopped_batch_goes_on() -> None:
    fake = Named(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio, 2)
        job = only_job(studio, batch_id)
        studio.batches.retry_job(studio.batches.jobs(batch_id)[1].id)
        studio.batches.pause(batch_id)
    with open_with(fake) as studio:
        sent = len(fake.submits)
        assert studio.lost.adopt(job.id, "r1").found is Found.IN_GALLERY
        assert len(fake.submits) == sent, "another picture of the paused batch was sent"


def test_what_the_provider_itself_names_is_followed() -> None:
    fake = Named(NO_ANSWER)
    with open_with(fake) as studio:
        batch_id = lost_batch(studio)
        job = only_job(studio, batch_id)
        for attempt, remote_id in ((2, "r9"), (1, "r5"), (1, "r6")):
            studio.engine.ask(studio.engine.told(job.id, attempt, remote_id)).result(10)
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        assert status.settled == CENT
        remote = only_job(studio, batch_id).remote
        assert remote == {"id": "r5"}


def test_a_paid_picture_that_was_gone_is_looked_for_by_itself_and_on_demand() -> None:
    fake, clock = Named(THERE), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = lost_paid(studio, fake)
        fake.checks = [fake.picture()]
        assert studio.lost.reconcile(batch_id).looked[0].found is Found.BEING_MADE
        wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        fake.script = [Running(ref={"id": "r2"})]
        other = lost_paid(studio, fake)
        fake.checks = [fake.picture()]
        clock.skip(400)
        status = wait_until(studio, other, lambda s: s.counts.done == 1)
        assert status.settled == CENT
        assert len(fake.submits) == 2


@pytest.mark.parametrize("in_line", [True, False])
def test_what_ended_because_we_asked_is_canceled(in_line: bool) -> None:
    waiting = Running(ref={"id": "r1"}, queue_position=3 if in_line else None)
    fake = Named(waiting)
    fake.checks = [waiting]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        if in_line:
            wait_until(studio, batch_id, lambda s: s.in_line == 1)
        studio.batches.cancel(batch_id)
        fake.checks = [
            fault(FaultKind.UNAVAILABLE, charged=Charged.MAYBE, looking=False, canceled=True)
        ]
        status = wait_until(studio, batch_id, lambda s: s.counts.canceled == 1)
        assert status.settled == (0 if in_line else CENT)
        assert status.reserved == 0
