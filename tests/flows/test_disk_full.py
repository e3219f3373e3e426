"""The disk fills up in the middle of a batch: it says so, waits, goes on, and loses nothing."""

from __future__ import annotations

import queue
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from studio.container import open_studio
from studio.errors import StorageError
from studio.models import AssetFilter, BatchState, PauseReason
from studio.models.standing import still_moves
from tests.emulator.world import World
from tests.fakes import CENT, FakeProvider
from tests.flows.cli_desk import Desk
from tests.flows.fal_world import MODEL, csv_of
from tests.flows.small_disk import again_where_it_may_mount, fill, mounted
from tests.studio_fixture import finish, open_with, plan_of, wait_until

MEGABYTE = 1024 * 1024
ROWS = 8
HERE = "tests/flows/test_disk_full.py"


class Told:
    """The lines that a process says, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = process
        self._reader = threading.Thread(target=self._read, daemon=True)  # noqa: TID251  (a pipe)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._queue.put(line)
        self._queue.put(None)

    def until(self, words: str, seconds: float = 20.0) -> str:
        """The first line from now on that holds some words."""
        end = time.monotonic() + seconds
        while True:
            line = self._queue.get(timeout=max(0.1, end - time.monotonic()))
            assert line is not None, f"it ended without {words!r}: {''.join(self.lines)}"
            self.lines.append(line)
            if words in line:
                return line

    def close(self) -> None:
        """End the process, if it still runs, and its pipes."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def look(desk: Desk, query: str) -> list[tuple[Any, ...]]:
    """Look into the database without writing a byte."""
    address = f"{(desk.data / 'studio.db').as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=10)) as connection:
        return connection.execute(query).fetchall()


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Until it holds."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < end, "it never came"
        pause.wait(0.05)


def run_until_full(desk: Desk, *words: str) -> None:
    """Run until the disk is full in mid-batch, see what is said, make room, and see it end."""
    ballast = fill(desk.data, leave=8 * MEGABYTE)
    process = desk.process("run", *words, "--workers", "2", "--yes")
    told = Told(process)
    try:
        told.until("pictures ·")
        wait_for(lambda: look(desk, "select count(*) from jobs where state = 'done'")[0][0] >= 2)
        brim = fill(desk.data, leave=20_000, name="brim.bin")
        line = told.until("The batch waits.", 10)
        assert "full" in line
        assert "Free some space" in line
        wait_for(
            lambda: look(desk, "select state, pause_reason from batches") == [("paused", "disk")]
        )
        done, total = look(desk, "select sum(state = 'done'), count(*) from jobs")[0]
        assert 0 < done < total == ROWS
        assert process.poll() is None, "it waits"
        ballast.unlink()
        brim.unlink()
        assert process.wait(60) == 0, "".join(told.lines)
    finally:
        told.close()
    assert look(desk, "select state from batches") == [("done",)]
    assert look(desk, "select count(*) from jobs where state = 'done'") == [(ROWS,)]
    rows = {path for (path,) in look(desk, "select path from assets")}
    files = {path.relative_to(desk.data).as_posix() for path in desk.data.glob("pictures/**/*.*")}
    assert files == rows, "an orphan file or row, or a half-written one"
    assert len(rows) == ROWS
    with open_studio(everything=True):  # what the last one had no time to remove, the next does
        wait_for(lambda: not list(desk.data.glob("spool/*")))


def test_sketch(desk: Desk) -> None:
    with mounted(desk.data) as real:
        if real:
            rows = "\n".join(f"a red boat number {number} at dawn" for number in range(ROWS))
            file = desk.file("rows.csv", f"prompt\n{rows}\n")
            run_until_full(desk, file, "--model", "sketch:default", "--size", "384x384")
            return
    if not again_where_it_may_mount(f"{HERE}::test_sketch"):
        simulated(FakeProvider())


