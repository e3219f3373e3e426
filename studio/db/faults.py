"""What SQLite says when it cannot go on, in words a person can act on."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from studio.errors import DatabaseError, StorageError, StudioError


def as_studio_error(error: BaseException, path: Path) -> StudioError:
    """The typed error for a failure of the database at ``path``."""
    if isinstance(error, StudioError):
        return error
    text = str(error).lower()
    if "full" in text or getattr(error, "errno", None) == errno.ENOSPC:
        return StorageError(
            f"The disk that holds {path.name!r} is full.",
            "Free some space, then resume: nothing that was finished is lost.",
        )
    if "readonly" in text or "read-only" in text or isinstance(error, PermissionError):
        return DatabaseError(
            f"The folder {path.parent.name!r} cannot be written to.",
            "Give this program write access, or point STUDIO_DATA_DIR at another folder.",
        )
    if "malformed" in text or "not a database" in text or "corrupt" in text:
        return DatabaseError(
            f"The database {path.name!r} is damaged.",
            "Stop the studio and put the newest file from the folder 'backups' in its place.",
        )
    if "locked" in text or "busy" in text:
        return DatabaseError(
            "Another program holds the database.",
            "Close other copies of the studio or database viewers, then try again.",
        )
    if isinstance(error, sqlite3.Error | OSError):
        return DatabaseError(
            f"The database {path.name!r} could not be used: {error}.",
            "Run 'studio doctor' to see what is wrong.",
        )
    raise error
