"""Who works on a job: an id per process, alive as long as it holds its lock file.

The operating system drops the lock the moment a process ends, however it ends, so work of a dead
process can be taken over at once and work of a living one never is.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout


class Owner:
    """This process's claim on the jobs that carry its id."""

    def __init__(self, folder: Path, owner_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.id = owner_id
        self._folder = folder
        self._lock = FileLock(self._path(owner_id), thread_local=False)
        self._lock.acquire(timeout=0)

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
        lock.release()
        path.unlink(missing_ok=True)
        return False

    def is_alone(self) -> bool:
        """Whether no other process works with this data folder now."""
        others = [path.stem for path in self._folder.glob("*.lock") if path.stem != self.id]
        return not any(self.is_alive(owner_id) for owner_id in others)

    def release(self) -> None:
        """Give every claim up; the jobs stay where they are and can be taken over."""
        self._lock.release()
        self._path(self.id).unlink(missing_ok=True)

    def _path(self, owner_id: str) -> Path:
        return self._folder / f"{owner_id}.lock"
