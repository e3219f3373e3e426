"""Which painter draws which composition."""

from __future__ import annotations

from collections.abc import Callable

from studio.providers._sketch import (
    abstract,
    animal,
    city,
    diorama,
    flower,
    food,
    icon,
    interior,
    land,
    pattern,
    portrait,
    product,
    sea,
    space,
    stilllife,
    street,
)
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
    "pattern": pattern.pattern,
    "icon": icon.icon,
    "street": street.street,
    "abstract": abstract.abstract,
    "flower": flower.flower,
    "food": food.food,
    "interior": interior.interior,
    "animal": animal.animal,
    "portrait": portrait.portrait,
    "product": product.product,
    "still life": stilllife.still_life,
}


OUTDOORS = {"landscape", "mountains", "desert", "forest", "sea", "city", "street"}
"""Compositions that become a diorama where the style is isometric."""


def scene_of(brief: Brief) -> Callable[[Canvas], None]:
    """The painter for a brief."""
    if brief.style == "isometric" and brief.composition in OUTDOORS:
        return diorama.diorama
    return SCENES[brief.composition]
