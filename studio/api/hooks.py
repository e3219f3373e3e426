"""Webhooks of providers: an unguessable address and a signature let in, and no password is asked.

The message is bounded, never kept, and never answered with a redirect.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect

from studio.api.guards import same_origin
from studio.container import runtime
from studio.webhooks import Answer

MOST_BYTES = 2 * 1024 * 1024
"""A message that is larger goes unread: the studio asks for the status anyway."""
BODY_SECONDS = 10.0

router = APIRouter(tags=["webhooks"], dependencies=[Depends(same_origin)])


class _Said(NamedTuple):
    status: int
    title: str
    detail: str
    next_step: str


_WORDS = {
    Answer.NOT_FOUND: _Said(
        404, "Not Found", "Nobody gave out this address.", "Use the address as it was given."
    ),
    Answer.FORGED: _Said(
        401, "Unauthorized", "The signature is not right, or too old.", "Send it signed, at once."
    ),
    Answer.TOO_MANY: _Said(
        429, "Too Many Requests", "Too many of these.", "Wait a minute, then send it again."
    ),
    Answer.LATER: _Said(
        503, "Service Unavailable", "It cannot be checked now.", "Send it again later."
    ),
}
_TOO_LARGE = _Said(
    413, "Content Too Large", f"More than {MOST_BYTES} bytes are not read.", "Send less."
)
_TOO_SLOW = _Said(408, "Request Timeout", "The message did not arrive in time.", "Send it again.")


@router.post("/webhooks/{provider}/", include_in_schema=False)  # else it would be a redirect
@router.post("/webhooks/{provider}")
async def webhook(
    provider: str, request: Request, job: str = "", attempt: str = "", tag: str = ""
) -> Response:
    """A provider tells that a request has ended. The studio then looks at it itself."""
    webhooks = runtime().webhooks
    client = request.client.host if request.client else ""
    target = await asyncio.to_thread(webhooks.target, provider, job, attempt, tag, client)
    if isinstance(target, Answer):
        return _problem(target.value, _WORDS[target])
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await _body(request)
    except (TimeoutError, ClientDisconnect):
        return _problem("too_slow", _TOO_SLOW)
    if body is None:
        return _problem("too_large", _TOO_LARGE)
    answer = await webhooks.receive(target, request.headers, body)
    if answer is not Answer.ACCEPTED:
        return _problem(answer.value, _WORDS[answer])
    return JSONResponse({"status": "accepted"})


async def _body(request: Request) -> bytes | None:
    """The message; ``None`` where it is too large, which is noticed before it is read where it
    says so itself.
    """
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:20]) > MOST_BYTES:
        return None
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _problem(code: str, said: _Said) -> JSONResponse:
    """RFC 9457 problem details, as for every error of ours."""
    body = {
        "type": "about:blank",
        "title": said.title,
        "status": said.status,
        "detail": f"{said.detail} {said.next_step}",
        "code": code,
        "next_step": said.next_step,
    }
    return JSONResponse(body, said.status, media_type="application/problem+json")
