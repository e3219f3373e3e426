"""Whose turn it is: the urgent first, then people in turn, then the batches of each in turn."""

from __future__ import annotations

from collections.abc import Sequence

from studio.models import Batch

_Who = tuple[str, str, str]


class Turns:
    """Remembers who was served last, at each provider.

    Batches of a higher priority come strictly first. Within one priority whoever waits longest is
    next: first among people, so that ten batches of one do not crowd out the one of another, then
    among that person's batches. Work that nobody's name is on counts as one person's.
    """

    def __init__(self) -> None:
        self._count = 0
        self._served: dict[_Who, int] = {}

    def next(self, line: Sequence[Batch], provider: str) -> Batch:
        """The batch of a line, which is in the order of arrival, that is served next."""
        return min(
            line,
            key=lambda batch: (
                -batch.priority,
                self._served.get(_person(batch, provider), 0),
                self._served.get(_own(batch, provider), 0),
            ),
        )

    def served(self, batch: Batch, provider: str) -> None:
        """A batch got its turn at a provider."""
        self._count += 1
        self._served[_person(batch, provider)] = self._count
        self._served[_own(batch, provider)] = self._count

    def keep(self, batches: Sequence[Batch]) -> None:
        """Forget the turns of all but these batches; people are remembered."""
        alive = {batch.id for batch in batches}
        self._served = {
            who: turn for who, turn in self._served.items() if who[0] == "person" or who[2] in alive
        }


def _person(batch: Batch, provider: str) -> _Who:
    return ("person", provider, batch.created_by or "")


def _own(batch: Batch, provider: str) -> _Who:
    return ("batch", provider, batch.id)
