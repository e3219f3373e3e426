"""Puts the API together: one FastAPI application, its error format, its life with the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.routing import BaseRoute, Mount

from studio.access import NoSignIn, SignIn
from studio.api import files, health, hooks, sessions
from studio.container import close_runtime, runtime
from studio.container.process import slot
from studio.errors import StudioError

log = structlog.get_logger("studio.api")


def create_api(sign_in: SignIn | None = None) -> FastAPI:
    """The application that is mounted under ``/api``; ``sign_in`` knows visitors by name."""
    api = FastAPI(title="Image Studio", docs_url="/docs", redoc_url=None)
    api.state.sign_in = sign_in or NoSignIn()
    for part in (sessions.router, files.router, health.router, hooks.router):
        api.include_router(part)
    api.add_exception_handler(StudioError, _problem)
    return api


def routes(sign_in: SignIn | None = None) -> list[BaseRoute]:
    """The routes that ``st.App`` serves beside the pages, with the pages' way of signing in."""
    return [Mount("/api", app=create_api(sign_in))]


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Open the studio before the first visitor, close it cleanly with the server."""
    runtime()
    slot().routes = True
    try:
        yield
    finally:
        close_runtime()


async def _problem(request: Request, error: Exception) -> JSONResponse:
    """RFC 9457 problem details for every error of ours."""
    if not isinstance(error, StudioError):
        raise error
    status = HTTPStatus(error.http_status)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": str(error),
        "code": error.code,
        "next_step": error.next_step,
    }
    return JSONResponse(body, status, media_type="application/problem+json")
