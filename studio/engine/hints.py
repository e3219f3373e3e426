"""Hints from outside that there is news about a job: whoever waits for it looks at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Hints:
    """Cuts waiting short. Only ever touched on the engine's loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, Callable[[], None]] = {}

    def give(self, job_id: str) -> None:
        """There may be news about that job: look now."""
        look = self._waiting.get(job_id)
        if look is not None:
            look()

    async def or_hint(self, job_id: str, waiting: Awaitable[T]) -> T | None:
        """What ``waiting`` brings, or ``None`` at once when a hint about the job arrives."""
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(None)
        try:
            async with limit:
                self._waiting[job_id] = lambda: limit.reschedule(loop.time())
                return await waiting
        except TimeoutError:
            if not limit.expired():
                raise
            return None
        finally:
            self._waiting.pop(job_id, None)
