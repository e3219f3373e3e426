"""Finding a lost request when clocks are wrong or its input is shown otherwise: in doubt, doubt."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import Call, CannotTell, FaultKind, Finished, NotThere, Running
from studio.providers._base import Context
from studio.providers._fal.skew import Skew
from studio.providers.fal import Fal
from tests.wire.fal_desk import (
    FIELDS,
    ID,
    LIST,
    OURS,
    PICTURE,
    REF,
    SENT_AT,
    Desk,
    a_call,
    ended,
    line,
    receipt,
    shown,
)

Found = Running | Finished | NotThere | CannotTell
OTHER = {**OURS, "seed": 7}
PERSONS = a_call().model_copy(
    update={"request": a_call().request.model_copy(update={"seed": 1234567})}
)
"""A call whose seed a person gave: others may have it too."""


def windowed(*lines: dict[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """A list that shows only what was sent since the moment that is asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = datetime.fromisoformat(request.url.params["start"])
        return shown(*(item for item in lines if datetime.fromisoformat(item["sent_at"]) >= start))

    return answer


def find(*lines: dict[str, Any], call: Call | None = None, ahead: float | None = 0.0) -> Found:
    """Look ten minutes later for a call, at a fal whose clock is so many seconds before ours."""
    desk = Desk(ahead=ahead).on("GET", LIST, windowed(*lines))
    desk.clock.at = SENT_AT + timedelta(seconds=600)
    return desk.run(lambda fal, ctx: fal.find(call or a_call(), ctx))


@pytest.mark.parametrize("ahead", [-7200.0, -120.0, 0.0, 120.0, 7200.0])
@pytest.mark.parametrize("call", [a_call(), PERSONS], ids=["own", "persons"])
def test_clocks_that_differ_are_no_trouble_when_answers_are_dated(ahead: float, call: Call) -> None:
    assert find(line(sent=ahead + 1), call=call, ahead=ahead) == Running(ref=REF)
    earlier = line("earlier", sent=ahead - 100, json_input=OTHER)
    assert isinstance(find(earlier, call=call, ahead=ahead), CannotTell), "it proves nothing"
    later = line("later", sent=ahead + 70, json_input=OTHER)
    assert find(later, call=call, ahead=ahead) == NotThere()


@pytest.mark.parametrize("sent", [-7200.0, -120.0, 120.0, 500.0])
@pytest.mark.parametrize("ahead", [None, 0.0], ids=["undated", "wrongly_dated"])
def test_our_own_seed_is_ours_whatever_the_clocks_say(sent: float, ahead: float | None) -> None:
    later = line("later", sent=300, json_input=OTHER)
    assert find(line(sent=sent), later, ahead=ahead) == Running(ref=REF)


@pytest.mark.parametrize("sent", [-7200.0, -120.0, 120.0, 500.0])
@pytest.mark.parametrize("ahead", [None, 0.0], ids=["undated", "wrongly_dated"])
def test_a_twin_of_another_time_is_doubt(sent: float, ahead: float | None) -> None:
    later = line("later", sent=300, json_input=OTHER)
    found = find(line(sent=sent), later, call=PERSONS, ahead=ahead)
    assert isinstance(found, CannotTell)
    assert found.known


def test_without_fals_clock_nothing_is_proved() -> None:
    for sent in (70.0, 300.0, 900.0):
        later = line("later", sent=sent, json_input=OTHER)
        assert isinstance(find(later, ahead=None), CannotTell)


def test_defaults_that_fal_fills_in_do_not_hide_a_request() -> None:
    later = line("later", sent=300, json_input=OTHER)
    filled = line(json_input={**OURS, "acceleration": "none"})
    assert find(filled, later) == find(filled, later, call=PERSONS) == Running(ref=REF)


def test_our_seed_with_another_input_is_doubt() -> None:
    later = line("later", sent=300, json_input=OTHER)
    changed = line(json_input={**OURS, "prompt": "A red boat, in more words"})
    assert isinstance(find(changed, later), CannotTell)
    text = line(json_input={**OURS, "seed": "1234567"})
    assert isinstance(find(text, later), CannotTell)
    assert find(changed, later, call=PERSONS) == NotThere()


def test_an_exact_twin_is_preferred_to_one_with_more_in_it() -> None:
    more = line("more", json_input={**FIELDS, "seed": 1234567, "strength": 1})
    assert find(line(), more, call=PERSONS) == Running(ref=REF)


