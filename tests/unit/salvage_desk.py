"""What tests of damage and repair share: backups, damage, rescue, mends, and looks inside."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from studio.container import Studio, repair
from studio.db import Store, backups, care
from studio.settings import load_settings

PAGE = 4096
PICTURES = 12


def back_up(path: Path) -> None:
    """A backup of this moment, made as if tomorrow so that it is due."""
    made = backups.make_if_due(path, datetime.now(UTC) + timedelta(hours=2))
    assert made is backups.Made.MADE


def rescue() -> repair.Rescue:
    settings = load_settings()
    with repair.alone_with(settings):
        return repair.rescue(settings)


def mend(studio: Studio) -> list[str]:
    steps, _ = repair.mends(studio)
    return [step.do() for step in steps]


def spoil(path: Path, *pages: int, seed: int = 0) -> None:
    """Overwrite pages; the first is 0."""
    noise = random.Random(seed)  # noqa: S311
    with path.open("rb+") as file:
        for page in pages:
            file.seek(page * PAGE)
            file.write(noise.randbytes(PAGE))


def pages_of(path: Path, *names: str) -> list[int]:
    """All pages of some tables and indexes."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            rows = connection.execute("select name, pageno from dbstat").fetchall()
        except sqlite3.OperationalError:  # this SQLite has no such table: the roots alone
            rows = [
                (name, root)
                for name, root in connection.execute("select name, rootpage from sqlite_master")
            ]
    return [page - 1 for name, page in rows if name in names]


def ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def check(path: Path) -> None:
    """It is sound, its links hold, and its sums agree."""
    with closing(Store(path)) as store:
        assert store.read(lambda tx: care.problems(tx, thorough=True)) == []
        assert store.read(care.disagreements) == []
