"""Who may call a route: the same rule as for the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from studio.access import NoSignIn, SignIn
from studio.container import Studio, runtime
from studio.errors import AccessDenied


def open_pages(request: Request) -> Studio:
    """Let through whoever may see the pages: everybody where nothing is asked, else a signed-in
    visitor or the bearer of the API's token.

    Raises:
        AccessDenied: nobody of these.
    """
    studio = runtime()
    sign_in: SignIn = getattr(request.app.state, "sign_in", NoSignIn())
    if studio.access.admits(request.cookies, sign_in):
        return studio
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and studio.access.valid_token(token):
        return studio
    raise AccessDenied("This is only for people who are signed in.", "Open the app and sign in.")


def same_origin(request: Request) -> None:
    """Refuse calls that a page of another site makes in a visitor's browser.

    Browsers say so themselves on https and on localhost; elsewhere the origin is compared.

    Raises:
        AccessDenied: the browser names another origin.
    """
    if request.headers.get("sec-fetch-site") == "same-origin":
        return
    origin = request.headers.get("origin")
    public = runtime().settings.studio_public_url
    ours = {request.headers.get("host"), urlsplit(public).netloc if public else None}
    if origin and urlsplit(origin).netloc not in ours:
        raise AccessDenied("This request came from another site.", "Open the app itself.")
