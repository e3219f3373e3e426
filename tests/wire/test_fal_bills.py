"""fal's bill: every page of it is read, nothing is free without proof, and no figure is absurd."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from studio.errors import Unreachable
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
