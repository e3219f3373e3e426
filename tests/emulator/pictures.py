"""Real picture files, cheap to make and always the same for the same prompt and seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_GRID = (6, 6)


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that decides what a picture looks like."""

    prompt: str
    seed: int
    width: int
    height: int
    media_type: str = "image/jpeg"
    black: bool = False
    sources: tuple[bytes, ...] = ()
    """Reference pictures, which tint the result."""


@lru_cache(maxsize=256)
def draw(recipe: Recipe) -> bytes:
    """The file: soft bands of colour, or black."""
    size = (recipe.width, recipe.height)
    image = Image.new("RGB", size) if recipe.black else _bands(recipe)
    out = BytesIO()
    options = {"compress_level": 1} if recipe.media_type == "image/png" else {"quality": 85}
    image.save(out, FORMATS[recipe.media_type], **options)
    return out.getvalue()


def measure(data: bytes) -> tuple[int, int]:
    """Width and height of a picture in pixels.

    Raises:
        OSError: it is no picture.
    """
    with Image.open(BytesIO(data)) as image:
        return image.size


def _bands(recipe: Recipe) -> Image.Image:
    """Soft from left to right, in steps from top to bottom: equal rows are packed in no time."""
    wide = _colours(recipe).resize((recipe.width, _GRID[1]))
    return wide.resize((recipe.width, recipe.height), Image.Resampling.NEAREST)


def _colours(recipe: Recipe) -> Image.Image:
    chance = random.Random(f"{recipe.seed}:{recipe.prompt}")  # noqa: S311  (repeatable on purpose)
    colours = Image.frombytes("RGB", _GRID, chance.randbytes(_GRID[0] * _GRID[1] * 3))
    for source in recipe.sources:
        with Image.open(BytesIO(source)) as image:
            colours = Image.blend(colours, image.convert("RGB").resize(_GRID), 0.5)
    return colours
