"""Sizes in a model's own way: pixels, two sides, an aspect ratio, or a named size."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.models import Mode, ModelCard, PictureRequest, SizeInput, SizeKind

PRESETS: dict[str, tuple[int, int]] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
"""fal's named sizes in pixels (fal's model pages; the same in all its image models)."""

_PIXELS = re.compile(r"\s*(\d{2,5})\s*[x×*]\s*(\d{2,5})\s*")
_RATIO = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*[:/x]\s*(\d{1,3}(?:\.\d+)?)\s*")
_NAMED_RATIO = re.compile(r"(portrait|landscape)_(\d{1,2})_(\d{1,2})")
_EXACT = 0.015
"""Shapes closer than this, as a share, count as the same: sides are whole pixels."""


@dataclass(frozen=True, slots=True)
class FittedSize:
    """What is sent for a size, and how large the picture then is."""

    width: int
    height: int
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Input → value; empty leaves the size to the model."""
    notes: tuple[str, ...] = ()


def pixels_of(choice: str) -> tuple[int, int] | None:
    """Width and height of ``1024x1536`` or ``square_hd``; ``None`` where a choice names none."""
    match = _PIXELS.fullmatch(choice)
    if match:
        return int(match[1]), int(match[2])
    return PRESETS.get(choice)


def ratio_of(choice: str) -> float | None:
    """Width over height of ``16:9``, ``1024x1536`` or ``portrait_3_2``; ``None`` for ``auto``."""
    sides = pixels_of(choice)
    if sides:
        return sides[0] / sides[1]
    named = _NAMED_RATIO.fullmatch(choice)
    if named:
        long, short = sorted((int(named[2]), int(named[3])), reverse=True)
        ratio = long / short if short else None
        return 1 / ratio if ratio and named[1] == "portrait" else ratio
    match = _RATIO.fullmatch(choice)
    if match is None or not float(match[1]) or not float(match[2]):
        return None
    return float(match[1]) / float(match[2])


def sides_for(choice: str, area: int = 1024 * 1024) -> tuple[int, int] | None:
    """Width and height that stand for a choice: its own pixels, or its shape over ``area``."""
    own = pixels_of(choice)
    ratio = ratio_of(choice)
    if own or ratio is None:
        return own
    width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
    return max(8, round(width / 8) * 8), max(8, round(height / 8) * 8)


def fit_size(card: ModelCard, request: PictureRequest) -> FittedSize:
    """The wish for a size in the model's own words.

    A picture from text is always asked for by size, for every request has one. A picture that
    starts from another keeps the model's own rule, such as ``auto``, while the wish is the card's
    usual size. ``request.params`` may name a choice, such as ``auto``: it holds while the wish is
    the usual size.
    """
    asked = FittedSize(request.width, request.height)
    size = card.inputs.size if card.inputs else None
    if size is None:
        return asked
    usual = (request.width, request.height) == (card.default_width, card.default_height)
    named = request.params.get(size.name)
    if named is not None and usual:
        width, height = _named_sides(named) or (request.width, request.height)
        return FittedSize(width, height, {size.name: named})
    if usual and starts_from_picture(card, request) and not size.required:
        return asked
    return _FIT[size.kind](card, size, request)


def starts_from_picture(card: ModelCard, request: PictureRequest) -> bool:
    """Whether the request is for changing a picture."""
    takes = card.inputs.images if card.inputs else None
    return (
        request.mode is Mode.EDIT
        or bool(request.references)
        or (takes is not None and bool(request.params.get(takes)))
        or Mode.IMAGE not in card.modes
    )


def _named_sides(named: Any) -> tuple[int, int] | None:
    if isinstance(named, str):
        return sides_for(named)
    if isinstance(named, Mapping):
        width, height = named.get("width"), named.get("height")
        if isinstance(width, int) and isinstance(height, int):
            return width, height
    return None


