"""Patience with the disk: a step is repeated until it works; meanwhile the batch is paused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from studio.db import Tx, batches
from studio.engine import reserve
from studio.engine.parts import Parts
from studio.errors import DatabaseError, StorageError, StudioError
from studio.models import BatchState, PauseReason

T = TypeVar("T")
LOOK_SECONDS = 2.0

log = structlog.get_logger("studio.engine")


class Patience:
    """Keeps what is in hand while the disk or the database refuses.

    That the batch goes on afterwards is :class:`studio.engine.disk.DiskWatch`'s subject: one file
    that found its place does not mean that there is room for the next.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def insist(self, batch_id: str, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat ``step`` until the disk takes it. It must bear being repeated."""
        who = object()
        try:
            while True:
                try:
                    return await step()
                except (StorageError, DatabaseError) as error:
                    if self._parts.refusals.note(who, batch_id, error):
                        log.warning("disk_refused", batch_id=batch_id, message=error.message)
                    await pause(self._parts, batch_id, error)
                await self._parts.clock.sleep(LOOK_SECONDS)
        finally:
            if self._parts.refusals.drop(who):
                self._parts.changes.notify(batch_id)


async def pause(parts: Parts, batch_id: str, error: StudioError) -> None:
    """Pause a batch for want of the disk. Where that cannot be written, it is told all the same:
    see :class:`studio.engine.refusals.Refusals`.
    """
    if isinstance(error, StorageError):
        reserve.release(parts.storage.root)

    def work(tx: Tx) -> None:
        if batches.get(tx, batch_id).state is BatchState.RUNNING:
            now, reason, told = parts.now(), PauseReason.DISK, str(error)
            batches.move(tx, batch_id, BatchState.PAUSED, now, reason=reason, message=told)

    try:
        if parts.store.read(lambda tx: batches.get(tx, batch_id)).state is BatchState.RUNNING:
            await parts.store.awrite(work)
    except (StorageError, DatabaseError) as refused:
        log.info("pause_not_written", batch_id=batch_id, message=refused.message)
    parts.changes.notify(batch_id)
