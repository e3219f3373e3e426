"""The random proof, bounded: seeds of the walk, each replayable with ``python -m tests.simulation``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.walk import Walk, steps_of

SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_paid_twice(seed: int, tmp_path: Path) -> None:
    told: list[str] = []
    problems = Walk(seed, tmp_path / "data", told.append).run(steps_of(seed))
    assert problems == [], "\n".join([*told[-60:], *problems])


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    runs: list[list[str]] = []
    for name in ("first", "second"):
        told: list[str] = []
        Walk(7, tmp_path / name, told.append).run(steps_of(7))
        runs.append([line for line in told if " log " not in line])
    assert runs[0] == runs[1]
    assert any("accepted" in line for line in runs[0])
