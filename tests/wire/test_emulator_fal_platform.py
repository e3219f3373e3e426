"""The platform API of the emulated fal: models, prices, bill, history, account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.emulator import FalAccount
from tests.wire.emulator_desk import FLUX, SCHNELL, Desk, opened


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


def get(desk: Desk, path: str, **query: Any) -> httpx.Response:
    return desk.http.get(f"{desk.platform}/{path}", params=query)


def history(desk: Desk, **query: Any) -> list[dict[str, Any]]:
    answer = get(desk, "models/requests/by-endpoint", **{"endpoint_id": FLUX} | query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_models_and_what_they_take(desk: Desk) -> None:
    (model,) = get(desk, "models", endpoint_id=FLUX, expand="openapi-3.0").json()["models"]
    assert model["endpoint_id"] == FLUX
    assert f"/{FLUX}" in model["openapi"]["paths"]
    found = get(desk, "models", q="schnell").json()["models"]
    assert SCHNELL in [item["endpoint_id"] for item in found]
    assert all("openapi" not in item for item in found)
    edits = get(desk, "models", category="image-to-image").json()["models"]
    assert {item["metadata"]["category"] for item in edits} == {"image-to-image"}
    assert get(desk, "models", endpoint_id="no/model").json()["error"]["type"] == "not_found"
    assert httpx.get(f"{desk.platform}/models", trust_env=False).status_code == 200


def test_pages_lead_to_the_next(desk: Desk) -> None:
    flux = {"q": "fal-ai/flux", "limit": 1000}
    whole = [item["endpoint_id"] for item in get(desk, "models", **flux).json()["models"]]
    found, cursor = [], None
    while True:
        query = flux | {"limit": max(2, len(whole) // 3)} | ({"cursor": cursor} if cursor else {})
        body = get(desk, "models", **query).json()
        found += [item["endpoint_id"] for item in body["models"]]
        cursor = body["next_cursor"]
        if not body["has_more"]:
            break
    assert cursor is None
    assert found == whole
    assert get(desk, "models", cursor="?").status_code == 400
    assert get(desk, "models", limit=0).json()["error"]["type"] == "validation_error"


@pytest.mark.parametrize("ids", [[FLUX, SCHNELL], [f"{FLUX},{SCHNELL}"]])
def test_prices(desk: Desk, ids: list[str]) -> None:
    body = get(desk, "models/pricing", endpoint_id=ids).json()
    assert body["prices"] == [
        {"endpoint_id": FLUX, "unit_price": 0.025, "unit": "megapixel", "currency": "USD"},
        {"endpoint_id": SCHNELL, "unit_price": 0.003, "unit": "megapixel", "currency": "USD"},
    ]
    assert (body["has_more"], body["next_cursor"]) == (False, None)


def test_prices_that_are_not_told(desk: Desk) -> None:
    assert get(desk, "models/pricing", endpoint_id=[FLUX, "no/model"]).status_code == 404
    assert get(desk, "models/pricing").status_code == 400
    many = [f"a/{index}" for index in range(51)]
    assert get(desk, "models/pricing", endpoint_id=many).status_code == 400
    desk.world.fal.prices.untold.add(FLUX)
    assert get(desk, "models/pricing", endpoint_id=FLUX).status_code == 404


def test_estimates(desk: Desk) -> None:
    def ask(kind: str, quantity: str, value: float) -> httpx.Response:
        body = {"estimate_type": kind, "endpoints": {FLUX: {quantity: value}}}
        return desk.http.post(f"{desk.platform}/models/pricing/estimate", json=body)

    answer = ask("unit_price", "unit_quantity", 2.5).json()
    assert answer == {"estimate_type": "unit_price", "total_cost": 0.0625, "currency": "USD"}
    desk.run({"prompt": "two", "num_images": 2})
    assert ask("historical_api_price", "call_quantity", 3).json()["total_cost"] == 0.15
    assert ask("guess", "call_quantity", 3).status_code == 400


def test_the_bill_of_each_request(desk: Desk) -> None:
    first, second = desk.submit(), desk.submit({"prompt": "two", "num_images": 2})
    desk.world.clock.advance(1)
    assert desk.world.fal.queue.done == 2
    events = get(desk, "models/billing-events").json()["billing_events"]
    assert [item["request_id"] for item in events] == [second["request_id"], first["request_id"]]
    wanted = {"request_id": first["request_id"], "endpoint_id": f"{FLUX},{SCHNELL}"}
    (event,) = get(desk, "models/billing-events", **wanted).json()["billing_events"]
    assert (event["output_units"], event["unit_price"], event["cost_total"]) == (1, 0.025, 0.025)
    assert event["cost_estimate_nano_usd"] == 25_000_000
    desk.world.fal.account.bill_lag_seconds = 60
    assert get(desk, "models/billing-events").json()["billing_events"] == []


def test_the_history_finds_a_lost_request(desk: Desk) -> None:
    desk.world.trouble.add("lost_answer", nth=2)
    desk.run({"prompt": "a", "seed": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        desk.post({"prompt": "a", "seed": 2})
    desk.world.clock.advance(1)
    found = [item for item in history(desk, expand="payloads") if item["json_input"]["seed"] == 2]
    assert [item["request_id"] for item in found] == [desk.world.bill.accepted[1].request_id]
    assert found[0]["status_code"] == 200
    assert found[0]["json_output"]["images"]
    assert all("json_input" not in item for item in history(desk))
    assert found[0]["sent_at"] <= found[0]["started_at"] <= found[0]["ended_at"]


def test_the_history_shows_what_has_started_and_later(desk: Desk) -> None:
    desk.world.fal.queue.hold()
    requests = [desk.submit({"prompt": f"{index}"}) for index in range(3)]
    shown = {item["request_id"] for item in history(desk)}
    assert shown == {item["request_id"] for item in requests[:2]}
    assert {item["ended_at"] for item in history(desk)} == {None}
    desk.world.fal.account.list_queued = True
    assert len(history(desk)) == 3
    desk.world.fal.account.list_lag_seconds = 30
    assert history(desk) == []
    desk.world.clock.advance(31)
    assert len(history(desk)) == 3


def test_the_history_can_be_narrowed(desk: Desk) -> None:
    desk.world.trouble.add("refuse", word="bad")
    desk.world.trouble.add("fail", word="broken")
    for prompt in ("good", "bad", "broken"):
        desk.run({"prompt": prompt})
    codes = {
        status: [item["status_code"] for item in history(desk, status=status)]
        for status in ("success", "user_error", "error")
    }
    assert codes == {"success": [200], "user_error": [422], "error": [503]}
    now = datetime.fromtimestamp(desk.world.clock.now(), UTC)
    assert history(desk, start=(now + timedelta(seconds=1)).isoformat()) == []
    assert history(desk, end=(now - timedelta(hours=1)).isoformat()) == []
    assert len(history(desk, start=(now - timedelta(days=2)).date().isoformat())) == 3
    only = desk.world.bill.accepted[0].request_id
    assert [item["request_id"] for item in history(desk, request_id=only)] == [only]
    assert len(history(desk, limit=2, sort_by="duration")) == 2
    for wrong in ({"status": "odd"}, {"limit": 101}, {"start": "soon"}, {"sort_by": "colour"}):
        assert get(desk, "models/requests/by-endpoint", endpoint_id=FLUX, **wrong).status_code == (
            400
        )
    assert get(desk, "models/requests/by-endpoint").status_code == 400
    found = get(desk, "models/requests/search", query="BAD").json()["results"]
    assert [item["json_input"]["prompt"] for item in found] == ["bad"]


def test_the_account(desk: Desk) -> None:
    desk.run()
    assert get(desk, "account/billing").json() == {"username": "emulated-team"}
    credit = get(desk, "account/billing", expand="credits").json()["credits"]
    assert credit == {"current_balance": 99.975, "currency": "USD"}


def test_a_key_without_rights_here() -> None:
    with opened(FalAccount(platform_rights=False)) as desk:
        for path in ("models/pricing", "models/billing-events", "account/billing"):
            answer = get(desk, path, endpoint_id=FLUX)
            assert answer.status_code == 403
            assert answer.json()["error"]["type"] == "authorization_error"
        assert get(desk, "models").status_code == 200
        assert desk.run().status_code == 200


def test_a_wrong_key_and_trouble_in_the_platforms_own_shape(desk: Desk) -> None:
    answer = desk.http.get(f"{desk.platform}/models", headers={"Authorization": "Key no"})
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authorization_error")
    desk.world.trouble.add("platform_fails", path="/pricing", status=429)
    limited = get(desk, "models/pricing", endpoint_id=FLUX)
    assert (limited.status_code, limited.json()["error"]["type"]) == (429, "rate_limited")
    assert get(desk, "account/billing").status_code == 200
    desk.world.trouble.add("platform_drop", path="/account")
    with pytest.raises(httpx.RemoteProtocolError):
        get(desk, "account/billing")
