"""fal's queue, byte for byte: what a submit sends, and what every answer to it becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from studio.models import Charged, FaultKind, InputNames, Running
from tests.wire.fal_desk import (
    FIELDS,
    HERE,
    ID,
    KEY,
    NGINX,
    QUEUE,
    REF,
    Answer,
    Desk,
    a_call,
    compact,
    flat,
    receipt,
    typed,
)

SUBMIT = f"{QUEUE}/fal-ai/flux/dev"
K = FaultKind


def submit(answer: Answer) -> Desk:
    """A desk that answers a submit so."""
    return Desk().on("POST", SUBMIT, answer)


def test_a_submit_is_one_post_of_the_bare_input() -> None:
    desk = submit(receipt())
    running = desk.run(lambda fal, ctx: fal.submit(a_call(), ctx))
    [request] = desk.seen
    assert (request.method, str(request.url)) == ("POST", SUBMIT)
    assert request.content == compact({**FIELDS, "seed": 1234567})
    assert request.headers["authorization"] == f"Key {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert not [name for name in request.headers if name.startswith("x-fal")]
    assert isinstance(running, Running)
    assert running.ref == REF
    assert running.queue_position == 3


def test_words_of_any_language_arrive_as_they_are() -> None:
    desk = submit(receipt())
    body = {"prompt": "ein Boot „am Ufer“ 🛶"}
    desk.run(lambda fal, ctx: fal.submit(a_call(body=body, names=None), ctx))
    assert desk.seen[0].content == compact(body)


def test_addresses_of_pictures_are_filled_in() -> None:
    desk = submit(receipt())
    call = a_call(prepared={"images": ["https://v3.fal.media/a.png"]}, references=(b"x",))
    desk.run(lambda fal, ctx: fal.submit(call, ctx))
    assert b'"image_url":"https://v3.fal.media/a.png"' in desk.seen[0].content


def test_the_picture_is_never_asked_for_inside_the_answer() -> None:
    desk = submit(receipt())
    body = {**FIELDS, "sync_mode": True}
    desk.run(lambda fal, ctx: fal.submit(a_call(body=body), ctx))
    assert b"sync_mode" not in desk.seen[0].content
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(params={"sync_mode": True}), ctx))
    assert fault.kind is K.BAD_REQUEST
    assert len(desk.seen) == 1, "it was not sent"


@pytest.mark.parametrize("model", ["fal:../../etc", "fal:flux", "fal:fal-ai/flux?x=1", "fal:"])
def test_a_name_that_is_none_is_not_sent(model: str) -> None:
    desk = Desk()
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(model=model), ctx))
    assert fault.kind is K.BAD_REQUEST
    assert desk.seen == []


@pytest.mark.parametrize("value", [float("nan"), "\ud800"])
def test_what_json_cannot_say_is_not_sent(value: object) -> None:
    desk = Desk()
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(body={"x": value}), ctx))
    assert fault.kind is K.BAD_REQUEST
    assert desk.seen == []


@pytest.mark.parametrize("key", [None, "", "  ", "two words", "kéy", "line\nbreak"])
def test_without_a_usable_key_nothing_is_sent(key: str | None) -> None:
    desk = Desk(key=key)
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.charged) == (K.BAD_KEY, Charged.NO)
    assert "fal.ai/dashboard/keys" in fault.hint
    assert desk.seen == []


def test_addresses_elsewhere_are_not_followed_but_built() -> None:
    """The key goes to fal and to what the settings name, nowhere else."""
    for elsewhere in (
        "https://queue.fal.run.evil.example/x",
        "https://evilfal.run/x",
        "http://queue.fal.run/x",
        "https://queue.fal.run@evil.example/x",
        "https://queue.fal.run:8443/x",
        "file:///etc/hosts",
        "nonsense",
    ):
        desk = submit(receipt(status_url=elsewhere, response_url=elsewhere, cancel_url=elsewhere))
        running = desk.run(lambda fal, ctx: fal.submit(a_call(), ctx))
        assert isinstance(running, Running)
        assert running.ref == REF
        stale = {**REF, "status_url": elsewhere}
        desk.on("GET", f"{HERE}/status", httpx.Response(202, json={"status": "IN_PROGRESS"}))
        desk.run(lambda fal, ctx, stale=stale: fal.check(stale, ctx))  # type: ignore[misc]  # bound now
        assert str(desk.seen[-1].url) == f"{HERE}/status"


def test_addresses_of_a_stand_in_are_followed() -> None:
    base = "http://127.0.0.1:8123"
    desk = Desk(bases={"queue": f"{base}/queue"})
    desk.on("POST", f"{base}/queue/fal-ai/flux/dev", receipt(status_url=f"{base}/else/status"))
    running = desk.run(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert isinstance(running, Running)
    assert running.ref["status_url"] == f"{base}/else/status"
    assert running.ref["response_url"] == HERE, "fal's own address stays"


@pytest.mark.parametrize(
    ("model", "root"),
    [
        ("fal-ai/flux/dev", "fal-ai/flux"),
        ("fal-ai/flux/dev/image-to-image", "fal-ai/flux"),
        ("openai/gpt-image-2", "openai/gpt-image-2"),
        ("workflows/me/mine/v2", "workflows/me/mine"),
        ("comfy/me/graph", "comfy/me/graph"),
    ],
)
def test_built_addresses_drop_the_sub_path(model: str, root: str) -> None:
    desk = Desk().on("POST", f"{QUEUE}/{model}", httpx.Response(200, json={"request_id": "a/b"}))
    call = a_call(model=f"fal:{model}", names=InputNames(seed="seed"))
    running = desk.run(lambda fal, ctx: fal.submit(call, ctx))
    assert isinstance(running, Running)
    assert running.ref["status_url"] == f"{QUEUE}/{root}/requests/a%2Fb/status"


FUNDS = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai."
LOCKED = "User is locked. Reason: violation of the terms of service."
SAYS_NO = [
    (httpx.Response(401, json=flat("No user found")), K.BAD_KEY, "dashboard/keys"),
    (httpx.Response(402, json=flat("Payment required")), K.NO_FUNDS, "dashboard/billing"),
    (httpx.Response(403, json=flat(FUNDS)), K.NO_FUNDS, "dashboard/billing"),
    (httpx.Response(403, json=flat(LOCKED)), K.BAD_KEY, "support"),
    (httpx.Response(403, json=flat("Access denied to app")), K.BAD_KEY, "may not use this model"),
    (httpx.Response(403, json=flat("Blocked by our safety filter")), K.REFUSED, "content"),
    (httpx.Response(404, json=flat("Application not found")), K.BAD_REQUEST, "no model"),
    (httpx.Response(400, json=flat("Bad header", "bad_request")), K.BAD_REQUEST, "Bad header"),
    (httpx.Response(405, text="Method Not Allowed"), K.BAD_REQUEST, "405"),
    (httpx.Response(413, text="too large"), K.BAD_REQUEST, "413"),
    (
        httpx.Response(422, json=typed("less_than_equal", "body", "image_size", "width")),
        K.BAD_REQUEST,
        "'image_size.width'",
    ),
    (httpx.Response(422, json=typed("content_policy_violation")), K.REFUSED, "content"),
]


@pytest.mark.parametrize(("answer", "kind", "word"), SAYS_NO)
def test_a_refused_submit_costs_nothing_and_is_not_repeated(
    answer: httpx.Response, kind: FaultKind, word: str
) -> None:
    desk = submit(answer)
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.charged, fault.retry) == (kind, Charged.NO, False)
    assert not fault.looking
    assert word in f"{fault.message} {fault.hint}"
    assert len(desk.seen) == 1


def test_busy_says_how_long() -> None:
    answer = httpx.Response(429, json=flat("Too many"), headers={"retry-after": "7"})
    fault = submit(answer).fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.retry, fault.retry_after) == (K.RATE_LIMITED, True, 7.0)
    assert (fault.charged, fault.looking) == (Charged.NO, False)


@pytest.mark.parametrize(
    ("headers", "body"),
    [({}, flat("No runner", "runner_scheduling_failure")), ({"x-fal-request-id": ID}, flat("No"))],
)
def test_fal_itself_being_away_is_tried_again(headers: dict[str, str], body: object) -> None:
    answer = httpx.Response(503, json=body, headers=headers)
    fault = submit(answer).fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.retry, fault.charged) == (K.UNAVAILABLE, True, Charged.NO)


class Breaks(httpx.AsyncByteStream):
    """A body whose connection breaks half-way."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"request_'
        raise httpx.ReadError("cut")


