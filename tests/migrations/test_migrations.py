"""From an empty folder and from older databases to the newest schema, with and without rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlite_utils
from sqlite_utils.migrations import Migrations

from studio.db import Store, batches, jobs, ledger, spending
from studio.db.migrations import migrate, migrations
from studio.errors import DatabaseError
from studio.models import JobState
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


OLDEST = """
insert into batches (id, title, state, source, model, settings, quote, created_at)
values ('b_1', 'Old', 'running', 'old.csv', 'fake:one', '{}',
        '{"low":1,"expected":1,"high":1}', :at);
insert into jobs (id, batch_id, position, state, provider, model, content_hash, spec, seed,
                  file_stem, attempt, remote, created_at, started_at)
values ('j_1', 'b_1', 0, 'running', 'fake', 'fake:one', 'hash',
        '{"request":{"model":"fake:one","prompt":"a boat","width":64,"height":64}}', 7, 'Boat', 1,
        '{"id":"r1"}', :at, :at);
insert into ledger (at, day, job_id, batch_id, attempt, kind, reserved, settled, provider, model,
                    source)
values (:at, 740000, 'j_1', 'b_1', 1, 'reserve', 100, 0, 'fake', 'fake:one', 'quote, high price');
insert into spend values (740000, 'fake', 'fake:one', 'b_1', 0, 100, 0, 0);
"""


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "with_rows"])
def test_the_oldest_schema_becomes_the_newest(tmp_path: Path, filled: bool) -> None:
    path, at = tmp_path / "old.db", "2026-11-21T12:00:00.000000+00:00"
    with closing(sqlite3.connect(path)) as connection:
        db = sqlite_utils.Database(connection)
        oldest = Migrations("studio")
        oldest._migrations = migrations._migrations[:1]
        oldest.apply(db)
        if filled:
            for statement in filter(str.strip, OLDEST.split(";")):
                connection.execute(statement, {"at": at})
            connection.commit()
    with closing(Store(path)) as store:
        with closing(sqlite3.connect(path)) as connection:
            assert not migrations.pending(sqlite_utils.Database(connection))
        if not filled:
            assert store.read(batches.newest) == []
            return
        job = store.read(lambda tx: jobs.get(tx, "j_1"))
        assert (job.state, job.remote, job.progress) == (JobState.RUNNING, {"id": "r1"}, None)
        assert (job.spec.body, job.spec.names) == ({}, None)
        entry = store.read(spending.entries)[0]
        assert (entry.reserved, entry.corrects) == (100, False)
        later = datetime(2026, 11, 22, tzinfo=UTC)
        store.write(lambda tx: ledger.settle(tx, job, 90, later, UTC, picture=True, source="t"))
        spend = store.read(spending.spent)
        assert (spend.settled, spend.reserved, spend.pictures) == (90, 0, 1)
