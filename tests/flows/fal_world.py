"""The emulated fal for flow tests: served beside the test, with the studio pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from studio.container import Studio
from studio.models import BatchSettings, Plan, RunOptions
from tests.emulator.server import serve
from tests.emulator.world import World

MODEL = "fal:fal-ai/flux/schnell"


@contextmanager
def fal_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A fal with eight runners; the environment names it, its key too."""
    with serve() as served:
        served.world.fal.account.runners = 8
        for name, value in served.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("STUDIO_SETTLE_SECONDS", "1")
        monkeypatch.setenv("LOG_LEVEL", "ERROR")
        yield served.world


def csv_of(rows: int) -> bytes:
    """A prompt file."""
    lines = [f'"A red boat number {row} on a calm lake at dawn, soft light"' for row in range(rows)]
    return "\n".join(["prompt", *lines]).encode()


def plan_rows(studio: Studio, rows: int, model: str = MODEL, **settings: object) -> Plan:
    """A plan of so many rows, small pictures, at today's price."""
    studio.live.refresh_prices([model])
    sheet = studio.planner.read(csv_of(rows), "rows.csv")
    checked = studio.planner.check(sheet, None, model=model)
    options = RunOptions(
        model=model, width=256, height=256, title="Boats",
        settings=BatchSettings.model_validate(settings),
    )  # fmt: skip
    return studio.planner.plan(checked.rows, options)
