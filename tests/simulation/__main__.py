"""``python -m tests.simulation --seeds 500``: the random proof for as long as one likes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.healing import run
from tests.simulation.steps import Step, steps_of


def walk(
    seed: int, steps: list[Step] | None = None, note: Callable[[str], None] | None = None
) -> list[str]:
    """Run one seed in a folder of its own; returns what was wrong."""
    with TemporaryDirectory(prefix="simulation-") as folder:
        return run(seed, Path(folder), steps, note)


def shorter(seed: int, steps: list[Step]) -> list[Step]:
    """Leave out steps as long as it still goes wrong."""
    left = 0
    while left < len(steps):
        fewer = steps[:left] + steps[left + 1 :]
        if walk(seed, fewer):
            steps = fewer
        else:
            left += 1
    return steps


def main() -> int:
    """Run seeds, or show one of them step by step."""
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    options.add_argument("--seeds", type=int, default=500, help="how many")
    options.add_argument("--first", type=int, default=0, help="the first one")
    options.add_argument("--seed", type=int, help="only this one, told step by step")
    options.add_argument("--shorten", action="store_true", help="find fewer steps that fail too")
    wanted = options.parse_args()
    if wanted.seed is not None:
        steps = steps_of(wanted.seed)
        if wanted.shorten:
            steps = shorter(wanted.seed, steps)
        problems = walk(wanted.seed, steps, _tell)
        _tell("\n".join(problems) or "clean")
        return bool(problems)
    return _many(range(wanted.first, wanted.first + wanted.seeds))


def _many(seeds: range) -> int:
    began, bad = time.monotonic(), 0
    for seed in seeds:
        problems = walk(seed)
        if problems:
            bad += 1
            _tell(f"seed {seed}: {problems[0]} ({len(problems)} problems)")
    seconds = time.monotonic() - began
    _tell(f"{len(seeds)} seeds, {bad} went wrong, {seconds:.0f} s")
    return bool(bad)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
