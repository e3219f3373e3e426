"""Which painter draws which composition."""

from __future__ import annotations

from collections.abc import Callable

from studio.providers._sketch import city, land, sea, space
from studio.providers._sketch.canvas import Canvas
from studio.providers._sketch.words import Brief

SCENES: dict[str, Callable[[Canvas], None]] = {
    "landscape": land.landscape,
    "mountains": land.mountains,
    "desert": land.desert,
    "forest": land.forest,
    "sea": sea.sea,
    "city": city.city,
    "space": space.space,
}


def scene_of(brief: Brief) -> str:
    """The painter for a brief."""
    return brief.composition if brief.composition in SCENES else "landscape"
