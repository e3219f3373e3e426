"""Products on a plinth, in a studio's soft light."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch import vessels, wares
from studio.providers._sketch.canvas import Canvas, Point
from studio.providers._sketch.colour import WHITE, light, mix, rgb, with_light
from studio.providers._sketch.forms import ambience, cast, facing, put, readable, smooth, turned
from studio.providers._sketch.noise import Array

Maker = Callable[[Canvas, float, float, float, Array], None]

MAKERS: dict[str, tuple[Maker, float, float]] = {
    "watch": (wares.watch, 1.0, 0.3),
    "headphones": (wares.headphones, 1.0, 0.5),
    "speaker": (wares.speaker, 1.0, 0.4),
    "teapot": (vessels.teapot, 0.72, 0.62),
    "cup": (vessels.mug, 0.6, 0.5),
    "jar": (vessels.jar, 0.58, 0.44),
    "can": (vessels.can, 0.95, 0.27),
    "box": (wares.carton, 1.0, 0.4),
    "vase": (vessels.vase, 1.0, 0.3),
    "bottle": (vessels.bottle, 1.2, 0.2),
}
"""Subject → painter, its height and its half width in parts of the stage."""


def product(c: Canvas) -> None:
    """One ware on a stage: backdrop, arch or disc behind it, plinth, shadow, a leaf or two."""
    c.sun = (c.w * float(c.rng.choice([0.12, 0.88])), c.h * 0.08)
    wall = c.pal.sky[1] if c.pal.dark else mix(c.pal.sky[2], c.pal.paper, 0.25)
    edge = c.pal.ink if c.pal.dark else mix(c.pal.sky[1], c.pal.land[0], 0.3)
    ambience(c, wall, edge, spot=(c.w * 0.5 + facing(c, c.w * 0.5) * c.u * 0.2, c.h * 0.3))
    x, top = c.w * 0.5, c.h * 0.76
    _window_light(c)
    _backing(c, x, top)
    _floor(c, top + c.u * 0.045, wall)
    maker, tall, half = _ware(c)
    size = c.u * 0.46
    _plinth(c, x, top, max(half * size * 1.5, c.u * 0.2))
    _leaves(c, x, top)
    paint = readable(c.pal.accents[0], wall)
    cast(c, x, top, size * half * (0.98 if tall < 0.99 else 1.0), size * 0.42)
    if tall < 1 and maker is not wares.sneaker:
        size *= 1.15
    maker(c, x, top + c.u * 0.012, size * tall, paint)
    _pebbles(c, x, top)


def _ware(c: Canvas) -> tuple[Maker, float, float]:
    said = c.brief.said
    if said("sneaker", "sneakers", "shoe", "shoes", "trainers", "boots"):
        return wares.sneaker, 0.66, 0.62
    if said("perfume", "cologne", "fragrance", "parfum"):
        return vessels.perfume, 1.0, 0.3
    if said("candle", "candles"):
        return vessels.candle, 0.72, 0.44
    for subject in c.brief.subjects:
        if subject in MAKERS:
            return MAKERS[subject]
    return MAKERS[str(c.rng.choice(["bottle", "jar", "cup", "vase"]))]


def _window_light(c: Canvas) -> None:
    """Slanting light from a window, on the wall."""
    if c.style in {"ink", "neon"}:
        return
    side = -facing(c, c.w / 2)
    for pane in range(3):
        left = c.w * (0.5 + side * (0.12 + 0.14 * pane))
        shape: list[Point] = [
            (left, c.h * 0.08),
            (left + c.u * 0.1, c.h * 0.05),
            (left + c.u * 0.1 + side * c.u * 0.16, c.h * 0.62),
            (left + side * c.u * 0.16, c.h * 0.65),
        ]
        c.fill(
            c.soft(c.outline(shape), c.u * 0.012),
            mix(c.pal.sun, WHITE, 0.3),
            alpha=0.16 if c.pal.dark else 0.3,
            lines=False,
        )


def _backing(c: Canvas, x: float, top: float) -> None:
    """An arch or a disc behind the ware, like a sun at rest."""
    tone = mix(c.pal.accents[1], c.pal.sky[2], 0.4)
    if c.pal.dark:
        tone = mix(tone, c.pal.ink, 0.45)
    radius = c.u * 0.31
    if c.rng.random() < 0.5:
        c.fill(c.disc(x, top - c.u * 0.36, radius), tone, mix(tone, c.pal.sky[3], 0.2))
        return
    at = np.linspace(np.pi, 2 * np.pi, 60)
    arch: list[Point] = [
        (x + radius * float(np.cos(a)), top - c.u * 0.32 + radius * float(np.sin(a))) for a in at
    ]
    c.fill(
        c.outline([(x - radius, c.h), *arch, (x + radius, c.h)]), tone, mix(tone, c.pal.ink, 0.12)
    )


def _floor(c: Canvas, y: float, wall: Array) -> None:
    tone = with_light(mix(wall, c.pal.accents[1], 0.18), min(0.92, light(wall) * 1.04 + 0.02))
    c.fill(
        c.outline([(0, y), (c.w, y), (c.w, c.h), (0, c.h)]), tone, mix(tone, c.pal.land[1], 0.25)
    )


def _plinth(c: Canvas, x: float, top: float, half: float) -> None:
    """A round, low plinth of stone."""
    stone = mix(c.pal.paper, c.pal.land[0], 0.35) * (0.5 if c.pal.dark else 1)
    tall = c.u * 0.11
    cast(c, x, top + tall, half, half * 0.8)
    turned(
        c,
        x,
        top + tall,
        tall,
        [(0, half / tall), (1, half / tall)],
        paint=stone,
        gloss=0.1,
        tilt=0.13,
    )
    c.fill(c.disc(x, top, half, half * 0.13), mix(stone, WHITE, 0.35), mix(stone, WHITE, 0.15))


def _leaves(c: Canvas, x: float, foot: float) -> None:
    """A spray of leaves behind the ware."""
    if not (
        c.brief.has("plant", "leaf", "flowers")
        or c.brief.said("natural", "organic", "spa")
        or c.rng.random() < 0.45
    ):
        return
    side = -facing(c, x)
    green = mix(mix(c.pal.accents[2], c.pal.land[1], 0.5), rgb("6f8f6a"), 0.55)
    leaf = smooth([(0, 0), (0.16, -0.4), (0.1, -0.8), (0, -1), (-0.1, -0.8), (-0.16, -0.4)])
    for index in range(7):
        turn = side * (0.1 + index * 0.2)
        size = c.u * (0.36 - index * 0.03)
        tone = green * (0.75 + 0.07 * index)
        c.fill(
            c.outline(put(leaf, x + side * c.u * 0.14, foot, size, turn=turn)),
            mix(tone, c.pal.sun, 0.1),
            tone * 0.75,
        )


def _pebbles(c: Canvas, x: float, top: float) -> None:
    for _ in range(int(1 + c.brief.detail * 4)):
        side = float(c.rng.choice([-1, 1]))
        px = x + side * c.u * float(c.rng.uniform(0.3, 0.46))
        py = top + c.u * float(c.rng.uniform(0.11, 0.17))
        size = c.u * float(c.rng.uniform(0.012, 0.03))
        cast(c, px, py + size * 0.5, size * 1.2, size)
        tone = mix(c.pal.accents[int(c.rng.integers(1, 4))], c.pal.paper, 0.35)
        turned(
            c,
            px,
            py + size * 0.5,
            size * 1.3,
            [(0, 0.75), (0.3, 1.0), (0.7, 0.9), (0.93, 0.5), (1, 0.15)],
            paint=tone,
            gloss=0.15,
        )
