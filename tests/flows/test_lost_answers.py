"""Answers that are lost, and two processes at once: every request is found, none is sent twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

from studio.container import Studio, open_studio
from studio.models import AssetFilter, BatchState
from tests.emulator.world import World
from tests.flows.cli_desk import ROOT, Desk
from tests.flows.fal_world import MODEL, csv_of, plan_rows
from tests.studio_fixture import finish, wait_until

ROWS = 60


def everything_is_right(studio: Studio, batch_id: str, world: World, rows: int) -> None:
    """Each picture was ordered once, is in the gallery, and is booked at what was billed."""
    status = studio.batches.status(batch_id)
    assert (status.counts.done, status.counts.total) == (rows, rows)
    assert status.batch.state is BatchState.DONE
    runs = Counter(accepted.seed for accepted in world.bill.accepted)
    assert len(runs) == rows
    assert set(runs.values()) == {1}, "a picture was ordered twice"
    assert (status.settled, status.reserved) == (world.bill.total, 0)
    assert studio.gallery.page(AssetFilter(batch_id=batch_id)).total == rows
    assert studio.lost.summary().total == 0


def test_one_answer_in_ten_is_lost(fal: World, fal_desk: Desk) -> None:
    rule = fal.trouble.add("lost_answer", rate=0.1)
    with open_studio(everything=True) as studio:
        batch_id = studio.batches.start(plan_rows(studio, ROWS))
        finish(studio, batch_id, 120)
        assert rule.hits >= 2, "no answer was lost: this proves nothing"
        wait_until(studio, batch_id, lambda s: s.counts.done == ROWS, 60)
        everything_is_right(studio, batch_id, fal, ROWS)


def test_a_page_and_a_terminal_work_on_one_batch_and_one_of_them_dies(
    fal: World, fal_desk: Desk
) -> None:
    rows = 40
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(rows))
    words = ("run", "rows.csv", "--model", MODEL, "--size", "256x256", "--yes")
    with open_studio(everything=True) as server:
        terminal = subprocess.run(
            [sys.executable, "-m", "tests.flows.killed_at", "after_send", "9", *words],
            cwd=fal_desk.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "killed at after_send" in terminal.stderr, terminal.stderr
        batch_id = server.batches.latest()
        assert batch_id is not None
        server.engine.wake()
        finish(server, batch_id, 120)
        wait_until(server, batch_id, lambda s: s.counts.done == rows, 60)
        everything_is_right(server, batch_id, fal, rows)
