"""Backups of the database: made while it is in use, checked before they replace older ones.

They are called ``studio-daily-<stamp>.db`` and, before a migration, ``studio-<stamp>.db``. Each is
one whole file: written under another name, checked, and only then renamed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from studio.db.faults import as_studio_error
from studio.errors import StorageError

FOLDER = "backups"
DAILY_KEPT, MIGRATION_KEPT = 7, 5
EVERY = timedelta(days=1)
FIRST_AFTER = timedelta(minutes=10)
"""A new database gets its first backup when work in it is that old."""
TIMES_FREE = 3
"""A backup is made only where the disk has so many times its size left."""
_STAMP = "%Y%m%d-%H%M%S"
_DAILY = "-daily-"
_PAGES_AT_ONCE = 512
_UNFINISHED = ".unfinished"


class Made(StrEnum):
    """What came of a wish for a backup."""

    MADE = "made"
    NOT_DUE = "not due"
    NO_ROOM = "too little room on the disk"
    DAMAGED = "the database is damaged"
    BUSY = "another process makes one"
    STOPPED = "the studio is closing"


class StoppedError(Exception):
    """The studio closes: the backup is made another time."""


def folder_of(path: Path) -> Path:
    """Where the backups of a database lie."""
    return path.parent / FOLDER


def all_of(path: Path) -> list[Path]:
    """Backups of a database, newest first."""
    found = [
        file for file in folder_of(path).glob(f"{path.stem}-*.db") if made_at(file) is not None
    ]
    return sorted(found, key=lambda file: str(made_at(file)), reverse=True)


def made_at(backup: Path) -> datetime | None:
    """When a backup was made, by its name; ``None`` where the name tells nothing."""
    try:
        return datetime.strptime("-".join(backup.stem.split("-")[-2:]), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def is_sound(path: Path) -> bool:
    """Whether a database file can be read and its structure is whole."""
    try:
        with closing(_open(path)) as connection:
            return _says_ok(connection)
    except sqlite3.Error:
        return False


def newest_sound(path: Path) -> Path | None:
    """The newest backup that can be read."""
    return next((backup for backup in all_of(path) if is_sound(backup)), None)


def make_if_due(path: Path, now: datetime, stopped: Callable[[], bool] = lambda: False) -> Made:
    """Make the daily backup, where there is something new and room for it.

    Raises:
        OSError, sqlite3.Error: it could not be made; older ones are as they were.
    """
    if not _is_due(path, now):
        return Made.NOT_DUE
    if shutil.disk_usage(path.parent).free < TIMES_FREE * _size(path):
        return Made.NO_ROOM
    folder = folder_of(path)
    folder.mkdir(exist_ok=True)
    try:
        with FileLock(folder / f"{path.stem}.making").acquire(timeout=0):
            if not _is_due(path, now):
                return Made.NOT_DUE
            return _daily(path, now, stopped)
    except Timeout:
        return Made.BUSY


def before_migration(connection: sqlite3.Connection, path: Path) -> Path:
    """Keep the database as it is before its schema changes; returns the backup.

    Raises:
        StorageError: the disk has no room for it.
        DatabaseError: the database is damaged, and better not changed now.
    """
    needed = _size(path)
    if shutil.disk_usage(path.parent).free < needed + 1_000_000:
        raise StorageError(
            f"The database must be brought up to date, and its backup needs "
            f"{needed / 1_000_000:,.1f} MB that are not free on the disk.",
            "Free some space, then start again.",
        )
    folder = folder_of(path)
    folder.mkdir(exist_ok=True)
    stamp = datetime.now(UTC).strftime(_STAMP)
    target = folder / f"{path.stem}-{stamp}.db"
    if not _copy(connection, target, lambda: False):
        raise as_studio_error(sqlite3.DatabaseError("malformed"), path)
    _prune([file for file in all_of(path) if _DAILY not in file.name], MIGRATION_KEPT)
    return target


def _daily(path: Path, now: datetime, stopped: Callable[[], bool]) -> Made:
    for left in folder_of(path).glob(f".*{_UNFINISHED}*"):  # of a process that died
        left.unlink(missing_ok=True)
    target = folder_of(path) / f"{path.stem}{_DAILY}{now.astimezone(UTC).strftime(_STAMP)}.db"
    with closing(_open(path)) as source:
        try:
            if not _copy(source, target, stopped):
                return Made.DAMAGED
        except StoppedError:
            return Made.STOPPED
    _prune([file for file in all_of(path) if _DAILY in file.name], DAILY_KEPT)
    return Made.MADE


def _copy(source: sqlite3.Connection, target: Path, stopped: Callable[[], bool]) -> bool:
    """Copy a database in use to one checked file; false where the copy is not sound."""

    def step(status: int, remaining: int, total: int) -> None:
        if stopped():
            raise StoppedError

    part = target.with_name(f".{target.name}{_UNFINISHED}")
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            source.execute("begin")  # one moment of the database, however long copying takes
            try:
                source.execute("select count(*) from sqlite_master").fetchone()
                source.backup(copy, pages=_PAGES_AT_ONCE, progress=step, sleep=0)
            finally:
                source.execute("rollback")
            copy.execute("pragma journal_mode = delete")
            sound = _says_ok(copy)
        if sound:
            _sync(part)
            os.replace(part, target)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            return False
        raise
    else:
        return sound
    finally:
        for left in target.parent.glob(f"{part.name}*"):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


def _says_ok(connection: sqlite3.Connection) -> bool:
    answer: str = connection.execute("pragma quick_check(1)").fetchone()[0]
    return answer == "ok"


def _is_due(path: Path, now: datetime) -> bool:
    """Something happened since the newest backup, and that is a day old."""
    dailies = [file for file in all_of(path) if _DAILY in file.name]
    last = made_at(dailies[0]) if dailies else None
    if last is not None and timedelta(0) <= now - last < EVERY:
        return False
    with closing(_open(path)) as connection:
        newest = connection.execute("select max(at) from events").fetchone()[0]
        oldest = connection.execute("select at from events order by id limit 1").fetchone()
    if newest is None or oldest is None:
        return False
    if last is None:
        return now - datetime.fromisoformat(oldest[0]) >= FIRST_AFTER
    return datetime.fromisoformat(newest) > last


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10.0
    )


def _size(path: Path) -> int:
    log = path.with_name(path.name + "-wal")
    return path.stat().st_size + (log.stat().st_size if log.exists() else 0)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _prune(newest_first: list[Path], kept: int) -> None:
    for old in newest_first[kept:]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)
