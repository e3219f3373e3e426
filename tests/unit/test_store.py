"""The store: atomic pieces, read-only readers, plain words when the disk refuses."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from studio.db import Store, Tx
from studio.db.faults import as_studio_error
from studio.errors import DatabaseError, StorageError


def test_a_piece_that_fails_takes_nothing_of_its_neighbours_with_it(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "t.db")) as store:
        store.write(lambda tx: tx.execute("create table t (x integer primary key)"))

        def broken(tx: Tx) -> None:
            tx.execute("insert into t values (2)")
            raise ValueError("no")

        first = store._submit(lambda tx: tx.execute("insert into t values (1)") and None)
        second = store._submit(broken)
        third = store._submit(lambda tx: tx.execute("insert into t values (3)") and None)
        first.result()
        with pytest.raises(ValueError, match="no"):
            second.result()
        third.result()
        assert [r["x"] for r in store.read(lambda tx: list(tx.query("select x from t")))] == [1, 3]


def test_readers_cannot_write(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "t.db")) as store, pytest.raises(DatabaseError, match="written"):
        store.read(lambda tx: tx.execute("create table t (x)"))


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "t.db")
    store.close()
    store.close()
    with pytest.raises(DatabaseError, match="shutting down"):
        store.write(lambda tx: None)


def test_a_full_database_rolls_back_and_says_so(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "t.db")) as store:
        store.write(lambda tx: tx.execute("create table t (x)") and None)
        pages = store.write(lambda tx: next(tx.query("pragma page_count"))["page_count"])
        store.write(lambda tx: tx.execute(f"pragma max_page_count = {pages + 2}") and None)
        with pytest.raises(StorageError, match="full"):
            store.write(lambda tx: tx.execute("insert into t values (zeroblob(1000000))") and None)
        store.write(lambda tx: tx.execute("pragma max_page_count = 1000000") and None)
        store.write(lambda tx: tx.execute("insert into t values (zeroblob(1000000))") and None)
        assert store.read(lambda tx: next(tx.query("select count(*) as n from t"))["n"]) == 1


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (sqlite3.OperationalError("database is locked"), DatabaseError, "Another program"),
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            DatabaseError,
            "written",
        ),
        (sqlite3.DatabaseError("database disk image is malformed"), DatabaseError, "damaged"),
        (sqlite3.OperationalError("database or disk is full"), StorageError, "full"),
        (sqlite3.OperationalError("no such table: x"), DatabaseError, "could not be used"),
    ],
)
def test_what_sqlite_says_in_words(error: sqlite3.Error, kind: type, words: str) -> None:
    told = as_studio_error(error, Path("studio.db"))
    assert isinstance(told, kind)
    assert words in told.message
    assert told.next_step


class Coded(sqlite3.OperationalError):
    """An error as SQLite itself raises it, with its code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.sqlite_errorcode = code


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_FULL, StorageError, "full"),
        (sqlite3.SQLITE_IOERR_WRITE, DatabaseError, "does not read or write properly"),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseError, "damaged"),
        (sqlite3.SQLITE_NOTADB, DatabaseError, "damaged"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseError, "Another program"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, DatabaseError, "cannot be written"),
        (sqlite3.SQLITE_READONLY_DBMOVED, DatabaseError, "moved or removed"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, DatabaseError, "cannot be written"),
    ],
)
def test_what_a_code_means_whatever_the_text(
    code: int, kind: type, words: str, tmp_path: Path
) -> None:
    told = as_studio_error(Coded("something went wrong", code), tmp_path / "studio.db")
    assert isinstance(told, kind)
    assert words in told.message
    assert told.next_step


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_CANTOPEN])
def test_what_cannot_grow_on_a_full_disk_is_a_full_disk(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(9, 9, 0))
    told = as_studio_error(Coded("disk I/O error", code), tmp_path / "studio.db")
    assert isinstance(told, StorageError)
    assert "full" in told.message


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "cannot be written"), (errno.EIO, "properly")],
)
def test_what_the_system_says_in_words(number: int, words: str, tmp_path: Path) -> None:
    told = as_studio_error(OSError(number, "x"), tmp_path / "studio.db")
    assert words in told.message


def test_the_store_knows_whether_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(Store(path)) as store, closing(sqlite3.connect(path, timeout=0)) as other:
        store._tx.conn.execute("pragma busy_timeout = 0")
        other.execute("begin immediate")
        with pytest.raises(DatabaseError, match="Another program"):
            store.write(lambda tx: tx.execute("create table t (x)") and None)
        assert isinstance(store.refusal, DatabaseError)
        other.rollback()
        store.write(lambda tx: tx.execute("create table t (x)") and None)
        assert store.refusal is None


def test_damage_in_mid_run_is_said_and_what_still_works_works(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(Store(path)) as store:
        store.write(lambda tx: tx.execute("create table t (x)") and None)
        store.write(lambda tx: tx.execute("insert into t values (1)") and None)

        def spoiled(tx: Tx) -> None:
            raise Coded("database disk image is malformed", sqlite3.SQLITE_CORRUPT)

        with pytest.raises(DatabaseError, match="damaged") as caught:
            store.write(spoiled)
        assert "doctor --repair" in caught.value.next_step
        with pytest.raises(DatabaseError, match="damaged"):
            store.read(spoiled)
        assert store.read(lambda tx: next(tx.query("select count(*) as n from t"))["n"]) == 1


def test_a_closed_store_leaves_one_file_that_can_be_copied(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    with closing(Store(path)) as store:
        store.write(lambda tx: tx.execute("create table t (x)") and None)
        store.read(lambda tx: None)
    assert sorted(file.name for file in tmp_path.glob("t.db*")) == ["t.db", "t.db.migrating"]
