"""Answers that prove nothing yet: how often the same one came, and since when."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

SEVERAL = 3
"""After so many looks the list is asked too."""
A_WHILE = 60.0
"""Seconds: fal may not know everywhere yet what it accepted or finished a moment ago."""
TOO_LONG = 30 * 60.0
"""Seconds after which nobody can tell."""
MOST_PUZZLES = 2000


@dataclass(frozen=True, slots=True)
class Seen:
    """One puzzle, as often as it came."""

    what: str
    since: float
    """Monotonic seconds of the first time."""
    looks: int = 1
    seconds: float = 0.0
    """From the first to the last time."""

    @property
    def several(self) -> bool:
        """Whether it came more than once or twice."""
        return self.looks >= SEVERAL

    @property
    def a_while(self) -> bool:
        """Whether it stays."""
        return self.several and self.seconds >= A_WHILE

    @property
    def too_long(self) -> bool:
        """Whether waiting for something better has no sense any more."""
        return self.seconds >= TOO_LONG


class Puzzles:
    """The last puzzling answer about each request."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, Seen] = OrderedDict()

    def again(self, request_id: str, what: str, now: float) -> Seen:
        """Count a puzzling answer; another one than the last begins anew."""
        before = self._seen.pop(request_id, None)
        if before is None or before.what != what:
            seen = Seen(what, since=now)
        else:
            seen = Seen(what, before.since, before.looks + 1, max(0.0, now - before.since))
        self._seen[request_id] = seen
        while len(self._seen) > MOST_PUZZLES:
            self._seen.popitem(last=False)
        return seen

    def solved(self, request_id: str) -> None:
        """A plain answer came."""
        self._seen.pop(request_id, None)
