"""Answers that prove nothing: the request is looked at again, fal's list is asked, nothing lost."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from studio.models import Charged, Fault, FaultKind, Finished, ProviderFault, Running
from tests.wire.fal_desk import (
    BILL,
    COMPLETED,
    HERE,
    ID,
    LIST,
    NGINX,
    PICTURE,
    REF,
    UNITS,
    Answer,
    Desk,
    ended,
    finished,
    flat,
    line,
    shown,
    typed,
)

K = FaultKind
FORBIDDEN = httpx.Response(403, json={"error": {"type": "authorization_error"}})
HALF_AN_HOUR = 1800.0


def look(desk: Desk) -> Running | Finished | Fault:
    """One look, whatever comes of it."""
    try:
        return desk.run(lambda fal, ctx: fal.check(REF, ctx))
    except ProviderFault as problem:
        return problem.fault


def looks(desk: Desk, seconds: float = 1.0, times: int = 3) -> Running | Finished | Fault:
    """The last of some looks, so far apart."""
    for _ in range(times - 1):
        answer = look(desk)
        assert isinstance(answer, Running) or (isinstance(answer, Fault) and answer.looking)
        desk.clock.skip(seconds)
    return look(desk)


def fault_of(answer: object) -> tuple[FaultKind, bool, Charged, bool]:
    """What matters of a fault."""
    assert isinstance(answer, Fault)
    return answer.kind, answer.retry, answer.charged, bool(answer.looking)


LOOKING = (K.UNAVAILABLE, True, Charged.NO, True)
UNKNOWN = (K.UNKNOWN_OUTCOME, False, Charged.MAYBE, False)
BROKEN: list[httpx.Response] = [
    httpx.Response(500, json=flat("Oops", "internal_error")),
    httpx.Response(503, json=flat("Away", "runner_disconnected")),
    httpx.Response(502, html=NGINX),
    httpx.Response(302, headers={"location": "https://portal.example/"}),
    httpx.Response(451, html="<html>Blocked</html>"),
    httpx.Response(200, content=b""),
    httpx.Response(200, content=b"{"),
    httpx.Response(200, content=b"null"),
]


@pytest.mark.parametrize("answer", BROKEN, ids=repr)
def test_a_result_that_cannot_be_had_is_never_free(answer: httpx.Response) -> None:
    desk = finished(answer).on("GET", LIST, httpx.ReadError("cut"))
    assert fault_of(looks(desk, times=20)) == LOOKING
    desk.clock.skip(HALF_AN_HOUR)
    assert fault_of(look(desk)) == UNKNOWN


@pytest.mark.parametrize("answer", BROKEN, ids=repr)
def test_the_list_has_the_picture_of_a_result_that_cannot_be_had(answer: httpx.Response) -> None:
    desk = finished(answer).on("GET", LIST, shown(ended(200, PICTURE)))
    events = [{"request_id": ID, "cost_total": 0.025}]
    desk.on("GET", BILL, httpx.Response(200, json={"billing_events": events}))
    found = looks(desk)
    assert isinstance(found, Finished)
    assert (found.outputs[0].url, found.usage.cost) == (PICTURE["images"][0]["url"], 25_000)
    [asked] = desk.sent("GET", "by-endpoint")
    assert dict(asked.url.params) == {
        "endpoint_id": "fal-ai/flux/dev", "request_id": ID, "expand": "payloads",
    }  # fmt: skip


def test_that_a_run_failed_for_free_is_believed_to_the_list() -> None:
    failed = flat("The runner went away", "runner_disconnected")
    desk = finished(BROKEN[0]).on("GET", LIST, shown(ended(503, failed)))
    answer = looks(desk)
    assert fault_of(answer) == (K.UNAVAILABLE, True, Charged.NO, False)
    assert isinstance(answer, Fault)
    assert "runner went away" in answer.message
    desk = finished(BROKEN[0]).on("GET", LIST, shown(ended(422, typed("content_policy_violation"))))
    assert fault_of(looks(desk)) == (K.REFUSED, False, Charged.MAYBE, False)


@pytest.mark.parametrize("listed", [shown(), shown(line()), shown(ended(200)), FORBIDDEN])
def test_a_list_that_says_nothing_leaves_a_server_error_open(listed: httpx.Response) -> None:
    desk = finished(BROKEN[0]).on("GET", LIST, listed)
    assert fault_of(looks(desk, seconds=100.0, times=10)) == LOOKING
    desk.clock.skip(HALF_AN_HOUR)
    assert fault_of(look(desk)) == UNKNOWN


def test_a_good_look_in_between_begins_anew() -> None:
    desk = finished(BROKEN[0]).on("GET", LIST, shown())
    looks(desk, times=5)
    desk.on("GET", f"{HERE}/status", httpx.Response(202, json={"status": "IN_PROGRESS"}))
    assert isinstance(look(desk), Running)
    desk.clock.skip(HALF_AN_HOUR)
    desk.on("GET", f"{HERE}/status", httpx.Response(200, json=COMPLETED))
    assert fault_of(look(desk)) == LOOKING


@pytest.mark.parametrize(("units", "charged"), [("1", Charged.YES), ("0", Charged.NO)])
def test_an_unreadable_result_is_believed_after_a_while(units: str, charged: Charged) -> None:
    desk = finished(httpx.Response(200, content=b"{", headers={UNITS: units}))
    desk.on("GET", LIST, shown(ended(200)))
    assert fault_of(looks(desk)) == (K.BAD_OUTPUT, False, charged, False)


NOT_FOUND = httpx.Response(404, json=flat("Request not found"))


def unknown_there(listed: Answer) -> Desk:
    """A desk that does not know the request, and has this list."""
    return Desk().on("GET", f"{HERE}/status", NOT_FOUND).on("GET", LIST, listed)


def test_what_the_status_does_not_know_may_be_in_the_list() -> None:
    found = look(unknown_there(shown(ended(200, PICTURE))))
    assert isinstance(found, Finished)
    assert isinstance(look(unknown_there(shown(line()))), Running)
    failed = shown(ended(500, flat("Oops", "internal_server_error")))
    assert fault_of(look(unknown_there(failed))) == (K.UNAVAILABLE, True, Charged.NO, False)


@pytest.mark.parametrize("listed", [shown(), FORBIDDEN], ids=["silent", "no_rights"])
def test_a_request_that_is_nowhere_for_a_while_has_an_unknown_outcome(
    listed: httpx.Response,
) -> None:
    desk = unknown_there(listed)
    assert fault_of(looks(desk, times=9)) == LOOKING, "perhaps it does not show it yet"
    desk.clock.skip(60)
    answer = look(desk)
    assert fault_of(answer) == UNKNOWN
    assert isinstance(answer, Fault)
    assert "no longer knows" in answer.message


def test_a_list_that_cannot_be_asked_says_nothing() -> None:
    desk = unknown_there(httpx.ReadError("cut"))
    assert fault_of(looks(desk, seconds=60.0, times=9)) == LOOKING


def test_an_expired_result_is_lost_where_the_list_has_none_either() -> None:
    desk = finished(NOT_FOUND).on("GET", LIST, shown(ended(200)))
    answer = looks(desk)
    assert fault_of(answer) == (K.LOST, False, Charged.YES, False)
    assert isinstance(answer, Fault)
    assert "hour" in answer.hint
    assert isinstance(
        look(finished(NOT_FOUND).on("GET", LIST, shown(ended(200, PICTURE)))), Finished
    )
    desk = finished(NOT_FOUND).on("GET", LIST, shown())
    assert fault_of(looks(desk, times=9)) == LOOKING
    desk.clock.skip(60)
    assert fault_of(look(desk)) == (K.LOST, False, Charged.YES, False)


@pytest.mark.parametrize("word", ["IN_LIMBO", "PENDING"])
def test_an_unheard_of_state_does_not_go_on_for_ever(word: str) -> None:
    desk = Desk().on("GET", f"{HERE}/status", httpx.Response(202, json={"status": word}))
    assert isinstance(looks(desk, seconds=60.0, times=20), Running)
    desk.clock.skip(HALF_AN_HOUR)
    assert fault_of(look(desk)) == UNKNOWN


def test_a_result_that_is_never_ready_does_not_go_on_for_ever() -> None:
    desk = finished(httpx.Response(400, json=flat("Request is still in progress")))
    desk.on("GET", LIST, shown())
    assert isinstance(looks(desk, seconds=60.0, times=20), Running)
    desk.clock.skip(HALF_AN_HOUR)
    assert fault_of(look(desk)) == UNKNOWN


@pytest.mark.parametrize("told", [{"error": "not complete"}, {"error_type": "odd"}])
def test_a_failure_told_by_the_status_always_ends(told: dict[str, Any]) -> None:
    body = flat("The generation did not complete: not finished")
    assert not isinstance(look(finished(httpx.Response(422, json=body), **told)), Running)
