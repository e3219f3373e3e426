"""The web application of the emulator: every route, and a note of every request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import cache

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.emulator import control, fal_history, fal_platform, fal_routes, fal_storage
from tests.emulator.fal_answers import Answered, answered
from tests.emulator.files import serve_file
from tests.emulator.world import Seen, World

_TICK_SECONDS = 0.01


def build(world: World) -> Starlette:
    """The application over one world."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(world))
        yield
        ticking.cancel()
        await asyncio.wait([ticking])

    app = Starlette(
        routes=[
            *fal_routes.routes(),
            *fal_platform.routes(),
            *fal_history.routes(),
            *fal_storage.routes(),
            *control.routes(),
            Route("/files/{path:path}", serve_file),
        ],
        lifespan=lifespan,
        exception_handlers={Answered: answered},
    )
    app.state.world = world
    app.add_middleware(Recorder, world=world)
    return app


class Recorder:
    """Notes every request as it arrives, and the status it is answered with."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the request and pass it on."""
        if scope["type"] != "http" or scope["path"].startswith("/_emulator"):
            await self._app(scope, receive, send)
            return
        note = self._note(scope)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
                date = formatdate(self._world.clock.now(), usegmt=True).encode()
                message["headers"] = [*message.get("headers", []), (b"date", date)]
                self._world.note()
            await send(message)

        await self._app(scope, receive, noting)

    def _note(self, scope: Scope) -> Seen:
        headers = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name != b"authorization"
        }
        query, now = scope["query_string"].decode("latin-1"), self._world.clock.now()
        note = Seen(now, scope["method"], scope["path"], query, headers)
        with self._world.lock:
            self._world.seen.append(note)
            self._world.note()
        return note


@cache
def _trust() -> ssl.SSLContext:
    """Reading the authorities takes longer than starting the server: once is enough."""
    return ssl.create_default_context()


async def _tick(world: World) -> None:
    """Let time pass where nobody asks, and deliver the webhooks that become due."""
    async with (
        httpx.AsyncClient(trust_env=False, verify=_trust()) as client,
        asyncio.TaskGroup() as deliveries,
    ):
        while True:
            world.fal.queue.settle()
            for request in world.fal.webhooks.take():
                deliveries.create_task(world.fal.webhooks.deliver(request, client))
            await asyncio.sleep(_TICK_SECONDS)
