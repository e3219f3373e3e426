"""Attacks on hosted work: what a provider can say that costs, loses or hides money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from studio.models import (
    BatchState,
    Charged,
    FaultKind,
    Finished,
    Output,
    ProviderFault,
    Running,
    RunOptions,
    Usage,
)
from studio.net import UnsafeAddressError
from studio.providers import Context
from studio.providers._fal import outputs
from tests.fakes import CENT, FakeProvider, fault, png
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until
from tests.wire.fal_desk import BILL, HERE, PICTURE, REF, REST, UNITS, Desk, a_call, finished, flat

ACCEPTED = Running(ref={"id": "r1"})
NO_PICTURE = Finished(outputs=(Output(data=b"<html>no picture</html>"),), usage=Usage(cost=None))


AT_AN_ADDRESS = Finished(
    outputs=(Output(url="https://v3.fal.media/a.png"),), usage=Usage(cost=CENT, source="told")
)


class Billing(FakeProvider):
    """Keeps a bill that says ``told`` about every call."""

    keeps_bill = True

    def __init__(self, told: int, *script: Any, price: int | None = CENT) -> None:
        super().__init__(*(script or (ACCEPTED,)), price=price)
        self.told = told

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        """The same for each."""
        return self.told


# quotes and caps ----------------------------------------------------------------------------


def test_a_rerun_reserves_the_price_that_its_quote_showed() -> None:
    fake = FakeProvider(fault(FaultKind.BAD_REQUEST))
    with open_with(fake) as studio:
        options = RunOptions(model="fake:one", width=64, height=64, continue_key="/a/file.csv")
        batch_id = studio.batches.start(studio.planner.single("a red boat", options))
        finish(studio, batch_id)
        fake.price, fake.script = 10 * CENT, [ACCEPTED]
        fake.checks = [ACCEPTED]
        plan = studio.planner.single("a red boat", options)
        assert plan.quote.high == 10 * CENT
        assert studio.batches.start(plan) == batch_id
        status = wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        fake.checks = [FakeProvider.picture(10 * CENT)]
        finish(studio, batch_id)
    assert status.reserved == 10 * CENT, "it was quoted at that price a moment ago"


def test_refusals_dearer_than_their_quote_stop_the_batch_too() -> None:
    """A picture above its quote pauses the batch; a charge without a picture must as well."""
    fake = FakeProvider(fault(FaultKind.REFUSED, charged=Charged.YES, cost=50 * CENT))
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 12, workers=1))
        status = wait_until(studio, batch_id, lambda s: s.batch.state is not BatchState.RUNNING)
        assert status.batch.state is BatchState.PAUSED, (
            f"{status.settled} spent, quoted {12 * CENT}"
        )


# what is settled ----------------------------------------------------------------------------


def test_an_assumed_cost_of_a_bad_picture_is_asked_about_and_not_called_told() -> None:
    fake, clock = Billing(3 * CENT), QuickClock()
    fake.checks = [NO_PICTURE]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        sources = [entry.source for entry in studio.costs.ledger() if entry.settled]
        due = studio.parts.store.read(lambda tx: list(tx.query("select kind from followups")))
        assert "told by the provider" not in sources, "nobody told it"
        assert {"kind": "ask_bill:1"} in due, "its bill says 3 cents, and is never read"


def test_a_bad_picture_at_an_unknown_price_is_not_free() -> None:
    fake = Billing(3 * CENT, price=None)
    fake.checks = [NO_PICTURE]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        told = studio.batches.jobs(batch_id)[0].fault
    assert told is not None
    assert told.charged is not Charged.NO, "it was made, so it was charged: how much is unknown"


def test_a_bill_below_nothing_is_no_bill() -> None:
    event = {"request_id": REF["request_id"], "cost_total": -5.0}
    desk = Desk().on("GET", BILL, httpx.Response(200, json={"billing_events": [event]}))
    billed = desk.run(lambda fal, ctx: fal.bill(REF, ctx))
    assert billed is None or billed >= 0, "a negative cost would raise every budget"


def test_a_failure_that_names_billed_units_was_charged() -> None:
    body = flat("Internal server error", "internal_server_error")
    answer = httpx.Response(500, json=body, headers={UNITS: "2"})
    desk = finished(answer, error="Internal server error", error_type="internal_server_error")
    told = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert told.charged is Charged.YES, "and it is tried again, each time for money"


def test_a_bill_above_the_quote_pauses_the_batch() -> None:
    """As a picture does that is dearer than its quote; the bill only tells it later."""
    fake, clock = Billing(90 * CENT), QuickClock()
    fake.checks = [FakeProvider.picture(cost=None)]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, 2, workers=1))
        wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        fake.checks = [ACCEPTED]
        wait_until(studio, batch_id, lambda s: s.counts.running == 1 or s.counts.done == 2)
        clock.skip(studio.settings.studio_settle_seconds + 1)
        wait_until(studio, batch_id, lambda s: s.settled >= 90 * CENT)
        kinds = {event.kind for event in studio.batches.events(batch_id)}
        assert "cost_above_quote" in kinds, "90 times the quote, and nobody is told"


def test_what_is_written_off_is_asked_about_where_its_id_is_known() -> None:
    fake = Billing(0)
    fake.checks = [fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)]
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).counts.unknown == 1
        studio.batches.write_off(studio.batches.jobs(batch_id)[0].id)
        due = studio.parts.store.read(lambda tx: list(tx.query("select kind from followups")))
    assert {"kind": "ask_bill:1"} in due, "its bill says that it was free"


# pictures that were paid for ----------------------------------------------------------------


def test_one_bad_file_of_two_does_not_lose_the_good_one() -> None:
    good, bad = (Output(data=data, media_type="image/png") for data in (png(), b"junk"))
    usage = Usage(cost=CENT, source="told")
    fake = FakeProvider(Finished(outputs=(good, bad), usage=usage))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        assert len(studio.batches.assets(batch_id)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"images": [{"url": "https://v3.fal.media/files/a.png", "content_type": "png"}]},
        {"images": [{"url": "https://v3.fal.media/files/a.png", "content_type": "text/plain"}]},
        {"images": None, "image": PICTURE["images"][0]},
        {"images": [], "image": PICTURE["images"][0]},
    ],
    ids=["short_type", "wrong_type", "null_beside", "empty_beside"],
)
def test_a_picture_that_is_there_is_found(body: dict[str, Any]) -> None:
    assert outputs.read(body).pictures, "settled as a refusal: retrying it pays again"


@pytest.mark.parametrize("content", [b"", b"{", b"null"], ids=["empty", "broken", "null"])
def test_one_unreadable_result_is_looked_at_again(content: bytes) -> None:
    desk = finished(httpx.Response(200, content=content))
    told = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert told.looking, "fal keeps the result for an hour; the next look may read it"


def test_a_name_that_is_private_for_a_moment_does_not_lose_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A captive portal answers every name with its own address."""
    tries = 0

    async def portal(*_: Any) -> bytes:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise UnsafeAddressError("'v3.fal.media' is not on the public internet")
        return png()

    monkeypatch.setattr("studio.engine.deliver.fetch", portal)
    with open_with(FakeProvider(AT_AN_ADDRESS)) as studio:
        assert finish(studio, studio.batches.start(plan_of(studio))).counts.done == 1


