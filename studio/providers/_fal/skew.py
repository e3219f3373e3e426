"""How far fal's clock is from ours, by the dates of its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECOND = timedelta(seconds=1)
KEPT = timedelta(minutes=10)
"""For so long the bounds are narrowed; clocks drift."""


class Skew:
    """Bounds of *fal's time minus our time*, the narrower the more answers were dated."""

    def __init__(self) -> None:
        self._bounds: tuple[timedelta, timedelta] | None = None
        self._since: datetime | None = None

    @property
    def bounds(self) -> tuple[timedelta, timedelta] | None:
        """The least and the most it can be; ``None`` while no answer bore a date."""
        return self._bounds

    def note(self, told: str | None, before: datetime, after: datetime) -> None:
        """Learn from one answer.

        Args:
            told: Its ``Date`` header, in whole seconds.
            before: Our time when the question left.
            after: Our time when the answer was here.
        """
        date = _date(told)
        if date is None:
            return
        low, high = date - after, date + _SECOND - before
        fresh = self._since is not None and timedelta(0) <= after - self._since < KEPT
        if self._bounds is not None and fresh:
            both = max(low, self._bounds[0]), min(high, self._bounds[1])
            if both[0] <= both[1]:
                self._bounds = both
                return
        self._bounds, self._since = (low, high), after  # the first, or a clock was set


def _date(told: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
    if date is None:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
