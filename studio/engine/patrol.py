"""Looking for lost calls by itself: at the start, soon after, then ever rarer for a week."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import timedelta

import structlog

from studio.db import jobs, searches
from studio.db.followups import Followup, finish, postpone
from studio.engine.findings import is_lost
from studio.engine.parts import Parts
from studio.errors import StudioError
from studio.models import JobState
from studio.models.lost import Found, LookedAt

LOOK_SECONDS = 1.0
LONGEST_BETWEEN = timedelta(hours=6)
GIVE_UP = timedelta(days=7)
"""After that a lost call is looked for only when a person asks."""
GONE = timedelta(days=1)
"""The same for a paid picture whose file was gone."""
LONGEST_LOOK = 60.0
NOT_YET = {Found.STILL_UNKNOWN, Found.NOT_FOUND}

log = structlog.get_logger("studio.engine")


class Patrol:
    """Has lost calls looked for when that is due.

    Args:
        look: Looks for one job.
        mine: The batches this process works on; ``None`` for all.
    """

    def __init__(
        self,
        parts: Parts,
        look: Callable[[str], Awaitable[LookedAt]],
        mine: Callable[[], Collection[str] | None],
    ) -> None:
        self._parts = parts
        self._look = look
        self._mine = mine

    async def run(self, *, at_start: bool) -> None:
        """Look for what is due, for ever.

        Args:
            at_start: Begin with everything, however long it was to wait.
        """
        hasty = at_start
        while True:
            try:
                if hasty:
                    await self._hasten()
                    hasty = False
                await self._look_for_due()
            except* StudioError as errors:  # the disk refuses, say: all of it is due again
                log.warning("searches_wait", message=str(errors.exceptions[0]))
            await self._parts.clock.sleep(LOOK_SECONDS)

    async def _hasten(self) -> None:
        now = self._parts.now()
        await self._parts.store.awrite(lambda tx: searches.hasten(tx, now))

    async def _look_for_due(self) -> None:
        now, mine = self._parts.now(), self._mine()
        due = self._parts.store.read(lambda tx: searches.due(tx, now, mine))
        async with asyncio.TaskGroup() as group:
            for item in due:
                group.create_task(self._search(item))

    async def _search(self, item: Followup) -> None:
        job = self._parts.store.read(lambda tx: jobs.get(tx, str(item.job_id)))
        attempt = int(item.kind.partition(":")[2] or 0)
        if not is_lost(job) or job.attempt != attempt or job.closed_at is not None:
            await self._end_search(item)
            return
        try:
            async with asyncio.timeout(LONGEST_LOOK):
                told = await self._look(job.id)
        except TimeoutError:
            log.warning("search_took_too_long", job_id=job.id)
        except StudioError as error:
            log.warning("search_refused", job_id=job.id, message=error.message)
        else:
            if told.found not in NOT_YET:
                await self._end_search(item)
                return
        age = self._parts.now() - (job.started_at or job.created_at)
        if age > (GIVE_UP if job.state is JobState.UNKNOWN else GONE):
            await self._end_search(item)
            return
        settle = timedelta(seconds=self._parts.settings.studio_settle_seconds)
        wait = min(LONGEST_BETWEEN, max(settle, timedelta(seconds=1)) * 2 ** min(item.attempts, 12))
        until = self._parts.now() + wait
        await self._parts.store.awrite(lambda tx: postpone(tx, item.id, until, "not found yet"))

    async def _end_search(self, item: Followup) -> None:
        at = self._parts.now()
        await self._parts.store.awrite(lambda tx: finish(tx, item.id, at))
