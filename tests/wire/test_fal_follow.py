"""Following a request at fal: its status, its stream, its result, and what each costs."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from studio.models import Charged, FaultKind, Finished, ProviderFault, Running
from tests.wire.fal_desk import (
    BILL,
    COMPLETED,
    HERE,
    ID,
    KEY,
    NGINX,
    PICTURE,
    REF,
    UNITS,
    Answer,
    Desk,
    finished,
    flat,
)

K = FaultKind


def status(answer: Answer) -> Desk:
    """A desk that answers a look at the status so."""
    return Desk().on("GET", f"{HERE}/status", answer)


def look(desk: Desk) -> Running | Finished:
    """One look."""
    return desk.run(lambda fal, ctx: fal.check(REF, ctx))


def done(desk: Desk) -> Finished:
    """One look, at the end."""
    answer = look(desk)
    assert isinstance(answer, Finished)
    return answer


def test_waiting_and_running() -> None:
    desk = status(httpx.Response(202, json={"status": "IN_QUEUE", "queue_position": 4}))
    answer = look(desk)
    assert isinstance(answer, Running)
    assert (answer.queue_position, answer.ref) == (4, REF)
    [request] = desk.seen
    assert (request.method, str(request.url)) == ("GET", f"{HERE}/status")
    assert request.headers["authorization"] == f"Key {KEY}"
    desk.on("GET", f"{HERE}/status", httpx.Response(202, json={"status": "IN_PROGRESS"}))
    answer = look(desk)
    assert isinstance(answer, Running)
    assert (answer.queue_position, answer.progress) == (None, "in progress")


def test_the_picture_its_place_and_its_cost() -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: "1"}))
    answer = done(desk)
    [output] = answer.outputs
    assert (output.url, output.media_type) == (PICTURE["images"][0]["url"], "image/jpeg")
    assert answer.usage.cost == 25_000
    assert answer.usage.source == "1 image told by fal × our price of $0.025"
    assert answer.usage.details == {
        "request_id": ID, "billable_units": 1.0, "unit": "image", "unit_price": 0.025,
        "computed": True,
    }  # fmt: skip
    for _ in range(3):
        done(desk)
    assert len(desk.sent("GET", "pricing")) == 1, "a price is remembered"
    desk.clock.skip(61)
    done(desk)
    assert len(desk.sent("GET", "pricing")) == 2, "and asked again after a minute"


@pytest.mark.parametrize(
    ("units", "price", "cost"), [("1.05", 0.003, 3_150), ("0", 0.025, 0), ("3.008", 0.084, 252_672)]
)
def test_units_are_multiplied_exactly(units: str, price: float, cost: int) -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: units}), price=price)
    assert done(desk).usage.cost == cost


def test_an_unknown_price_is_unknown() -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: "2"}), price=None)
    usage = done(desk).usage
    assert usage.cost is None
    assert "could not be learned" in usage.source


def test_without_units_the_bill_is_asked_and_no_rights_are_remembered() -> None:
    desk = finished(httpx.Response(200, json=PICTURE))
    events = [{"request_id": ID, "cost_total": 0.02, "cost_estimate_nano_usd": 19_500_000}]
    desk.on("GET", BILL, httpx.Response(200, json={"billing_events": events}))
    usage = done(desk).usage
    assert (usage.cost, usage.source) == (19_500, "fal's bill")
    desk.on("GET", BILL, httpx.Response(403, json={"error": {"type": "authorization_error"}}))
    assert done(desk).usage.cost is None
    asked = len(desk.sent("GET", "billing-events"))
    assert done(desk).usage.source == "fal did not tell what it billed"
    assert len(desk.sent("GET", "billing-events")) == asked


LOOKS: list[tuple[Answer, FaultKind]] = [
    (httpx.ConnectError("away"), K.UNAVAILABLE),
    (httpx.ReadTimeout("slow"), K.UNAVAILABLE),
    (httpx.Response(500, json=flat("Oops", "internal_error")), K.UNAVAILABLE),
    (httpx.Response(502, html=NGINX), K.UNAVAILABLE),
    (httpx.Response(200, html="<html>Sign in</html>"), K.UNAVAILABLE),
    (httpx.Response(429, json=flat("Slow down"), headers={"retry-after": "9"}), K.RATE_LIMITED),
    (httpx.Response(401, json=flat("No user")), K.BAD_KEY),
    (httpx.Response(403, json=flat("User is locked")), K.NO_FUNDS),
]


@pytest.mark.parametrize(("answer", "kind"), LOOKS, ids=repr)
def test_a_failed_look_says_nothing_about_the_work(answer: Answer, kind: FaultKind) -> None:
    fault = status(answer).fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.looking, fault.retry) == (kind, True, True)
    assert fault.charged is Charged.NO


@pytest.mark.parametrize(("answer", "kind"), LOOKS, ids=repr)
def test_a_failed_fetch_of_the_result_says_nothing_either(answer: Answer, kind: FaultKind) -> None:
    desk = status(httpx.Response(200, json=COMPLETED)).on("GET", HERE, answer)
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.looking, fault.retry) == (kind, True, True)


def test_a_result_that_is_not_ready_after_all() -> None:
    answer = look(finished(httpx.Response(400, json=flat("Request is still in progress"))))
    assert isinstance(answer, Running)


class Events(httpx.AsyncByteStream):
    """A stream of events in parts; it notes that it was closed."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self.parts, self.closed = parts, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part

    async def aclose(self) -> None:
        self.closed = True


