"""The process is killed with several jobs in flight: nothing is paid twice, nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.models import AssetFilter, BatchState
from tests.fakes import CENT
from tests.flows.killed_studio import BilledProvider, provider_at
from tests.studio_fixture import finish, open_with, plan_of, wait_until

POINTS = ["before_send", "after_send", "while_running", "after_spool", "while_fetching"]


def kill_at(point: str, bill: Path) -> str:
    """Run a studio until it hangs at ``point``, kill it, and return its batch id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.killed_studio", point, str(bill)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ.copy(),
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    with process.stdout:
        batch_id = process.stdout.readline().strip()
        assert process.stdout.readline().strip() == "hanging"
        process.kill()
        process.wait()
    return batch_id


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, tmp_path: Path) -> None:
    bill = tmp_path / "bill.txt"
    batch_id = kill_at(point, bill)
    fake = provider_at(point, bill)
    fake._point = ""
    with open_with(fake) as studio:
        interrupted = studio.batches.status(batch_id)
        assert interrupted.counts.in_flight >= 2
        assert interrupted.reserved >= 2 * CENT
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        pictures = studio.gallery.page(AssetFilter(batch_id=batch_id))
        assert (status.counts.done, pictures.total) == (6, 6)
        assert status.batch.state is BatchState.DONE
        assert sorted(fake.accepted) == sorted(set(fake.accepted)), "a job was paid twice"
        assert status.settled == CENT * len(fake.accepted) == 6 * CENT
        assert status.reserved == 0
        stored = set(studio.parts.storage.keys("pictures"))
        assert stored == {asset.path for asset in pictures.items}, "an orphan file or row"
        wait_until(studio, batch_id, lambda _: not list(studio.parts.storage.keys("spool")))


def test_work_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    bill = tmp_path / "bill.txt"
    first = BilledProvider(bill, "while_running")
    with open_with(first) as living:
        batch_id = living.batches.start(plan_of(living, 2))
        wait_until(living, batch_id, lambda s: s.counts.running == 2)
        with open_with(BilledProvider(bill)) as other:
            other.batches.resume(batch_id)
            other.engine.wake()
            later = other.batches.wait(batch_id, 0.5)
            assert later.counts.running == 2
            assert sorted(first.accepted) == sorted(set(first.accepted))


def test_left_overs_of_a_crash_are_removed_at_the_next_start(tmp_path: Path) -> None:
    with open_with() as studio:
        spool = studio.parts.storage.path("spool/j_gone-1-0.bin")
        part = studio.parts.storage.root / "pictures" / "x" / ".half.part"
        for path in (spool, part):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"left over")
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        assert not spool.exists()
        assert not part.exists()