def _object(card: ModelCard, size: SizeInput, request: PictureRequest) -> FittedSize:
    width, height, notes = _possible(card, size, request)
    return FittedSize(width, height, {size.name: {"width": width, "height": height}}, notes)


def _sides(card: ModelCard, size: SizeInput, request: PictureRequest) -> FittedSize:
    width, height, notes = _possible(card, size, request)
    return FittedSize(width, height, {size.name: width, size.height_name: height}, notes)


def _possible(
    card: ModelCard, size: SizeInput, request: PictureRequest
) -> tuple[int, int, tuple[str, ...]]:
    """The nearest sides that the model can make, and a note where they are not the wish."""
    width, height = (_side(size, side) for side in (request.width, request.height))
    if (width, height) == (request.width, request.height):
        return width, height, ()
    rules = [f"multiples of {size.multiple_of}"] if size.multiple_of > 1 else []
    rules += [f"at least {size.minimum}"] if size.minimum > 1 else []
    rules += [f"at most {size.maximum}"] if size.maximum else []
    note = (
        f"{card.label} makes {width}×{height} instead of {request.width}×{request.height}: "
        f"its sides are {' and '.join(rules)} pixels."
    )
    return width, height, (note,)


def _side(size: SizeInput, side: int) -> int:
    step = max(1, size.multiple_of)
    lowest = math.ceil(size.minimum / step) * step
    nearest = max(lowest, math.floor(side / step + 0.5) * step)
    return nearest if size.maximum is None else min(nearest, size.maximum // step * step)


def _ratio(card: ModelCard, size: SizeInput, request: PictureRequest) -> FittedSize:
    wanted = request.width / request.height
    if not size.choices:
        divisor = math.gcd(request.width, request.height)
        exact = f"{request.width // divisor}:{request.height // divisor}"
        return FittedSize(request.width, request.height, {size.name: exact})
    chosen = nearest_ratio(size.choices, wanted)
    if chosen is None:
        return FittedSize(request.width, request.height)
    made = ratio_of(chosen) or wanted
    notes = () if abs(made / wanted - 1) <= _EXACT else (_shape_note(card, chosen, request),)
    return FittedSize(request.width, request.height, {size.name: chosen}, notes)


def nearest_ratio(choices: Iterable[str], wanted: float) -> str | None:
    """The choice whose shape is nearest, twice as wide counting like twice as tall."""
    shapes = [(choice, ratio) for choice in choices if (ratio := ratio_of(choice)) is not None]
    nearest = min(shapes, key=lambda shape: abs(math.log(shape[1] / wanted)), default=None)
    return nearest[0] if nearest else None


def _preset(card: ModelCard, size: SizeInput, request: PictureRequest) -> FittedSize:
    width, height = request.width, request.height
    if not size.choices:
        return FittedSize(width, height, {size.name: f"{width}x{height}"})
    sized = [(choice, sides) for choice in size.choices if (sides := sides_for(choice))]
    if not sized:
        return FittedSize(width, height)
    chosen, made = min(sized, key=lambda each: _apart(each[1], (width, height)))
    notes = () if made == (width, height) else (_shape_note(card, chosen, request),)
    return FittedSize(*made, {size.name: chosen}, notes)


def _apart(made: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float]:
    """How far apart two sizes are: first in shape, then in area."""
    shape = math.log(made[0] * wanted[1] / (made[1] * wanted[0]))
    area = math.log(made[0] * made[1] / (wanted[0] * wanted[1]))
    return round(abs(shape), 2), abs(area)


def _shape_note(card: ModelCard, chosen: str, request: PictureRequest) -> str:
    return (
        f"{card.label} cannot make {request.width}×{request.height}; "
        f"the nearest it offers, {chosen!r}, is used."
    )


_FIT = {
    SizeKind.OBJECT: _object,
    SizeKind.SIDES: _sides,
    SizeKind.RATIO: _ratio,
    SizeKind.PRESET: _preset,
}
