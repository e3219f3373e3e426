"""fal's bill: every page of it is read, nothing is free without proof, and no figure is absurd."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from studio.errors import AccountError, KeyMissing, StudioError, Unreachable
from studio.models import Finished
from tests.wire.fal_desk import (
    BILL,
    ID,
    LIST,
    PICTURE,
    REF,
    UNITS,
    Answer,
    Desk,
    ended,
    finished,
    line,
    shown,
)


def billed(answer: Answer, listed: Answer | None = None) -> int | None:
    """What the bill says about the request."""
    desk = Desk().on("GET", BILL, answer).on("GET", LIST, listed or shown(ended()))
    return desk.run(lambda fal, ctx: fal.bill(REF, ctx))


def lines(*events: dict[str, Any], **more: Any) -> httpx.Response:
    """A page of the bill."""
    return httpx.Response(200, json={"billing_events": list(events), **more})


@pytest.mark.parametrize(
    ("events", "cost"),
    [
        ([{"cost_total": 0.02}, {"cost_total": 0.01}], 30_000),
        ([{"cost_total": 0.02, "cost_estimate_nano_usd": 500}], 1),
        ([{"cost_total": 0.02}, {"cost_total": None}], None),
        ([{"cost_total": 0.02, "request_id": "of another"}], 0),
        ([{"cost_total": 0.02, "request_id": ["odd"]}], 0),
        ([{"cost_total": 0.02}, {"cost_total": -0.005}], 15_000),
        ([{"cost_total": 0.02}, {"cost_total": -0.02}], 0),
        ([{"cost_total": -5.0}], None),
        ([{"cost_total": 10_001}], None),
        ([{"cost_total": "NaN"}], None),
        ([{"cost_total": "Infinity"}], None),
        ([{"cost_total": "1" * 400}], None),
        ([{"cost_total": 0}], 0),
        ([], 0),
    ],
)
def test_the_bill_of_what_ended_a_while_ago(events: list[dict[str, Any]], cost: int | None) -> None:
    assert billed(lines(*events)) == cost


def test_it_is_asked_for_one_request_and_for_as_long_as_bills_are_kept() -> None:
    desk = Desk().on("GET", BILL, lines({"cost_total": 1}))
    desk.run(lambda fal, ctx: fal.bill(REF, ctx))
    asked = desk.seen[0].url.params
    assert (asked["request_id"], asked["start"]) == (REF["request_id"], "2026-08-24T12:00:00Z")
    assert len(desk.seen) == 1, "the list is only asked where the bill is silent"


@pytest.mark.parametrize(
    "listed",
    [shown(line()), shown(), shown(line("other")), httpx.Response(403, json={"error": {}})],
    ids=["goes_on", "silent", "another", "no_rights"],
)
def test_nothing_on_the_bill_is_free_only_where_the_request_ended(listed: Answer) -> None:
    assert billed(lines(), listed) is None


def test_a_bill_of_many_pages_is_read_whole() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("cursor") == "two":
            return lines({"cost_total": 0.01})
        return lines({"cost_total": 0.02}, has_more=True, next_cursor="two")

    assert billed(answer) == 30_000
    with pytest.raises(Unreachable):
        billed(lines(has_more=True, next_cursor=None))


def test_a_bill_that_may_not_or_cannot_be_read() -> None:
    assert billed(httpx.Response(403, json={"error": {"type": "authorization_error"}})) is None
    nonsense = httpx.Response(200, json={"billing_events": "nonsense"})
    for answer in (nonsense, httpx.ReadError("cut"), httpx.Response(500, json={})):
        with pytest.raises(Unreachable):
            billed(answer)
    with pytest.raises(Unreachable):
        billed(lines(), httpx.ReadError("cut"))


@pytest.mark.parametrize("units", ["1e11", "400001", "9" * 50])
def test_a_figure_that_no_call_can_cost_is_unknown(units: str) -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: units}))
    answer = desk.run(lambda fal, ctx: fal.check(REF, ctx))
    assert isinstance(answer, Finished)
    assert answer.usage.cost is None
    assert answer.usage.source
    assert "computed" not in answer.usage.details


@pytest.mark.parametrize("units", ["-1", "NaN", "many"])
def test_units_that_are_none_make_the_bill_be_asked(units: str) -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: units}))
    desk.on("GET", BILL, lines({"request_id": ID, "cost_total": 0.02}))
    answer = desk.run(lambda fal, ctx: fal.check(REF, ctx))
    assert isinstance(answer, Finished)
    assert (answer.usage.cost, answer.usage.source) == (20_000, "fal's bill")


@pytest.mark.parametrize("price", [-1.0, 1e9])
def test_an_absurd_price_is_no_price(price: float) -> None:
    desk = finished(httpx.Response(200, json=PICTURE, headers={UNITS: "1"}), price=price)
    answer = desk.run(lambda fal, ctx: fal.check(REF, ctx))
    assert isinstance(answer, Finished)
    assert answer.usage.cost is None


# many at once -------------------------------------------------------------------------------


def ref(number: int) -> dict[str, Any]:
    """What finds a request of that number."""
    return {**REF, "request_id": f"r-{number}"}


def event(number: int, dollars: float, at: str = "2026-11-21T12:00:00Z") -> dict[str, Any]:
    """A line of the bill about a request of that number."""
    return {"request_id": f"r-{number}", "cost_total": dollars, "timestamp": at}


def asked(desk: Desk) -> list[list[str]]:
    """The requests that each question about the bill named."""
    return [request.url.params.get_list("request_id") for request in desk.sent("GET", BILL)]


def many(desk: Desk, count: int) -> list[int | None]:
    """What the bill says about so many requests."""
    return desk.run(lambda fal, ctx: fal.bills([ref(number) for number in range(count)], ctx))


def told_about_each(request: httpx.Request) -> httpx.Response:
    """One line for each request that is asked about."""
    names = request.url.params.get_list("request_id")
    return lines(*(event(int(name[2:]), 0.025) for name in names))


def test_fifty_requests_are_one_question() -> None:
    desk = Desk().on("GET", BILL, told_about_each)
    assert many(desk, 120) == [25_000] * 120
    assert [len(names) for names in asked(desk)] == [50, 50, 20]
    assert len(desk.seen) == 3, "nothing else is asked"


def test_each_gets_its_own_lines_and_the_silent_ones_none() -> None:
    told = lines(
        event(0, 0.02), event(0, 0.01, "later"), event(2, 0.03), event(2, -0.03, "later"),
        event(3, 5.0), event(9, 7.0), {"cost_total": 1}, {"request_id": ["odd"]},
        event(4, 0.02), {"request_id": "r-4", "cost_total": None},
    )  # fmt: skip
    desk = Desk().on("GET", BILL, told)
    assert many(desk, 5) == [30_000, None, 0, 5_000_000, None]


def test_a_line_that_two_pages_show_is_one_line() -> None:
    twice = [event(0, 0.02), event(0, 0.02), event(1, 0.02), event(1, 0.02, "a second later")]
    desk = Desk().on("GET", BILL, lines(*twice))
    assert many(desk, 2) == [20_000, 40_000]


def test_a_request_that_spoils_the_answer_is_found_and_left_out() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "r-7" in request.url.params.get_list("request_id"):
            return httpx.Response(400, json={"error": {"type": "validation_error"}})
        return told_about_each(request)

    desk = Desk().on("GET", BILL, answer)
    assert many(desk, 50) == [None if number == 7 else 25_000 for number in range(50)]
    assert len(desk.seen) <= 16


def test_a_bill_that_only_answers_with_errors_is_not_asked_for_each() -> None:
    desk = Desk().on("GET", BILL, httpx.Response(400, json={"error": {}}))
    with pytest.raises(Unreachable):
        many(desk, 50)
    assert len(desk.seen) <= 16


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(403, json={"error": {"type": "authorization_error"}}), AccountError),
        (httpx.Response(401, json={"error": {}}), Unreachable),
        (httpx.Response(429, json={}), Unreachable),
        (httpx.Response(500, json={}), Unreachable),
        (httpx.ReadError("cut"), Unreachable),
    ],
    ids=["no_rights", "bad_key", "busy", "broken", "cut"],
)
def test_a_bill_of_many_that_cannot_be_read(answer: Answer, error: type[StudioError]) -> None:
    desk = Desk().on("GET", BILL, answer)
    with pytest.raises(error) as caught:
        many(desk, 50)
    assert type(caught.value) is error
    assert len(desk.seen) == 1


def test_without_a_key_the_bill_of_many_is_not_asked() -> None:
    desk = Desk(key=None).on("GET", BILL, lines())
    with pytest.raises(KeyMissing):
        many(desk, 2)
    assert desk.seen == []
