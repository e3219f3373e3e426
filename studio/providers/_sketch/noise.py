"""Deterministic noise: the raw material of clouds, ridges, paper and paint."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Array: TypeAlias = npt.NDArray[np.floating[Any]]
Rng: TypeAlias = np.random.Generator


def resize(field: Array, width: int, height: int) -> Array:
    """Smoothly scale a two-dimensional field."""
    picture = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    scaled = picture.resize((max(1, width), max(1, height)), Image.Resampling.BICUBIC)
    return np.asarray(scaled, dtype=np.float32)


def fractal(
    rng: Rng, width: int, height: int, cells: float, octaves: int = 4, *, stretch: float = 1.0
) -> Array:
    """Fractal noise in 0..1; ``cells`` across the short side, ``stretch`` > 1 lies flat."""
    unit = min(width, height) / max(cells, 0.5)
    total = np.zeros((height, width), dtype=np.float32)
    weight, scale = 1.0, 1.0
    for _ in range(octaves):
        columns = int(min(max(2, width / (unit * stretch) * scale), width)) + 3
        rows = int(min(max(2, height / unit * scale), height)) + 3
        grid = rng.random((rows, columns), dtype=np.float32)
        total += weight * resize(grid, width, height)
        weight, scale = weight * 0.5, scale * 2.05
    return normalise(total)


def normalise(field: Array) -> Array:
    """Stretch a field to 0..1."""
    low, high = float(field.min()), float(field.max())
    return ((field - low) / max(high - low, 1e-6)).astype(np.float32)


def line(rng: Rng, length: int, cells: float, octaves: int = 5, rough: float = 0.5) -> Array:
    """One-dimensional fractal noise, about -1..1: the shape of hills."""
    at = np.linspace(0, 1, length, dtype=np.float32)
    total = np.zeros(length, dtype=np.float32)
    weight, count = 1.0, max(cells, 1.0)
    for _ in range(octaves):
        knots = int(count) + 4
        values = rng.random(knots, dtype=np.float32) * 2 - 1
        position = at * count + rng.random()
        index = np.clip(position.astype(np.int32), 0, knots - 2)
        part = position - index
        part = part * part * (3 - 2 * part)
        total += weight * (values[index] * (1 - part) + values[index + 1] * part)
        weight, count = weight * rough, count * 2.1
        if count > length / 2:
            break
    return np.asarray(total, dtype=np.float32)


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below ``low``, 1 above ``high``, a soft S between."""
    part = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), dtype=np.float32)


def blur(field: Array, radius: float) -> Array:
    """Blur a field of values 0..1 (two or three dimensions), cheap for large radii."""
    if radius < 0.4 or min(field.shape[:2]) < 3:
        return field
    height, width = field.shape[:2]
    shrink = int(max(1, min(radius / 2.5, min(height, width) / 4)))
    small = to_image(field)
    if shrink > 1:
        small = small.reduce(shrink)
    small = small.filter(ImageFilter.GaussianBlur(radius / shrink))
    if shrink > 1:
        small = small.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(small, dtype=np.float32) / 255


def to_image(field: Array) -> Image.Image:
    """Values 0..1 as an 8-bit picture (grey or RGB)."""
    return Image.fromarray((np.clip(field, 0, 1) * 255 + 0.5).astype(np.uint8))
