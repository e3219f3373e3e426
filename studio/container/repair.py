"""Repairing an installation: what is wrong, what would mend it, and mending it when told to."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from studio.container import orphans
from studio.container.studio import DATABASE, Studio
from studio.db import backups, care, salvage
from studio.db.faults import Trouble, as_studio_error, trouble_of
from studio.db.rows import timestamp
from studio.engine import Parts
from studio.engine.owners import Owner
from studio.engine.recovery import LOST_FILES
from studio.errors import Conflict, StudioError
from studio.ids import RandomIds
from studio.models import Check, Verdict
from studio.settings import Settings

WORK_FOLDER = "repair"
BUSY_SECONDS = 5.0
SMALL = 64 * 1024 * 1024
"""Bytes: a database up to that size is looked at thoroughly by default."""


class Condition(StrEnum):
    """How a database file is, found without opening the studio."""

    NONE = "none"
    SOUND = "sound"
    DAMAGED = "damaged"
    MISSING = "missing"
    """It is gone, and there are backups of it."""
    REFUSED = "refused"
    """It cannot be looked at now: locked, or no access."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The condition of a database and what is to be said about it."""

    condition: Condition
    check: Check


@dataclass(frozen=True, slots=True)
class Step:
    """One mend of a sound database."""

    found: str
    plan: str
    do: Callable[[], str]
    """Does it and says what was done."""


@dataclass(slots=True)
class Rescue:
    """What came of saving a damaged database."""

    salvaged: salvage.Salvaged
    kept: Path | None
    """Where the damaged file lies now."""
    words: list[str] = field(default_factory=list)


def database_of(settings: Settings) -> Path:
    """Where the database lies."""
    return settings.studio_data_dir / DATABASE


def examine(settings: Settings, *, thorough: bool = False) -> Finding:
    """Look at the database file itself; works also where the studio cannot be opened."""
    path = database_of(settings)
    if not path.exists():
        return _absent(path)
    small = path.stat().st_size <= SMALL
    try:
        with closing(_open(path)) as connection:
            check = "integrity_check" if thorough or small else "quick_check"
            answers = [row[0] for row in connection.execute(f"pragma {check}(5)")]
    except (sqlite3.Error, OSError) as error:
        told = as_studio_error(error, path)
        damaged = trouble_of(error, path) is Trouble.DAMAGED
        return _bad(Condition.DAMAGED if damaged else Condition.REFUSED, told)
    if answers == ["ok"]:
        return Finding(
            Condition.SOUND, Check(name="Database", verdict=Verdict.OK, message="Sound.")
        )
    return _bad(
        Condition.DAMAGED,
        as_studio_error(sqlite3.DatabaseError("malformed"), path),
        more=f"SQLite says: {answers[0]}.",
    )


@contextmanager
def alone_with(settings: Settings) -> Iterator[None]:
    """Hold the data folder, so that no other process works with it meanwhile.

    Raises:
        Conflict: another one does.
        StudioError: the folder cannot be written to.
    """
    path = database_of(settings)
    with ExitStack() as stack:
        try:
            owner = Owner(settings.studio_data_dir / "locks", RandomIds().new("o"))
            stack.callback(owner.release)
            lock = FileLock(path.with_name(path.name + ".migrating"))
            stack.enter_context(lock.acquire(timeout=0))
        except Timeout as error:
            raise _in_use() from error
        except OSError as error:
            raise as_studio_error(error, path) from error
        if not owner.is_alone():
            raise _in_use()
        yield


def rescue(settings: Settings) -> Rescue:
    """Save a damaged database, or bring a lost one back from its newest backup.

    The damaged file is kept beside the new one. Call it inside :func:`alone_with`.

    Raises:
        DatabaseError: it could not be saved.
        StorageError: too little room.
    """
    path, at = database_of(settings), datetime.now(UTC)
    folder = settings.studio_data_dir / WORK_FOLDER
    day = at.astimezone(settings.timezone).date().toordinal()
    result, found = salvage.salvage(
        path, folder, at=at, day=day, spooled=_spooled(settings.studio_data_dir)
    )
    kept = salvage.set_aside(path, result, at)
    shutil.rmtree(folder, ignore_errors=True)
    done = Rescue(found, kept)
    done.words = list(_told(done))
    return done


