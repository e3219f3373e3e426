"""Opens studios for tests, with a fake provider and a clock that never waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from studio.container import Studio, open_studio
from studio.models import BatchSettings, BatchStatus, Plan, RunOptions
from studio.settings import load_settings
from tests.fakes import FakeProvider

DEADLINE = 30.0


class QuickClock:
    """Real time that also jumps over every wait, so that retries take no time."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead.total_seconds()

    def skip(self, seconds: float) -> None:
        """Jump ahead."""
        self._ahead += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.waited.append(seconds)
        await asyncio.sleep(min(seconds, 0.005))


def open_with(
    provider: FakeProvider | None = None, *, clock: QuickClock | None = None, **settings: Any
) -> Studio:
    """A studio with one fake provider; settings by name, such as ``studio_daily_budget``."""
    fake = provider or FakeProvider()
    return open_studio(
        load_settings(**settings), providers={fake.id: fake}, clock=clock or QuickClock()
    )


def plan_of(studio: Studio, pictures: int = 1, **settings: Any) -> Plan:
    """A plan of some pictures of the fake model."""
    options = RunOptions(
        model="fake:one",
        images=pictures,
        width=64,
        height=64,
        title="Test",
        settings=BatchSettings(**settings),
    )
    return studio.planner.single("a red boat on a calm lake at dawn", options)


def wait_until(
    studio: Studio,
    batch_id: str,
    condition: Callable[[BatchStatus], bool],
    seconds: float = DEADLINE,
) -> BatchStatus:
    """Wait for a condition of a batch, woken by its changes."""
    end = time.monotonic() + seconds
    while not condition(status := studio.batches.status(batch_id)):
        if time.monotonic() > end:
            raise AssertionError(f"still {status.counts} {status.batch.state}")
        studio.parts.changes.wait(batch_id, studio.parts.changes.version(batch_id), 0.05)
    return status


def finish(studio: Studio, batch_id: str, seconds: float = DEADLINE) -> BatchStatus:
    """Wait until nothing of a batch moves by itself any more."""
    return wait_until(studio, batch_id, lambda status: status.counts.unfinished == 0, seconds)
