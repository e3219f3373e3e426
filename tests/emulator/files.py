"""The files an emulator hands out: pictures it made and uploads it was given (``/files/…``)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from tests.emulator.pictures import Recipe, draw
from tests.emulator.transport import CutOff

if TYPE_CHECKING:
    from tests.emulator.trouble import Rule
    from tests.emulator.world import World

_PAGE = "<!DOCTYPE html><html><body><h1>Sign in to continue</h1></body></html>"
_DRIPS = 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file: its bytes, or how to make them when somebody asks."""

    content: bytes | Recipe
    media_type: str
    endpoint: str = ""
    prompt: str = ""

    def read(self) -> bytes:
        """The bytes."""
        return self.content if isinstance(self.content, bytes) else draw(self.content)


class FileStore:
    """Files by their path below ``/files/``."""

    def __init__(self) -> None:
        self._files: dict[str, Stored] = {}

    def put(self, path: str, file: Stored) -> str:
        """Keep a file; returns its path on the server."""
        self._files[path] = file
        return f"/files/{path}"

    def get(self, path: str) -> Stored | None:
        """The file at a path below ``/files/``, or ``None``."""
        return self._files.get(path)

    def clear(self) -> None:
        """Forget every file."""
        self._files.clear()

    def __len__(self) -> int:
        return len(self._files)


async def serve_file(request: Request) -> Response:
    """``GET /files/{path}``, with the trouble that is set for pictures."""
    world: World = request.app.state.world
    path = request.path_params["path"]
    file = world.files.get(path)
    if file is None:
        return PlainTextResponse("Not found", 404)
    with world.lock:
        rule = world.trouble.draw(
            "picture", endpoint=file.endpoint, prompt=file.prompt, path=path, key=file.prompt
        )
    if rule is not None and rule.kind in {"picture_missing", "picture_fails"}:
        status = rule.status or (404 if rule.kind == "picture_missing" else 500)
        return PlainTextResponse(rule.message or "No file for you", status)
    data = await run_in_threadpool(file.read)
    if rule is not None:
        return _in_trouble(rule, data, file.media_type)
    return Response(data, media_type=file.media_type)


def _in_trouble(rule: Rule, data: bytes, media_type: str) -> Response:
    if rule.kind == "picture_html":
        return HTMLResponse(rule.message or _PAGE)
    if rule.kind == "picture_truncated":
        return Response(data[: len(data) // 2], media_type=media_type)
    if rule.kind == "picture_cut":
        return CutOff(data, media_type=media_type)
    headers = {"content-length": str(len(data))}
    drip = _drip(data, rule.seconds or 1.0)
    return StreamingResponse(drip, media_type=media_type, headers=headers)


async def _drip(data: bytes, seconds: float) -> AsyncIterator[bytes]:
    step = max(1, -(-len(data) // _DRIPS))
    for start in range(0, len(data), step):
        yield data[start : start + step]
        await asyncio.sleep(seconds / _DRIPS)
