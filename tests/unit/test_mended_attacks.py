"""Attacks on the mends of hosted work: what they left that costs, loses or hides money."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from studio.container import Studio
from studio.db import followups
from studio.engine.bill_booking import FREE_AFTER
from studio.errors import StorageError, Unreachable
from studio.models import (
    BatchState,
    Call,
    Charged,
    FaultKind,
    Finished,
    JobState,
    NotThere,
    Output,
    PauseReason,
    Running,
    RunOptions,
    Usage,
)
from studio.providers import Context
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.wire.fal_desk import (
    BILL,
    LIST,
    OURS,
    REF,
    SENT_AT,
    Desk,
    a_call,
    line,
    shown,
)

ACCEPTED = Running(ref={"id": "r1"})
LOST_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
AT_AN_ADDRESS = Finished(
    outputs=(Output(url="https://v3.fal.media/a.png"),), usage=Usage(cost=None)
)


class Billing(FakeProvider):
    """Keeps a bill that says ``told`` about every call, and knows its requests by their ids."""

    keeps_bill = True

    def __init__(self, told: int | None, *script: Any, price: int | None = CENT) -> None:
        super().__init__(*(script or (ACCEPTED,)), price=price)
        self.told = told
        self.asked: list[str] = []

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        """Its own id."""
        return str(ref["id"])

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        """The same for each."""
        self.asked.append(str(ref["id"]))
        return self.told


def due_kinds(studio: Studio) -> list[str]:
    """Kinds of what is still to happen."""
    sql = "select kind from followups where done_at is null"
    return studio.parts.store.read(lambda tx: [row["kind"] for row in tx.query(sql)])


# paid twice ---------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0.5, 3], ids=["a_night", "a_weekend"])
def test_an_edit_that_was_lost_days_ago_is_not_taken_for_never_sent(days: float) -> None:
    """With pictures to start from, the *restart* is taken for the sending: the list is asked since
    then and a day before. Once another picture had its turn that is proof, and it is sent again.
    """
    restart = SENT_AT + timedelta(days=days)
    other = line("other", sent=days * 86400 + 70, json_input={**OURS, "seed": 7})

    def listed(request: httpx.Request) -> httpx.Response:
        start = request.url.params["start"].replace("Z", ".000000Z")
        return shown(*(item for item in (line(), other) if item["sent_at"] >= start))

    desk = Desk().on("GET", LIST, listed)
    desk.clock.at = restart + timedelta(seconds=150)
    call = a_call(references=(png(),), left_at=restart)
    found = desk.run(lambda fal, ctx: fal.find(call, ctx))
    assert not isinstance(found, NotThere), "it is being made, or was made: sent again, paid twice"


def test_a_spooled_answer_that_belongs_to_another_is_not_taken_after_a_crash() -> None:
    """It is spooled before its receipt is asked for; after a crash there, nobody asks."""

    class Slow(Billing):
        async def find(self, call: Call, ctx: Context) -> Any:
            self.finds.append(call.job_id)
            await asyncio.sleep(600)

    first = FakeProvider.picture().model_copy(update={"ref": {"id": "r1"}})
    fake = Slow(CENT, first, LOST_ANSWER)
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2, workers=1))
        wait_until(studio, batch_id, lambda s: s.counts.done == 1 and bool(fake.finds))
        lost = studio.batches.jobs(batch_id, [JobState.SUBMITTING])[0]
        picture = f"spool/{lost.id}-1-0.bin"
        studio.parts.storage.put(picture, png())
        noted = {"outputs": [{"spool": picture}], "usage": {"cost": CENT}, "ref": {"id": "r1"}}
        studio.parts.storage.put(f"spool/{lost.id}-1.json", json.dumps(noted).encode())
        studio.engine.close(0.0)
    again = Billing(CENT)
    with open_with(again) as studio:
        studio.engine.own(batch_id)
        status = finish(studio, batch_id)
    assert status.counts.done == 1, "two pictures of one request, and its charge counted twice"


# bills --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [None, "revoked"])
def test_who_cannot_see_the_bill_does_not_answer_for_it(key: str | None) -> None:
    """Any process asks now, also one that only sketches; ``None`` ends the question for good."""
    desk = Desk(key=key).on("GET", BILL, httpx.Response(401, json={"detail": "no such key"}))
    with pytest.raises(Unreachable):
        desk.run(lambda fal, ctx: fal.bill(REF, ctx))


def test_a_bill_that_comes_while_the_next_try_runs_does_not_hide_its_reservation() -> None:
    """The correction is the newest entry of the job, so nothing looks open, and nothing is freed:
    the money stays set aside for good, and counts against every cap.
    """
    fake, clock = Billing(2 * CENT), QuickClock()
    fake.checks = [fault(FaultKind.REFUSED, charged=Charged.MAYBE)]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        fake.script = fake.checks = [Running(ref={"id": "r2"})]
        studio.batches.retry_job(studio.batches.jobs(batch_id)[0].id)
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        clock.skip(studio.settings.studio_settle_seconds + 1)
        wait_until(studio, batch_id, lambda s: s.settled == 2 * CENT)
        fake.checks = [fault(FaultKind.BAD_REQUEST)]
        status = finish(studio, batch_id)
        assert (status.counts.failed, status.settled) == (1, 2 * CENT)
        assert status.reserved == 0, "it has ended, and nothing was charged"


def test_a_disk_that_refused_for_a_moment_does_not_swallow_the_pause_of_an_overrun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The batch waits for the disk just then, is not paused for money, and goes on by itself."""
    fake = FakeProvider(FakeProvider.picture(50 * CENT))
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as studio:
        real, refused = studio.parts.storage.put, list[str]()

        def put(key: str, data: bytes) -> None:
            if key.startswith("pictures/") and not refused:
                refused.append(key)
                raise StorageError("The disk is full.", "Make room.")
            real(key, data)

        monkeypatch.setattr(studio.parts.storage, "put", put)
        batch_id = studio.batches.start(plan_of(studio, 3, workers=1))
        rests = {PauseReason.BUDGET, None}
        status = wait_until(
            studio,
            batch_id,
            lambda s: s.batch.state is not BatchState.RUNNING and s.batch.pause_reason in rests,
        )
        assert status.counts.done == 1, f"{status.settled} spent, quoted {3 * CENT}"


