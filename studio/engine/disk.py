"""Watching the disk: nothing new is begun on a full one, and batches go on when there is room."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from functools import partial

import structlog

from studio.db import Tx, batches
from studio.db.rows import timestamp
from studio.engine import reserve
from studio.engine.parts import Parts, end_batch_if_finished
from studio.engine.patience import LOOK_SECONDS, pause
from studio.errors import DatabaseError, StorageError, StudioError
from studio.models import BatchState, PauseReason

LEAST_FREE = 2 * 1024 * 1024
"""Bytes: with less, nothing new is sent; what is under way finds room for its state."""
LONGEST_WAIT = 60.0
CALM = 600.0
"""Seconds without trouble after which a batch is no longer tried more rarely."""

log = structlog.get_logger("studio.engine")


class DiskWatch:
    """Looks every few seconds whether the disk takes what is written.

    Args:
        works_on: Whether this process works on a batch.
        go_on: Called when batches may be worked on again.
    """

    def __init__(
        self, parts: Parts, works_on: Callable[[str], bool], go_on: Callable[[], None]
    ) -> None:
        self._parts = parts
        self._works_on = works_on
        self._go_on = go_on
        self._waits: dict[str, tuple[float, float]] = {}
        """Batch → (when it may go on, how long it had to wait): a disk that gives no peace is
        tried ever more rarely."""
        self._next = 0.0

    async def run(self) -> None:
        """Watch for ever."""
        while True:
            try:
                await self.look()
            except StudioError as error:
                log.info("disk_not_looked_at", message=error.message)
            await self._parts.clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """One look: what is refused is told and paused, what waited for no more goes on."""
        now = self._parts.clock.monotonic()
        calm = self._parts.store.refusal is None and self._parts.refusals.why("") is None
        if calm and now < self._next:
            return
        self._next = now + LOOK_SECONDS / 2
        refused = await self._refused()
        if refused is None:
            if self._parts.refusals.drop(self):
                log.info("disk_fine_again")
            await asyncio.to_thread(reserve.keep, self._parts.storage.root)
            await self._resume()
            return
        if self._parts.refusals.note(self, None, refused):
            log.warning("disk_refused", message=refused.message)
        for batch_id in self._mine(BatchState.RUNNING):
            await pause(self._parts, batch_id, refused)

    async def _refused(self) -> StudioError | None:
        """What is wrong with the disk now."""
        if self._parts.store.refusal is not None:
            try:
                await self._parts.store.awrite(self._probe)
            except (StorageError, DatabaseError) as error:
                if isinstance(error, StorageError):
                    reserve.release(self._parts.storage.root)
                return error
        root = self._parts.storage.root
        try:
            free = shutil.disk_usage(root).free
        except OSError:
            return None
        begun = self._parts.refusals.why("") is not None
        if free >= (reserve.LEAST_FREE if begun else LEAST_FREE):
            return None
        return StorageError(
            f"The disk is nearly full: {free / 1_000_000:.1f} MB are free in {str(root)!r}.",
            "Free some space: it then goes on by itself, and nothing that was finished is lost.",
        )

    def _probe(self, tx: Tx) -> None:
        """A small write that changes nothing for anybody."""
        tx.execute(
            "insert or replace into learned (kind, name, value, source, at) "
            "values ('disk', 'probe', '{}', 'disk', ?)",
            [timestamp(self._parts.now())],
        )

    async def _resume(self) -> None:
        now = self._parts.clock.monotonic()
        for batch_id in self._mine(BatchState.PAUSED):
            if self._parts.refusals.why(batch_id) is not None:
                continue
            due, waited = self._waits.get(batch_id, (now, 0.0))
            if now < due:
                continue
            longer = min(LONGEST_WAIT, max(LOOK_SECONDS, waited * 2))
            self._waits[batch_id] = (now + longer, longer if now - due < CALM else 0.0)
            await self._parts.store.awrite(partial(self._move_on, batch_id=batch_id))
            self._parts.changes.notify(batch_id)
            self._go_on()

    def _move_on(self, tx: Tx, *, batch_id: str) -> None:
        """A batch that waited only for the disk goes on by itself."""
        if batches.get(tx, batch_id).pause_reason is PauseReason.DISK:
            batches.move(tx, batch_id, BatchState.RUNNING, self._parts.now())
            end_batch_if_finished(tx, batch_id, self._parts.now())

    def _mine(self, state: BatchState) -> list[str]:
        """Batches of this process that run, or that wait for the disk."""
        reason = "and pause_reason = 'disk'" if state is BatchState.PAUSED else ""
        ids = self._parts.store.read(
            lambda tx: [
                str(row["id"])
                for row in tx.query(
                    f"select id from batches where state = ? {reason}", [state.value]
                )
            ]
        )
        return [batch_id for batch_id in ids if self._works_on(batch_id)]