UNKNOWN: list[Answer] = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("closed without an answer"),
    httpx.Response(500, json=flat("Internal", "internal_error")),
    httpx.Response(502, html=NGINX),
    httpx.Response(503, html=NGINX),
    httpx.Response(503, html=NGINX, headers={"x-fal-request-id": ID}),
    httpx.Response(504, html=NGINX),
    httpx.Response(504, json=flat("Timed out", "request_timeout")),
    httpx.Response(408, text=""),
    httpx.Response(303, headers={"location": "https://evil.example/"}),
    httpx.Response(200, text="OK"),
    httpx.Response(200, json={"status": "IN_QUEUE"}),
    httpx.Response(200, json=[1]),
    lambda _: httpx.Response(200, stream=Breaks()),
]


@pytest.mark.parametrize(
    "answer", UNKNOWN, ids=lambda answer: "breaks" if callable(answer) else repr(answer)
)
def test_whatever_may_have_been_accepted_is_unknown(answer: Answer) -> None:
    desk = submit(answer)
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.charged) == (K.UNKNOWN_OUTCOME, Charged.MAYBE)
    assert not fault.retry
    assert len(desk.seen) == 1, "never sent twice, no redirect followed"


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.PoolTimeout("full"),
        httpx.UnsupportedProtocol("ftp"),
        httpx.ProxyError("no tunnel"),
    ],
    ids=repr,
)
def test_what_never_left_is_tried_again(error: Exception) -> None:
    fault = submit(error).fault(lambda fal, ctx: fal.submit(a_call(), ctx))
    assert (fault.kind, fault.retry, fault.charged) == (K.UNAVAILABLE, True, Charged.NO)
    assert not fault.looking


def test_an_answer_that_repeats_the_key_or_hides_signs_is_made_plain() -> None:
    said = f"Key {KEY} \u202e\x07is\nunknown " + "x" * 900
    fault = submit(httpx.Response(401, json=flat(said))).fault(
        lambda fal, ctx: fal.submit(a_call(), ctx)
    )
    assert "[hidden]" in fault.message
    assert fault.message.isprintable()
    assert len(fault.message) < 400
