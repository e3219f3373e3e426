"""From a request to PNG bytes: brief, scene, finish, size, grain."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from studio.providers._sketch.canvas import Canvas
from studio.providers._sketch.finish import finish
from studio.providers._sketch.noise import to_image
from studio.providers._sketch.reference import redraw
from studio.providers._sketch.scenes import scene_of
from studio.providers._sketch.words import read_brief

LONGEST = 1280
SHORTEST = 256


def draw_picture(  # noqa: PLR0917  (what a request holds, in its order)
    prompt: str,
    negative: str | None,
    width: int,
    height: int,
    seed: int,
    params: Mapping[str, Any],
    reference: bytes = b"",
) -> bytes:
    """Draw one picture of exactly ``width`` × ``height`` pixels; equal requests, equal bytes.

    With a ``reference`` its composition is drawn again in the prompt's style and colours, changed
    by ``params["strength"]`` (0..1).

    Returns:
        The bytes of an RGB PNG.

    Raises:
        ProviderFault: the reference is no picture.
    """
    brief = read_brief(prompt, negative, seed, params, reference)
    canvas = Canvas(*working_size(width, height), brief)
    if reference:
        redraw(canvas, reference, _strength(params))
    else:
        scene_of(brief)(canvas)
        finish(canvas)
    return _encode(canvas, width, height)


def _strength(params: Mapping[str, Any]) -> float:
    value = params.get("strength", 0.6)
    return float(value) if isinstance(value, int | float) else 0.6


def working_size(width: int, height: int) -> tuple[int, int]:
    """The size to draw at: large enough to be fine, small enough to be quick."""
    scale = min(LONGEST / max(width, height), max(1.0, SHORTEST / min(width, height)))
    return max(16, round(width * scale)), max(16, round(height * scale))


def _encode(canvas: Canvas, width: int, height: int) -> bytes:
    picture = to_image(canvas.rgb)
    if picture.size != (width, height):
        smooth = canvas.style != "pixel"
        kind = Image.Resampling.LANCZOS if smooth else Image.Resampling.NEAREST
        picture = picture.resize((width, height), kind)
    amount = {"soft": 2.2, "vintage": 5.0, "oil": 0.8, "poster": 1.5, "isometric": 1.2}
    strength = amount.get(canvas.style, 0.0)
    if strength:
        picture = _grained(picture, canvas, strength)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _grained(picture: Image.Image, canvas: Canvas, strength: float) -> Image.Image:
    """Film grain at full size, repeated from one tile."""
    side = 512
    tile = np.round(canvas.tooth.normal(0, strength, (side, side))).astype(np.int16)
    pixels = np.asarray(picture).astype(np.int16)
    for top in range(0, picture.height, side):
        for left in range(0, picture.width, side):
            area = pixels[top : top + side, left : left + side]
            area += tile[: area.shape[0], : area.shape[1], None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
