"""The one clock and the one maker of ids, both replaceable in tests."""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Protocol

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: no i, l, o, u


class Clock(Protocol):
    """Tells the time and waits. Everything that needs either takes one of these."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps; for durations only."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on the event loop."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class IdMaker(Protocol):
    """Makes ids and seeds."""

    def new(self, prefix: str) -> str:
        """A new id such as ``b_01k8…``: sortable by time, safe in URLs and file names."""
        ...

    def seed(self) -> int:
        """A fresh picture seed, 1 ≤ seed < 2³¹: every hosted model of ours accepts that range."""
        ...


class RandomIds:
    """Time-ordered random ids: 48 bits of milliseconds, 60 bits of chance."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()

    def new(self, prefix: str) -> str:
        millis = int(self._clock.now().timestamp() * 1000)
        return f"{prefix}_{_base32(millis, 10)}{_base32(secrets.randbits(60), 12)}"

    def seed(self) -> int:
        return secrets.randbelow(2**31 - 1) + 1


def _base32(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
