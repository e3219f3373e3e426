"""Who works on a job: an id per process, alive as long as it holds its lock file.

The operating system drops the lock the moment a process ends, however it ends, so work of a dead
process can be taken over at once and work of a living one never is.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

PROBE_SECONDS = 5.0


class Owner:
    """This process's claim on the jobs that carry its id."""

    def __init__(self, folder: Path, owner_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.id = owner_id
        self._folder = folder
        self._lock = FileLock(self._path(owner_id), thread_local=False)
        self._lock.acquire(timeout=PROBE_SECONDS)  # another process may just be probing it

    def is_alive(self, owner_id: str) -> bool:
        """Whether the process with that id still runs."""
        if owner_id == self.id:
            return True
        path = self._path(owner_id)
        if not path.exists():
            return False
        lock = FileLock(path, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        lock.release()  # the file stays: unlinking it could take it from under a new process
        return False

    def is_alone(self) -> bool:
        """Whether no other process works with this data folder now."""
        others = [path.stem for path in self._folder.glob("*.lock") if path.stem != self.id]
        return not any(self.is_alive(owner_id) for owner_id in others)

    def forget_dead(self, older_than: float) -> None:
        """Remove lock files that dead processes left, untouched since ``older_than`` (epoch s)."""
        for path in self._folder.glob("*.lock"):
            if path.stat().st_mtime < older_than and not self.is_alive(path.stem):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def release(self) -> None:
        """Give every claim up; the jobs stay where they are and can be taken over."""
        with contextlib.suppress(OSError):  # Windows keeps a file that another process looks at
            self._path(self.id).unlink(missing_ok=True)
        self._lock.release()
        with contextlib.suppress(OSError):
            self._path(self.id).unlink(missing_ok=True)

    def _path(self, owner_id: str) -> Path:
        return self._folder / f"{owner_id}.lock"
