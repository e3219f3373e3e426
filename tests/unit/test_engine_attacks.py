"""Interleavings that once paid twice, lost paid work, or stopped everything else."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from studio.container import Studio
from studio.db import Tx, jobs
from studio.db.followups import Followup
from studio.errors import DatabaseError, StorageError
from studio.models import (
    BatchStatus,
    Call,
    FaultKind,
    JobState,
    NotThere,
    ProviderFault,
    Running,
)
from studio.providers import Context
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

ACCEPTED = Running(ref={"id": "r1"})


@pytest.mark.parametrize("kind", [FaultKind.BAD_KEY, FaultKind.NO_FUNDS])
def test_an_account_problem_while_looking_never_sends_accepted_work_again(kind: FaultKind) -> None:
    fake = FakeProvider(ACCEPTED)
    fake.checks = [fault(kind), fault(kind), FakeProvider.picture()]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        status = finish(studio, batch_id)
        assert (status.counts.done, len(fake.submits), status.settled) == (1, 1, CENT)
        paused = [e for e in studio.batches.events(batch_id) if e.kind == "batch_paused"]
        assert paused, "the person is told while it is so"


def test_a_cancel_that_fails_keeps_what_was_paid_for() -> None:
    class Stubborn(FakeProvider):
        asked = 0

        async def cancel(self, ref: Any, ctx: Context) -> bool:
            self.asked += 1
            raise ProviderFault(fault(FaultKind.UNAVAILABLE))

    fake = Stubborn(ACCEPTED)
    fake.checks = [ACCEPTED]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        studio.batches.cancel(batch_id)
        wait_until(studio, batch_id, lambda _: fake.asked == 1)
        fake.checks = [FakeProvider.picture()]
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled, fake.asked) == (1, CENT, 1)


def test_the_remote_id_is_saved_however_long_the_database_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake = FakeProvider(ACCEPTED)
    with open_with(fake) as studio:
        move, refusals = jobs.move, 3

        def refusing(tx: Tx, job: Any, state: JobState, at: Any, **more: Any) -> Any:
            nonlocal refusals
            if state is JobState.RUNNING and refusals:
                refusals -= 1
                raise DatabaseError("Another program holds the database.", "Close it.")
            return move(tx, job, state, at, **more)

        monkeypatch.setattr("studio.db.jobs.move", refusing)
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.done, len(fake.submits), refusals) == (1, 1, 0)


def test_a_hook_with_a_bug_harms_nobody(tmp_path: Path) -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:

        def broken(due: Followup) -> None:
            raise ValueError("a bug")

        studio.parts.hooks["layout_job"] = broken
        batch_id = studio.batches.start(plan_of(studio, 12, output=str(tmp_path / "out")))
        status = finish(studio, batch_id)
        assert (status.counts.done, len(fake.submits)) == (12, 12)


def test_starting_the_same_plan_or_file_twice_is_one_batch() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        plan = plan_of(studio, 3)
        assert studio.batches.start(plan) == studio.batches.start(plan)
        keyed = plan.options.model_copy(update={"continue_key": "/a/file.csv"})
        twice = [studio.planner.single("a red boat", keyed) for _ in range(2)]
        first, second = (studio.batches.start(each) for each in twice)
        assert first == second
        finish(studio, first)
        assert len(fake.submits) == 6


def test_a_spool_that_cannot_be_removed_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_with() as studio:
        puts = 0
        put = studio.parts.storage.put

        def counted(key: str, data: bytes) -> Path:
            nonlocal puts
            puts += key.startswith("pictures/")
            return put(key, data)

        def locked(key: str) -> None:
            raise StorageError("The file is in use.", "Close the program that uses it.")

        monkeypatch.setattr(studio.parts.storage, "put", counted)
        monkeypatch.setattr(studio.parts.storage, "delete", locked)
        batch_id = studio.batches.start(plan_of(studio, 2))
        status = finish(studio, batch_id)
        wait_until(studio, batch_id, lambda _: not studio.engine._tasks)
        assert (status.counts.done, puts) == (2, 2)


def test_an_answer_spooled_before_a_crash_is_used_after_it() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        job = studio.batches.jobs(batch_id)[0]
        key = f"spool/{job.id}-{job.attempt}-0.bin"
        usage = FakeProvider.picture().usage.model_dump(mode="json")
        noted = {"outputs": [{"spool": key}], "usage": usage}
        studio.parts.storage.put(key, png())
        manifest = f"spool/{job.id}-{job.attempt}.json"
        studio.parts.storage.put(manifest, json.dumps(noted).encode())

        def as_after_a_crash(tx: Tx) -> None:
            tx.execute(
                "update jobs set state = 'submitting', owner = 'o_dead' where id = ?", [job.id]
            )
            tx.execute("update batches set state = 'running' where id = ?", [batch_id])

        studio.parts.store.write(as_after_a_crash)
    with open_with(fake) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert (status.counts.done, len(fake.submits), status.settled) == (1, 1, CENT)
        wait_until(studio, batch_id, lambda _: not list(studio.parts.storage.keys("spool/")))


def test_work_found_by_looking_up_that_was_refused_is_not_unknown() -> None:
    fake = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME))
    fake.found = lambda call: ACCEPTED
    fake.checks = [fault(FaultKind.REFUSED)]
    with open_with(fake) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.refused, status.reserved) == (1, 0)


@pytest.mark.parametrize("problem", [TimeoutError(), ConnectionError(), OSError()])
def test_what_fails_before_sending_costs_nothing_and_is_tried_again(problem: Exception) -> None:
    class Unreachable(FakeProvider):
        fails = 2

        async def prepare(self, call: Call, ctx: Context) -> Call:
            if self.fails:
                self.fails -= 1
                raise problem
            return call

    fake, clock = Unreachable(), QuickClock()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        for retries in (1, 2):
            wait_until(studio, batch_id, partial(_has_retried, studio, batch_id, retries))
            assert studio.batches.status(batch_id).reserved == 0
            clock.skip(10)
            studio.engine.wake()
        assert finish(studio, batch_id).counts.done == 1
        assert len(fake.submits) == 1


def _has_retried(studio: Studio, batch_id: str, times: int, _: BatchStatus) -> bool:
    return studio.batches.jobs(batch_id)[0].retries == times


def test_a_bug_before_sending_is_a_failure_not_an_unknown() -> None:
    class Broken(FakeProvider):
        async def prepare(self, call: Call, ctx: Context) -> Call:
            raise ZeroDivisionError

    fake = Broken()
    with open_with(fake) as studio:
        status = finish(studio, studio.batches.start(plan_of(studio)))
        assert (status.counts.failed, status.reserved, status.settled) == (1, 0, 0)


def test_a_call_that_never_arrives_is_not_sent_for_ever() -> None:
    fake, clock = FakeProvider(fault(FaultKind.UNKNOWN_OUTCOME)), QuickClock()
    fake.found = lambda call: NotThere()
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, max_retries=2))
        for retries in (1, 2):
            wait_until(studio, batch_id, partial(_has_retried, studio, batch_id, retries))
            clock.skip(20)
            studio.engine.wake()
        status = finish(studio, batch_id)
        assert (status.counts.failed, len(fake.submits), status.reserved) == (1, 3, 0)


def test_the_same_click_twice_never_retries_or_lifts_a_cap() -> None:
    fake = FakeProvider(fault(FaultKind.BAD_REQUEST))
    with open_with(fake) as studio:
        plan = plan_of(studio, 2)
        batch_id = studio.batches.start(plan)
        finish(studio, batch_id)
        studio.batches.set_budget(batch_id, CENT)
        assert studio.batches.start(plan) == batch_id
        status = finish(studio, batch_id)
        assert (status.counts.failed, len(fake.submits)) == (2, 2)
        assert status.batch.settings.budget == CENT


def test_a_look_up_that_breaks_after_a_crash_is_not_booked_as_free() -> None:
    class Broken(FakeProvider):
        async def find(self, call: Call, ctx: Context) -> NotThere:
            raise ZeroDivisionError

    fake = Broken(fault(FaultKind.BAD_REQUEST))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)

        def as_after_a_crash(tx: Tx) -> None:
            tx.execute("update jobs set state = 'submitting', owner = 'o_dead', fault = null")
            tx.execute("update batches set state = 'running'")

        studio.parts.store.write(as_after_a_crash)
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert status.counts.unknown == 1
