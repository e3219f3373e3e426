"""Runs follow-ups: what must still happen after a job or batch ended, retried until it did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta

import structlog

from studio.db import followups
from studio.db.followups import Followup
from studio.engine.bills import NotYet, ask_bill, is_about_bill
from studio.engine.parts import Parts
from studio.errors import StudioError

LOOK_SECONDS = 0.25
LONGEST_WAIT = 300

log = structlog.get_logger("studio.engine")


class FollowupRunner:
    """Hands due follow-ups to the hooks that the container registered."""

    def __init__(self, parts: Parts, batch_ids: Callable[[], Collection[str] | None]) -> None:
        self._parts = parts
        self._batch_ids = batch_ids

    async def run(self) -> None:
        """Look for due follow-ups for ever."""
        while True:
            try:
                busy = await self.run_due()
            except StudioError as error:
                log.warning("followups_wait", message=error.message)
                busy = False
            await self._parts.clock.sleep(0 if busy else LOOK_SECONDS)

    async def run_due(self) -> bool:
        """Do what is due now; true when there was something."""
        mine = self._batch_ids()
        due = self._parts.store.read(lambda tx: followups.due(tx, self._parts.now(), mine))
        known = [item for item in due if is_about_bill(item) or item.kind in self._parts.hooks]
        for item in known:
            await self._do(item)
        return bool(known)

    async def _do(self, item: Followup) -> None:
        try:
            if is_about_bill(item):
                await ask_bill(self._parts, item)
            else:
                await asyncio.to_thread(self._parts.hooks[item.kind], item)
        except NotYet as error:
            await self._later(item, error.seconds, str(error))
        except Exception as error:  # the hook boundary: a failed follow-up is tried again
            log.exception("followup_failed", kind=item.kind, batch_id=item.batch_id)
            told = str(error).encode("utf-8", "replace").decode()
            await self._later(item, min(LONGEST_WAIT, 2**item.attempts), told)
        else:
            at = self._parts.now()
            await self._parts.store.awrite(lambda tx: followups.finish(tx, item.id, at))
        self._parts.changes.notify(item.batch_id)

    async def _later(self, item: Followup, seconds: float, why: str) -> None:
        until = self._parts.now() + timedelta(seconds=seconds)
        await self._parts.store.awrite(lambda tx: followups.postpone(tx, item.id, until, why))
