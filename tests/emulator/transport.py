"""Connections that break on purpose: closed without an answer, or in the middle of one."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT = "emulator.transport"


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 whose requests carry the transport they came over, so that it can be closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the parent
        """Hand the transport to every request of this connection."""
        super().connection_made(transport)
        inner = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope[_TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = with_transport


async def gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    message: Message = {"type": ""}
    while message["type"] != "http.disconnect":
        message = await receive()


class HangUp(Response):
    """No answer at all: the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close, and wait until it is closed."""
        scope[_TRANSPORT].close()
        await gone(receive)


class Silence(Response):
    """No answer at all: the connection stays open until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait until the client has gone."""
        await gone(receive)


class CutOff(Response):
    """The headers promise everything, half arrives, the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half, then close."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        scope[_TRANSPORT].close()
        await gone(receive)