def test_an_unknown_that_is_tried_again_is_asked_about_as_one_written_off_is() -> None:
    fake, clock = Billing(0), QuickClock()
    fake.checks = [LOST_ANSWER.model_copy(update={"looking": False})]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
        fake.script, fake.checks = [FakeProvider.picture()], [FakeProvider.picture()]
        studio.batches.retry_job(studio.batches.jobs(batch_id)[0].id)
        status = finish(studio, batch_id)
        assert status.settled == 2 * CENT, "the first is counted as spent"
        assert "ask_bill:1" in due_kinds(studio), "its receipt is noted, its bill is never read"


def test_a_picture_that_was_made_and_lost_is_not_free_because_its_line_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def gone(*_: Any) -> bytes:
        request = httpx.Request("GET", "https://v3.fal.media/a.png")
        raise httpx.HTTPStatusError(
            "gone", request=request, response=httpx.Response(410, request=request)
        )

    monkeypatch.setattr("studio.engine.deliver.fetch", gone)
    fake, clock = Billing(0), QuickClock()
    fake.checks = [AT_AN_ADDRESS]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).settled == CENT
        job = studio.batches.jobs(batch_id)[0]
        assert job.fault is not None
        assert job.fault.charged is Charged.YES
        clock.skip(FREE_AFTER * studio.settings.studio_settle_seconds + 1)
        wait_until(studio, batch_id, lambda _: bool(fake.asked) and _looked(studio))
        assert studio.batches.status(batch_id).settled == CENT, "ten minutes, and it was free"


def _looked(studio: Studio) -> bool:
    sql = (
        "select 1 from followups where done_at is null and attempts = 0 and kind like 'ask_bill:%'"
    )
    return not studio.parts.store.read(lambda tx: list(tx.query(sql)))


def test_a_bill_that_hangs_does_not_hold_up_the_files() -> None:
    class Hanging(Billing):
        async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
            self.asked.append("r1")
            await asyncio.sleep(600)
            return None

    fake, clock, came = Hanging(None), QuickClock(), threading.Event()
    fake.checks = [fault(FaultKind.REFUSED, charged=Charged.MAYBE)]
    with open_with(fake, clock=clock) as studio:
        studio.parts.hooks["probe"] = lambda _: came.set()
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        clock.skip(studio.settings.studio_settle_seconds + 1)
        wait_until(studio, batch_id, lambda _: bool(fake.asked))
        now = studio.parts.now()
        studio.parts.store.write(lambda tx: followups.add(tx, "probe", batch_id=batch_id, at=now))
        assert came.wait(5), "files wait 30 s for each question to a bill, one after another"


def test_a_plan_made_before_the_refusal_does_not_send_it_again() -> None:
    """A page plans while the batch runs; the planner leaves refusals alone, the start does not."""
    fake = FakeProvider(fault(FaultKind.REFUSED, charged=Charged.YES, cost=CENT))
    with open_with(fake) as studio:
        options = RunOptions(model="fake:one", width=64, height=64, continue_key="/a/file.csv")
        plans = [studio.planner.single("a red boat", options) for _ in range(2)]
        for plan in plans:
            finish(studio, studio.batches.start(plan))
    assert len(fake.submits) == 1, "the same words, refused and charged again"


# what the rows tell -------------------------------------------------------------------------


def test_a_written_off_retry_does_not_say_that_it_was_not_charged() -> None:
    """The cost noted with the first, free failure outlives the next attempt."""
    fake = FakeProvider(fault(FaultKind.BAD_REQUEST), LOST_ANSWER)
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        studio.batches.retry(batch_id)
        wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
        job = studio.batches.jobs(batch_id)[0]
        assert (job.cost, job.cost_source) == (None, None), "nobody knows; it says: not charged"
        studio.batches.write_off(job.id)
        assert studio.batches.status(batch_id).settled == CENT
        assert studio.batches.jobs(batch_id)[0].cost == CENT


def test_a_rerun_reserves_todays_price_for_what_still_waits() -> None:
    fake = FakeProvider(fault(FaultKind.BAD_KEY))
    with open_with(fake) as studio:
        options = RunOptions(model="fake:one", width=64, height=64, continue_key="/a/file.csv")
        batch_id = studio.batches.start(studio.planner.single("a red boat", options))
        wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        fake.price, fake.script, fake.checks = 10 * CENT, [ACCEPTED], [ACCEPTED]
        plan = studio.planner.single("a red boat", options)
        assert plan.quote.high == 10 * CENT
        assert studio.batches.start(plan) == batch_id
        status = wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        fake.checks = [FakeProvider.picture(10 * CENT)]
        finish(studio, batch_id)
    assert status.reserved == 10 * CENT, "it was quoted at that price a moment ago"


def test_an_engine_that_was_closed_works_when_it_is_started_again() -> None:
    with open_with(FakeProvider()) as studio:
        finish(studio, studio.batches.start(plan_of(studio)))
        studio.engine.close()
        wait_until(studio, studio.batches.start(plan_of(studio)), lambda s: s.counts.done == 1, 5.0)
