"""A batch that meets every trouble of an emulated fal at once pays what was billed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from studio.container import Studio, open_studio
from studio.models import BatchSettings, FaultKind, JobState, RunOptions
from studio.settings import load_settings
from tests.emulator import Served, serve
from tests.studio_fixture import QuickClock, finish


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as emulator:
        emulator.world.fal.account.runners = 8
        yield emulator


@contextmanager
def opened(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """A studio that knows the emulated fal, and does not wait for long."""
    for name, value in served.environment().items():
        monkeypatch.setenv(name, value)
    with open_studio(load_settings(), clock=QuickClock()) as studio:
        yield studio


def start(studio: Studio, pictures: int) -> str:
    """A batch of pictures of one prompt."""
    options = RunOptions(
        model="fal:fal-ai/flux/dev", images=pictures, width=512, height=512, title="Boats",
        settings=BatchSettings(),
    )  # fmt: skip
    return studio.batches.start(studio.planner.single("a red boat on a calm lake", options))


def test_a_batch_with_every_trouble_pays_what_was_billed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = served.world.trouble
    trouble.add("busy", every=7, retry_after=1)
    trouble.add("unavailable", every=11)
    trouble.add("lost_answer", every=6)
    trouble.add("gateway", every=13, accepted=True)
    trouble.add("refuse", nth=(2, 9), billed=True)
    trouble.add("refuse", nth=5, billed=False, units_header=True)
    trouble.add("black", nth=12)
    trouble.add("fail", every=8, error_type="runner_disconnected")
    trouble.add("status_fails", every=9)
    trouble.add("status_drop", every=10)
    trouble.add("result_fails", every=12)
    trouble.add("no_units", every=5)
    with opened(served, monkeypatch) as studio:
        batch_id = start(studio, 24)
        status = finish(studio, batch_id)
        jobs = studio.batches.jobs(batch_id)
    assert (status.counts.done, status.counts.refused) == (20, 4)
    assert (status.settled, status.reserved) == (served.world.bill.total, 0)
    assert {job.fault.kind for job in jobs if job.state is JobState.REFUSED and job.fault} == {
        FaultKind.REFUSED
    }
    assert len({job.seed for job in jobs}) == 24
    assert max(served.world.bill.submits(seed=job.seed) for job in jobs) <= 4
