"""The platform API of the emulated fal: models, prices, estimates, bill, account (§1.8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.bill import Charge, cost
from tests.emulator.fal_answers import world_of
from tests.emulator.fal_pages import BadQuery, Window, listed, page
from tests.emulator.fal_request import iso
from tests.emulator.transport import HangUp

MOST_IDS = 50


def failed(status: int, kind: str, message: str) -> JSONResponse:
    """An error in the platform's own shape."""
    return JSONResponse({"error": {"type": kind, "message": message}}, status)


def guarded(
    handler: Callable[[Request], Response | Awaitable[Response]], *, open_to_all: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """A route that needs the key, and rights on the platform unless it is open to all."""

    async def guard(request: Request) -> Response:
        world = world_of(request)
        given = request.headers.get("authorization")
        with world.lock:
            rule = world.trouble.draw("platform", path=request.url.path, key=str(request.url))
        if rule is not None and rule.kind == "platform_drop":
            return HangUp()
        if rule is not None:
            status = rule.status or 500
            kinds = {429: "rate_limited", 403: "authorization_error", 404: "not_found"}
            message = rule.message or "An unexpected error occurred"
            return failed(status, kinds.get(status, "server_error"), message)
        if given != f"Key {world.fal.account.key}" and (given or not open_to_all):
            return failed(401, "authorization_error", "Authentication required")
        if not open_to_all and not world.fal.account.platform_rights:
            return failed(403, "authorization_error", "This key may not use the platform API")
        try:
            answer = handler(request)
            return answer if isinstance(answer, Response) else await answer
        except BadQuery as bad:
            return failed(400, "validation_error", str(bad))

    return guard


def models(request: Request) -> Response:
    """``GET /models``: list, find by ``endpoint_id``, search with ``q``; ``expand``."""
    fal, query = world_of(request).fal, request.query_params
    wanted = listed(request, "endpoint_id", most=MOST_IDS)
    if any(fal.endpoints.openapi(name) is None for name in wanted):
        return failed(404, "not_found", "One of these models does not exist")
    expand = "openapi-3.0" in listed(request, "expand")
    words, category = query.get("q", "").casefold().split(), query.get("category")
    found = [
        name
        for name in wanted or fal.endpoints.names()
        if all(word in f"{name} {_category(name)}" for word in words)
        and category in {None, _category(name)}
    ]
    names, more = page(request, found, default=50, most=MOST_IDS if expand else 1000)
    shown: list[dict[str, Any]] = []
    for name in names:
        openapi = {"openapi": fal.endpoints.openapi(name)} if expand else {}
        shown.append({"endpoint_id": name, "metadata": _metadata(name, request)} | openapi)
    return JSONResponse({"models": shown, **more})


def pricing(request: Request) -> Response:
    """``GET /models/pricing``: 1 to 50 endpoints; one that is unknown makes it a 404."""
    fal = world_of(request).fal
    wanted = listed(request, "endpoint_id", most=MOST_IDS)
    if not wanted:
        raise BadQuery("endpoint_id is required")
    unknown = [name for name in wanted if not fal.prices.known(name, fal.endpoints)]
    if unknown:
        return failed(404, "not_found", f"No pricing for {', '.join(unknown)}")
    prices = [
        {
            "endpoint_id": name,
            "unit_price": fal.prices[name].unit_price / 1_000_000,
            "unit": fal.prices[name].unit,
            "currency": "USD",
        }
        for name in wanted
    ]
    return JSONResponse({"prices": prices, "next_cursor": None, "has_more": False})


async def estimate(request: Request) -> Response:
    """``POST /models/pricing/estimate``: quantity × unit price, or × the average past call."""
    world, body = world_of(request), await request.json()
    kind, asked = body.get("estimate_type"), body.get("endpoints")
    quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}.get(kind)
    if quantity is None or not isinstance(asked, Mapping):
        raise BadQuery("estimate_type or endpoints is not valid")
    total = 0
    for name, wish in asked.items():
        if not world.fal.prices.known(name, world.fal.endpoints):
            return failed(404, "not_found", f"No pricing for {name}")
        unit_price = world.fal.prices[name].unit_price
        if kind == "historical_api_price":
            past = [item.amount for item in world.bill.charges if item.endpoint == name]
            unit_price = sum(past) // len(past) if past else unit_price
        total += cost(Decimal(str(wish[quantity])), unit_price)
    return JSONResponse({"estimate_type": kind, "total_cost": total / 1_000_000, "currency": "USD"})


def billing_events(request: Request) -> Response:
    """``GET /models/billing-events``: the truth about each request, newest first."""
    world = world_of(request)
    ids = listed(request, "request_id", most=MOST_IDS)
    names = listed(request, "endpoint_id", most=MOST_IDS)
    window, now = Window.of(request, world.clock.now()), world.clock.now()
    with world.lock:
        world.fal.queue.settle()
        found = [
            item
            for item in reversed(world.bill.charges)
            if (not ids or item.request_id in ids)
            and (not names or item.endpoint in names)
            and window.holds(item.at)
            and item.at + world.fal.account.bill_lag_seconds <= now
        ]
    told = [item for item in found for _ in range(1 + world.bill.shown_twice)]
    shown, more = page(request, told, default=50, most=10_000)
    return JSONResponse({"billing_events": [_event(item) for item in shown], **more})


def account(request: Request) -> Response:
    """``GET /account/billing``, with the credit when expanded."""
    fal = world_of(request).fal
    body: dict[str, Any] = {"username": fal.account.username}
    if "credits" in listed(request, "expand"):
        balance = fal.account.balance
        dollars = 1_000_000.0 if balance is None else max(0, balance) / 1_000_000
        body["credits"] = {"current_balance": dollars, "currency": "USD"}
    return JSONResponse(body)


def routes() -> list[Route]:
    """The routes below ``/platform/v1``."""
    top = "/platform/v1"
    return [
        Route(f"{top}/models", guarded(models, open_to_all=True)),
        Route(f"{top}/models/pricing", guarded(pricing)),
        Route(f"{top}/models/pricing/estimate", guarded(estimate), methods=["POST"]),
        Route(f"{top}/models/billing-events", guarded(billing_events)),
        Route(f"{top}/account/billing", guarded(account)),
    ]


def _category(name: str) -> str:
    return "image-to-image" if name.endswith(("image-to-image", "/edit")) else "text-to-image"


def _metadata(name: str, request: Request) -> dict[str, Any]:
    return {
        "display_name": name.removeprefix("fal-ai/"),
        "category": _category(name),
        "description": f"An emulated {name}",
        "status": "active",
        "tags": [],
        "updated_at": "2026-08-01T00:00:00Z",
        "is_favorited": False if request.headers.get("authorization") else None,
        "thumbnail_url": "",
        "model_url": f"https://fal.run/{name}",
        "date": "2026-08-01T00:00:00Z",
        "highlighted": False,
        "pinned": False,
    }


def _event(item: Charge) -> dict[str, Any]:
    dollars = item.amount / 1_000_000
    return {
        "request_id": item.request_id,
        "endpoint_id": item.endpoint,
        "timestamp": iso(item.at),
        "output_units": float(item.units),
        "unit_price": item.unit_price / 1_000_000,
        "percent_discount": None,
        "cost_subtotal": dollars,
        "cost_discount": 0,
        "cost_total": dollars,
        "cost_estimate_nano_usd": item.amount * 1000,
    }
