"""fal's webhooks: when one is asked for, and whether one that arrives was signed by fal just now.

A webhook names a request that has ended. What else it says, the picture or the error, is not read.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from studio.errors import Unreachable
from studio.models import Call
from studio.providers._fal.queue import is_id
from studio.providers._fal.wire import Wire
from studio.providers._http import NoReply, Params, exchange

OLDEST = 300.0
"""Seconds by which the moment of signing may be off: later it may be a replay."""
KEPT, AGAIN, AFTER_TROUBLE = 24 * 3600.0, 60.0, 10.0
"""Seconds: the keys are kept for, asked for again after an unknown one, and after no answer."""
SECONDS = 8.0
"""Longest for the keys: fal itself waits 15 seconds for its answer."""
MOST_KEYS = 32
MOST_HEADER = 200
_HEADERS = ("request-id", "user-id", "timestamp", "signature")

Check = Callable[[bytes, bytes, bytes], bool]
"""Whether a public key (32 bytes) made this signature of this message."""


@cache
def checker() -> Check | None:
    """Checks Ed25519 signatures; ``None`` where the package ``cryptography`` is not installed."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  (optional)
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
            Ed25519PublicKey,
        )
    except ImportError:
        return None

    def check(key: bytes, signature: bytes, message: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    return check


def asked(call: Call) -> Params:
    """What a submit says about its webhook: nothing where none could be trusted."""
    if call.webhook is None or checker() is None:
        return ()
    return (("fal_webhook", call.webhook),)


class Signatures:
    """Knows fal's public keys, and asks for them when they are old or one is missing."""

    def __init__(self) -> None:
        self._keys: tuple[bytes, ...] = ()
        self._asked: float | None = None
        self._failed: float | None = None
        self._fetching: asyncio.Task[str | None] | None = None

    async def request_of(self, headers: Mapping[str, str], body: bytes, wire: Wire) -> str | None:
        """The request that a webhook is about; ``None`` where fal did not sign it just now.

        Args:
            headers: By their names in small letters.

        Raises:
            Unreachable: fal's keys cannot be had, so nobody can tell.
        """
        check, signed = checker(), _signed(headers, body, wire.ctx.clock.now().timestamp())
        if check is None or signed is None:
            return None
        message, signature = signed
        keys = await self._known(wire, KEPT)
        if not any(check(key, signature, message) for key in keys):
            newer = await self._known(wire, AGAIN)  # fal may have changed its keys
            if newer is keys or not any(check(key, signature, message) for key in newer):
                return None
        return _request_id(body)

    async def _known(self, wire: Wire, oldest: float) -> tuple[bytes, ...]:
        """The keys as they were at most ``oldest`` seconds ago.

        Raises:
            Unreachable: they cannot be had.
        """
        now = wire.ctx.clock.monotonic()
        if self._asked is not None and now - self._asked < oldest:
            return self._keys
        if self._failed is not None and now - self._failed < AFTER_TROUBLE:
            raise _no_keys("it was asked a moment ago")
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch(wire))
        problem = await asyncio.shield(self._fetching)  # whoever comes meanwhile waits for it too
        if problem is not None:
            raise _no_keys(problem)
        return self._keys

    async def _fetch(self, wire: Wire) -> str | None:
        """Ask for the keys; returns why there are none."""
        found = await _published(wire)
        now = wire.ctx.clock.monotonic()
        if isinstance(found, str):
            self._failed = now
            return found
        self._keys, self._asked, self._failed = found, now, None
        return None


async def _published(wire: Wire) -> tuple[bytes, ...] | str:
    """The keys that fal publishes, or why there are none. No key of ours is shown for them."""
    url = wire.address("rest", ".well-known/jwks.json")
    headers = {"Accept": "application/json"}
    try:
        reply = await exchange(wire.ctx.client, "GET", url, headers=headers, seconds=SECONDS)
    except NoReply as error:
        return error.reason
    listed = (reply.fields() or {}).get("keys") if reply.good else None
    told = listed[:MOST_KEYS] if isinstance(listed, list) else []
    keys = tuple(key for key in map(_key, told) if key is not None)
    return keys or f"the answer {reply.status} holds none"


def _no_keys(why: str) -> Unreachable:
    return Unreachable(
        f"fal's keys for webhooks cannot be had ({why}).", "The status is asked for all the same."
    )


def _key(told: Any) -> bytes | None:
    if not isinstance(told, dict) or (told.get("kty"), told.get("crv")) != ("OKP", "Ed25519"):
        return None
    x = told.get("x")
    try:
        key = base64.urlsafe_b64decode(f"{x}{'=' * (-len(x) % 4)}") if isinstance(x, str) else b""
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def _signed(headers: Mapping[str, str], body: bytes, now: float) -> tuple[bytes, bytes] | None:
    """(message, signature) as the headers tell; ``None`` where they cannot be fal's, or are old."""
    told = [headers.get(f"x-fal-webhook-{name}", "") for name in _HEADERS]
    if not all(value.isprintable() and 0 < len(value) <= MOST_HEADER for value in told):
        return None
    request_id, user_id, at, signature = told
    if not (at.isascii() and at.isdigit()) or abs(now - int(at)) > OLDEST:
        return None
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return None
    digest = hashlib.sha256(body).hexdigest()
    return "\n".join([request_id, user_id, at, digest]).encode(), raw


def _request_id(body: bytes) -> str | None:
    """The id under which the request is found again; a gateway's own id is another one."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = told.get("request_id") if isinstance(told, dict) else None
    return found if isinstance(found, str) and is_id(found) else None
