"""Uploads and keys of the emulated fal: its REST host and its CDN (providers.md §1.5, §1.6)."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.fal_answers import Answered, demand_key, own_failure, refused, world_of
from tests.emulator.fal_request import iso
from tests.emulator.files import Stored
from tests.emulator.world import World

_TOKEN_SECONDS = 3600.0


async def token(request: Request) -> Response:
    """``POST /rest/storage/auth/token``: a pass for the CDN."""
    demand_key(request)
    _trouble(request)
    world = world_of(request)
    body = {
        "token": _token_of(world),
        "token_type": "Bearer",
        "base_url": f"{world.base}/cdn",
        "expires_at": iso(world.clock.now() + _TOKEN_SECONDS),
    }
    return JSONResponse(body)


async def upload(request: Request) -> Response:
    """``POST /cdn/files/upload``: raw bytes in, address out."""
    world = world_of(request)
    data = await request.body()
    if request.headers.get("authorization") != f"Bearer {_token_of(world)}":
        return refused(401, "Invalid token")
    _trouble(request)
    name = request.headers.get("x-fal-file-name") or "upload.bin"
    path = _keep(world, data, name, request.headers.get("content-type"))
    return JSONResponse({"access_url": world.base + path})


async def initiate(request: Request) -> Response:
    """``POST /rest/storage/upload/initiate``: the older way, in two steps."""
    demand_key(request)
    _trouble(request)
    world, wish = world_of(request), await request.json()
    place = f"{secrets.token_hex(8)}/{_plain(wish.get('file_name') or 'upload.bin')}"
    body: dict[str, Any] = {
        "upload_url": f"{world.base}/storage/{place}",
        "file_url": f"{world.base}/files/uploads/{place}",
    }
    return JSONResponse(body)


async def put(request: Request) -> Response:
    """``PUT`` of the bytes to the address that :func:`initiate` gave."""
    world, data = world_of(request), await request.body()
    _trouble(request)
    kind = request.headers.get("content-type") or "application/octet-stream"
    world.files.put(f"uploads/{request.path_params['path']}", Stored(data, kind))
    world.fal.uploads += 1
    return Response(status_code=200)


async def jwks(request: Request) -> Response:
    """``GET /rest/.well-known/jwks.json``."""
    return JSONResponse(world_of(request).fal.webhooks.jwks())


def routes() -> list[Route]:
    """The routes of the REST host and of the CDN."""
    return [
        Route("/rest/storage/auth/token", token, methods=["POST"]),
        Route("/rest/storage/upload/initiate", initiate, methods=["POST"]),
        Route("/rest/.well-known/jwks.json", jwks),
        Route("/cdn/files/upload", upload, methods=["POST"]),
        Route("/storage/{path:path}", put, methods=["PUT"]),
    ]


def _token_of(world: World) -> str:
    return hashlib.sha256(world.fal.account.key.encode("utf-8")).hexdigest()


def _trouble(request: Request) -> None:
    world = world_of(request)
    with world.lock:
        rule = world.trouble.draw("upload", path=request.url.path, key=request.url.path)
    if rule is not None:
        raise Answered(own_failure(rule.status or 500, rule))


def _keep(world: World, data: bytes, name: str, kind: str | None) -> str:
    digest = hashlib.sha256(data).hexdigest()[:16]
    stored = Stored(data, kind or "application/octet-stream")
    with world.lock:
        world.fal.uploads += 1
        return world.files.put(f"uploads/{digest}-{world.fal.uploads}/{_plain(name)}", stored)


def _plain(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name) or "file"
