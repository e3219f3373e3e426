"""Reading a damaged database: every row that can still be read, around the pages that cannot."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.db.rows import asset_from, batch_from, entry_from, event_from, job_from

Row = dict[str, Any]
PARSERS: dict[str, Callable[[Row], object]] = {
    "batches": batch_from,
    "jobs": job_from,
    "assets": asset_from,
    "ledger": entry_from,
    "events": event_from,
}
"""What reads a row of a table; one that it cannot read is damaged too."""
MOST_TRIES = 4000
"""Looks into a stretch of rows that cannot be read, before what is left of it is given up."""
_HEADER = 100


@dataclass(slots=True)
class Reading:
    """One table of a damaged database."""

    connection: sqlite3.Connection
    table: str
    whole: bool = True
    """Whether everything could be read so far."""

    def rows(self) -> Iterator[Row]:
        """Every row that can be read, each once."""
        try:
            kind = self.connection.execute(
                "select sql from sqlite_master where type = 'table' and name = ?", [self.table]
            ).fetchone()
        except sqlite3.Error:
            kind = None
        if kind is None:
            self.whole = False
        elif "without rowid" in str(kind[0]).lower():
            yield from self._from_both_ends()
        else:
            yield from self._by_rowid()

    def _from_both_ends(self) -> Iterator[Row]:
        keys = self._primary_key()
        seen: set[tuple[Any, ...]] = set()
        for order in ("", " desc"):
            wanted = ", ".join(f"{key}{order}" for key in keys)
            for row in self._select(f"select * from {self.table} order by {wanted}", []):
                found = tuple(row[key] for key in keys)
                if found not in seen:
                    seen.add(found)
                    yield row
            if self.whole:
                return

    def _by_rowid(self) -> Iterator[Row]:
        """Forward from the start and backward from the end; in between, ever smaller stretches."""
        stretches: list[tuple[int, int]] = [(-(2**62), 2**62)]
        tries = 0
        while stretches and tries < MOST_TRIES:
            low, high = stretches.pop()
            tries += 1
            first, self.whole = self.whole, True
            for row in self._stretch(low, high, ""):
                low = row.pop("_rowid") + 1
                yield row
            done, self.whole = self.whole, first
            if done or low > high:
                continue
            self.whole = False
            kept = []
            for row in self._stretch(low, high, "desc"):
                high = row.pop("_rowid") - 1
                kept.append(row)
            yield from reversed(kept)
            if low < high:
                low, high = max(low, 0), min(high, 2**40)
                middle = (low + high) // 2
                stretches += [(middle + 1, high), (low, middle)]

    def _stretch(self, low: int, high: int, order: str) -> Iterator[Row]:
        return self._select(
            f"select rowid as _rowid, * from {self.table} "
            f"where rowid between ? and ? order by rowid {order}",
            [low, high],
        )

    def _select(self, query: str, values: list[Any]) -> Iterator[Row]:
        """Rows until the end, or until one cannot be read, which ``whole`` tells."""
        try:
            cursor = self.connection.execute(query, values)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))
        except (sqlite3.Error, OverflowError):
            self.whole = False

    def _primary_key(self) -> list[str]:
        columns = self.connection.execute(f"pragma table_info({self.table})").fetchall()
        return [name for _, name, _, _, _, part in sorted(columns, key=lambda c: c[5]) if part]


def open_damaged(path: Path) -> sqlite3.Connection:
    """A connection to a copy of a damaged database that reads what it can."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute("pragma cell_size_check = on")
    return connection


def copy_with_log(path: Path, target: Path) -> None:
    """Copy a database that nobody has open, with the changes that still wait in its log."""
    shutil.copyfile(path, target)
    log = path.with_name(path.name + "-wal")
    if log.exists():
        shutil.copyfile(log, target.with_name(target.name + "-wal"))


def graft_first_page(damaged: Path, donor: Path) -> None:
    """Give a copy whose first page is lost that of a backup, which says where each table begins.

    The pages of a table stay where they are for its life, so they are where they were when the
    backup was made. See https://www.sqlite.org/fileformat2.html#the_database_header.
    """
    with donor.open("rb") as file:
        header = file.read(_HEADER)
        size = int.from_bytes(header[16:18], "big")
        size = 65536 if size == 1 else size
        first = bytearray(header + file.read(size - _HEADER))
    pages = damaged.stat().st_size // size
    counter = first[24:28]
    first[28:32] = pages.to_bytes(4, "big")
    first[32:40] = bytes(8)  # no free pages: those of the backup may be in use by now
    first[92:96] = counter  # the number of pages in the header is valid
    with damaged.open("rb+") as file:
        file.write(first)


def makes_sense(table: str, row: Row) -> bool:
    """Whether a row that could be read is one that the studio wrote."""
    parse = PARSERS.get(table)
    if parse is None:
        return True
    try:
        parse(row)
    except (
        ValueError,
        TypeError,
        KeyError,
        OverflowError,
    ):  # pydantic's and json's are ValueErrors
        return False
    return True
