"""What SQLite says when it cannot go on, in words a person can act on."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from enum import Enum
from pathlib import Path

from studio.errors import Conflict, DatabaseError, StorageError, StudioError


class Trouble(Enum):
    """What is wrong, as far as it needs a different step: (kind of error, sentence, next step)."""

    FULL = (
        StorageError,
        "The disk that holds {name!r} is full.",
        "Free some space: it then goes on by itself, and nothing that was finished is lost.",
    )
    READ_ONLY = (
        DatabaseError,
        "The folder {folder!r} cannot be written to.",
        "Give this program write access, or point STUDIO_DATA_DIR at another folder.",
    )
    MOVED = (
        DatabaseError,
        "The database {name!r} was moved or removed while the studio was open.",
        "Stop the studio, put the file back in its place, and start again.",
    )
    DAMAGED = (
        DatabaseError,
        "The database {name!r} is damaged.",
        "Stop the studio, then run 'studio doctor --repair'; it also uses the folder 'backups'.",
    )
    LOCKED = (
        DatabaseError,
        "Another program holds the database {name!r}.",
        "Close other copies of the studio or database viewers, then try again.",
    )
    UNREADABLE = (
        DatabaseError,
        "The disk that holds {name!r} does not read or write properly: {error}.",
        "Look at the disk and its cable or network share; then run 'studio doctor'.",
    )
    OTHER = (
        DatabaseError,
        "The database {name!r} could not be used: {error}.",
        "Run 'studio doctor' to see what is wrong.",
    )


_CODES = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_READONLY: Trouble.READ_ONLY,
    sqlite3.SQLITE_PERM: Trouble.READ_ONLY,
    sqlite3.SQLITE_AUTH: Trouble.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Trouble.READ_ONLY,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_PROTOCOL: Trouble.LOCKED,
    sqlite3.SQLITE_IOERR: Trouble.UNREADABLE,
}
_ERRNOS = {
    errno.ENOSPC: Trouble.FULL,
    getattr(errno, "EDQUOT", errno.ENOSPC): Trouble.FULL,
    errno.EROFS: Trouble.READ_ONLY,
    errno.EACCES: Trouble.READ_ONLY,
    errno.EPERM: Trouble.READ_ONLY,
    errno.EIO: Trouble.UNREADABLE,
}
_WORDS = (
    (("full",), Trouble.FULL),
    (("readonly", "read-only", "permission denied"), Trouble.READ_ONLY),
    (("malformed", "not a database", "corrupt"), Trouble.DAMAGED),
    (("locked", "busy"), Trouble.LOCKED),
    (("disk i/o",), Trouble.UNREADABLE),
)
_NOTHING_LEFT = 64 * 1024
"""Bytes: with less free, what fails to grow fails for want of space, whatever it calls that."""


def as_studio_error(error: BaseException, path: Path) -> StudioError:
    """The typed error for a failure of the database at ``path``."""
    if isinstance(error, StudioError):
        return error
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(
            f"The database refused a change that contradicts what it holds: {error}.",
            "Look at how it stands now.",
        )
    if not isinstance(error, sqlite3.Error | OSError):
        raise error
    kind, message, step = trouble_of(error, path).value
    told: StudioError = kind(
        message.format(name=path.name, folder=path.parent.name, error=error), step
    )
    return told


def trouble_of(error: sqlite3.Error | OSError, path: Path) -> Trouble:
    """What a failure means. One to grow a file is a full disk where nothing is left on it."""
    found = _named(error)
    if found in {Trouble.UNREADABLE, Trouble.READ_ONLY, Trouble.OTHER} and _is_full(path.parent):
        return Trouble.FULL
    if found is Trouble.READ_ONLY and _code(error) == sqlite3.SQLITE_READONLY_DBMOVED:
        return Trouble.MOVED
    return found


def is_broken(error: sqlite3.Error) -> bool:
    """Whether the connection that said it had better be opened anew."""
    return _named(error) in {Trouble.UNREADABLE, Trouble.DAMAGED, Trouble.READ_ONLY}


def _named(error: sqlite3.Error | OSError) -> Trouble:
    if isinstance(error, OSError) and error.errno in _ERRNOS:
        return _ERRNOS[error.errno]
    code = _code(error)
    if code is not None and (known := _CODES.get(code & 0xFF)):
        return known
    text = str(error).lower()
    return next((kind for words, kind in _WORDS if any(w in text for w in words)), Trouble.OTHER)


def _code(error: BaseException) -> int | None:
    return getattr(error, "sqlite_errorcode", None)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _NOTHING_LEFT
    except OSError:
        return False
