"""A small OpenID Connect provider on loopback: discovery, one page of buttons, signed tokens.

Run as ``python -m tests.browser.oidc PORT``. Everybody on its page may be chosen; nothing is asked.
"""

from __future__ import annotations

import html
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from subprocess import DEVNULL, Popen
from typing import Any
from urllib.parse import urlencode

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.browser.served import ROOT, START_SECONDS, free_port

CLIENT_ID, CLIENT_SECRET = "studio", "client-s3cret"
PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {"email": "ada@studio.example", "email_verified": True, "name": "Ada"},
    "eve": {"email": "eve@elsewhere.example", "email_verified": True, "name": "Eve"},
    "mal": {"email": "ada@studio.example", "email_verified": False, "name": "Mallory"},
}


@dataclass(frozen=True)
class Provider:
    """The provider's state: its key, and the codes it gave out."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def discovery(self, request: Request) -> Response:
        """What the provider can do, and where."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def authorize(self, request: Request) -> Response:
        """A button for each person; the choice goes back with a code."""
        asked = dict(request.query_params)
        if asked.get("client_id") != CLIENT_ID or "openid" not in asked.get("scope", ""):
            return Response("unknown client or scope", 400)
        links = []
        for person, claims in PEOPLE.items():
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked | {"person": person}
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            links.append(f"<p><a href='{html.escape(back)}'>{claims['name']}</a></p>")
        return HTMLResponse(f"<h1>Who are you?</h1>{''.join(links)}")

    async def token(self, request: Request) -> Response:
        """An identity token for a code, once."""
        async with request.form() as form:
            asked = self.codes.pop(str(form.get("code")), None)
            same = asked is not None and form.get("redirect_uri") == asked["redirect_uri"]
            proven = bool(form.get("code_verifier"))
        if asked is None or not same or not proven:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": asked["person"], "iat": now,
            "exp": now + 600, "nonce": asked.get("nonce"), **PEOPLE[asked["person"]],
        }  # fmt: skip
        return JSONResponse(
            {
                "access_token": f"access-{asked['person']}",
                "token_type": "Bearer",
                "expires_in": 600,
                "id_token": jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key),
            }
        )

    def jwks(self, request: Request) -> Response:
        """The public half of the key."""
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    def userinfo(self, request: Request) -> Response:
        """Who the bearer of an access token is."""
        person = request.headers.get("authorization", "").removeprefix("Bearer access-")
        found = PEOPLE.get(person)
        return JSONResponse(found | {"sub": person}) if found else Response(status_code=401)

    def end(self, request: Request) -> Response:
        """Sign out here too, and go back."""
        return RedirectResponse(request.query_params["post_logout_redirect_uri"])

    def app(self) -> Starlette:
        """The provider over HTTP."""
        known = {
            "/.well-known/openid-configuration": self.discovery,
            "/authorize": self.authorize,
            "/jwks": self.jwks,
            "/userinfo": self.userinfo,
            "/end": self.end,
        }
        routes = [Route(path, endpoint) for path, endpoint in known.items()]
        return Starlette(routes=[*routes, Route("/token", self.token, methods=["POST"])])


@contextmanager
def oidc() -> Iterator[str]:
    """A running provider; gives its address, ends it, and only it, at the end."""
    port = free_port()
    process = Popen(
        [sys.executable, "-m", "tests.browser.oidc", str(port)],
        cwd=ROOT, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
    )  # fmt: skip
    issuer = f"http://127.0.0.1:{port}"
    try:
        _wait(issuer, process)
        yield issuer
    finally:
        process.terminate()
        process.wait()


def _wait(issuer: str, process: Popen[bytes]) -> None:
    transport = httpx.HTTPTransport(retries=0)
    end = time.monotonic() + START_SECONDS
    with httpx.Client(transport=transport) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                client.get(f"{issuer}/jwks").raise_for_status()
            except httpx.HTTPError:
                continue
            return
    raise AssertionError("The identity provider did not start.")


def secrets_toml(issuer: str, app: str, *, cookie_secret: str = "k" * 40) -> str:
    """The section ``[auth]`` that joins the app at an address to the provider."""
    return (
        f'[auth]\nredirect_uri = "{app}/oauth2callback"\ncookie_secret = "{cookie_secret}"\n'
        f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
        f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
    )


if __name__ == "__main__":
    address = int(sys.argv[1])
    provider = Provider(f"http://127.0.0.1:{address}")
    uvicorn.run(provider.app(), host="127.0.0.1", port=address, log_level="warning")
