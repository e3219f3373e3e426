"""The lanes of a process: one for each provider account that it sends to."""

from __future__ import annotations

from collections.abc import Iterable

from studio.engine.limits import Lane
from studio.engine.parts import Parts
from studio.models import Batch


class Lanes:
    """Finds and widens lanes; they live as long as the process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lanes: dict[str, Lane] = {}

    def of(self, provider_id: str) -> Lane | None:
        """The lane to a provider; ``None`` where it is not installed."""
        if provider_id not in self._lanes:
            provider = self._parts.providers.get(provider_id)
            if provider is None:
                return None
            capacity = self._parts.settings.studio_workers or provider.concurrency
            self._lanes[provider_id] = Lane(capacity, provider.starts_per_second)
        return self._lanes[provider_id]

    def has_room(self, provider_id: str) -> bool:
        """Whether one more call may start now; also where there is no such provider."""
        lane = self.of(provider_id)
        return lane is None or lane.has_room(self._parts.clock.monotonic())

    def widen(self, pairs: Iterable[tuple[Batch, str]]) -> None:
        """Make lanes as wide as their providers allow, or as the running batches ask."""
        limit = self._parts.settings.studio_workers
        wanted: dict[str, int] = {}
        for batch, provider in pairs:
            asked = batch.settings.workers or 0
            wanted[provider] = max(wanted.get(provider, 0), asked)
        for provider, asked in wanted.items():
            lane, adapter = self.of(provider), self._parts.providers.get(provider)
            if lane is not None and adapter is not None:
                lane.set_capacity(limit or max(asked, adapter.concurrency))

    def waits(self) -> list[float]:
        """Seconds until each lane opens, as far as time decides it; 0 or less where it is open."""
        now = self._parts.clock.monotonic()
        return [lane.opens_at(now) - now for lane in self._lanes.values()]
