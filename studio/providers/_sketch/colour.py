"""Colours as arrays of three numbers 0..1, and the arithmetic that painters do with them."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.noise import Array

WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)
WHITE = np.ones(3, dtype=np.float32)
BLACK = np.zeros(3, dtype=np.float32)


def rgb(text: str) -> Array:
    """``#rrggbb`` as a colour."""
    digits = text.lstrip("#")
    return np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)], dtype=np.float32)


def mix(one: Array, other: Array, part: float) -> Array:
    """``one`` with a ``part`` (0..1) of ``other`` in it."""
    return np.asarray(one * (1 - part) + other * part, dtype=np.float32)


def light(colour: Array) -> float:
    """How light a colour is, 0..1."""
    return float((colour * WEIGHTS).sum())


def lightness(picture: Array) -> Array:
    """How light each pixel of a picture is, 0..1."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return np.asarray(red * WEIGHTS[0] + green * WEIGHTS[1] + blue * WEIGHTS[2])


def with_light(colour: Array, level: float) -> Array:
    """The same hue at another lightness."""
    now = light(colour)
    if level <= now:
        return np.asarray(colour * (level / max(now, 1e-3)), dtype=np.float32)
    return mix(colour, WHITE, (level - now) / max(1 - now, 1e-3))


def saturate(colour: Array, amount: float) -> Array:
    """More (> 1) or less (< 1) colourful; works on colours and pictures."""
    grey = (
        np.full(3, light(colour), dtype=np.float32)
        if colour.ndim == 1
        else lightness(colour)[..., None]
    )
    return np.clip(grey + (colour - grey) * amount, 0, 1).astype(np.float32)


def ramp(colours: list[Array], at: Array) -> Array:
    """A gradient through ``colours``; ``at`` runs 0..1 in any shape."""
    stops = np.linspace(0, 1, len(colours))
    table_at = np.linspace(0, 1, 512)
    table = np.stack(
        [np.interp(table_at, stops, [c[channel] for c in colours]) for channel in range(3)], axis=1
    ).astype(np.float32)
    index = np.clip(at * 511, 0, 511).astype(np.int16)
    return np.asarray(table[index], dtype=np.float32)
