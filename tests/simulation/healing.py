"""A whole walk: its steps, then everything is healed, resumed and reckoned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.simulation.reckoning import reckon
from tests.simulation.steps import STEPS, Step, steps_of
from tests.simulation.walk import PEOPLE, Walk


def run(
    seed: int,
    folder: Path,
    steps: list[Step] | None = None,
    note: Callable[[str], None] | None = None,
) -> list[str]:
    """Take the steps of a seed in an empty folder, heal everything, and reckon.

    Args:
        steps: Other steps than those of the seed.
        note: Told what happens, for people.

    Returns:
        What was wrong.
    """
    walk = Walk(seed, folder, note)
    with walk.alive():
        for name, *numbers in steps_of(seed) if steps is None else steps:
            walk.note(f"– {name} {' '.join(f'{number:.3f}' for number in numbers)}")
            STEPS[name](walk, *numbers)
            walk.look_at_books()
            if walk.problems:
                return walk.problems
        Healing(walk).run()
    return walk.problems


class Healing:
    """All troubles end; everything is resumed until nothing moves, and then reckoned."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def run(self) -> None:
        """Heal and reckon; what is wrong is added to the walk's problems."""
        walk = self._walk
        walk.world.rates.clear()
        walk.note("– everything is healed")
        for process in walk.slots:
            if process is not None:
                process.fatal = None
        walk.process(0)
        self._without_caps()
        walk.books.note_caps()
        for _ in range(40):
            self._resume()
            walk.pump(walk.is_quiet, 400)
            if walk.is_quiet() and not self._paused():
                break
        for seconds in (130, 130, 700, 1500, 3600, 8000):
            walk.loop.jump(seconds)
            walk.pump(lambda: False, 8)
            self._resume()
            walk.pump(walk.is_quiet, 60)
        self._restart()
        lost: set[str] = set()
        walk.act(0, lambda studio: lost.update(item.job_id for item in studio.lost.items()))
        walk.books.note_caps()
        walk.problems += [*walk.world.violations, *walk.books.problems(), *walk.books.orphans()]
        walk.problems += reckon(walk.world, walk.books, lost)

    def _without_caps(self) -> None:
        walk = self._walk
        for scope in ("day", "month", "total"):
            walk.act(0, lambda studio, scope=scope: studio.budgets.set(scope, None))  # type: ignore[misc]
        walk.act(0, lambda studio: studio.budgets.set_person(PEOPLE[0], None))
        for batch in walk.batches:
            walk.act(0, lambda studio, batch=batch: studio.batches.set_budget(batch, None))  # type: ignore[misc]

    def _paused(self) -> list[str]:
        rows = self._walk.books.rows("select id from batches where state = 'paused'")
        return [row["id"] for row in rows]

    def _resume(self) -> None:
        for batch in self._paused():
            self._walk.act(0, lambda studio, batch=batch: studio.batches.resume(batch))  # type: ignore[misc]

    def _restart(self) -> None:
        """Start once more, alone, so that what was left over is cleaned up."""
        walk = self._walk
        for slot, process in enumerate(walk.slots):
            if process is not None:
                process.close()
                walk.slots[slot] = None
        walk.process(0)
        walk.pump(lambda: False, 5)
