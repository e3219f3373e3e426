"""News between threads: a batch changed, whoever waits for it may look."""

from __future__ import annotations

import threading
from collections import defaultdict


class Changes:
    """Counts changes per batch and lets threads wait for the next one."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._versions: defaultdict[str, int] = defaultdict(int)

    def version(self, batch_id: str) -> int:
        """The number of changes so far."""
        with self._condition:
            return self._versions[batch_id]

    def notify(self, batch_id: str) -> None:
        """A batch changed."""
        with self._condition:
            self._versions[batch_id] += 1
            self._condition.notify_all()

    def wait(self, batch_id: str, seen: int, timeout: float) -> int:
        """Wait until there is news after version ``seen`` or ``timeout`` seconds have passed."""
        with self._condition:
            self._condition.wait_for(lambda: self._versions[batch_id] != seen, timeout)
            return self._versions[batch_id]
