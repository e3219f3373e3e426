"""Killed with -9 at every named point of a picture's way: the books agree, nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing

import pytest

from studio.container import open_studio
from studio.db import Store, ledger, spending
from studio.failpoints import POINTS
from studio.models import AssetFilter, JobState
from tests.emulator.world import World
from tests.flows.cli_desk import ROOT, Desk
from tests.flows.fal_world import MODEL, csv_of
from tests.studio_fixture import wait_until

RUN = ("run", "rows.csv", "--model", MODEL, "--size", "256x256", "--yes", "--workers", "6")
ORDER = list(POINTS)
CHAINS = [ORDER[start::4] for start in range(4)]
"""Each chain is one batch that is killed at each of its points in turn, and always resumed."""
NEEDS_LOST = {"before_find", "after_find"}
"""Reached only while a call is looked for, so a call is lost just before."""
ROWS_PER_KILL = 5


def killed(desk: Desk, point: str, nth: int, *words: str) -> str | None:
    """Run a command that is killed at a point; ``None`` where it ended before."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.killed_at", point, str(nth), *words],
        cwd=desk.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "killed at" in done.stderr:
        return done.stderr.rpartition("killed at ")[2].split()[0]
    assert done.returncode in {0, 1}, done.stderr
    return None


def finish_and_compare(desk: Desk, world: World, rows: int) -> None:
    """Let the batch end, then compare the books with the bill and the gallery with both."""
    for _ in range(6):
        desk.studio("resume")
        desk.studio("reconcile")
        if desk.rows("select count(*) from jobs where state <> 'done'") == [(0,)]:
            break
    with open_studio(everything=True) as studio:
        batch_id = studio.batches.latest()
        assert batch_id is not None
        studio.batches.settle_up(30)
        status = studio.batches.status(batch_id)
        assert status.counts.done == rows, status.counts
        runs = Counter(accepted.seed for accepted in world.bill.accepted)
        assert set(runs.values()) == {1}, "a picture was ordered twice"
        assert len(runs) == rows
        assert status.settled == world.bill.total
        assert status.reserved == 0
        pictures = studio.gallery.page(AssetFilter(batch_id=batch_id), per_page=1000).items
        stored = set(studio.parts.storage.keys("pictures"))
        assert stored == {asset.path for asset in pictures}, "an orphan file or row"
        assert len(pictures) == rows
        thumbs = len(set(studio.parts.storage.keys("thumbs")))
        assert thumbs == len({asset.sha256 for asset in pictures})
        wait_until(studio, batch_id, lambda _: not list(studio.parts.storage.keys("spool")))
        assert not list(studio.parts.storage.root.rglob("*.part"))
    books_agree(desk)


def books_agree(desk: Desk) -> None:
    """The sums that pages show are those of the ledger, and no job holds money that is at rest."""
    with closing(Store(desk.data / "studio.db")) as store:
        spent = store.read(spending.spent)
        entries = store.read(lambda tx: spending.entries(tx, limit=-1))
        assert spent.settled == sum(entry.settled for entry in entries)
        assert spent.reserved == sum(entry.reserved for entry in entries) == 0
        attempts = Counter(
            (entry.job_id, entry.attempt)
            for entry in entries
            if entry.kind.value == "settle" and not entry.corrects
        )
        assert set(attempts.values()) == {1}, "an attempt was settled twice"
        held = store.read(
            lambda tx: sum(abs(ledger.reserved_for(tx, entry.job_id)) for entry in entries)
        )
        assert held == 0


@pytest.mark.parametrize("chain", CHAINS, ids="+".join)
def test_killed_at_every_point(
    chain: list[str], fal: World, fal_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "before_book" in chain:  # bills are due at once, so that the process comes to that point
        monkeypatch.setenv("STUDIO_SETTLE_SECONDS", "0")
    rows = ROWS_PER_KILL * (len(chain) + 1)
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(rows))
    command: tuple[str, ...] = RUN
    for number, point in enumerate(chain):
        if point in NEEDS_LOST:
            assert killed(fal_desk, "after_send", 2, *command) == "after_send"
            command = ("resume",)
        if point == "before_book":
            command = ("reconcile",)
        nth = 1 if point in NEEDS_LOST | {"before_book"} else 2 + number % 2
        assert killed(fal_desk, point, nth, *command) == point
        assert books_hold(fal_desk)
        command = ("resume",)
    finish_and_compare(fal_desk, fal, rows)


def books_hold(desk: Desk) -> bool:
    """At the moment of death: every job that may cost money has its money set aside."""
    held = ", ".join(f"'{state.value}'" for state in JobState if state.holds_reservation)
    rows = desk.rows(
        f"select (select coalesce(sum(reserved), 0) from ledger where job_id = jobs.id) > 0, "
        f"state in ({held}) from jobs"
    )
    return all(bool(reserved) == bool(should) for reserved, should in rows)


def test_killed_at_random_moments(fal: World, fal_desk: Desk) -> None:
    rows, kills = int(os.environ.get("ROWS", "50")), int(os.environ.get("KILLS", "5"))
    chance = random.Random(4)  # noqa: S311  (the same moments again)
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(rows))
    command: tuple[str, ...] = RUN
    seen = []
    for _ in range(kills):
        seen.append(killed(fal_desk, "any", chance.randrange(20, 5 * rows // 2), *command))
        command = ("resume",)
    assert len([point for point in seen if point]) == kills, seen
    finish_and_compare(fal_desk, fal, rows)
