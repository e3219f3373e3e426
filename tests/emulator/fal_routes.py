"""The queue host and the sync host of the emulated fal (providers.md §1.2 to §1.4)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.emulator.fal_answers import (
    NO_FUNDS,
    WRONG_KEY,
    before,
    key_problem,
    nginx,
    own_failure,
    refused,
    world_of,
)
from tests.emulator.fal_request import FalRequest, State, prompt_of
from tests.emulator.transport import HangUp, Silence
from tests.emulator.trouble import Rule

_LOOK_SECONDS = 0.01
_AFTER_SUBMIT = re.compile(
    r"(?P<root>.+)/requests/(?P<id>[^/]+?)(?P<what>|/response|/status|/status/stream|/cancel)"
)
_CANCEL_STATUS = {
    "OK": 200, "CANCELLATION_REQUESTED": 202, "ALREADY_COMPLETED": 400, "NOT_FOUND": 404,
}  # fmt: skip


async def submit(request: Request) -> Response:
    """``POST /queue/{endpoint}``: accept a request, unless something speaks against it."""
    world, endpoint = world_of(request), request.path_params["path"]
    body = await _body(request)
    if isinstance(body, Response):
        return body
    with world.lock:
        rule = _draw(request, "submit", endpoint, body)
        if rule is not None and not rule.accepted:
            return _struck(rule)
        refusal = _refusal(request, endpoint)
        if refusal is not None:
            return refusal
        accepted = world.fal.queue.accept(
            endpoint, body, low=request.headers.get("x-fal-queue-priority") == "low",
            start_timeout=_start_timeout(request), webhook=request.query_params.get("fal_webhook"),
        )  # fmt: skip
        after = _draw(request, "accepted", endpoint, body)
        position = world.fal.queue.position(accepted)
    if rule is not None:
        return _struck(rule)
    if after is not None and after.kind == "lost_answer":
        return HangUp()
    if after is not None:
        if after.seconds is None:
            return Silence()
        await asyncio.sleep(after.seconds)
    headers = {"x-fal-request-id": accepted.id}
    return JSONResponse(accepted.submit_body(world.base, position), headers=headers)


async def direct(request: Request) -> Response:
    """``POST /run/{endpoint}``, the sync host: no queue, 429 over the limit (§1.2)."""
    world, endpoint = world_of(request), request.path_params["path"]
    body = await _body(request)
    if isinstance(body, Response):
        return body
    with world.lock:
        rule = _draw(request, "submit", endpoint, body)
        if rule is not None and not rule.accepted:
            return _struck(rule)
        refusal = _refusal(request, endpoint)
        if refusal is not None:
            return refusal
        if world.fal.queue.running >= world.fal.account.runners:
            return refused(429, "Too many concurrent requests for this account.")
        accepted = world.fal.queue.accept(endpoint, body, direct=True)
        after = _draw(request, "accepted", endpoint, body)
    if rule is not None:
        return _struck(rule)
    if after is not None:
        return HangUp() if after.kind == "lost_answer" else Silence()
    while accepted.ended_at is None:
        await asyncio.sleep(_LOOK_SECONDS)
        world.fal.queue.settle()
    return _outcome(accepted)


async def follow(request: Request) -> Response:
    """Everything after the submit: status, its stream, the result and the cancelling."""
    found = _AFTER_SUBMIT.fullmatch(request.path_params["path"])
    if found is None:
        return refused(405, "Method Not Allowed")
    problem = key_problem(request)
    if problem is not None:
        return problem
    world, what = world_of(request), found["what"]
    world.fal.queue.settle()
    if request.method == "PUT":
        return _cancel(request, found["id"]) if what == "/cancel" else refused(405, "Not allowed")
    with world.lock:
        item = world.fal.queue.find(found["id"])
        if item is None or item.root != found["root"]:
            return refused(404, "Request not found")
        point = "status" if what.startswith("/status") else "result"
        rule = _draw(request, point, item.endpoint, item.body)
    if rule is not None and rule.kind == "expired":
        return refused(404, "Request not found")
    trouble = await before(rule, item.id) if rule is not None else None
    if trouble is not None:
        return trouble
    if what == "/status":
        return _status(request, item)
    if what == "/status/stream":
        return StreamingResponse(_stream(request, item), media_type="text/event-stream")
    if item.ended_at is None:
        headers = {"x-fal-request-id": item.id}
        return refused(400, "Request is still in progress", headers)
    return _outcome(item)


def routes() -> list[Route]:
    """The routes of both hosts, below ``/queue`` and ``/run``."""
    return [
        Route("/queue/{path:path}", submit, methods=["POST"]),
        Route("/queue/{path:path}", follow, methods=["GET", "PUT"]),
        Route("/run/{path:path}", direct, methods=["POST"]),
    ]


async def _body(request: Request) -> dict[str, Any] | Response:
    try:
        body = await request.json()
    except ValueError:
        return refused(422, "The body is not JSON.")
    return body if isinstance(body, dict) else refused(422, "The body is not an object.")


def _draw(request: Request, point: str, endpoint: str, body: dict[str, Any]) -> Rule | None:
    key = json.dumps([endpoint, body], sort_keys=True)
    path, prompt = request.url.path, prompt_of(body)
    return world_of(request).trouble.draw(
        point, endpoint=endpoint, prompt=prompt, path=path, key=key
    )


def _struck(rule: Rule) -> Response:
    """What is answered where a submit goes wrong; ids of refusals are of nothing."""
    request_id = str(uuid.UUID(int=rule.hits, version=4))
    if rule.kind == "drop":
        return HangUp()
    if rule.kind == "gateway":
        return nginx(rule.status or 502)
    if rule.kind == "wrong_key":
        return refused(401, rule.message or WRONG_KEY)
    if rule.kind == "exhausted":
        return refused(403, rule.message or NO_FUNDS)
    if rule.kind == "busy":
        after = {} if rule.retry_after is None else {"retry-after": f"{rule.retry_after:g}"}
        return refused(429, rule.message or "Too many requests. Please try again later.", after)
    return own_failure(
        rule.status or (503 if rule.kind == "unavailable" else 500), rule, request_id
    )


def _refusal(request: Request, endpoint: str) -> Response | None:
    """What really speaks against a submit: key, model, money, length of the queue."""
    problem = key_problem(request)
    if problem is not None:
        return problem
    fal = world_of(request).fal
    if fal.endpoints.openapi(endpoint) is None:
        return refused(404, f"Application '{endpoint}' not found")
    if fal.account.balance is not None:
        fal.queue.settle()
        if fal.account.balance <= 0:
            return refused(403, NO_FUNDS)
    asked = request.query_params.get("fal_max_queue_length")
    most = int(asked) if asked and asked.isdecimal() else fal.account.server_cap
    if most is not None and fal.queue.waiting >= most:
        return refused(429, f"The queue is longer than {most} requests.")
    return None


def _start_timeout(request: Request) -> float | None:
    """Seconds to start within; the new header wins over the old one (§1.3)."""
    for name in ("x-fal-request-start-timeout", "x-fal-request-timeout"):
        try:
            return float(request.headers[name])
        except (KeyError, ValueError):
            continue
    return None


def _status(request: Request, item: FalRequest) -> Response:
    body = _status_body(request, item)
    headers = {"x-fal-request-id": item.id}
    return JSONResponse(body, 200 if body["status"] == "COMPLETED" else 202, headers=headers)


def _status_body(request: Request, item: FalRequest) -> dict[str, Any]:
    world = world_of(request)
    logs = request.query_params.get("logs", "").lower() in {"1", "true"}
    with world.lock:
        world.fal.queue.settle()
        return item.status_body(world.base, world.fal.queue.position(item), logs=logs)


async def _stream(request: Request, item: FalRequest) -> AsyncIterator[str]:
    """Server-sent events: one for every change, until the request is complete."""
    last: dict[str, Any] = {}
    while last.get("status") != State.DONE.value:
        body = _status_body(request, item)
        if body != last:
            yield f"data: {json.dumps(body)}\n\n"
        else:
            await asyncio.sleep(_LOOK_SECONDS)
        last = body


def _outcome(item: FalRequest) -> Response:
    outcome = item.outcome
    if outcome is None:
        return refused(500, "The run left nothing behind.")
    headers = {"x-fal-request-id": item.id, **outcome.headers}
    return JSONResponse(outcome.body, outcome.status, headers=headers)


def _cancel(request: Request, request_id: str) -> Response:
    world = world_of(request)
    with world.lock:
        rule = world.trouble.draw("cancel", path=request.url.path, key=request_id)
        if rule is not None:
            return own_failure(rule.status or 500, rule, request_id)
        answer = world.fal.queue.cancel(request_id)
    return JSONResponse({"status": answer}, _CANCEL_STATUS[answer])
