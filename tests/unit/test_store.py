"""The store: atomic pieces, read-only readers, plain words when the disk refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

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
