"""Answers that are no success: fal's own, those of the proxy before it, and none at all (§1.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tests.emulator.transport import HangUp, Silence
from tests.emulator.trouble import Rule
from tests.emulator.world import World

NO_FUNDS = (
    "User is locked. Reason: Exhausted balance. "
    "Top up your balance at fal.ai/dashboard/billing."
)  # fmt: skip
NO_KEY = "Authentication is required to access this application."
WRONG_KEY = "Cannot access application: no user found for this key id and secret."
_NGINX = (
    "<html>\r\n<head><title>{status} {name}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {name}</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)
_PROXY = {502: "Bad Gateway", 504: "Gateway Time-out"}


class Answered(Exception):
    """A request needs no further thought: this is the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def answered(request: Request, error: Exception) -> Response:
    """The answer that was decided on, for the application's table of exceptions."""
    if not isinstance(error, Answered):
        raise error
    return error.response


def world_of(request: Request) -> World:
    """The world that a request arrived in."""
    world: World = request.app.state.world
    return world


def refused(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A refusal with a plain text."""
    return JSONResponse({"detail": detail}, status, headers=dict(headers or {}))


def demand_key(request: Request) -> None:
    """401 unless the right key came in ``Authorization: Key …`` (§1.1).

    Raises:
        Answered: it did not.
    """
    given = request.headers.get("authorization", "")
    if given != f"Key {world_of(request).fal.account.key}":
        raise Answered(refused(401, WRONG_KEY if given else NO_KEY))


def nginx(status: int) -> HTMLResponse:
    """What a proxy says when fal does not answer it: HTML, no request id."""
    name = _PROXY.get(status, "Service Temporarily Unavailable")
    return HTMLResponse(_NGINX.format(status=status, name=name), status)


def own_failure(status: int, rule: Rule, request_id: str = "") -> Response:
    """A failure of a route: fal's own words, or the proxy's for 502 and 504."""
    if status in _PROXY:
        return nginx(status)
    kind = rule.error_type or ("runner_scheduling_failure" if status == 503 else "internal_error")
    headers = {"x-fal-request-id": request_id} if request_id else {}
    if rule.retry_after is not None:
        headers["retry-after"] = f"{rule.retry_after:g}"
    body = {"detail": rule.message or "Something went wrong on our side", "error_type": kind}
    return JSONResponse(body, status, headers=headers | {"x-fal-error-type": kind})


async def suffer(rule: Rule | None, request_id: str = "") -> None:
    """Let trouble have its way with an answer; after a mere pause the answer may go out.

    Raises:
        Answered: with something else, or with nothing.
    """
    if rule is None:
        return
    if rule.kind in {"lost_answer", "status_drop", "platform_drop"}:
        raise Answered(HangUp())
    if rule.kind in {"stall", "status_stall"}:
        if rule.seconds is None:
            raise Answered(Silence())
        await asyncio.sleep(rule.seconds)
        return
    raise Answered(own_failure(rule.status or 500, rule, request_id))
