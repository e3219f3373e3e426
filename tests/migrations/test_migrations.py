"""From an empty folder and from older databases to the newest schema, with and without rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from studio.db import Store, batches
from studio.db.migrations import migrate, migrations
from studio.errors import DatabaseError
from tests.unit.test_ledger import store_with


def test_a_new_database_has_every_table(tmp_path: Path) -> None:
    migrate(tmp_path / "new.db")
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        tables = set(sqlite_utils.Database(connection).table_names())
    wanted = {"batches", "jobs", "assets", "ledger", "spend", "events", "followups", "assets_fts"}
    assert wanted <= tables
    assert not (tmp_path / "backups").exists(), "there was nothing to back up"


def test_migrating_twice_changes_nothing() -> None:
    with store_with(batch_count=2) as store:
        before = store.read(lambda tx: list(tx.query("select sql from sqlite_master order by 1")))
        migrate(store.path)
        assert (
            store.read(lambda tx: list(tx.query("select sql from sqlite_master order by 1")))
            == before
        )
        assert len(store.read(batches.newest)) == 2


def test_a_pending_step_backs_the_database_up_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    with closing(Store(path)):
        pass
    added = migrations._Migration("9999_test", _add_table)
    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations, added])
    migrate(path)
    saved = list((tmp_path / "backups").glob("old-*.db"))
    assert len(saved) == 1
    with closing(sqlite3.connect(saved[0])) as copy, closing(sqlite3.connect(path)) as now:
        assert "extra" not in sqlite_utils.Database(copy).table_names()
        assert "extra" in sqlite_utils.Database(now).table_names()


def test_a_step_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(db: sqlite_utils.Database) -> None:
        db.execute("create table half (x)")
        db.execute("create table half (x)")

    path = tmp_path / "old.db"
    with closing(Store(path)):
        pass
    added = migrations._Migration("9999_test", broken)
    monkeypatch.setattr(migrations, "_migrations", [*migrations._migrations, added])
    with pytest.raises(DatabaseError):
        Store(path)
    with closing(sqlite3.connect(path)) as now:
        assert "half" not in sqlite_utils.Database(now).table_names()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) "
            "values ('studio', '2030_future', '2030-01-01')"
        )
    with pytest.raises(DatabaseError, match="newer version"):
        migrate(path)


@pytest.mark.parametrize("content", [b"this is no database at all" * 50, b"\x00" * 4096 + b"x"])
def test_a_damaged_database_is_said_plainly(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    with pytest.raises(DatabaseError, match="damaged") as caught:
        Store(path)
    assert "backups" in caught.value.next_step
    assert path.read_bytes() == content, "a damaged file is evidence and stays as it is"


def _add_table(db: sqlite_utils.Database) -> None:
    db.execute("create table extra (x)")
