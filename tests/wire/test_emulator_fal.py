"""The emulated fal on the wire: submit, status, result, pictures, cancel and the bill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.emulator import Bill, FalAccount, World, serve
from tests.wire.emulator_desk import FLUX, SCHNELL, Desk, opened


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


@pytest.fixture
def held(desk: Desk) -> Desk:
    desk.world.fal.queue.hold()
    return desk


def test_a_picture_from_submit_to_file(desk: Desk) -> None:
    accepted = desk.submit()
    assert accepted["status"] == "IN_QUEUE"
    assert {"queue_position", "gateway_request_id", "logs", "metrics"} <= accepted.keys()
    assert accepted["status_url"].startswith(f"{desk.queue}/fal-ai/flux/requests/")
    assert accepted["status_url"] == f"{accepted['response_url']}/status"
    assert accepted["cancel_url"] == f"{accepted['response_url']}/cancel"

    result = desk.finish(accepted)
    assert result.status_code == 200
    assert result.headers["x-fal-request-id"] == accepted["request_id"]
    assert result.headers["x-fal-billable-units"] == "1"
    body = result.json()
    assert body.keys() == {"images", "timings", "seed", "has_nsfw_concepts", "prompt"}
    assert (body["seed"], body["prompt"]) == (7, "a lighthouse")
    assert body["has_nsfw_concepts"] == [False]

    (image,) = body["images"]
    file = desk.http.get(image["url"], headers={"Authorization": ""})
    assert file.headers["content-type"] == image["content_type"] == "image/jpeg"
    assert len(file.content) == image["file_size"]
    with Image.open(BytesIO(file.content)) as picture:
        assert picture.size == (image["width"], image["height"])
        assert picture.format == "JPEG"


def test_the_bill_is_of_what_ran(desk: Desk) -> None:
    first = desk.submit()
    desk.finish(first)
    desk.run({"prompt": "two", "num_images": 2}, SCHNELL)
    bill = desk.world.bill
    assert bill.total == 25_000 + 2 * 3_000
    assert bill.of(first["request_id"]) == 25_000
    assert desk.world.fal.account.balance == 100_000_000 - bill.total
    assert [item.kind for item in bill.charges] == ["picture", "picture"]
    assert bill.submits(FLUX, seed=7) == bill.submits(prompt="two") == 1
    assert bill.duplicates == {}
    desk.run()
    assert bill.duplicates == {"a lighthouse": 2}


def test_status_codes_and_positions_are_true(held: Desk) -> None:
    requests = [held.submit({"prompt": f"number {index}"}) for index in range(5)]
    assert [item["queue_position"] for item in requests] == [0, 0, 0, 1, 2]
    statuses = [held.http.get(f"{item['status_url']}?logs=1") for item in requests]
    assert [item.status_code for item in statuses] == [202] * 5
    bodies = [item.json() for item in statuses]
    assert [body["status"] for body in bodies] == ["IN_PROGRESS"] * 2 + ["IN_QUEUE"] * 3
    assert [body.get("queue_position") for body in bodies] == [None, None, 0, 1, 2]
    assert bodies[0]["logs"][0]["level"] == "INFO"
    assert held.http.get(requests[0]["status_url"]).json()["logs"] is None

    assert held.world.fal.queue.release() == 1
    assert held.http.get(requests[0]["status_url"]).status_code == 200
    assert held.http.get(requests[2]["status_url"]).json()["status"] == "IN_PROGRESS"
    assert held.world.fal.queue.release(9) == 4
    assert held.world.fal.queue.done == 5


def test_low_priority_waits_for_the_rest(held: Desk) -> None:
    for _ in range(2):
        held.submit()
    low = held.submit(headers={"X-Fal-Queue-Priority": "low"})
    held.submit()
    assert held.http.get(low["status_url"]).json()["queue_position"] == 1


def test_a_result_before_its_time(held: Desk) -> None:
    answer = held.http.get(held.submit()["response_url"])
    assert (answer.status_code, answer.json()) == (400, {"detail": "Request is still in progress"})


def test_events_until_complete(held: Desk) -> None:
    accepted = held.submit()
    seen = []
    with held.http.stream("GET", f"{accepted['status_url']}/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("data: "):
                seen.append(json.loads(line.removeprefix("data: "))["status"])
                held.world.fal.queue.release()
    assert seen == ["IN_PROGRESS", "COMPLETED"]


def test_results_are_kept_for_a_while(desk: Desk) -> None:
    account, accepted = desk.world.fal.account, desk.submit()
    desk.finish(accepted)
    desk.world.clock.advance(account.large_retention_seconds)
    assert desk.http.get(accepted["response_url"]).status_code == 200
    desk.world.clock.advance(account.retention_seconds)
    assert desk.http.get(accepted["response_url"]).status_code == 404
    assert desk.http.get(accepted["status_url"]).status_code == 404
    account.large_bytes = 0
    large = desk.submit()
    desk.finish(large)
    desk.world.clock.advance(account.large_retention_seconds)
    assert desk.http.get(large["response_url"]).json() == {"detail": "Request not found"}


def test_the_sub_path_is_not_part_of_later_urls(desk: Desk) -> None:
    accepted = desk.submit()
    wrong = accepted["status_url"].replace("/flux/", "/flux/dev/")
    assert desk.http.get(wrong).status_code == 404
    assert desk.http.get(f"{desk.queue}/{FLUX}").status_code == 405


@pytest.mark.parametrize("key", ["", "Key wrong:key", "Bearer something"])
def test_only_the_right_key_is_let_in(desk: Desk, key: str) -> None:
    accepted, headers = desk.submit(), {"Authorization": key}
    for answer in (
        desk.post(headers=headers),
        desk.http.get(accepted["status_url"], headers=headers),
        desk.http.get(accepted["response_url"], headers=headers),
        desk.http.put(accepted["cancel_url"], headers=headers),
    ):
        assert answer.status_code == 401
        assert isinstance(answer.json()["detail"], str)


def test_no_money_no_work() -> None:
    with opened(FalAccount(balance=30_000)) as desk:
        desk.run()
        desk.run()
        refused = desk.post()
        assert refused.status_code == 403
        assert "Exhausted balance" in refused.json()["detail"]
        assert desk.world.bill.total == 50_000
        assert len(desk.world.bill.accepted) == 2


def test_unknown_endpoints_and_bodies(desk: Desk) -> None:
    assert desk.post(endpoint="fal-ai/nothing/here").status_code == 404
    assert desk.post([1, 2]).status_code == 422
    desk.world.fal.endpoints.add("workflows/me/mine/fast")
    accepted = desk.submit(endpoint="workflows/me/mine/fast")
    assert "/queue/workflows/me/mine/requests/" in accepted["status_url"]
    assert desk.finish(accepted).status_code == 200


def test_cancel_in_every_state(held: Desk) -> None:
    running, _, queued = (held.submit({"prompt": f"{index}"}) for index in range(3))
    removed = held.http.put(queued["cancel_url"])
    assert (removed.status_code, removed.json()) == (200, {"status": "OK"})
    asked = held.http.put(running["cancel_url"])
    assert (asked.status_code, asked.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    # the race: it runs on, completes and is charged
    assert held.finish(running).status_code == 200
    assert held.world.bill.of(running["request_id"]) == 25_000
    assert held.world.bill.charges[0].kind == "cancelled"
    late = held.http.put(running["cancel_url"])
    assert (late.status_code, late.json()) == (400, {"status": "ALREADY_COMPLETED"})
    unknown = held.http.put(running["cancel_url"].replace(running["request_id"], "none"))
    assert (unknown.status_code, unknown.json()) == (404, {"status": "NOT_FOUND"})
    gone = held.http.get(queued["response_url"])
    assert (gone.status_code, gone.json()["error_type"]) == (400, "request_cancelled")
    assert held.world.bill.of(queued["request_id"]) == 0


def test_some_models_heed_a_cancel(held: Desk) -> None:
    held.world.fal.account.honours_cancel = True
    accepted = held.submit()
    assert held.http.put(accepted["cancel_url"]).status_code == 202
    assert held.http.get(accepted["status_url"]).json()["error_type"] == "request_cancelled"
    assert held.world.bill.total == 0


@pytest.mark.parametrize("header", ["X-Fal-Request-Start-Timeout", "X-Fal-Request-Timeout"])
def test_a_start_in_time_or_not_at_all(held: Desk, header: str) -> None:
    for _ in range(2):
        held.submit()
    impatient = held.submit(headers={header: "5"})
    held.world.clock.advance(6)
    assert held.http.get(impatient["status_url"]).json()["error_type"] == "request_timeout"
    result = held.http.get(impatient["response_url"])
    assert result.status_code == 504
    assert result.headers["x-fal-request-timeout-type"] == "user"
    assert held.world.bill.total == 0


def test_a_queue_may_be_too_long_for_the_caller(held: Desk) -> None:
    for _ in range(4):
        held.submit()
    assert held.post(params={"fal_max_queue_length": 2}).status_code == 429
    assert held.post(params={"fal_max_queue_length": 3}).status_code == 200


def test_the_sync_host_has_no_queue(desk: Desk) -> None:
    url = f"{desk.served.base}/run/{FLUX}"
    answer = desk.http.post(url, json={"prompt": "at once"})
    assert answer.status_code == 200
    assert answer.json()["images"]
    desk.world.fal.queue.hold()
    desk.submit()
    desk.submit()
    assert desk.http.post(url, json={"prompt": "too many"}).status_code == 429


def test_the_bill_outlives_the_emulator(tmp_path: Path) -> None:
    file = tmp_path / "bill.jsonl"
    with serve(World(bill_file=file)) as served:
        served.world.fal.queue.accept(FLUX, {"prompt": "kept", "seed": 3})
        served.world.clock.advance(1)
        assert served.world.fal.queue.done == 1
    again = Bill(file)
    assert again.total == 25_000
    assert again.submits(FLUX, seed=3, prompt="kept") == 1
    again.clear()
    assert Bill(file).total == 0


def test_a_world_is_seen_and_forgotten(desk: Desk) -> None:
    desk.run()
    assert [item.status for item in desk.world.calls("POST", FLUX)] == [200]
    assert all("authorization" not in item.headers for item in desk.world.calls())
    desk.world.reset()
    assert (desk.world.bill.total, desk.world.fal.queue.done, desk.world.calls()) == (0, 0, [])


def test_it_stops_while_somebody_waits() -> None:
    with opened() as desk:
        desk.world.trouble.add("stall")
        with pytest.raises(httpx.ReadTimeout):
            desk.post(timeout=0.05)
    with pytest.raises(httpx.ConnectError):
        httpx.get(desk.served.base, trust_env=False)
