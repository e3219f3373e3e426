"""The random proof, bounded; ``python -m tests.simulation --seed N`` replays one step by step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.healing import run

SEEDS = range(40)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_or_paid_twice(seed: int, tmp_path: Path) -> None:
    told: list[str] = []
    problems = run(seed, tmp_path / "data", note=told.append)
    assert problems == [], "\n".join([*told[-60:], *problems])


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    runs: list[list[str]] = []
    for name in ("first", "second"):
        told: list[str] = []
        run(7, tmp_path / name, note=told.append)
        runs.append([line for line in told if " log " not in line])
    assert runs[0] == runs[1]
    assert any("accepted" in line for line in runs[0])
