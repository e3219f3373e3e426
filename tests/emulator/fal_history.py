"""The request history of the emulated fal, by which a lost request can be found (§1.8, §1.9)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.fal_answers import world_of
from tests.emulator.fal_pages import BadQuery, Window, listed, page
from tests.emulator.fal_platform import MOST_IDS, guarded
from tests.emulator.fal_request import FalRequest, iso
from tests.emulator.world import World

_STATUSES = {"success": range(200, 300), "user_error": range(400, 500), "error": range(500, 600)}
_SORTS = {"ended_at", "duration"}


def by_endpoint(request: Request) -> Response:
    """``GET /models/requests/by-endpoint``: started requests, newest end first."""
    world, query = world_of(request), request.query_params
    names = listed(request, "endpoint_id", most=MOST_IDS)
    only, status = query.get("request_id"), query.get("status")
    sort = query.get("sort_by", "ended_at")
    if not names:
        raise BadQuery("endpoint_id is required")
    if status is not None and status not in _STATUSES:
        raise BadQuery("status must be success, error or user_error")
    if sort not in _SORTS:
        raise BadQuery("sort_by must be ended_at or duration")
    window = Window.of(request, world.clock.now(), days=90 if only else 1)
    found = [
        item
        for item in _visible(world)
        if item.endpoint in names
        and window.holds(item.sent_at)
        and only in {None, item.id}
        and (status is None or _code(item) in _STATUSES[status])
    ]
    order = _by_end if sort == "ended_at" else _by_duration
    shown, more = page(request, sorted(found, key=order, reverse=True), default=50, most=100)
    payloads = "payloads" in listed(request, "expand") and world.fal.account.keeps_payloads
    return JSONResponse({"items": [_item(item, payloads=payloads) for item in shown], **more})


def search(request: Request) -> Response:
    """``GET /models/requests/search``: newest first, by words of the prompt."""
    world, query = world_of(request), request.query_params
    names = listed(request, "endpoint_id", most=MOST_IDS) or listed(request, "endpoint")
    words = query.get("query", "").casefold().split()
    found = [
        item
        for item in _visible(world)
        if (not names or item.endpoint in names)
        and all(word in item.prompt.casefold() for word in words)
    ]
    found.sort(key=lambda item: item.number, reverse=True)
    shown, more = page(request, found, default=50, most=100)
    return JSONResponse({"results": [_item(item, payloads=True) for item in shown], **more})


def routes() -> list[Route]:
    """The routes below ``/platform/v1``."""
    top = "/platform/v1/models/requests"
    return [
        Route(f"{top}/by-endpoint", guarded(by_endpoint)),
        Route(f"{top}/search", guarded(search)),
    ]


def _visible(world: World) -> list[FalRequest]:
    """What the lists show by now: not what waits, and everything a while later (§8.2)."""
    account, now = world.fal.account, world.clock.now()
    with world.lock:
        world.fal.queue.settle()
        found = []
        for item in world.fal.queue.requests.values():
            since = item.sent_at if account.list_queued else item.started_at
            if since is not None and since + account.list_lag_seconds <= now:
                found.append(item)
        return found


def _item(item: FalRequest, *, payloads: bool) -> dict[str, Any]:
    ended = item.ended_at
    body: dict[str, Any] = {
        "request_id": item.id,
        "endpoint_id": item.endpoint,
        "sent_at": iso(item.sent_at),
        "started_at": iso(item.started_at or item.sent_at),
        "ended_at": None if ended is None else iso(ended),
        "status_code": _code(item),
        "duration": None if ended is None else round(ended - item.sent_at, 6),
    }
    if payloads:
        body["json_input"] = item.body
        if item.outcome is not None and not item.body.get("sync_mode"):
            body["json_output"] = item.outcome.body
    return body


def _code(item: FalRequest) -> int | None:
    return None if item.outcome is None else item.outcome.status


def _by_end(item: FalRequest) -> tuple[float, int]:
    return (item.ended_at or float("inf"), item.number)


def _by_duration(item: FalRequest) -> tuple[float, int]:
    return ((item.ended_at or item.sent_at) - item.sent_at, item.number)
