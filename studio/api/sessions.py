"""Signing in and out: a signed cookie that guards the pages and our own routes alike."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from studio.access import SESSION_SECONDS
from studio.api.guards import same_origin
from studio.container import runtime

router = APIRouter(prefix="/auth", tags=["auth"], dependencies=[Depends(same_origin)])


class Credentials(BaseModel):
    """What the sign-in form sends."""

    password: str


@router.post("/login", status_code=204)
def login(credentials: Credentials, request: Request, response: Response) -> None:
    """Set the session cookie for the right password."""
    access = runtime().access
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(
        access.cookie_name,
        access.open_session(credentials.password, request.client.host if request.client else ""),
        max_age=SESSION_SECONDS,
        httponly=True,
        secure=secure,
        samesite="lax",
        path="/",
    )


@router.post("/logout", status_code=204)
def logout(response: Response) -> None:
    """Forget the session cookie."""
    response.delete_cookie(runtime().access.cookie_name, path="/")
