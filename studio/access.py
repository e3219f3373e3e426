"""Who may look: the password gate's signed cookie and the API's bearer token.

The cookie holds an expiry time and an HMAC-SHA256 over it, keyed by a key derived slowly from the
password, so that it needs no store, survives restarts, and dies when the password changes.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import deque

from studio.errors import AccessDenied
from studio.ids import Clock
from studio.settings import Settings

COOKIE_NAME = "studio_session"
SESSION_SECONDS = 30 * 24 * 3600
TRIES, TRIES_SECONDS, MOST_CLIENTS = 10, 60.0, 10_000


class Access:
    """Checks passwords, session cookies and tokens."""

    cookie_name = COOKIE_NAME

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        password, token = settings.studio_password, settings.studio_api_token
        self._password = password.get_secret_value() if password else None
        self._token = token.get_secret_value() if token else None
        self._key = _derived(self._password) if self._password else b""
        self._tries: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    @property
    def required(self) -> bool:
        """Whether the app has a password."""
        return self._password is not None

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

    def valid_session(self, cookie: str | None) -> bool:
        """Whether a cookie was made by :meth:`open_session` and has not expired."""
        if self._password is None:
            return True
        expires, _, signature = (cookie or "").partition(".")
        if not expires.isascii() or not expires.isdigit():
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


def _derived(password: str) -> bytes:
    """A slow derivation, so that a stolen cookie does not help to guess the password."""
    return hashlib.scrypt(password.encode(), salt=b"image-studio session", n=2**14, r=8, p=1)


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
