"""Which pictures are compared, and how: read from the address of the page, and written back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.ui.compare import CompareMode

MOST = 4
"""Pictures side by side at once."""


@dataclass(frozen=True)
class Lineup:
    """The pictures in order (the first two are A and B) and the way of looking at them."""

    pictures: tuple[str, ...] = ()
    mode: CompareMode | None = None
    """``None`` lets the number of pictures decide."""

    @property
    def shown_as(self) -> CompareMode:
        """The mode in force: the slider for two pictures, side by side for more."""
        if self.mode is not None:
            return self.mode
        return CompareMode.SLIDER if len(self.pictures) <= 2 else CompareMode.SIDE

    def without(self, asset_id: str) -> Lineup:
        """The same line-up without one picture."""
        return Lineup(tuple(item for item in self.pictures if item != asset_id), self.mode)

    def swapped(self) -> Lineup:
        """The first two change places."""
        first, second, *rest = self.pictures
        return Lineup((second, first, *rest), self.mode)

    def placed(self, at: int, asset_id: str) -> Lineup:
        """``asset_id`` at place ``at``; the one that stood there takes its former place."""
        order = list(self.pictures)
        was = order.index(asset_id)
        order[at], order[was] = order[was], order[at]
        return Lineup(tuple(order), self.mode)


def read_lineup(params: Mapping[str, str]) -> Lineup:
    """The line-up of the query parameters; what cannot be read is left out."""
    given = [part.strip() for part in params.get("pictures", "").split(",")]
    unique = tuple(dict.fromkeys(part for part in given if part))[:MOST]
    mode = params.get("mode", "")
    return Lineup(unique, CompareMode(mode) if mode in set(CompareMode) else None)


def write_lineup(lineup: Lineup) -> dict[str, str | None]:
    """The query parameters of a line-up, ``None`` where one is to be left out."""
    return {
        "pictures": ",".join(lineup.pictures) or None,
        "mode": lineup.mode.value if lineup.mode else None,
    }


def letters(count: int) -> Sequence[str]:
    """What the pictures are called on the page: A, B, C …"""
    return "ABCDEFGH"[:count]
