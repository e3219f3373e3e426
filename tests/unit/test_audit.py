"""The audit: every event and entry leaves the house in order, safely, with little memory."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from studio.container import Studio
from studio.container.audit import EVENT_COLUMNS, LEDGER_COLUMNS, STORY_COLUMNS
from studio.db import Tx, events
from studio.errors import BadParameter, NotFound, StorageError
from studio.models import Charged, FaultKind
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import finish, open_with, plan_of

FORMULA = '=HYPERLINK("http://evil.example","click")'


@pytest.fixture
def studio() -> Iterator[Studio]:
    """Two batches: one with a picture and a charged refusal, one with a picture."""
    refusal = fault(FaultKind.REFUSED, charged=Charged.YES, cost=CENT // 2)
    fake = FakeProvider(FakeProvider.picture(), refusal, FakeProvider.picture())
    fake.concurrency = 1  # type: ignore[misc]
    with open_with(fake) as made:
        for pictures in (2, 1):
            finish(made, made.batches.start(plan_of(made, pictures)))
        yield made


def batch_ids(studio: Studio) -> list[str]:
    """Oldest first."""
    return [status.batch.id for status in reversed(studio.batches.list())]


def sheet(data: bytes) -> list[dict[str, str]]:
    """A CSV file as a spreadsheet reads it."""
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_story_of_a_picture_is_its_events_and_its_money_in_time(studio: Studio) -> None:
    done, refused = studio.batches.jobs(batch_ids(studio)[0])
    rows = studio.audit.story_rows(done.id)
    assert [(row["record"], row["kind"]) for row in rows] == [
        ("job", "job"),
        ("ledger", "reserve"),
        ("event", "job_submitting"),
        ("event", "job_fetching"),
        ("ledger", "settle"),
        ("event", "job_done"),
    ]
    assert {tuple(row) for row in rows} == {STORY_COLUMNS}
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert sum(row["settled_usd"] or 0 for row in rows) == 0.01
    assert sum(row["reserved_usd"] or 0 for row in rows) == 0
    assert rows[2]["data"]["seed"] == done.seed
    asked = rows[0]["data"]
    assert (asked["prompt"], asked["seed"]) == (done.spec.request.prompt, done.seed)
    assert (rows[0]["model"], asked["state"], asked["cost_usd"]) == ("fake:one", "done", 0.01)
    told = studio.audit.story_rows(refused.id)
    assert told[0]["data"]["fault"]["message"] == "It went wrong."
    assert told[-1]["data"]["message"] == "It went wrong."
    assert [row["picture"] for row in told if row["kind"] == "settle"] == [False]
    with pytest.raises(NotFound):
        studio.audit.story_rows("j_none")


@pytest.mark.parametrize("kind", ["events", "ledger"])
def test_exports_hold_every_row_in_order(studio: Studio, kind: Literal["events", "ledger"]) -> None:
    extent = studio.audit.extent()
    count = extent.events if kind == "events" else extent.entries
    parsed = json.loads(studio.audit.export_bytes(kind, "json"))[kind]
    table = sheet(studio.audit.export_bytes(kind, "csv"))
    columns = EVENT_COLUMNS if kind == "events" else LEDGER_COLUMNS
    assert len(parsed) == len(table) == count > 0
    assert [row["id"] for row in parsed] == [int(row["id"]) for row in table]
    assert [row["id"] for row in parsed] == sorted(row["id"] for row in parsed)
    assert tuple(parsed[0]) == tuple(table[0]) == columns
    first = batch_ids(studio)[0]
    mine = json.loads(studio.audit.export_bytes(kind, "json", first))[kind]
    assert mine == [row for row in parsed if row["batch_id"] == first]
    with pytest.raises(NotFound):
        studio.audit.export_bytes(kind, "json", "b_none")


def test_the_sums_of_the_export_are_those_of_the_costs(studio: Studio) -> None:
    report = studio.costs.report("day")
    table = sheet(studio.audit.export_bytes("ledger", "csv"))
    settled = sum(round(float(row["settled_usd"]) * 1_000_000) for row in table)
    reserved = sum(round(float(row["reserved_usd"]) * 1_000_000) for row in table)
    assert (settled, reserved) == (report.settled, report.reserved) == (CENT * 5 // 2, 0)
    assert {row["day"] for row in table} == {studio.costs.today().isoformat()}


def test_one_json_file_holds_both(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "new" / "audit.json"
    written = studio.audit.write(path)
    assert written == studio.audit.extent()
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["batch_id"] is None
    for kind in ("events", "ledger"):
        assert document[kind] == json.loads(studio.audit.export_bytes(kind, "json"))[kind]
    second = batch_ids(studio)[1]
    studio.audit.write(path, second)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert {row["batch_id"] for row in document["events"] + document["ledger"]} == {second}
    assert [file.name for file in path.parent.iterdir()] == ["audit.json"]


def test_one_csv_file_holds_both_merged_in_time(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "audit.CSV"
    written = studio.audit.write(path)
    table = sheet(path.read_bytes())
    assert tuple(table[0]) == STORY_COLUMNS
    records = [row["record"] for row in table]
    assert (records.count("event"), records.count("ledger")) == (written.events, written.entries)
    assert [row["at"] for row in table] == sorted(row["at"] for row in table)
    assert json.loads(table[0]["data"])["title"] == "Test"


def test_an_empty_record_is_still_a_file(tmp_path: Path) -> None:
    with open_with() as studio:
        assert studio.audit.write(tmp_path / "a.json").events == 0
        assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["ledger"] == []
        studio.audit.write(tmp_path / "a.csv")
        assert sheet((tmp_path / "a.csv").read_bytes()) == []


def test_what_people_wrote_never_becomes_a_formula(studio: Studio, tmp_path: Path) -> None:
    batch_id = batch_ids(studio)[0]

    def write(tx: Tx) -> None:
        for kind in (FORMULA, "-1+1", "@SUM(A1)"):
            data = {"message": FORMULA}
            events.record(tx, kind, batch_id=batch_id, at=studio.parts.now(), data=data)

    studio.parts.store.write(write)
    studio.audit.write(tmp_path / "a.csv")
    for data in ((tmp_path / "a.csv").read_bytes(), studio.audit.export_bytes("events", "csv")):
        kinds = [row["kind"] for row in sheet(data)]
        assert {f"'{FORMULA}", "'-1+1", "'@SUM(A1)"} <= set(kinds)
        assert not any(cell.startswith(("=", "@")) for row in sheet(data) for cell in row.values())
    parsed = json.loads(studio.audit.export_bytes("events", "json"))["events"]
    assert parsed[-1]["data"] == {"message": FORMULA}


def test_a_bad_name_and_a_bad_place_are_said_plainly(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=r"'audit\.txt'"):
        studio.audit.write(tmp_path / "audit.txt")
    with pytest.raises(NotFound):
        studio.audit.write(tmp_path / "none.json", "b_none")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StorageError, match=r"'a\.json' could not be written"):
        studio.audit.write(tmp_path / "file" / "a.json")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "data"}


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_a_long_record_is_written_with_little_memory(
    studio: Studio, tmp_path: Path, ending: str
) -> None:
    batch_id, many = batch_ids(studio)[0], 20_000

    def write(tx: Tx) -> None:
        tx.conn.executemany(
            "insert into events (at, batch_id, kind, data) values (?, ?, 'noted', ?)",
            ([f"2026-11-21T12:00:{n:09.6f}+00:00", batch_id, _data(n)] for n in range(many)),
        )

    studio.parts.store.write(write)
    path = tmp_path / f"audit.{ending}"
    tracemalloc.start()
    try:
        written = studio.audit.write(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert written.events > many
    assert path.stat().st_size > 4_000_000
    assert peak < 1_000_000


def _data(number: int) -> str:
    told: dict[str, Any] = {"message": f"step {number} " + "x" * 150}
    return json.dumps(told)