def hear(desk: Desk, events: Events) -> Running | Finished:
    """Wait with a stream of these events."""
    desk.on("GET", f"{HERE}/status/stream", httpx.Response(200, stream=events))
    try:
        return desk.run(lambda fal, ctx: fal.wait(REF, 5.0, ctx))
    finally:
        assert events.closed
        assert desk.fal._streams == 0


def test_a_stream_ends_the_wait_with_the_first_news() -> None:
    desk = Desk()
    queued = b'data: {"status": "IN_QUEUE", "queue_position": 3}\n\n'
    events = Events(b": ping\r\n\r\n", queued[:20], queued[20:] * 2, queued.replace(b"3", b"2"))
    answer = hear(desk, events)
    assert isinstance(answer, Running)
    assert answer.queue_position == 2
    assert desk.clock.waited == []
    assert len(desk.seen) == 1
    done_event = Events(b'data: {"status": "COMPLETED"}\n\n')
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: "1"}))
    assert isinstance(hear(desk, done_event), Finished)


@pytest.mark.parametrize(
    "events", [Events(), Events(b"data: nonsense\n\n"), Events(httpx.ReadError("cut"))]
)
def test_a_stream_of_no_use_becomes_a_look(events: Events) -> None:
    desk = status(httpx.Response(202, json={"status": "IN_PROGRESS"}))
    assert isinstance(hear(desk, events), Running)
    assert sum(desk.clock.waited) == pytest.approx(5.0, abs=0.5)
    desk.run(lambda fal, ctx: fal.wait(REF, 5.0, ctx))
    assert len(desk.sent("GET", "/stream")) == 1, "and is not tried again at once"


@pytest.mark.parametrize(
    ("code", "told", "charged"),
    [
        (200, "OK", False),
        (202, "CANCELLATION_REQUESTED", True),
        (400, "ALREADY_COMPLETED", True),
        (409, "ALREADY_COMPLETED", True),
        (404, "NOT_FOUND", True),
        (404, "OK", True),
        (502, "OK", True),
        (500, "", True),
    ],
)
def test_cancel(code: int, told: str, charged: bool) -> None:
    desk = Desk().on("PUT", f"{HERE}/cancel", httpx.Response(code, json={"status": told}))
    assert desk.run(lambda fal, ctx: fal.cancel(REF, ctx)) is charged
    assert [request.content for request in desk.seen] == [b""]


def test_a_cancel_that_does_not_arrive_is_a_failed_look() -> None:
    desk = Desk().on("PUT", f"{HERE}/cancel", httpx.ReadError("cut"))
    with pytest.raises(ProviderFault) as caught:
        desk.run(lambda fal, ctx: fal.cancel(REF, ctx))
    assert caught.value.fault.looking
