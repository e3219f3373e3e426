"""When to look at accepted work again: learned from how long the model usually takes."""

from __future__ import annotations

FIRST_LOOK, LOOK_GROWTH = 0.5, 1.3
SHORTEST_LOOK, LONGEST_LOOK = 0.25, 10.0
NEARLY = 0.85
"""Share of the usual duration after which looks become frequent."""
STEP = 0.08
"""Share of the usual duration between two looks from then on."""


class Pace:
    """The waits between looks at one job.

    Args:
        typical: Seconds that this model usually takes; ``None`` while nobody knows.
    """

    def __init__(self, typical: float | None) -> None:
        self._typical = typical
        self._wait = FIRST_LOOK

    def next(self, elapsed: float, *, in_line: bool = False) -> float:
        """Seconds to wait, ``elapsed`` seconds after the work was accepted.

        Before its usual time is nearly over there is one look at half of what is left; around that
        time looks are frequent; long after it, or while nobody knows, they grow rarer.
        """
        usual = self._typical
        if usual is None or elapsed > 3 * usual or in_line:
            wait, self._wait = self._wait, min(LONGEST_LOOK, self._wait * LOOK_GROWTH)
            return wait
        self._wait = FIRST_LOOK
        if elapsed < NEARLY * usual:
            return _within((NEARLY * usual - elapsed) / 2)
        return _within(STEP * usual)


def _within(seconds: float) -> float:
    return min(LONGEST_LOOK, max(SHORTEST_LOOK, seconds))
