"""The emulated fal misbehaves on demand, the same way every time, and its bill stays true."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.emulator import KINDS, Trouble
from tests.wire.emulator_desk import FLUX, SCHNELL, Desk, opened


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


def statuses(desk: Desk, count: int) -> list[int]:
    return [desk.post({"prompt": f"number {index}"}).status_code for index in range(count)]


# before a submit is accepted -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "status", "header"),
    [
        ("busy", {"retry_after": 3}, 429, ("retry-after", "3")),
        ("busy", {}, 429, None),
        ("unavailable", {}, 503, ("x-fal-error-type", "runner_scheduling_failure")),
        ("broken", {}, 500, ("x-fal-error-type", "internal_error")),
        ("wrong_key", {}, 401, None),
        ("exhausted", {}, 403, None),
    ],
)
def test_a_submit_is_refused(
    desk: Desk, kind: str, options: dict[str, Any], status: int, header: tuple[str, str] | None
) -> None:
    desk.world.trouble.add(kind, **options)
    answer = desk.post()
    assert answer.status_code == status
    assert isinstance(answer.json()["detail"], str)
    if header is None:
        assert "retry-after" not in answer.headers
    else:
        assert answer.headers[header[0]] == header[1]
    assert desk.world.bill.accepted == []


@pytest.mark.parametrize("status", [502, 504])
def test_a_proxy_fails(desk: Desk, status: int) -> None:
    desk.world.trouble.add("gateway", status=status)
    answer = desk.post()
    assert answer.status_code == status
    assert "nginx" in answer.text
    assert "x-fal-request-id" not in answer.headers
    assert desk.world.bill.accepted == []


def test_a_proxy_fails_although_the_request_was_taken_on(desk: Desk) -> None:
    desk.world.trouble.add("gateway", accepted=True)
    assert desk.post().status_code == 502
    desk.world.clock.advance(1)
    assert desk.world.fal.queue.done == 1
    assert desk.world.bill.total == 25_000


def test_a_connection_drops_before_anything_happens(desk: Desk) -> None:
    desk.world.trouble.add("drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        desk.post()
    assert desk.world.bill.accepted == []
    assert desk.world.calls("POST", FLUX)[0].status is None
    assert desk.post().status_code == 200


# after a submit is accepted --------------------------------------------------------------------


def test_an_answer_is_lost_and_the_work_is_charged(desk: Desk) -> None:
    desk.world.trouble.add("lost_answer", nth=1)
    with pytest.raises(httpx.RemoteProtocolError):
        desk.post()
    desk.world.clock.advance(1)
    assert desk.world.fal.queue.done == 1
    assert desk.world.bill.total == 25_000
    desk.run()
    assert desk.world.bill.duplicates == {"a lighthouse": 2}


def test_an_answer_stalls(desk: Desk) -> None:
    desk.world.trouble.add("stall", times=1)
    with pytest.raises(httpx.ReadTimeout):
        desk.post(timeout=0.05)
    assert desk.world.bill.submits(FLUX, seed=7) == 1
    desk.world.trouble.clear()
    desk.world.trouble.add("stall", seconds=0.02)
    assert desk.post().elapsed.total_seconds() >= 0.02


# in the run ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("billed", "told", "units"),
    [
        (None, None, None),
        (True, None, "1"),
        (True, False, None),
        (False, True, "0"),
    ],
)
def test_a_refusal_is_a_result(
    desk: Desk, billed: bool | None, told: bool | None, units: str | None
) -> None:
    desk.world.trouble.add("refuse", word="LIGHT", billed=billed, units_header=told)
    accepted = desk.submit()
    result = desk.finish(accepted)
    assert result.status_code == 422
    (found,) = result.json()["detail"]
    assert found["type"] == "content_policy_violation"
    assert found["loc"] == ["body", "prompt"]
    status = desk.http.get(accepted["status_url"]).json()
    assert status["error_type"] == "content_policy_violation"
    assert result.headers.get("x-fal-billable-units") == units
    assert desk.world.bill.total == (25_000 if billed else 0)
    assert [item.kind for item in desk.world.bill.charges] == (["refusal"] if billed else [])
    assert desk.run({"prompt": "something else"}).status_code == 200


@pytest.mark.parametrize(
    ("options", "status", "kind"),
    [
        ({}, 503, "runner_scheduling_failure"),
        ({"error_type": "request_timeout"}, 504, "request_timeout"),
        ({"error_type": "internal_server_error"}, 500, "internal_server_error"),
        ({"error_type": "novel", "status": 418}, 418, "novel"),
    ],
)
def test_a_run_fails_flat(desk: Desk, options: dict[str, Any], status: int, kind: str) -> None:
    desk.world.trouble.add("fail", **options)
    accepted = desk.submit()
    result = desk.finish(accepted)
    assert result.status_code == status
    assert result.json().keys() == {"detail", "error_type"}
    assert result.json()["error_type"] == result.headers["x-fal-error-type"] == kind
    assert desk.http.get(accepted["status_url"]).json()["error_type"] == kind
    assert desk.world.bill.total == 0


def test_a_black_picture_under_200(desk: Desk) -> None:
    desk.world.trouble.add("black")
    result = desk.run({"prompt": "x", "output_format": "png"})
    assert result.status_code == 200
    assert result.json()["has_nsfw_concepts"] == [True]
    with Image.open(BytesIO(desk.http.get(desk.picture(result)).content)) as picture:
        assert picture.getcolors() == [(96 * 72, (0, 0, 0))]
    assert desk.world.bill.total == 25_000


def test_a_result_without_units(desk: Desk) -> None:
    desk.world.trouble.add("no_units")
    assert "x-fal-billable-units" not in desk.run().headers
    assert desk.world.bill.total == 25_000


def test_a_run_takes_long(desk: Desk) -> None:
    desk.world.trouble.add("slow", nth=1, seconds=100)
    desk.world.trouble.add("slow", nth=2)
    first, second = desk.submit(), desk.submit()
    desk.world.clock.advance(99)
    assert desk.http.get(first["status_url"]).status_code == 202
    desk.world.clock.advance(2)
    assert desk.http.get(first["status_url"]).status_code == 200
    desk.world.clock.advance(10_000)
    assert desk.http.get(second["status_url"]).status_code == 202
    assert desk.world.fal.queue.release() == 1
    assert desk.http.get(second["status_url"]).status_code == 200


# afterwards ------------------------------------------------------------------------------------


def test_looking_fails_for_a_while(desk: Desk) -> None:
    accepted = desk.submit()
    desk.world.clock.advance(1)
    desk.world.trouble.add("status_fails", times=2)
    desk.world.trouble.add("status_fails", nth=3, status=502)
    found = [desk.http.get(accepted["status_url"]) for _ in range(4)]
    assert [item.status_code for item in found] == [500, 500, 502, 200]
    assert "nginx" in found[2].text
    desk.world.trouble.add("status_drop", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        desk.http.get(accepted["status_url"])
    desk.world.trouble.add("status_stall", times=1)
    with pytest.raises(httpx.ReadTimeout):
        desk.http.get(accepted["status_url"], timeout=0.05)
    desk.world.trouble.add("result_fails", times=1, status=503)
    assert desk.http.get(accepted["response_url"]).status_code == 503
    desk.world.trouble.add("expired", times=1)
    assert desk.http.get(accepted["response_url"]).status_code == 404
    assert desk.http.get(accepted["response_url"]).status_code == 200
    desk.world.trouble.add("cancel_fails", times=1)
    assert desk.http.put(accepted["cancel_url"]).status_code == 500


def test_a_picture_cannot_be_fetched(desk: Desk) -> None:
    url, trouble = desk.picture(desk.run()), desk.world.trouble
    whole = desk.http.get(url).content
    trouble.add("picture_missing", times=1)
    trouble.add("picture_missing", nth=2, status=410)
    trouble.add("picture_fails", nth=(3, 4))
    found = [desk.http.get(url).status_code for _ in range(5)]
    assert found == [404, 410, 500, 500, 200]
    trouble.clear()
    trouble.add("picture_html", times=1)
    page = desk.http.get(url)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    trouble.add("picture_truncated", times=1)
    assert desk.http.get(url).content == whole[: len(whole) // 2]
    trouble.add("picture_cut", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        desk.http.get(url)
    trouble.add("picture_slow", times=1, seconds=0.05)
    slow = desk.http.get(url)
    assert slow.content == whole
    assert slow.elapsed.total_seconds() >= 0.04


# when ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"nth": (2, 4)}, [200, 429, 200, 429, 200, 200]),
        ({"every": 3}, [200, 200, 429, 200, 200, 429]),
        ({"after": 4}, [200, 200, 200, 200, 429, 429]),
        ({"times": 2}, [429, 429, 200, 200, 200, 200]),
        ({"word": "number 3"}, [200, 200, 200, 429, 200, 200]),
        ({"endpoint": SCHNELL}, [200] * 6),
        ({"rate": 0.0}, [200] * 6),
        ({"rate": 1.0}, [429] * 6),
    ],
)
def test_who_is_struck(desk: Desk, options: dict[str, Any], expected: list[int]) -> None:
    desk.world.trouble.add("busy", **options)
    assert statuses(desk, 6) == expected


def test_a_rate_strikes_the_same_requests_in_any_order() -> None:
    keys = [f"request {index}" for index in range(2000)]

    def struck(order: list[str], seed: int) -> set[str]:
        trouble = Trouble(seed)
        trouble.add("busy", rate=0.05)
        return {key for key in order if trouble.draw("submit", key=key)}

    found = struck(keys, 1)
    assert 60 <= len(found) <= 140
    assert struck(keys[::-1], 1) == found
    assert struck(keys, 2) != found


def test_trouble_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no such trouble: 'tired'"):
        Trouble().add("tired")
    with pytest.raises(TypeError):
        Trouble().add("busy", colour="red")
    assert Trouble().draw("submit") is None


def test_every_kind_has_a_test_that_uses_it() -> None:
    from tests.architecture.sources import python_files, text

    words = "".join(text(path) for path in python_files("tests/wire") if "emulator" in path.name)
    assert [kind for kind in KINDS if f'"{kind}"' not in words] == []
