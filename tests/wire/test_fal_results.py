"""What a finished request brought: pictures, or a failure, and what it cost."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from studio.models import Charged, FaultKind, Finished
from tests.wire.fal_desk import BILL, ID, REF, UNITS, Desk, finished, flat, typed

K = FaultKind


def done(desk: Desk) -> Finished:
    """One look, at the end."""
    answer = desk.run(lambda fal, ctx: fal.check(REF, ctx))
    assert isinstance(answer, Finished)
    return answer


NO, YES, MAYBE = Charged.NO, Charged.YES, Charged.MAYBE
POLICY = typed("content_policy_violation", msg="Flagged by a content checker")


@dataclass(frozen=True)
class End:
    """A result that is an error, and the fault that it must become."""

    code: int
    body: Any
    kind: FaultKind
    charged: Charged
    headers: dict[str, str] = field(default_factory=dict)
    retry: bool = False
    cost: int | None = None


ENDS = [
    End(422, POLICY, K.REFUSED, MAYBE),
    End(422, POLICY, K.REFUSED, NO, {UNITS: "0"}),
    End(422, POLICY, K.REFUSED, YES, {UNITS: "2"}, cost=50_000),
    End(422, typed("no_media_generated"), K.REFUSED, MAYBE),
    End(400, flat("This prompt was flagged as NSFW"), K.REFUSED, MAYBE),
    End(422, typed("greater_than", "body", "strength"), K.BAD_REQUEST, MAYBE),
    End(422, typed("image_load_error", "body", "image_url"), K.BAD_REQUEST, MAYBE),
    End(500, typed("internal_server_error"), K.UNAVAILABLE, NO, retry=True),
    End(504, typed("generation_timeout"), K.UNAVAILABLE, NO, retry=True),
    End(400, typed("downstream_service_error"), K.UNAVAILABLE, NO, {UNITS: "0"}, retry=True),
    End(500, typed("internal_server_error"), K.UNAVAILABLE, NO, {"x-fal-retryable": "false"}),
    End(404, typed("file_not_found", "body", "image_url"), K.BAD_REQUEST, MAYBE),
    End(500, typed("internal_server_error"), K.UNAVAILABLE, YES, {UNITS: "2"}, cost=50_000),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: f"{end.code}-{end.kind}-{end.charged}")
def test_work_that_failed(end: End) -> None:
    desk = finished(httpx.Response(end.code, json=end.body, headers=end.headers))
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.retry, fault.charged) == (end.kind, end.retry, end.charged)
    assert fault.looking is False
    assert fault.cost == end.cost


def test_the_bill_decides_what_a_refusal_cost() -> None:
    desk = finished(httpx.Response(422, json=POLICY))
    events = [{"request_id": ID, "cost_total": "0.03", "cost_estimate_nano_usd": None}]
    desk.on("GET", BILL, httpx.Response(200, json={"billing_events": events}))
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.charged, fault.cost) == (YES, 30_000)


@pytest.mark.parametrize(
    "error_type",
    ["request_timeout", "startup_timeout", "runner_scheduling_failure", "runner_disconnected"],
)
def test_infrastructure_that_failed_is_free_and_tried_again(error_type: str) -> None:
    result = httpx.Response(503, json=flat("The runner went away", error_type))
    desk = finished(result, error="The runner went away", error_type=error_type)
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.retry, fault.charged, fault.looking) == (
        K.UNAVAILABLE, True, NO, False,
    )  # fmt: skip


def test_a_failure_told_by_the_status_outlives_its_result() -> None:
    desk = finished(httpx.Response(404), error="Flagged", error_type="content_policy_violation")
    assert desk.fault(lambda fal, ctx: fal.check(REF, ctx)).kind is K.REFUSED
    desk = finished(httpx.Response(200, json={}), error="gone", error_type="runner_disconnected")
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.charged) == (K.UNAVAILABLE, NO)


def test_funds_that_ended_while_it_waited_are_met_by_the_next_submit() -> None:
    result = httpx.Response(403, json=flat("User is locked. Reason: Exhausted balance."))
    desk = finished(result, error="User is locked", error_type="")
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.retry, fault.looking) == (K.UNAVAILABLE, True, False)


def test_a_canceled_request_is_not_made_again() -> None:
    body = flat("Request was cancelled", "request_cancelled")
    desk = finished(httpx.Response(400, json=body), error="x", error_type="request_cancelled")
    fault = desk.fault(lambda fal, ctx: fal.check(REF, ctx))
    assert (fault.kind, fault.retry, fault.looking) == (K.UNAVAILABLE, False, False)
    assert "canceled" in fault.message


def test_black_pictures() -> None:
    many = {"images": [{"url": f"https://v3.fal.media/{n}.png"} for n in range(3)]}
    for flags in ([True, True, True], [True], True):
        result = httpx.Response(
            200, json={**many, "has_nsfw_concepts": flags}, headers={UNITS: "3"}
        )
        fault = finished(result).fault(lambda fal, ctx: fal.check(REF, ctx))
        assert (fault.kind, fault.charged, fault.cost) == (K.REFUSED, YES, 75_000)
        assert "blacked" in fault.message
    body = {**many, "has_nsfw_concepts": [False, True, False]}
    answer = done(finished(httpx.Response(200, json=body, headers={UNITS: "3"})))
    assert [output.url for output in answer.outputs] == [
        "https://v3.fal.media/0.png", "https://v3.fal.media/2.png",
    ]  # fmt: skip
    assert answer.usage.cost == 75_000, "what is left out is charged too"


def test_an_empty_success_is_a_refusal() -> None:
    fault = finished(httpx.Response(200, json={"images": []})).fault(
        lambda fal, ctx: fal.check(REF, ctx)
    )
    assert (fault.kind, fault.charged) == (K.REFUSED, MAYBE)


def test_a_video_is_no_picture() -> None:
    body = {"video": {"url": "https://v3.fal.media/a.mp4", "content_type": "video/mp4"}}
    fault = finished(httpx.Response(200, json=body, headers={UNITS: "1"})).fault(
        lambda fal, ctx: fal.check(REF, ctx)
    )
    assert (fault.kind, fault.charged, fault.cost) == (K.BAD_OUTPUT, YES, 25_000)


def test_other_places_of_pictures() -> None:
    png = base64.b64encode(b"\x89PNG").decode()
    for body, url, data in (
        ({"image": {"url": "https://v3.fal.media/a"}}, "https://v3.fal.media/a", None),
        ({"mask": {"url": "https://v3.fal.media/a.webp"}}, "https://v3.fal.media/a.webp", None),
        ({"images": [{"url": f"data:image/png;base64,{png}"}]}, None, b"\x89PNG"),
        ({"images": ["https://v3.fal.media/a.png"] * 2}, "https://v3.fal.media/a.png", None),
    ):
        [output] = done(finished(httpx.Response(200, json=body, headers={UNITS: "1"}))).outputs
        assert (output.url, output.data) == (url, data)
