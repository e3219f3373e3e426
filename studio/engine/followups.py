"""Runs follow-ups: what must still happen after a job or batch ended, retried until it did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import structlog

from studio.db import followups
from studio.db.followups import Followup
from studio.engine.bills import ask_bills, by_provider
from studio.engine.parts import Parts
from studio.errors import StudioError

LOOK_SECONDS = 0.25
LONGEST_WAIT = 300

log = structlog.get_logger("studio.engine")


class FollowupRunner:
    """Hands due follow-ups to the hooks that the container registered, and asks bills meanwhile."""

    def __init__(self, parts: Parts, batch_ids: Callable[[], Collection[str] | None]) -> None:
        self._parts = parts
        self._batch_ids = batch_ids

    async def run(self) -> None:
        """Look for due follow-ups for ever."""
        await self._repeat(self.run_due)

    async def ask_bills(self) -> None:
        """Ask the bills that are due for ever; a slow one holds up no file."""
        await self._repeat(self.ask_due)

    async def run_due(self) -> bool:
        """Do what is due now; true when there was something."""
        mine = self._batch_ids()
        due = self._parts.store.read(lambda tx: followups.due(tx, self._parts.now(), mine))
        known = [item for item in due if item.kind in self._parts.hooks]
        for item in known:
            await self._do(item, asyncio.to_thread(self._parts.hooks[item.kind], item))
        return bool(known)

    async def ask_due(self) -> bool:
        """Ask the bills that are due now, each provider's once; true when there was something."""
        due = self._parts.store.read(lambda tx: followups.due_bills(tx, self._parts.now()))
        for group in by_provider(due):
            await self._went_well(group, ask_bills(self._parts, group))
            for batch_id in {item.batch_id for item in group}:
                self._parts.changes.notify(batch_id)
        return bool(due)

    async def _repeat(self, look: Callable[[], Awaitable[bool]]) -> None:
        while True:
            try:
                busy = await look()
            except StudioError as error:
                log.warning("followups_wait", message=error.message)
                busy = False
            await self._parts.clock.sleep(0 if busy else LOOK_SECONDS)

    async def _do(self, item: Followup, work: Coroutine[Any, Any, None]) -> None:
        if await self._went_well([item], work):
            at = self._parts.now()
            await self._parts.store.awrite(lambda tx: followups.finish(tx, item.id, at))
        self._parts.changes.notify(item.batch_id)

    async def _went_well(self, items: Sequence[Followup], work: Coroutine[Any, Any, None]) -> bool:
        """Do what some follow-ups need; what fails is tried again later."""
        try:
            await work
        except Exception as error:  # the hook boundary: a failed follow-up is tried again
            if isinstance(error, StudioError):
                log.warning("followup_waits", kind=items[0].kind, message=error.message)
            else:
                log.exception("followup_failed", kind=items[0].kind, batch_id=items[0].batch_id)
            told = str(error).encode("utf-8", "replace").decode()
            for item in items:
                await self._later(item, min(LONGEST_WAIT, 2**item.attempts), told)
            return False
        return True

    async def _later(self, item: Followup, seconds: float, why: str) -> None:
        until = self._parts.now() + timedelta(seconds=seconds)
        await self._parts.store.awrite(lambda tx: followups.postpone(tx, item.id, until, why))