def mends(studio: Studio) -> tuple[list[Step], list[str]]:
    """What of a sound installation does not agree, each with its mend; and what only a person can
    mend, in words.
    """
    parts = studio.parts
    found = parts.store.read(care.disagreements)
    steps = [
        Step(mend.found, mend.plan, _writing(parts, mend.key, mend.plan))
        for mend in found
        if mend.key != "links"
    ]
    told = [mend.found for mend in found if mend.key == "links"]
    lost = orphans.find(parts)
    for key, job_id in lost.adoptable:
        steps.append(
            Step(f"{key!r} is in no gallery.", "Take it in.", _adopting(parts, key, job_id))
        )
    for key in lost.homeless:
        plan = f"Move it to {LOST_FILES!r}."
        steps.append(Step(f"{key!r} belongs to no picture known.", plan, _moving(parts, key)))
    if lost.bare:
        noun = "thumbnail is" if len(lost.bare) == 1 else "thumbnails are"
        steps.append(
            Step(f"{len(lost.bare)} {noun} missing.", "Draw them.", _drawing(parts, lost.bare))
        )
    told += [
        f"The file {key!r} is missing. Restore it from a backup of the data folder, or make it "
        "again."
        for key in lost.missing
    ]
    return steps, told


def _writing(parts: Parts, key: str, plan: str) -> Callable[[], str]:
    def do() -> str:
        parts.store.write(lambda tx: care.mend(tx, key, timestamp(parts.now())))
        return f"Done: {plan}"

    return do


def _adopting(parts: Parts, key: str, job_id: str) -> Callable[[], str]:
    def do() -> str:
        taken = orphans.adopt(parts, key, job_id)
        return f"{key!r} is in the gallery." if taken else f"{key!r} is no picture: set aside."

    return do


def _moving(parts: Parts, key: str) -> Callable[[], str]:
    def do() -> str:
        orphans.set_aside(parts, key)
        return f"{key!r} is in {LOST_FILES!r} now."

    return do


def _drawing(parts: Parts, keys: Sequence[str]) -> Callable[[], str]:
    def do() -> str:
        drawn = sum(orphans.draw_thumbnail(parts, key) for key in keys)
        return f"{drawn} of {len(keys)} thumbnails drawn."

    return do


def _open(path: Path) -> sqlite3.Connection:
    """A connection that only reads, also where the folder cannot be written to."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    try:
        connection.execute("pragma schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN:
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _absent(path: Path) -> Finding:
    if backups.all_of(path):
        message = f"The database {path.name!r} is missing, and there are backups of it."
        fix = "Put it back, or run 'studio doctor --repair' to take the newest backup."
        return Finding(
            Condition.MISSING,
            Check(name="Database", verdict=Verdict.ERROR, message=message, fix=fix),
        )
    check = Check(name="Database", verdict=Verdict.OK, message="None yet; it is made when needed.")
    return Finding(Condition.NONE, check)


def _bad(condition: Condition, error: StudioError, more: str = "") -> Finding:
    message = f"{error.message} {more}".strip()
    return Finding(
        condition,
        Check(name="Database", verdict=Verdict.ERROR, message=message, fix=error.next_step),
    )


def _in_use() -> Conflict:
    return Conflict(
        "Another studio process works with this data folder.",
        "Stop it (the pages, and every 'studio' command), then repair again.",
    )


def _spooled(folder: Path) -> dict[str, int]:
    """Job → the latest attempt of which an answer lies on the disk."""
    found: dict[str, int] = {}
    for path in (folder / "spool").glob("*.json"):
        job_id, _, attempt = path.stem.rpartition("-")
        if job_id and attempt.isdecimal():
            found[job_id] = max(found.get(job_id, 0), int(attempt))
    return found


def _told(done: Rescue) -> Iterator[str]:
    found = done.salvaged
    if found.how == "reindexed":
        yield "Every row could be read; the indexes were built again."
    elif found.how == "begun anew":
        yield (
            "Nothing of it could be read, and there is no backup: a new database was begun. What "
            "your pictures tell of themselves is taken in; what they cost is not known any more."
        )
    elif found.how == "restored":
        yield (
            "The newest backup took its place. What was begun since then is not in it: before you "
            "run a file again, see whether its pictures are in the gallery."
        )
    else:
        yield "What could be read was saved into a new database."
    if found.backup is not None and any(saved.completed for saved in found.tables):
        yield f"Missing rows were taken from {found.backup.name!r}."
    doubts = found.doubts
    if doubts.rebuilt:
        yield f"{doubts.rebuilt} lost rows were made again from what others tell of them."
    if doubts.unknown:
        yield (
            f"{doubts.unknown} pictures may have been sent since: they are held, not sent again. "
            "See lost and found."
        )
    if doubts.paused:
        yield f"{doubts.paused} batches wait for you; look at them before you resume."
    if done.kept is not None:
        yield f"The damaged database is kept as {done.kept.name!r}."
