"""The disk of a simulated process: real database and files, which a dead one cannot touch."""

from __future__ import annotations

import asyncio
import errno
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol, TypeVar

from studio.db import Store, Tx
from studio.errors import DatabaseError
from studio.images import Workers
from studio.storage import LocalStorage
from studio.storage.keys import PART_SUFFIX
from tests.simulation.ticking import SimulatedLoop

T = TypeVar("T")


class Killed(BaseException):
    """The process is dead: what it still tries has no effect."""


class Host(Protocol):
    """What the disk asks the process that uses it."""

    loop: SimulatedLoop

    @property
    def disk_is_full(self) -> bool:
        """Whether nothing can be written now."""
        ...

    def touch(self, moment: str) -> None:
        """This moment is reached; raises :class:`Killed` in a dead process."""
        ...


class _Connection(sqlite3.Connection):
    """A connection of one process."""

    host: Host

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run a statement, unless the process is dead; it may die around a commit."""
        if sql == "rollback":
            return super().execute(sql)
        if sql != "commit":
            self.host.touch("statement")
            return super().execute(sql, parameters)
        self.host.touch("commit")
        if self.host.disk_is_full:
            raise sqlite3.OperationalError("database or disk is full")
        done = super().execute(sql)
        self.host.touch("committed")
        return done


class SimulatedStore(Store):
    """The studio's store without a writer thread: what waits is committed together, later."""

    def __init__(self, path: Path, host: Host) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(_migrated())
        self.path = path
        self.refusal = None
        self._host = host
        self._readers: queue.LifoQueue[Tx] = queue.LifoQueue()
        self._closed = False
        self._closing = threading.Lock()
        self._waiting: list[tuple[Callable[[Tx], Any], Future[Any]]] = []
        self._tx = self._open("rwc")

    def write(self, work: Callable[[Tx], T]) -> T:
        """Commit it with whatever waits."""
        future = self._submit(work)
        self._flush()
        return future.result(0)

    async def awrite(self, work: Callable[[Tx], T]) -> T:
        """Commit it a moment later, with whatever waits by then."""
        future = self._submit(work)
        self._host.loop.call_later(self._host.loop.moment(), self._flush)
        return await asyncio.shield(asyncio.wrap_future(future))

    def close(self) -> None:
        """Commit what waits and close."""
        if not self._closed:
            self._flush()
            self.drop()

    def drop(self) -> None:
        """Close every connection as the system does when a process ends: nothing is committed."""
        self._closed = True
        while not self._readers.empty():
            self._readers.get_nowait().conn.close()
        if self._tx.conn.in_transaction:
            self._tx.conn.execute("rollback")
        self._tx.conn.close()

    def _submit(self, work: Callable[[Tx], T]) -> Future[T]:
        self._host.touch("write")
        if self._closed:
            raise DatabaseError("The studio is shutting down.", "Start it again and go on.")
        future: Future[T] = Future()
        self._waiting.append((work, future))
        return future

    def _flush(self) -> None:
        group, self._waiting = self._waiting, []
        if not group:
            return
        try:
            self._commit(group)
        except Killed as death:
            for _, future in group:
                if not future.done():
                    future.set_exception(death)

    def _new_reader(self) -> Tx:
        return self._open("ro")

    def _open(self, mode: str) -> Tx:
        import sqlite_utils

        self._host.touch("open")
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}", uri=True, timeout=0.1,
            isolation_level=None, check_same_thread=False, factory=_Connection,
        )  # fmt: skip
        connection.host = self._host
        if mode != "ro":
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = off")  # no power cut is simulated
        connection.execute("pragma foreign_keys = on")
        return sqlite_utils.Database(connection)


@cache
def _migrated() -> bytes:
    """An empty database with today's tables, made once."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        Store(path).close()
        return path.read_bytes()


class SimulatedStorage(LocalStorage):
    """The picture folder: a process that dies while it writes leaves a torn file behind."""

    def __init__(self, root: Path, host: Host) -> None:
        super().__init__(root)
        self._host = host

    def put(self, key: str, data: bytes) -> Path:
        """Write a file, unless the disk is full or the process is dead."""
        self._host.touch("put")
        if self._host.disk_is_full:
            full = OSError(errno.ENOSPC, "No space left on device")
            raise self._refused(key, full, needed=len(data))
        try:
            path = super().put(key, data)
        except Killed:
            torn = self.path(key)
            if not torn.exists():
                torn.with_name(f".torn-{torn.name}{PART_SUFFIX}").write_bytes(data[:100])
            raise
        self._host.touch("was_put")
        return path

    def read(self, key: str) -> bytes:
        """The content of a file."""
        self._host.touch("read")
        return super().read(key)

    def delete(self, key: str) -> None:
        """Remove a file."""
        self._host.touch("delete")
        super().delete(key)


class _InLine(Executor):
    """Does work at once."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Done when it returns."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  (every outcome travels to the caller)
            done.set_exception(error)
        return done


class SimulatedWorkers(Workers):
    """Work on pixels, in line."""

    def __init__(self) -> None:
        super().__init__(2)
        self._pool = _InLine()  # type: ignore[assignment]  # it needs only submit and shutdown
