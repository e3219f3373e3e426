"""Who may look: the password's signed cookie, a name from an identity provider, the API's token.

The cookie holds an expiry time and an HMAC-SHA256 over it, keyed by a key derived slowly from the
password, so that it needs no store, survives restarts, and dies when the password changes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from studio.errors import AccessDenied
from studio.ids import Clock
from studio.settings import Settings

COOKIE_NAME = "studio_session"
CARRIER = "_streamlit_session"
"""Streamlit's own session cookie, which carries ours where a host forwards no other."""
SESSION_SECONDS = 30 * 24 * 3600
TRIES, TRIES_SECONDS, MOST_CLIENTS = 10, 60.0, 10_000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody whom an identity provider vouches for."""

    email: str
    """Empty where the provider told none."""
    name: str
    email_verified: bool = True
    """False only where the provider says that nobody checked the address."""


class SignIn(Protocol):
    """How visitors are told apart by an identity provider, if they are."""

    @property
    def required(self) -> bool:
        """Whether the installation has an identity provider."""

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Who sent these cookies, or ``None`` for a stranger."""


class NoSignIn:
    """An installation without an identity provider."""

    required = False

    def visitor(self, cookies: Mapping[str, str]) -> Visitor | None:
        """Nobody is known."""


class Access:
    """Checks passwords, session cookies, visitors and tokens."""

    cookie_name = COOKIE_NAME

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        password, token = settings.studio_password, settings.studio_api_token
        self._password = password.get_secret_value() if password else None
        self._token = token.get_secret_value() if token else None
        self._key = _derived(self._password) if self._password else b""
        self._allowed = _addresses(settings.studio_allowed_emails)
        self._tries: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    @property
    def has_password(self) -> bool:
        """Whether the app has a password."""
        return self._password is not None

    @property
    def has_allow_list(self) -> bool:
        """Whether only some addresses may sign in."""
        return self._allowed is not None

    def required(self, sign_in: SignIn) -> bool:
        """Whether a stranger is asked anything. A list of addresses alone shuts everybody out:
        better than an open app whose owner believes it closed.
        """
        return self.has_password or self.has_allow_list or sign_in.required

    def admits(self, cookies: Mapping[str, str], sign_in: SignIn) -> bool:
        """Whether who sent these cookies may see pages and pictures: the password or an
        identity provider lets in, whichever comes first.
        """
        if not self.required(sign_in) or self.has_session(cookies):
            return True
        visitor = sign_in.visitor(cookies)
        return visitor is not None and self.welcomes(visitor)

    def welcomes(self, visitor: Visitor) -> bool:
        """Whether a visitor's address is on the list, or there is no list."""
        if self._allowed is None:
            return True
        email = visitor.email.strip().casefold()
        person, _, domain = email.rpartition("@")
        listed = bool({email, f"@{domain}"} & self._allowed)
        return listed and bool(person) and visitor.email_verified

    def open_session(self, password: str, client: str = "") -> str:
        """The value of a session cookie for the right password.

        Args:
            client: Who tries, such as an address: only that one is slowed down by wrong tries.

        Raises:
            AccessDenied: a wrong password, or too many tries of this client within a minute.
        """
        self._count_try(client)
        if self._password is None or not _equal(password, self._password):
            raise AccessDenied(
                "That password is not right.", "Ask the person who runs this app for it."
            )
        with self._lock:
            self._tries.pop(client, None)
        expires = str(int(self._clock.now().timestamp()) + SESSION_SECONDS)
        return f"{expires}.{self._signature(expires)}"

    def _count_try(self, client: str) -> None:
        now = self._clock.monotonic()
        with self._lock:
            if len(self._tries) > MOST_CLIENTS:
                self._tries.clear()
            tries = self._tries.setdefault(client, deque(maxlen=TRIES))
            if len(tries) == TRIES and now - tries[0] < TRIES_SECONDS:
                raise AccessDenied("Too many tries.", "Wait a minute, then try again.")
            tries.append(now)

    def has_session(self, cookies: Mapping[str, str]) -> bool:
        """Whether these cookies hold a session that the password opened."""
        return self.has_password and any(
            self.valid_session(value)
            for value in (cookies.get(COOKIE_NAME), _carried(cookies.get(CARRIER)))
        )

    def valid_session(self, cookie: str | None) -> bool:
        """Whether a cookie was made by :meth:`open_session` and has not expired."""
        expires, _, signature = (cookie or "").partition(".")
        if self._password is None or not expires.isascii() or not expires.isdigit():
            return False
        return (
            _equal(signature, self._signature(expires))
            and int(expires) > self._clock.now().timestamp()
        )

    def valid_token(self, token: str | None) -> bool:
        """Whether a bearer token is the API's; false where none is set."""
        return self._token is not None and _equal(token or "", self._token)

    @property
    def has_token(self) -> bool:
        """Whether the API has a token."""
        return self._token is not None

    def _signature(self, expires: str) -> str:
        return hmac.new(self._key, expires.encode(), hashlib.sha256).hexdigest()


def _addresses(listed: str | None) -> frozenset[str] | None:
    """Addresses and ``@domains`` of a setting with commas, without regard to case."""
    if listed is None:
        return None
    return frozenset(part.strip().casefold() for part in listed.split(",") if part.strip())


def _carried(cookie: str | None) -> str | None:
    """Our cookie out of Streamlit's: ``base64(json).time.signature``. Its own signature is not
    looked at, for ours is inside.
    """
    try:
        content = json.loads(base64.b64decode((cookie or "").partition(".")[0]))
    except (binascii.Error, ValueError):
        return None
    value = content.get(COOKIE_NAME) if isinstance(content, dict) else None
    return value if isinstance(value, str) else None


def _derived(password: str) -> bytes:
    """A slow derivation, so that a stolen cookie does not help to guess the password."""
    return hashlib.scrypt(password.encode(), salt=b"image-studio session", n=2**14, r=8, p=1)


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
