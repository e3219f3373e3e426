"""Saving a damaged database: what can be read, completed from a backup, in a fresh file."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import sqlite_utils

from studio.db import backups, care, truth
from studio.db.connect import Tx
from studio.db.faults import as_studio_error
from studio.db.migrations import migrate
from studio.db.reading import (
    PARSERS,
    Reading,
    Row,
    copy_with_log,
    graft_first_page,
    makes_sense,
    open_damaged,
)
from studio.errors import StorageError

_TIMES_FREE = 3


@dataclass(slots=True)
class Saved:
    """What became of the rows of one table."""

    table: str
    kept: int = 0
    """Rows that could be read."""
    completed: int = 0
    """Rows that the backup had."""
    lost: int | None = 0
    """Rows known to be lost; ``None`` where nobody can count them."""


@dataclass(slots=True)
class Salvaged:
    """How a database was saved."""

    how: str
    """``reindexed``, ``salvaged``, ``restored`` or ``begun anew``."""
    tables: list[Saved] = field(default_factory=list)
    backup: Path | None = None
    doubts: truth.Doubts = field(default_factory=truth.Doubts)


def salvage(
    path: Path,
    folder: Path,
    *,
    at: datetime,
    day: int,
    spooled: Mapping[str, int],
) -> tuple[Path, Salvaged]:
    """Make a sound database of a damaged one, which is only read, in ``folder``.

    Args:
        at: The present moment.
        day: Today as a budget day.
        spooled: Job id → the latest attempt of which an answer lies on the disk.

    Returns:
        The new file, not yet in place, and how it came about.

    Raises:
        StorageError: too little room on the disk.
        DatabaseError: it could not be saved.
    """
    _require_room(path)
    folder.mkdir(parents=True, exist_ok=True)
    copy, result = folder / "copy.db", folder / "result.db"
    _forget(copy, result)
    backup = backups.newest_sound(path)
    try:
        if path.exists():
            copy_with_log(path, copy)
            if _reindex(copy):
                return copy, Salvaged("reindexed")
        found = _row_by_row(copy, result, backup, at=at, day=day, spooled=spooled)
    except (sqlite3.Error, OSError) as error:
        raise as_studio_error(error, path) from error
    return result, found


def set_aside(path: Path, result: Path, at: datetime) -> Path | None:
    """Put the new database in the place of the damaged one, which is kept beside it.

    Returns:
        Where the damaged one lies now; ``None`` where there was none.
    """
    stamp = at.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.stem}-damaged-{stamp}{path.suffix}")
    existed = path.exists()
    if existed:
        shutil.copyfile(path, kept)  # the old one stays in place until the new one takes it
    for end in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(kept.with_name(kept.name + end))
    result.replace(path)
    return kept if existed else None


def _require_room(path: Path) -> None:
    size = path.stat().st_size if path.exists() else 0
    free = shutil.disk_usage(path.parent).free
    if free < _TIMES_FREE * size + 1_000_000:
        raise StorageError(
            f"Repairing needs {_TIMES_FREE * size / 1e6 + 1:,.0f} MB, and the disk has "
            f"{free / 1e6:,.0f} MB left.",
            "Free some space first; nothing was changed.",
        )


def _reindex(copy: Path) -> bool:
    """Whether the rows are whole and only indexes were not, which are then built again."""
    try:
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            tx = sqlite_utils.Database(connection)
            connection.execute("pragma journal_mode = delete")
            connection.execute("reindex")
            connection.execute("insert into assets_fts (assets_fts) values ('rebuild')")
            if care.problems(tx, thorough=True) or _has_loose_ends(tx):
                return False
            return all(_is_readable(tx, table) for table in PARSERS)
    except sqlite3.Error:
        return False


def _has_loose_ends(tx: Tx) -> bool:
    return any(True for _ in tx.query("pragma foreign_key_check"))


def _is_readable(tx: Tx, table: str) -> bool:
    return all(makes_sense(table, row) for row in tx.query(f"select * from {table}"))


def _row_by_row(
    copy: Path,
    result: Path,
    backup: Path | None,
    *,
    at: datetime,
    day: int,
    spooled: Mapping[str, int],
) -> Salvaged:
    migrate(result)
    if not _has_tables(copy):
        _graft(copy, backup or result)
    found = Salvaged("salvaged", backup=backup)
    with closing(sqlite3.connect(result, isolation_level=None)) as connection:
        tx = sqlite_utils.Database(connection)
        connection.execute("pragma foreign_keys = off")
        connection.execute("begin immediate")
        stale = _Stale()
        for table in _tables(tx):
            found.tables.append(_save(tx, table, copy, backup, stale))
        if not any(saved.kept for saved in found.tables):
            found.how = "restored" if backup else "begun anew"
        found.doubts = truth.settle(
            tx,
            stale_jobs=stale.jobs,
            stale_batches=stale.batches,
            whole=all(saved.lost == 0 for saved in found.tables if saved.table == "ledger"),
            since=backups.made_at(backup) if backup else None,
            at=at, day=day, spooled=spooled,
        )  # fmt: skip
        care.add_up_again(tx)
        tx.execute("insert into assets_fts (assets_fts) values ('rebuild')")
        connection.execute("commit")
        wrong = care.problems(tx, thorough=True)
        if wrong or _has_loose_ends(tx):
            raise sqlite3.DatabaseError("the saved rows contradict each other")
        connection.execute("pragma journal_mode = delete")
    return found


@dataclass(slots=True)
class _Stale:
    """Ids of rows that only the backup had: they may be older than what happened."""

    jobs: set[str] = field(default_factory=set)
    batches: set[str] = field(default_factory=set)


def _tables(tx: Tx) -> list[str]:
    """Tables whose rows are taken over; sums and the search index are made anew."""
    own = [name for name in tx.table_names() if not name.startswith(("sqlite_", "_", "assets_fts"))]
    return [name for name in own if name != "spend"]


def _save(tx: Tx, table: str, copy: Path, backup: Path | None, stale: _Stale) -> Saved:
    saved = Saved(table)
    whole = False
    if copy.exists():
        with closing(open_damaged(copy)) as connection:
            reading = Reading(connection, table)
            saved.kept = _insert(tx, table, reading.rows())
            whole = reading.whole
    if backup is not None and not whole:
        with closing(open_damaged(backup)) as connection:
            keys = _keys(tx, table) if table in {"jobs", "batches"} else set()
            saved.completed = _insert(tx, table, Reading(connection, table).rows())
            if table == "jobs":
                stale.jobs = _keys(tx, table) - keys
            elif table == "batches":
                stale.batches = _keys(tx, table) - keys
    saved.lost = 0 if whole else _lost(tx, table)
    return saved


def _insert(tx: Tx, table: str, rows: Iterable[Row]) -> int:
    """Insert the rows that make sense and are not there yet; returns how many."""
    columns = {column.name for column in tx.table(table).columns}
    count = 0
    for row in rows:
        known = {name: value for name, value in row.items() if name in columns}
        if not known or not makes_sense(table, known):
            continue
        names = ", ".join(known)
        cursor = tx.execute(
            f"insert or ignore into {table} ({names}) values ({', '.join('?' * len(known))})",
            list(known.values()),
        )
        count += max(0, cursor.rowcount)
    return count


def _keys(tx: Tx, table: str) -> set[str]:
    return {str(row["id"]) for row in tx.query(f"select id from {table}")}


def _lost(tx: Tx, table: str) -> int | None:
    """Gaps in the numbers of a table that never had any; beyond the last one nobody can count."""
    if table not in {"ledger", "events"}:
        return None
    row = next(tx.query(f"select coalesce(max(id), 0) - count(*) as n from {table}"))
    return int(row["n"]) or None


def _has_tables(copy: Path) -> bool:
    if not copy.exists():
        return False
    try:
        with closing(open_damaged(copy)) as connection:
            return bool(connection.execute("select count(*) from sqlite_master").fetchone()[0])
    except sqlite3.Error:
        return False


def _graft(copy: Path, donor: Path) -> None:
    """Try the first page of the backup, or of a new database, which begins its tables in the same
    places; a file that it does not help is not used at all.
    """
    if not copy.exists() or copy.stat().st_size < 2 * 4096:
        _forget(copy)
        return
    graft_first_page(copy, donor)
    if not _has_tables(copy):
        _forget(copy)


def _forget(*paths: Path) -> None:
    for path in paths:
        for end in ("", "-wal", "-shm", "-journal", ".migrating"):
            path.with_name(path.name + end).unlink(missing_ok=True)
