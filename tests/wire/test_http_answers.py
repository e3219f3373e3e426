"""What hosted adapters read from answers: waits, words, bounded bodies; secrets are taken out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import Charged, FaultKind, ProviderFault
from studio.providers._http import (
    LONGEST_HINT,
    NoReply,
    Reply,
    could_not_look,
    encode,
    exchange,
    plain,
    retry_after,
    unanswered,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("nan", None), ("inf", None), ("soon", None),
        ("", None), ("999999999", LONGEST_HINT),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("Sat, 21 Nov 2026 12:00:30", 30.0),
    ],
)  # fmt: skip
def test_how_long_to_wait(told: str, seconds: float | None) -> None:
    assert retry_after(httpx.Headers({"retry-after": told}), NOW) == seconds


@given(st.text(), st.integers(min_value=1, max_value=400))
def test_words_of_others_are_one_short_visible_line(text: str, most: int) -> None:
    line = plain(text, most)
    assert len(line) <= most
    assert line.isprintable()
    assert line == line.strip()


@given(st.text())
def test_a_retry_hint_never_breaks_anything(told: str) -> None:
    seconds = retry_after({"retry-after": told}, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_HINT


def test_json_is_compact_and_in_order() -> None:
    assert encode({"b": 1, "a": "é"}) == '{"b":1,"a":"é"}'.encode()
    with pytest.raises(ProviderFault) as caught:
        encode({"a": float("inf")})
    assert caught.value.fault.kind is FaultKind.BAD_REQUEST


def ask(answer: httpx.Response | Exception, **options: object) -> Reply:
    """One exchange with a scripted answer."""

    def give(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def drive() -> Reply:
        async with httpx.AsyncClient(transport=httpx.MockTransport(give)) as client:
            return await exchange(client, "GET", "https://x.example/", headers={}, **options)  # type: ignore[arg-type]  # of tests

    with asyncio.Runner() as runner:
        return runner.run(drive())


def test_a_body_is_bounded() -> None:
    reply = ask(httpx.Response(200, content=b"x" * 1000), limit=999)
    assert (reply.too_large, reply.body, reply.fields()) == (True, b"", None)
    assert not ask(httpx.Response(200, content=b"x" * 999), limit=999).too_large


def test_json_that_is_none_is_nothing() -> None:
    for body in (b"", b"<html>", b"[1]", b"[" * 100_000, b"\xff\xfe"):
        assert ask(httpx.Response(200, content=body)).fields() is None


def test_a_secret_is_taken_out_of_an_answer() -> None:
    reply = ask(httpx.Response(401, text="key abc:0123456789 or 0123456789"), hide="abc:0123456789")
    assert reply.body == b"key [hidden] or [hidden]"


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("x"), False),
        (httpx.ConnectTimeout("x"), False),
        (httpx.PoolTimeout("x"), False),
        (httpx.InvalidURL("x"), False),
        (httpx.ReadError("x"), True),
        (httpx.WriteError("x"), True),
        (httpx.WriteTimeout("x"), True),
        (httpx.LocalProtocolError("x"), True),
        (httpx.RemoteProtocolError("x"), True),
    ],
    ids=repr,
)
def test_whether_anything_was_sent(error: Exception, sent: bool) -> None:
    with pytest.raises(NoReply) as caught:
        ask(error)
    assert caught.value.sent is sent
    fault = unanswered(caught.value, "fal")
    expected = (FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE) if sent else (
        FaultKind.UNAVAILABLE, Charged.NO,
    )  # fmt: skip
    assert (fault.kind, fault.charged) == expected
    assert fault.retry is not sent


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("x"), "no connection"),
        (httpx.ConnectTimeout("x"), "no answer in time"),
        (httpx.ReadTimeout("x"), "no answer in time"),
        (httpx.RemoteProtocolError("x"), "the connection broke"),
    ],
    ids=repr,
)
def test_what_failed_is_said_in_plain_words(error: Exception, words: str) -> None:
    with pytest.raises(NoReply) as caught:
        ask(error)
    message = unanswered(caught.value, "fal").message
    assert f"({words})" in message
    assert "Error" not in message
    assert "Timeout" not in message


class Drips(httpx.AsyncByteStream):
    """A body that never ends and never pauses for long."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.001)
            yield b" "


def test_an_answer_that_drips_for_ever_ends_and_may_have_been_acted_on() -> None:
    with pytest.raises(NoReply) as caught:
        ask(httpx.Response(200, stream=Drips()), seconds=0.05)
    assert caught.value.sent
    fault = unanswered(caught.value, "fal")
    assert (fault.kind, fault.charged) == (FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE)


def test_an_address_that_is_none_is_never_sent_to() -> None:
    async def drive() -> None:
        async with httpx.AsyncClient() as client:
            for url in ("https://x.example/\ud800", "https://[::1", "https://x:99999999/"):
                with pytest.raises(NoReply) as caught:
                    await exchange(client, "GET", url, headers={})
                assert not caught.value.sent

    with asyncio.Runner() as runner:
        runner.run(drive())


def test_a_failed_look_is_marked_as_one() -> None:
    fault = could_not_look("It is away.", after=3.0, busy=True)
    assert (fault.kind, fault.looking, fault.retry_after) == (FaultKind.RATE_LIMITED, True, 3.0)
