"""Who somebody is, by an identity provider: Streamlit's ``st.login`` seen from pages and routes."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from studio.access import Visitor
from studio.errors import BadSetting

DEFAULT = "default"
CALLBACK = "/oauth2callback"
SHORTEST_SECRET = 16
NEEDED = ("client_id", "client_secret", "server_metadata_url")
KNOWN = {
    "google.com": "Google",
    "microsoftonline.com": "Microsoft",
    "okta.com": "Okta",
    "auth0.com": "Auth0",
    "gitlab.com": "GitLab",
}
MEND = "Correct the section [auth] of the secrets, then restart the app."


@dataclass(frozen=True, slots=True)
class LoginProvider:
    """One identity provider of the section ``[auth]``."""

    name: str
    label: str
    """What people call it; empty where nothing is known."""
    missing: tuple[str, ...]
    """Keys that its section lacks."""


class Identity:
    """Tells our own routes who sent a request, by the cookie that ``st.login`` signed."""

    @property
    def required(self) -> bool:
        """Whether the secrets have a section ``[auth]``, or cannot be read at all."""
        return _auth() is not None

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Who sent these cookies; ``None`` unless ``st.login`` signed them for this app.

        Streamlit's own functions read them, so that pages and routes can never disagree.
        """
        auth = _auth() or {}
        if _secret_problem(auth) is not None:
            return None
        from streamlit.auth_util import get_cookie_with_chunks
        from streamlit.web.server.server_util import AUTH_COOKIE_NAME
        from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

        def opened(name: str) -> bytes | None:
            return decode_signed_value(auth["cookie_secret"], name, cookies.get(name, ""))

        signed = get_cookie_with_chunks(opened, AUTH_COOKIE_NAME)
        claims = json.loads(signed) if signed else {}
        here = claims.get("origin") == home(auth)
        return _visitor(claims) if here and claims.get("is_logged_in") is True else None


def signed_in() -> Visitor | None:
    """Who looks at this page, as ``st.user`` knows; ``None`` for a stranger."""
    auth = _auth()
    if auth is None or _secret_problem(auth) is not None:
        return None
    claims = dict(st.user)
    return _visitor(claims) if claims.get("is_logged_in") is True else None


def providers() -> list[LoginProvider]:
    """The identity providers to choose from, in the order of the secrets."""
    auth = _auth() or {}
    named = {
        name: section
        for name, section in auth.items()
        if isinstance(section, Mapping) and set(section) & set(NEEDED)
    }
    whole = {DEFAULT: auth} if set(auth) & set(NEEDED) else {}
    return [
        LoginProvider(name, _label(name, section), tuple(_missing(section)))
        for name, section in (whole | named).items()
    ]


def problem() -> BadSetting | None:
    """Why nobody can sign in by an identity provider although one is set up."""
    auth = _auth()
    if auth is None:
        return None
    if importlib.util.find_spec("authlib") is None:
        return BadSetting(
            "Signing in is set up, but the package Authlib is not installed.",
            'Install it with: pip install "Authlib>=1.6,<2", then restart the app.',
        )
    if not str(auth.get("redirect_uri", "")).endswith(CALLBACK):
        return BadSetting(
            f"redirect_uri must be the address of this app followed by {CALLBACK}.", MEND
        )
    return _secret_problem(auth) or _providers_problem()


def home(auth: Mapping[str, Any] | None = None) -> str:
    """The address at which people must open the app to sign in, such as ``https://a.example``."""
    from streamlit import config

    uri = str((_auth() or {} if auth is None else auth).get("redirect_uri", ""))
    parts = urlsplit(uri.replace("{port}", str(config.get_option("server.port"))))
    return f"{parts.scheme}://{parts.netloc}"


def _auth() -> Mapping[str, Any] | None:
    """The section ``[auth]``; empty, hence closed to everybody, when secrets cannot be read."""
    try:
        found = st.secrets.get("auth")
    except StreamlitSecretNotFoundError as error:
        return None if error.error_id == "no-secrets-found" else {}
    return found if isinstance(found, Mapping) else None


def _secret_problem(auth: Mapping[str, Any]) -> BadSetting | None:
    if len(str(auth.get("cookie_secret", ""))) >= SHORTEST_SECRET:
        return None
    return BadSetting(
        f"cookie_secret must have {SHORTEST_SECRET} characters or more: "
        "whoever guesses it can sign in as anybody.",
        MEND,
    )


def _providers_problem() -> BadSetting | None:
    found = providers()
    if not found:
        return BadSetting("The section [auth] of the secrets names no identity provider.", MEND)
    for provider in found:
        name = "" if provider.name == DEFAULT else f" {provider.name!r}"
        if provider.missing:
            missing = ", ".join(provider.missing)
            return BadSetting(f"The identity provider{name} lacks {missing}.", MEND)
        if "_" in provider.name:
            return BadSetting(f"The identity provider{name} has an underscore in its name.", MEND)
    return None


def _missing(section: Mapping[str, Any]) -> list[str]:
    return [key for key in NEEDED if not section.get(key)]


def _label(name: str, section: Mapping[str, Any]) -> str:
    host = urlsplit(str(section.get("server_metadata_url", ""))).hostname or ""
    known = [label for end, label in KNOWN.items() if host == end or host.endswith(f".{end}")]
    if known:
        return known[0]
    return "" if name == DEFAULT else name.replace("-", " ").capitalize()


def _visitor(claims: Mapping[str, Any]) -> Visitor:
    email = str(claims.get("email") or "").strip()
    name = next((str(claims[key]) for key in ("name", "sub") if claims.get(key)), "")
    verified = str(claims.get("email_verified", True)).casefold() != "false"
    return Visitor(email, email or name, verified)
