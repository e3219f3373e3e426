"""What the disk refuses now, kept in memory: it can be told even where it cannot be written."""

from __future__ import annotations

import threading

from studio.errors import StudioError
from studio.models import BatchState, BatchStatus, PauseReason


class Refusals:
    """Who waits for the disk, for which batch, and why. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[object, tuple[str | None, str]] = {}

    def note(self, who: object, batch_id: str | None, error: StudioError) -> bool:
        """Something was refused; without a batch it concerns all. True when that is news."""
        with self._lock:
            news = who not in self._told
            self._told[who] = (batch_id, str(error))
            return news

    def drop(self, who: object) -> bool:
        """It was taken, or is given up; true when it had been refused."""
        with self._lock:
            return self._told.pop(who, None) is not None

    def why(self, batch_id: str) -> str | None:
        """What a batch waits for, in words; ``None`` where the disk takes everything."""
        with self._lock:
            told = [why for concerned, why in self._told.values() if concerned in {batch_id, None}]
        return told[-1] if told else None

    def shown_in(self, status: BatchStatus) -> BatchStatus:
        """A status as it really is, where the pause itself could not be written."""
        why = self.why(status.batch.id)
        if why is None or not status.counts.unfinished:
            return status
        if status.batch.state is not BatchState.RUNNING:
            return status
        paused = {"state": BatchState.PAUSED, "pause_reason": PauseReason.DISK}
        batch = status.batch.model_copy(update=paused | {"pause_message": why})
        return status.model_copy(update={"batch": batch})
