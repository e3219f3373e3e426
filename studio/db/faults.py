"""What SQLite says when it cannot go on, in words a person can act on."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from studio.errors import Conflict, DatabaseError, StorageError, StudioError

_TABLE: tuple[tuple[tuple[str, ...], type[StudioError], str, str], ...] = (
    (
        ("full",),
        StorageError,
        "The disk that holds {name!r} is full.",
        "Free some space, then resume: nothing that was finished is lost.",
    ),
    (
        ("readonly", "read-only", "permission denied"),
        DatabaseError,
        "The folder {folder!r} cannot be written to.",
        "Give this program write access, or point STUDIO_DATA_DIR at another folder.",
    ),
    (
        ("malformed", "not a database", "corrupt"),
        DatabaseError,
        "The database {name!r} is damaged.",
        "Stop the studio and put the newest file from the folder 'backups' in its place.",
    ),
    (
        ("locked", "busy"),
        DatabaseError,
        "Another program holds the database.",
        "Close other copies of the studio or database viewers, then try again.",
    ),
)


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
    text = "full" if getattr(error, "errno", None) == errno.ENOSPC else str(error).lower()
    for words, kind, message, next_step in _TABLE:
        if any(word in text for word in words):
            return kind(message.format(name=path.name, folder=path.parent.name), next_step)
    return DatabaseError(
        f"The database {path.name!r} could not be used: {error}.",
        "Run 'studio doctor' to see what is wrong.",
    )
