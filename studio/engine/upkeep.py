"""The daily backup, made beside the work and off the way of the start."""

from __future__ import annotations

import asyncio
import sqlite3
import threading

import structlog

from studio.db import backups
from studio.db.backups import Made
from studio.engine.parts import Parts

LOOK_SECONDS = 1800.0

log = structlog.get_logger("studio.engine")


async def keep_backups(parts: Parts) -> None:
    """Look every half hour whether a backup is due, for ever."""
    stopped = threading.Event()
    try:
        while True:
            await _look(parts, stopped)
            await asyncio.sleep(LOOK_SECONDS)  # by the wall: tests jump over other waits
    finally:
        stopped.set()


async def _look(parts: Parts, stopped: threading.Event) -> None:
    path = parts.store.path
    try:
        made = await asyncio.to_thread(backups.make_if_due, path, parts.now(), stopped.is_set)
    except (sqlite3.Error, OSError) as error:
        log.warning("backup_failed", error=str(error))
        return
    if made is Made.DAMAGED:
        log.error("database_damaged", what_to_do="studio doctor --repair")
    elif made is Made.NO_ROOM:
        log.warning("no_backup", why=str(made))
    elif made is Made.MADE:
        log.info("backup_made")
