"""The queue host and the sync host of the emulated fal (providers.md §1.2 to §1.4)."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.emulator.fal_answers import (
    NO_FUNDS,
    WRONG_KEY,
    Answered,
    demand_key,
    nginx,
    own_failure,
    refused,
    suffer,
    world_of,
)
from tests.emulator.fal_request import FalRequest, State, prompt_of
from tests.emulator.transport import HangUp
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
    world = world_of(request)
    accepted, position, after = await _admit(request)
    await suffer(after)
    headers = {"x-fal-request-id": accepted.id}
    return JSONResponse(accepted.submit_body(world.base, position), headers=headers)


async def direct(request: Request) -> Response:
    """``POST /run/{endpoint}``, the sync host: no queue, 429 over the limit (§1.2)."""
    queue = world_of(request).fal.queue
    accepted, _, after = await _admit(request, direct=True)
    await suffer(after)
    while accepted.ended_at is None:
        await asyncio.sleep(_LOOK_SECONDS)
        queue.settle()
    return _outcome(accepted)


async def follow(request: Request) -> Response:
    """``GET`` after the submit: status, its stream and the result."""
    world, (root, request_id, what) = world_of(request), _parts(request)
    with world.lock:
        world.fal.queue.settle()
        item = world.fal.queue.find(request_id)
        if item is None or item.root != root:
            return refused(404, "Request not found")
        point = "status" if what.startswith("/status") else "result"
        rule = _draw(request, point, item.endpoint, item.body)
    if rule is not None and rule.kind == "expired":
        return refused(404, "Request not found")
    await suffer(rule, item.id)
    if what == "/status/stream":
        return StreamingResponse(_stream(request, item), media_type="text/event-stream")
    return _status(request, item) if point == "status" else _outcome(item)


async def cancel(request: Request) -> Response:
    """``PUT …/cancel``: remove what waits, ask what runs to stop (§1.9)."""
    world, (_, request_id, what) = world_of(request), _parts(request)
    if what != "/cancel":
        return refused(405, "Method Not Allowed")
    with world.lock:
        rule = world.trouble.draw("cancel", path=request.url.path, key=request_id)
        if rule is not None:
            return own_failure(rule.status or 500, rule, request_id)
        answer = world.fal.queue.cancel(request_id)
    return JSONResponse({"status": answer}, _CANCEL_STATUS[answer])


def routes() -> list[Route]:
    """The routes of both hosts, below ``/queue`` and ``/run``."""
    return [
        Route("/queue/{path:path}", submit, methods=["POST"]),
        Route("/queue/{path:path}", follow, methods=["GET"]),
        Route("/queue/{path:path}", cancel, methods=["PUT"]),
        Route("/run/{path:path}", direct, methods=["POST"]),
    ]


def _parts(request: Request) -> tuple[str, str, str]:
    """Root, request id and the rest of a path after the submit; needs the key."""
    demand_key(request)
    found = _AFTER_SUBMIT.fullmatch(request.path_params["path"])
    if found is None:
        raise Answered(refused(405, "Method Not Allowed"))
    return found["root"], found["id"], found["what"]


async def _admit(request: Request, *, direct: bool = False) -> tuple[FalRequest, int, Rule | None]:
    """Take a request on; returns it, its position, and what becomes of the answer.

    Raises:
        Answered: it was not taken on, or (``accepted``) nobody shall know that it was.
    """
    world, endpoint, body = world_of(request), request.path_params["path"], await _body(request)
    with world.lock:
        rule = _draw(request, "submit", endpoint, body)
        if rule is not None and not rule.accepted:
            raise Answered(_struck(rule))
        _examine(request, endpoint, direct=direct)
        accepted = world.fal.queue.accept(
            endpoint,
            body,
            low=request.headers.get("x-fal-queue-priority") == "low",
            start_timeout=_start_timeout(request),
            webhook=None if direct else request.query_params.get("fal_webhook"),
            direct=direct,
        )
        after = _draw(request, "accepted", endpoint, body)
        position = world.fal.queue.position(accepted)
    if rule is not None:
        raise Answered(_struck(rule))
    return accepted, position, after


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    except ClientDisconnect:  # it was cut off before it had arrived: nobody reads this
        raise Answered(refused(499, "The request was not complete.")) from None
    if not isinstance(body, dict):
        raise Answered(refused(422, "The body must be a JSON object."))
    return body


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


def _examine(request: Request, endpoint: str, *, direct: bool) -> None:
    """What really speaks against a submit: key, model, money, length of the queue."""
    demand_key(request)
    fal = world_of(request).fal
    if fal.endpoints.openapi(endpoint) is None:
        raise Answered(refused(404, f"Application '{endpoint}' not found"))
    fal.queue.settle()
    if fal.account.balance is not None and fal.account.balance <= 0:
        raise Answered(refused(403, NO_FUNDS))
    if direct and fal.queue.running >= fal.account.runners:
        raise Answered(refused(429, "Too many concurrent requests for this account."))
    asked = request.query_params.get("fal_max_queue_length")
    most = int(asked) if asked and asked.isdecimal() else fal.account.server_cap
    if not direct and most is not None and fal.queue.waiting >= most:
        raise Answered(refused(429, f"The queue is longer than {most} requests."))


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
    """The model's own answer, or 400 while there is none."""
    outcome, headers = item.outcome, {"x-fal-request-id": item.id}
    if outcome is None:
        return refused(400, "Request is still in progress", headers)
    return JSONResponse(outcome.body, outcome.status, headers=headers | dict(outcome.headers))
