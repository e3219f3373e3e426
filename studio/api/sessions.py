"""Signing in and out: a signed cookie that guards the pages and our own routes alike."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from studio.access import COOKIE_NAME, SESSION_SECONDS
from studio.api.guards import open_pages, same_origin
from studio.container import runtime

router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(same_origin)])


class Credentials(BaseModel):
    """What the sign-in form sends."""

    password: str


@router.post("/login", status_code=204)
def login(credentials: Credentials, request: Request, response: Response) -> None:
    """Set the session cookie for the right password."""
    client = request.client.host if request.client else ""
    value = runtime().access.open_session(credentials.password, client)
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(
        COOKIE_NAME,
        value,
        max_age=SESSION_SECONDS,
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
    )
    if "session" in request.scope:  # Streamlit's cookie: some hosts forward that one alone
        request.session[COOKIE_NAME] = value


@router.get("/session", status_code=204, dependencies=[Depends(open_pages)])
def session() -> None:
    """Whether this browser is signed in: it is how the pages learn that routes arrive here."""


@router.post("/logout", status_code=204)
def logout(request: Request, response: Response) -> None:
    """Forget the session cookie."""
    response.delete_cookie(COOKIE_NAME, path="/")
    if "session" in request.scope:
        request.session.pop(COOKIE_NAME, None)
