"""The process is killed in the middle of a paid batch at fal: nothing is paid twice, none lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from studio.container import open_studio
from studio.models import AssetFilter, BatchState, JobState
from tests.emulator.world import World
from tests.flows.cli_desk import Desk
from tests.flows.fal_world import MODEL, csv_of
from tests.studio_fixture import finish

ROWS = 6
POINTS: dict[str, dict[str, Any]] = {
    "stall": {"nth": (2, 4)},
    "slow": {"nth": (1, 3)},
    "picture_slow": {"seconds": 60.0, "times": 3},
    "status_stall": {"nth": (2, 5)},
}
"""Trouble that holds requests at the point where the process is killed: while it waits for the
answer of a submit, for a run, for a file, for a status."""


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, fal: World, fal_desk: Desk) -> None:
    rule = fal.trouble.add(point, **POINTS[point])
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(ROWS))
    process = fal_desk.process("run", "rows.csv", "--model", MODEL, "--size", "256x256", "--yes")
    try:
        fal.wait_until(lambda: rule.hits >= 2, 60)
    finally:
        process.kill()
        process.communicate()
    fal.trouble.clear()
    fal.fal.queue.release(ROWS)
    with open_studio() as studio:
        batch_id = studio.batches.latest()
        assert batch_id is not None
        interrupted = studio.batches.status(batch_id)
        assert interrupted.reserved > 0
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert status.batch.state is BatchState.DONE
        unknown = studio.batches.jobs(batch_id, [JobState.UNKNOWN])
        assert status.counts.done + len(unknown) == ROWS
        runs = Counter(accepted.seed for accepted in fal.bill.accepted)
        assert set(runs.values()) == {1}, "a picture was ordered twice"
        # what was cut off on its way out, with no later request to prove it, waits for a person
        assert not runs.keys() & {job.seed for job in unknown}, "a paid picture is called unknown"
        assert status.settled == fal.bill.total
        assert status.reserved == sum(job.spec.quote.high or 0 for job in unknown)
        pictures = studio.gallery.page(AssetFilter(batch_id=batch_id))
        stored = set(studio.parts.storage.keys("pictures"))
        assert stored == {asset.path for asset in pictures.items}, "an orphan file or row"
