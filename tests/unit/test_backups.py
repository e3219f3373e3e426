"""Backups: made in use, checked, bounded, never in place of a better one or on a full disk."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from studio.db import Store, backups, events
from studio.db.backups import DAILY_KEPT, MIGRATION_KEPT, Made
from studio.db.migrations import migrate
from studio.errors import DatabaseError, StorageError
from tests.studio_fixture import finish, open_with, plan_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database in which something happened at noon."""
    found = tmp_path / "studio.db"
    with closing(Store(found)) as store:
        store.write(_something)
    return found


def _something(tx, at: datetime = NOON) -> None:  # type: ignore[no-untyped-def]
    tx.execute(
        "insert or ignore into batches (id, title, state, source, model, settings, quote, "
        "created_at) values ('b_1', 't', 'done', 'x', 'm', '{}', '{}', 'now')"
    )
    events.record(tx, "batch_created", batch_id="b_1", at=at)


def happened(path: Path, at: datetime) -> None:
    with closing(Store(path)) as store:
        store.write(lambda tx: _something(tx, at))


def test_the_first_is_made_when_there_is_something_to_lose(path: Path) -> None:
    assert backups.make_if_due(path, NOON + timedelta(minutes=1)) is Made.NOT_DUE
    assert backups.make_if_due(path, NOON + timedelta(hours=1)) is Made.MADE
    (made,) = backups.all_of(path)
    assert backups.is_sound(made)
    assert backups.made_at(made) == NOON + timedelta(hours=1)
    assert [file.name for file in made.parent.iterdir() if "unfinished" in file.name] == []
    with closing(sqlite3.connect(made)) as copy:
        assert copy.execute("pragma journal_mode").fetchone() == ("delete",), "it is one file"
        assert copy.execute("select count(*) from events").fetchone() == (1,)


def test_an_empty_database_needs_none(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "studio.db")):
        pass
    assert backups.make_if_due(tmp_path / "studio.db", NOON) is Made.NOT_DUE
    assert not (tmp_path / "backups").exists()


def test_one_a_day_and_only_after_something_new(path: Path) -> None:
    assert backups.make_if_due(path, NOON + timedelta(hours=1)) is Made.MADE
    assert backups.make_if_due(path, NOON + timedelta(hours=20)) is Made.NOT_DUE
    assert backups.make_if_due(path, NOON + timedelta(days=3)) is Made.NOT_DUE, "nothing happened"
    happened(path, NOON + timedelta(hours=2))
    assert backups.make_if_due(path, NOON + timedelta(days=3)) is Made.MADE


def test_a_week_of_days_is_kept_and_those_before_migrations_beside_them(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        kept = backups.before_migration(connection, path)
    for day in range(DAILY_KEPT + 3):
        happened(path, NOON + timedelta(days=day))
        assert backups.make_if_due(path, NOON + timedelta(days=day, hours=1)) is Made.MADE
    daily = [file for file in backups.all_of(path) if "-daily-" in file.name]
    assert len(daily) == DAILY_KEPT
    assert backups.made_at(daily[-1]) == NOON + timedelta(days=3, hours=1)
    assert kept.exists()
    assert backups.newest_sound(path) in {kept, daily[0]}


def test_those_before_migrations_are_bounded_too(path: Path) -> None:
    folder = backups.folder_of(path)
    folder.mkdir()
    for day in range(MIGRATION_KEPT + 2):
        shutil.copy(path, folder / f"studio-202001{day + 1:02d}-000000.db")
    with closing(sqlite3.connect(path)) as connection:
        made = backups.before_migration(connection, path)
    assert len(backups.all_of(path)) == MIGRATION_KEPT
    assert backups.all_of(path)[0] == made


def test_a_damaged_database_never_replaces_a_good_backup(path: Path) -> None:
    assert backups.make_if_due(path, NOON + timedelta(hours=1)) is Made.MADE
    before = backups.all_of(path)
    happened(path, NOON + timedelta(hours=5))
    damage(path)
    assert backups.make_if_due(path, NOON + timedelta(days=2)) is Made.DAMAGED
    assert backups.all_of(path) == before
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(DatabaseError, match="damaged"),
    ):
        backups.before_migration(connection, path)


def damage(path: Path) -> None:
    """Overwrite the pages of the table of batches' index and what follows, not the events."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        (page,) = connection.execute(
            "select rootpage from sqlite_master where name = 'batches'"
        ).fetchone()
    with path.open("rb+") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))


def test_a_nearly_full_disk_is_left_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = path.stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(9, 9, 2 * size))
    assert backups.make_if_due(path, NOON + timedelta(hours=1)) is Made.NO_ROOM
    assert backups.all_of(path) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(9, 9, 10))
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(StorageError, match="backup needs"),
    ):
        backups.before_migration(connection, path)


def test_a_studio_that_closes_does_not_wait_for_it(path: Path) -> None:
    assert backups.make_if_due(path, NOON + timedelta(hours=1), lambda: True) is Made.STOPPED
    assert list(backups.folder_of(path).glob("*.db*")) == []
    assert list(backups.folder_of(path).glob(".*")) == []


def test_it_is_made_while_others_write(path: Path) -> None:
    """The copy is of one moment, and nobody waits for it."""
    with closing(Store(path)) as store:

        def write_meanwhile() -> bool:
            store.write(lambda tx: _something(tx, NOON + timedelta(minutes=5)))
            return False

        made = backups.make_if_due(path, NOON + timedelta(hours=1), write_meanwhile)
        assert made is Made.MADE
        (copy,) = backups.all_of(path)
        with closing(sqlite3.connect(copy)) as connection:
            assert connection.execute("select count(*) from events").fetchone() == (1,)
        assert store.read(lambda tx: next(tx.query("select count(*) as n from events"))["n"]) > 1


def test_the_studio_makes_one_by_itself_when_it_opens() -> None:
    with open_with() as studio:
        finish(studio, studio.batches.start(plan_of(studio)))
        path = studio.parts.store.path
    from tests.studio_fixture import QuickClock

    clock = QuickClock()
    clock.skip(3600)
    with open_with(clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        studio.engine.close()
    assert len(backups.all_of(path)) == 1
    assert backups.is_sound(backups.all_of(path)[0])


def test_a_database_that_vanished_is_not_begun_anew(path: Path) -> None:
    assert backups.make_if_due(path, NOON + timedelta(hours=1)) is Made.MADE
    path.unlink()
    with pytest.raises(DatabaseError, match="missing"):
        Store(path)
    assert not path.exists()
    shutil.rmtree(path.parent / "backups")
    migrate(path)