def test_an_absurd_figure_does_not_lose_the_picture() -> None:
    """Such as 1e11 billable units: the number fits no column, the picture is in hand."""
    with open_with(FakeProvider(FakeProvider.picture(10**20))) as studio:
        assert finish(studio, studio.batches.start(plan_of(studio))).counts.done == 1


@pytest.mark.parametrize("status", [400, 404, 502])
def test_only_a_good_answer_says_that_a_cancel_came_in_time(status: int) -> None:
    desk = Desk().on("PUT", f"{HERE}/cancel", httpx.Response(status, json={"status": "OK"}))
    assert desk.run(lambda fal, ctx: fal.cancel(REF, ctx)), "taken for free, and sent again"


# for ever -----------------------------------------------------------------------------------


def test_a_failure_whose_words_sound_unfinished_ends() -> None:
    """COMPLETED with an error, and still called running, look after look."""
    body = flat("The generation did not complete: not finished in 100 steps")
    desk = finished(httpx.Response(422, json=body), error="The generation was not completed")
    ended = False
    for _ in range(20):
        try:
            desk.run(lambda fal, ctx: fal.check(REF, ctx))
        except ProviderFault:
            ended = True
    assert ended


@pytest.mark.parametrize(
    "look",
    [Running(ref={"id": "r1"}, progress="in_limbo"), fault(FaultKind.BAD_KEY)],
    ids=["limbo", "revoked_key"],
)
def test_work_that_never_ends_comes_to_rest(look: Any) -> None:
    """Two days after it was accepted no provider works on a picture; a person must get a say."""
    fake, clock = FakeProvider(ACCEPTED), QuickClock()
    fake.checks = [ACCEPTED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio, timeout=1.0))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
        fake.checks = [look]
        clock.skip(2 * 24 * 3600)
        studio.batches.cancel(batch_id)
        waited = len(clock.waited)
        wait_until(
            studio, batch_id, lambda s: not s.counts.in_flight or len(clock.waited) > waited + 2500
        )
        assert studio.batches.status(batch_id).counts.in_flight == 0


def test_a_file_that_is_nowhere_for_a_week_comes_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> bytes:
        raise httpx.ConnectError("no such name")

    monkeypatch.setattr("studio.engine.deliver.fetch", away)
    clock = QuickClock()
    with open_with(FakeProvider(AT_AN_ADDRESS), clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        wait_until(studio, batch_id, lambda s: s.counts.fetching == 1)
        clock.skip(7 * 24 * 3600)
        waited = len(clock.waited)
        wait_until(
            studio, batch_id, lambda s: not s.counts.in_flight or len(clock.waited) > waited + 2500
        )
        assert studio.batches.status(batch_id).counts.in_flight == 0


# the key ------------------------------------------------------------------------------------


def test_the_key_in_an_event_of_the_stream_goes_nowhere() -> None:
    desk = finished(httpx.Response(500, json={"detail": ""}))
    event = (
        f'data: {{"status": "COMPLETED", "error": "no right for {desk.key}", "error_type": "x"}}'
    )
    desk.on("GET", f"{HERE}/status/stream", httpx.Response(200, content=f"{event}\n\n".encode()))

    async def listen(fal: Any, ctx: Context) -> Any:
        return await fal.wait(REF, 5.0, replace(ctx))

    desk.fault(listen)


def test_a_picture_is_not_uploaded_into_a_private_network() -> None:
    told = {"upload_url": "http://169.254.169.254/latest", "file_url": "https://v3.fal.media/a"}
    desk = Desk().on("POST", f"{REST}/storage/upload/initiate", httpx.Response(200, json=told))
    desk.on("PUT", told["upload_url"], httpx.Response(200))
    call = a_call(references=(png(),))
    desk.fault(lambda fal, ctx: fal.prepare(call, ctx))
    assert desk.sent("PUT") == []
