"""A little room set aside on the disk: given up when it is full, so that state can be written."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

NAME = "reserve.bin"
BYTES = 1024 * 1024
LEAST_FREE = 4 * BYTES
"""With less than that left, nothing new is begun; see :mod:`studio.engine.disk`."""


def keep(folder: Path) -> bool:
    """Set the room aside where there is enough; true when it is set aside now."""
    path = folder / NAME
    try:
        if path.exists():
            return True
        if shutil.disk_usage(folder).free < LEAST_FREE + BYTES:
            return False
        path.write_bytes(os.urandom(BYTES))  # what can be compressed would take no room
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return False
    return True


def release(folder: Path) -> bool:
    """Give the room up; true when there was some."""
    path = folder / NAME
    try:
        was_there = path.exists()
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return was_there
