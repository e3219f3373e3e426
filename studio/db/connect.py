"""The database file: one writer thread with group commit, read-only readers, migrations at open.

Work is a function over a transaction. ``write`` runs it on the writer thread inside ``BEGIN
IMMEDIATE``; whatever queued up meanwhile joins the same commit, each piece in a savepoint of its
own, and nobody is answered before the commit is on disk (WAL, ``synchronous=FULL``).
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from studio.db.faults import as_studio_error, is_broken
from studio.errors import Conflict, DatabaseError, StudioError
from studio.failpoints import reach

if TYPE_CHECKING:
    import sqlite_utils

    Tx = sqlite_utils.Database
else:
    Tx = Any

T = TypeVar("T")
_MOST_AT_ONCE = 64
_BUSY_SECONDS = 10.0
_KEPT_LOG_BYTES = 4 * 1024 * 1024
"""The write-ahead log is cut back to that after a burst."""


class Store:
    """The studio's database.

    Args:
        path: The database file; its folder is made when missing.

    Raises:
        DatabaseError: the file cannot be opened, is damaged, or is newer than this program.
    """

    def __init__(self, path: Path) -> None:
        from studio.db.migrations import migrate  # noqa: PLC0415  (sqlite-utils loads pandas)

        self.path = path
        self.refusal: StudioError | None = None
        """Why the last commit failed; ``None`` while the database takes what is written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            require_known(path)
            migrate(path)
            self._tx = connect(path)
        except (sqlite3.Error, OSError) as error:
            raise as_studio_error(error, path) from error
        self._queue: queue.SimpleQueue[tuple[Callable[[Tx], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._readers: queue.LifoQueue[Tx] = queue.LifoQueue()
        self._closed = False
        self._closing = threading.Lock()
        self._writer = threading.Thread(target=self._run, name="studio-writer", daemon=True)  # noqa: TID251  (this is the door)
        self._writer.start()

    def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a transaction and return its result once it is on disk."""
        return self._submit(work).result()

    async def awrite(self, work: Callable[[Tx], T]) -> T:
        """The same from the event loop. Cancelling the caller does not undo the work."""
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a read-only connection: one consistent view, never blocked by writers."""
        with self._reader() as tx:
            return work(tx)

    def close(self) -> None:
        """Finish what is queued and close every connection."""
        if self._closed:
            return
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._writer.join()
        while not self._readers.empty():
            self._readers.get_nowait().conn.close()
        self._tx.conn.close()  # the last one: it leaves one file that can be copied as it is

    def _submit(self, work: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise DatabaseError("The studio is shutting down.", "Start it again and go on.")
            self._queue.put((work, future))
        return future

    @contextmanager
    def _reader(self) -> Iterator[Tx]:
        try:
            tx = self._readers.get_nowait()
        except queue.Empty:
            tx = self._new_reader()
        broken = False
        try:
            tx.conn.execute("begin")
            yield tx
        except sqlite3.Error as error:
            broken = is_broken(error)
            raise as_studio_error(error, self.path) from error
        finally:
            if tx.conn.in_transaction:
                tx.conn.execute("rollback")
            if self._closed or broken:
                tx.conn.close()
            else:
                self._readers.put(tx)

    def _new_reader(self) -> Tx:
        try:
            return connect(self.path, read_only=True)
        except sqlite3.Error as error:
            raise as_studio_error(error, self.path) from error

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group, last = self._gather(first)
            self._commit(group)
            if last:
                break

    def _gather(
        self, first: tuple[Callable[[Tx], Any], Future[Any]]
    ) -> tuple[list[tuple[Callable[[Tx], Any], Future[Any]]], bool]:
        group = [first]
        while len(group) < _MOST_AT_ONCE:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _commit(self, group: list[tuple[Callable[[Tx], Any], Future[Any]]]) -> None:
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        tx = self._tx
        try:
            tx.conn.execute("begin immediate")
            answers.extend(self._piece(tx, work, future) for work, future in group)
            reach("in_commit")
            tx.conn.execute("commit")
            self.refusal = None
        except sqlite3.Error as error:
            problem = as_studio_error(error, self.path)
            answers = [(future, None, problem) for _, future in group]
            if not isinstance(problem, Conflict):
                self.refusal = problem
            self._start_afresh(error)
        for future, value, error_ in answers:
            if error_ is None:
                future.set_result(value)
            else:
                future.set_exception(error_)

    def _start_afresh(self, error: sqlite3.Error) -> None:
        """Nothing of a failed commit stays; a connection that may be broken is replaced."""
        with contextlib.suppress(sqlite3.Error):
            if self._tx.conn.in_transaction:
                self._tx.conn.execute("rollback")
        if not is_broken(error):
            return
        with contextlib.suppress(sqlite3.Error):
            fresh = connect(self.path)
            self._tx.conn.close()
            self._tx = fresh

    def _piece(
        self, tx: Tx, work: Callable[[Tx], Any], future: Future[Any]
    ) -> tuple[Future[Any], Any, BaseException | None]:
        tx.conn.execute("savepoint piece")
        try:
            value = work(tx)
        except BaseException as error:  # every outcome travels to the caller
            if not tx.conn.in_transaction:  # SQLite gave all of it up, as it does on a full disk
                if isinstance(error, sqlite3.Error):
                    raise
                raise sqlite3.OperationalError(str(error)) from error
            tx.conn.execute("rollback to piece")
            tx.conn.execute("release piece")
            problem = as_studio_error(error, self.path) if _is_sqlite(error) else error
            return future, None, problem
        tx.conn.execute("release piece")
        return future, value, None


def _is_sqlite(error: BaseException) -> bool:
    return isinstance(error, sqlite3.Error)


def require_known(path: Path) -> None:
    """Refuse to begin with an empty database where there was one: its ledger would be forgotten.

    Raises:
        DatabaseError: the file is gone, and there are backups of it.
    """
    if path.exists() or not any((path.parent / "backups").glob(f"{path.stem}-*.db")):
        return
    raise DatabaseError(
        f"The database {path.name!r} is missing, and there are backups of it.",
        "Put the file back, or run 'studio doctor --repair' to take the newest backup. To begin "
        "anew, move the folder 'backups' away.",
    )


def connect(path: Path, *, read_only: bool = False) -> Tx:
    """A connection with the studio's pragmas, wrapped by sqlite-utils."""
    import sqlite_utils  # noqa: PLC0415  (loads pandas where that is installed)

    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        if not read_only:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute(f"pragma journal_size_limit = {_KEPT_LOG_BYTES}")
        connection.execute("pragma temp_store = memory")  # sorting needs no room on the disk
        connection.execute("pragma foreign_keys = on")
    except sqlite3.Error:
        connection.close()
        raise
    return sqlite_utils.Database(connection)