def test_fal(fal: World, fal_desk: Desk) -> None:
    with mounted(fal_desk.data) as real:
        if real:
            fal.fal.account.runners = 2
            fal.trouble.add("slow", seconds=0.4)
            file = fal_desk.file("rows.csv", csv_of(ROWS))
            run_until_full(fal_desk, file, "--model", MODEL, "--size", "768x768")
            (settled,) = look(fal_desk, "select sum(settled) from ledger")[0]
            runs = Counter(accepted.seed for accepted in fal.bill.accepted)
            assert (len(runs), set(runs.values())) == (ROWS, {1}), "made twice, or not at all"
            assert settled == fal.bill.total
            return
    if not again_where_it_may_mount(f"{HERE}::test_fal"):
        simulated(FakeProvider())


def test_a_disk_full_to_the_brim_is_told_although_nothing_can_be_written(desk: Desk) -> None:
    with mounted(desk.data) as real:
        if real:
            _brim(desk)
            return
    if not again_where_it_may_mount(
        f"{HERE}::test_a_disk_full_to_the_brim_is_told_although_nothing_can_be_written"
    ):
        simulated(FakeProvider())


def _brim(desk: Desk) -> None:
    rows = "\n".join(f"a red boat number {number} at dawn" for number in range(ROWS))
    file = desk.file("rows.csv", f"prompt\n{rows}\n")
    process = desk.process("run", file, "--model", "sketch:default", "--size", "384x384", "--yes")
    told = Told(process)
    try:
        told.until("pictures ·")
        wait_for(lambda: look(desk, "select count(*) from jobs where state = 'done'")[0][0] >= 1)
        (desk.data / "reserve.bin").unlink(missing_ok=True)
        brim = fill(desk.data)
        assert "Free some space" in told.until("The batch waits.", 10)
        brim.unlink()
        assert process.wait(60) == 0, "".join(told.lines)
        assert "Traceback" not in "".join(told.lines)
    finally:
        told.close()
    assert look(desk, "select count(*) from jobs where state = 'done'") == [(ROWS,)]
    assert look(desk, "select count(*) from assets") == [(ROWS,)]


def simulated(fake: FakeProvider) -> None:
    """The same where nothing can be mounted: the database and the storage refuse to grow."""
    with open_with(fake) as studio:
        store, storage = studio.parts.store, studio.parts.storage
        put, full, asked = storage.put, threading.Event(), count(1)

        def refusing(key: str, data: bytes) -> Path:
            if key.startswith("pictures/") and next(asked) == 3:
                full.set()  # from the third picture on, until there is room again
            if full.is_set():
                raise StorageError("The disk is full.", "Free some space.")
            return put(key, data)

        storage.put = refusing  # type: ignore[method-assign]
        batch_id = studio.batches.start(plan_of(studio, ROWS))
        assert full.wait(30)
        store.write(_stop_growing)
        status = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert status.batch.pause_reason is PauseReason.DISK
        assert "full" in (status.batch.pause_message or "")
        full.clear()
        store.write(_grow_again)
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled) == (ROWS, ROWS * CENT)
        assert len(fake.submits) == ROWS, "made twice, or not at all"
        pictures = studio.gallery.page(AssetFilter(batch_id=batch_id))
        assert pictures.total == ROWS


def _stop_growing(tx: Any) -> None:
    pages = next(tx.query("pragma page_count"))["page_count"]
    list(tx.query(f"pragma max_page_count = {pages}"))


def _grow_again(tx: Any) -> None:
    list(tx.query("pragma max_page_count = 1000000"))


def test_where_nothing_can_be_mounted() -> None:
    simulated(FakeProvider())


@pytest.mark.parametrize("room", [0, 100_000])
def test_the_pause_is_seen_although_it_cannot_be_written(
    room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What page, API and command line ask says that the batch waits, and why."""
    with open_with() as studio:
        batch_id = studio.batches.start(plan_of(studio, 1))
        finish(studio, batch_id)
        batch_id = studio.batches.start(plan_of(studio, 3))
        studio.engine.close()
        error = StorageError("The disk is full.", "Free some space.")
        studio.parts.refusals.note("test", batch_id if room else None, error)
        status = studio.batches.status(batch_id)
        if status.counts.unfinished:
            assert status.batch.state is BatchState.PAUSED
            assert status.batch.pause_message == "The disk is full. Free some space."
            assert still_moves(status)
        assert studio.parts.refusals.drop("test")
        assert studio.batches.status(batch_id).batch.state is not BatchState.PAUSED
