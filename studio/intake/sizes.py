"""Reading picture sizes and aspect ratios as people write them."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

MIN_SIDE = 64
_STEP = 8

_PAIR = re.compile(r"(\d{1,6})\s*(?:px)?\s*(?:[x×*✕]|by)\s*(\d{1,6})\s*(?:px)?")
_JOINED = re.compile(r"(?<=\w)-(?=\w)")
_SINGLE = re.compile(r"(\d{2,6})\s*(?:px)?")
_RATIO = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)\s*[:/x×]\s*(\d{1,4}(?:\.\d{1,3})?)")
_NAMED_RATIO = re.compile(r"(square|landscape|portrait)(?: (?:hd|(\d{1,2}) ?[:/ x×] ?(\d{1,2})))?")


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Ratio(NamedTuple):
    """Width to height, in whatever units."""

    width: float
    height: float

    def __str__(self) -> str:
        return f"{self.width:g}:{self.height:g}"

    @property
    def value(self) -> float:
        """Width divided by height."""
        return self.width / self.height


_NAMED_SIZES = {
    "720p": Size(1280, 720),
    "hd": Size(1280, 720),
    "1080p": Size(1920, 1080),
    "full hd": Size(1920, 1080),
    "1440p": Size(2560, 1440),
    "4k": Size(3840, 2160),
}


def parse_size(text: str) -> Size | Ratio | None:
    """A size such as ``1024x768`` or ``1024``, or the ratio that words like ``square`` stand for.

    Returns:
        Pixels, a ratio to be applied to the default size, or ``None`` if unreadable.
    """
    plain = " ".join(text.casefold().replace("_", " ").split())
    if plain in _NAMED_SIZES:
        return _NAMED_SIZES[plain]
    if pair := _PAIR.fullmatch(plain):
        return Size(int(pair[1]), int(pair[2]))
    if single := _SINGLE.fullmatch(plain):
        return Size(int(single[1]), int(single[1]))
    return parse_ratio(plain)


def parse_ratio(text: str) -> Ratio | None:
    """A ratio such as ``16:9``, ``3/2``, ``square`` or ``portrait 4:3``; ``None`` if unreadable."""
    plain = " ".join(_JOINED.sub(" ", text.casefold().replace("_", " ")).split())
    if match := _RATIO.fullmatch(plain):
        return _ratio(float(match[1]), float(match[2]))
    if named := _NAMED_RATIO.fullmatch(plain):
        return _named_ratio(named[1], named[2], named[3])
    return None


def _ratio(width: float, height: float) -> Ratio | None:
    return Ratio(width, height) if width > 0 and height > 0 else None


def _named_ratio(word: str, first: str | None, second: str | None) -> Ratio | None:
    if word == "square":
        return Ratio(1, 1)
    ratio = _ratio(float(first or 4), float(second or 3))
    if ratio is None:
        return None
    long, short = max(ratio), min(ratio)
    return Ratio(long, short) if word == "landscape" else Ratio(short, long)


def fit_ratio(ratio: Ratio, like: Size, max_side: int) -> Size:
    """A size of this ratio with about the area of ``like``, in steps of 8, within ``max_side``."""
    area = like.width * like.height
    width, height = math.sqrt(area * ratio.value), math.sqrt(area / ratio.value)
    shrink = min(1.0, max_side / max(width, height))
    return Size(_step(width * shrink, max_side), _step(height * shrink, max_side))


def _step(pixels: float, most: int) -> int:
    return max(_STEP, min(round(pixels / _STEP) * _STEP, most // _STEP * _STEP))


def size_problem(size: Size, max_side: int) -> str | None:
    """Why the model cannot make this size, or ``None`` if it can."""
    if min(size) < MIN_SIDE:
        return f"{size} is too small: each side needs at least {MIN_SIDE} pixels"
    if max(size) > max_side:
        return f"{size} is too large: this model makes at most {max_side} pixels a side"
    return None