def test_one_request_is_never_given_to_two_calls() -> None:
    second = PERSONS.model_copy(update={"job_id": "j_2"})
    for there in (line(), ended(200, PICTURE)):
        desk = Desk().on("GET", LIST, windowed(there))
        desk.clock.at = SENT_AT + timedelta(seconds=600)

        async def both(fal: Fal, ctx: Context) -> list[Found]:
            return [await fal.find(call, ctx) for call in (PERSONS, second, PERSONS)]

        one, two, again = desk.run(both)
        assert isinstance(one, Running | Finished)
        assert isinstance(two, CannotTell)
        assert again == one, "its own it finds again"


def test_a_receipt_of_another_request_is_no_receipt() -> None:
    desk = Desk().on("POST", "https://queue.fal.run/fal-ai/flux/dev", receipt())
    desk.run(lambda fal, ctx: fal.submit(a_call(), ctx))
    fault = desk.fault(lambda fal, ctx: fal.submit(a_call(job_id="j_2"), ctx))
    assert fault.kind is FaultKind.UNKNOWN_OUTCOME
    for odd in ("\ud800", "two words", "", 7, "x" * 900):
        told = json.dumps(receipt().json() | {"request_id": odd})
        desk.on("POST", "https://queue.fal.run/fal-ai/flux/dev", httpx.Response(200, text=told))
        fault = desk.fault(lambda fal, ctx: fal.submit(a_call(job_id="j_3"), ctx))
        assert fault.kind is FaultKind.UNKNOWN_OUTCOME


def test_the_settle_time_begins_when_the_request_leaves() -> None:
    """Uploads before it may take longer than that."""
    desk = Desk().on("POST", "https://queue.fal.run/fal-ai/flux/dev", httpx.ReadError("cut"))
    desk.on("GET", LIST, windowed(line("later", sent=70, json_input=OTHER)))
    desk.clock.at = SENT_AT + timedelta(seconds=900)
    desk.fault(lambda fal, ctx: fal.submit(a_call(), ctx))

    async def look(fal: Fal, ctx: Context) -> Found:
        return await fal.find(a_call(), replace(ctx))

    run: Callable[[Callable[[Fal, Context], Coroutine[Any, Any, Found]]], Found] = desk.run
    assert isinstance(run(look), CannotTell)
    desk.clock.at = SENT_AT + timedelta(seconds=1500)
    assert isinstance(run(look), CannotTell), "the other one was sent before ours"
    desk.on("GET", LIST, windowed(line("later", sent=1000, json_input=OTHER)))
    assert run(look) == NotThere()


@given(
    st.floats(min_value=-90_000, max_value=90_000),
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 3), st.floats(0, 3)), min_size=1),
)
def test_the_true_difference_of_the_clocks_is_always_within_the_bounds(
    ahead: float, answers: list[tuple[float, float, float]]
) -> None:
    """Each answer is dated at some moment between our question and its arrival."""
    skew, truth = Skew(), timedelta(seconds=ahead)
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    widths = []
    for pause, there, back in answers:
        asked = now + timedelta(seconds=pause)
        dated = asked + timedelta(seconds=there)
        now = dated + timedelta(seconds=back)
        skew.note(format_datetime(dated + truth, usegmt=True), asked, now)
        assert skew.bounds is not None
        low, high = skew.bounds
        assert low <= truth <= high
        widths.append(high - low)
    assert widths[-1] <= timedelta(seconds=7)


@pytest.mark.parametrize("told", [None, "", "yesterday", "Sat, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_is_none_teaches_nothing(told: str | None) -> None:
    skew = Skew()
    skew.note(told, SENT_AT, SENT_AT)
    assert skew.bounds is None


def test_a_clock_that_is_set_is_learned_anew() -> None:
    skew = Skew()
    for ahead in (0, 3600, -50):
        date = format_datetime(SENT_AT + timedelta(seconds=ahead), usegmt=True)
        skew.note(date, SENT_AT, SENT_AT)
        assert skew.bounds == (timedelta(seconds=ahead), timedelta(seconds=ahead + 1))


def test_its_id_is_that_of_the_request() -> None:
    assert Fal().identity(REF) == ID
    assert Fal().identity({}) is None
