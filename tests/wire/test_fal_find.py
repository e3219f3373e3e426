"""Finding a lost request in fal's list: only ever ours, and silence is proof only late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from studio.models import (
    Call,
    CannotTell,
    Finished,
    InputNames,
    NotThere,
    Running,
)
from tests.wire.fal_desk import (
    FIELDS,
    LIST,
    NGINX,
    OURS,
    PICTURE,
    REF,
    SENT_AT,
    Answer,
    Desk,
    a_call,
    ended,
    line,
    receipt,
    shown,
)

Found = Running | Finished | NotThere | CannotTell
LATER = line("other", sent=65, json_input={**OURS, "seed": 7})
"""A request that had its turn after ours must have had it."""


def find(answer: Answer, call: Call | None = None, *, later: float = 361.0, **desk: Any) -> Found:
    """Look for a call, so many seconds after it was claimed."""
    made = Desk(**desk).on("GET", LIST, answer)
    made.clock.at = SENT_AT + timedelta(seconds=later)
    return made.run(lambda fal, ctx: fal.find(call or a_call(), ctx))


def test_it_is_found_by_its_exact_input() -> None:
    others = (
        line("other", json_input={**OURS, "seed": 7}),
        line("third", json_input={"prompt": "x"}),
    )
    desk = Desk().on("GET", LIST, shown(*others, line()))
    answer = desk.run(lambda fal, ctx: fal.find(a_call(), ctx))
    assert answer == Running(ref=REF)
    [request] = desk.seen
    assert dict(request.url.params) == {
        "endpoint_id": "fal-ai/flux/dev", "start": "2026-11-21T11:59:00Z",
        "expand": "payloads", "limit": "100",
    }  # fmt: skip


def test_it_is_found_on_a_later_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("cursor") == "Mg==":
            return shown(line())
        return shown(line("other", json_input={}), has_more=True, next_cursor="Mg==")

    assert find(answer) == Running(ref=REF)


def test_silence_alone_proves_nothing_however_long() -> None:
    """A request is listed when it starts: one that waits in line is on no list either."""
    for later in (1.0, 361.0, 86_400.0):
        found = find(shown(), later=later)
        assert isinstance(found, CannotTell)
        assert found.ask_again
        assert "still wait" in found.known


def test_a_later_one_that_had_its_turn_is_proof() -> None:
    other = {**OURS, "seed": 7}
    for sent in (0.0, 1.0, 59.0, 61.0):
        assert isinstance(find(shown(line("other", sent=sent, json_input=other))), CannotTell)
    assert find(shown(LATER), later=121) == NotThere()
    assert isinstance(find(shown(LATER), later=119), CannotTell), "the list may lag"
    future = line("other", sent=500, json_input=other)
    assert isinstance(find(shown(future), later=361), CannotTell), "it is of another clock"


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (httpx.ReadError("cut"), True),
        (httpx.Response(502, html=NGINX), True),
        (httpx.Response(429, json={}), True),
        (httpx.Response(400, json={"error": {"type": "validation_error"}}), True),
        (shown(has_more=True), True),
        (lambda _: shown(has_more=True, next_cursor="same"), True),
        (httpx.Response(403, json={"error": {"type": "authorization_error"}}), False),
        (shown(line("hidden", json_input=None)), False),
        (shown(line("first"), line("second")), False),
    ],
)
def test_what_nobody_can_tell(answer: Answer, again: bool) -> None:
    found = find(answer)
    assert isinstance(found, CannotTell)
    assert found.ask_again is again
    assert found.known.endswith(".")


def test_a_call_without_a_time_cannot_be_looked_up() -> None:
    found = find(shown(), a_call(sent_at=None))
    assert isinstance(found, CannotTell)
    assert not found.ask_again


def test_lines_of_another_time_say_nothing() -> None:
    assert find(shown(LATER, line("x", sent=-65, json_input=None))) == NotThere()


def test_uploads_have_another_address_each_time() -> None:
    there = line(json_input={**OURS, "image_url": "https://v3.fal.media/once.png"})
    assert find(shown(there), a_call(references=(b"picture",))) == Running(ref=REF)
    assert find(shown(there), a_call()) == Running(ref=REF), "its seed is ours alone"


def test_without_a_seed_only_a_single_one_counts() -> None:
    call = a_call(names=InputNames())
    one, two = line(json_input=FIELDS), line("second", json_input=FIELDS)
    assert find(shown(one), call) == Running(ref=REF)
    assert isinstance(find(shown(one, two), call), CannotTell)


def test_a_request_that_is_known_to_be_of_another_job_is_not_ours() -> None:
    desk = Desk().on("POST", "https://queue.fal.run/fal-ai/flux/dev", receipt())
    desk.on("GET", LIST, shown(line(), LATER))
    desk.run(lambda fal, ctx: fal.submit(a_call(job_id="j_other"), ctx))
    desk.clock.at = SENT_AT + timedelta(seconds=500)
    assert desk.run(lambda fal, ctx: fal.find(a_call(), ctx)) == NotThere()
    second = a_call(job_id="j_other", attempt=2)
    assert desk.run(lambda fal, ctx: fal.find(second, ctx)) == NotThere()
    first = a_call(job_id="j_other")
    assert desk.run(lambda fal, ctx: fal.find(first, ctx)) == Running(ref=REF)


def test_an_earlier_try_is_not_taken_for_this_one() -> None:
    assert isinstance(find(shown(line(sent=-5)), a_call(attempt=2)), CannotTell)
    assert find(shown(line(sent=-5)), a_call(attempt=1)) == Running(ref=REF)
    assert find(shown(line(sent=5)), a_call(attempt=2)) == Running(ref=REF)


def test_the_picture_of_an_expired_result_is_still_in_the_list() -> None:
    there = ended(200, PICTURE)
    assert find(shown(there), later=200) == Running(ref=REF), "fal still keeps the result"
    found = find(shown(there), later=4000)
    assert isinstance(found, Finished)
    assert found.outputs[0].url == PICTURE["images"][0]["url"]
    assert find(shown({**there, "status_code": 500}), later=4000) == Running(ref=REF)
