"""Patience with the disk: a step is repeated until it works; meanwhile the batch is paused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import structlog

from studio.db import Tx, batches
from studio.engine.parts import Parts, end_batch_if_finished
from studio.errors import DatabaseError, StorageError
from studio.models import BatchState, PauseReason

T = TypeVar("T")
LOOK_SECONDS = 2.0

log = structlog.get_logger("studio.engine")


class Patience:
    """Keeps what is in hand while the disk or the database refuses."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def insist(self, batch_id: str, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat ``step`` until the disk takes it. It must bear being repeated."""
        refused = False
        while True:
            try:
                result = await step()
            except (StorageError, DatabaseError) as error:
                refused = True
                log.warning("disk_refused", batch_id=batch_id, message=error.message)
                await self._write(batch_id, partial(self._pause, told=str(error)))
                await self._parts.clock.sleep(LOOK_SECONDS)
            else:
                if refused:
                    await self._write(batch_id, self._go_on)
                return result

    async def _write(self, batch_id: str, work: Callable[[Tx, str], None]) -> None:
        try:
            await self._parts.store.awrite(lambda tx: work(tx, batch_id))
        except (StorageError, DatabaseError) as error:
            log.warning("pause_not_written", batch_id=batch_id, message=error.message)
        self._parts.changes.notify(batch_id)

    def _pause(self, tx: Tx, batch_id: str, told: str) -> None:
        if batches.get(tx, batch_id).state is BatchState.RUNNING:
            reason = PauseReason.DISK
            now = self._parts.now()
            batches.move(tx, batch_id, BatchState.PAUSED, now, reason=reason, message=told)

    def _go_on(self, tx: Tx, batch_id: str) -> None:
        """A batch that waited only for the disk goes on by itself."""
        if batches.get(tx, batch_id).pause_reason is PauseReason.DISK:
            batches.move(tx, batch_id, BatchState.RUNNING, self._parts.now())
            end_batch_if_finished(tx, batch_id, self._parts.now())
