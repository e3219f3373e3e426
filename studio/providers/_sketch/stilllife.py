"""Still life: a table by a wall, vessels, bowls, fruit."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import vessels
from studio.providers._sketch.canvas import Canvas, Point, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import ambience, ball, cast, facing, lump, put, readable, smooth
from studio.providers._sketch.noise import Array, fractal

FRUIT = {
    "lemon": "f2c93c", "apple": "c23a2b", "pear": "b9b04a", "orange-fruit": "ee8b2d",
    "grapes": "5b3a78",
}  # fmt: skip


def still_life(c: Canvas) -> None:
    """Vessels behind, a bowl of fruit beside them, single fruits in front."""
    c.sun = (c.w * float(c.rng.choice([0.05, 0.95])), c.h * 0.05)
    side = facing(c, c.w / 2)
    wall = mix(c.pal.land[1], c.pal.sky[1], 0.5) * (1.0 if c.pal.dark else 0.95)
    ambience(
        c,
        mix(wall, c.pal.sky[3], 0.35),
        wall * 0.62,
        spot=(c.w * 0.5 + side * c.u * 0.35, c.h * 0.2),
    )
    edge = c.h * 0.63
    table(c, edge)
    foot, x = edge + c.u * 0.1, c.w * 0.5
    first = readable(mix(c.pal.accents[2], c.pal.paper, 0.2), wall)
    jar_x = x - side * c.u * 0.2
    cast(c, jar_x, foot, c.u * 0.15, c.u * 0.22)
    tall = c.u * 0.5
    if c.brief.has("bottle"):
        vessels.bottle(c, jar_x, foot, tall * 1.1, mix(first, c.pal.ink, 0.4))
    elif c.brief.has("vase") and not c.brief.said("jug", "pitcher"):
        _sprig(c, jar_x, foot - tall * 0.95)
        vessels.vase(c, jar_x, foot, tall, first)
    else:
        vessels.jug(c, jar_x, foot, tall, first)
    _bowl(c, x + side * c.u * 0.14, foot + c.u * 0.05)
    for at, down in ((-0.02, 0.13), (-0.2, 0.1), (0.34, 0.15))[: 1 + int(c.brief.detail * 3)]:
        fruit(c, x + side * at * c.u, foot + down * c.u, c.u * 0.062, shadow=True)


def table(c: Canvas, edge: float) -> None:
    """A wooden table up to the lower edge of the picture."""
    wood = mix(mix(c.pal.land[1], rgb("8a5a34"), 0.5), c.pal.sky[3], 0.18)
    patch = c.outline([(0, edge), (c.w, edge), (c.w, c.h), (0, c.h)])
    if patch is None:
        return
    depth = patch.mask.shape[0]
    grain = fractal(c.tooth, c.w, depth, 14, 4, stretch=9.0) - 0.5
    down = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, c.w, dtype=np.float32)[None, :] * facing(c, c.w / 2)
    paint = wood * (0.9 + 0.22 * across + grain * 0.35 - 0.3 * down)[..., None]
    c.fill(patch, np.clip(paint, 0, 1))
    c.fill(
        c.outline([(0, edge), (c.w, edge), (c.w, edge + c.u * 0.006), (0, edge + c.u * 0.006)]),
        mix(wood, WHITE, 0.35),
        alpha=0.6,
        lines=False,
    )
    _cloth(c, edge)


def _cloth(c: Canvas, edge: float) -> None:
    """A cloth that falls over the table's near side."""
    side = -facing(c, c.w / 2)
    tone = mix(c.pal.paper, c.pal.accents[1], 0.12) * (0.6 if c.pal.dark else 0.95)
    x = c.w * 0.5
    shape: list[Point] = [
        (x - side * c.u * 0.08, edge + c.u * 0.06),
        (x + side * c.u * 0.36, edge + c.u * 0.03),
        (x + side * c.u * 0.46, edge + c.u * 0.2),
        (x + side * c.u * 0.4, c.h * 1.02),
        (x + side * c.u * 0.06, c.h * 1.02),
        (x - side * c.u * 0.12, edge + c.u * 0.2),
    ]
    patch = c.outline(smooth(shape))
    if patch is None:
        return
    across, down = patch.grid()
    fold = np.sin((across * 0.9 + (down - edge) * 0.35 * side) / (c.u * 0.026))
    part = np.clip((down - edge) / (c.h - edge), 0, 1)
    c.fill(patch, np.clip(tone * (0.94 + 0.09 * fold * part)[..., None], 0, 1))


def _bowl(c: Canvas, x: float, foot: float) -> None:
    tall = c.u * 0.19
    paint = mix(c.pal.accents[1], c.pal.paper, 0.3)
    cast(c, x, foot, tall * 0.7, tall * 1.1)
    vessels.bowl(c, x, foot, tall, paint)
    for dx, dy in ((-0.5, 0.08), (0.52, 0.08), (0.0, 0.16), (-0.28, -0.26), (0.28, -0.24)):
        fruit(c, x + dx * tall * 1.2, foot - tall * (1.0 - dy) + c.u * 0.035, c.u * 0.06)
    vessels.bowl_front(c, x, foot, tall, paint)


def fruit(c: Canvas, x: float, foot: float, size: float, *, shadow: bool = False) -> None:
    """One of the fruits asked for, or any."""
    wanted = [name for name in FRUIT if c.brief.has(name)]
    kinds = wanted or ["lemon", "apple", "pear", "orange-fruit"]
    name = kinds[int(x / (size * 1.1)) % len(kinds)]
    tone = mix(
        rgb(FRUIT[name]), c.pal.accents[0], 0.12 if c.pal.name not in {"mono", "sepia"} else 0.75
    )
    tone = np.clip(tone * float(c.rng.uniform(0.9, 1.1)), 0, 1) * (0.75 if c.pal.dark else 1)
    y = foot - size * 0.9
    if shadow:
        cast(c, x, foot, size, size * 0.9)
    _FRUITS[name](c, x, y, size, tone)


def _lemon(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    shape = [
        (-1.28, 0),
        (-1.08, -0.2),
        (-0.6, -0.74),
        (0, -0.9),
        (0.6, -0.74),
        (1.08, -0.2),
        (1.28, 0),
        (1.08, 0.2),
        (0.6, 0.74),
        (0, 0.9),
        (-0.6, 0.74),
        (-1.08, 0.2),
    ]
    lump(
        c, put(smooth(shape), x, y, size, turn=float(c.rng.uniform(-0.6, 0.6))), (x, y, size), tone
    )


def _apple(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    shape = [
        (0, -0.72),
        (0.42, -0.92),
        (0.95, -0.5),
        (0.92, 0.25),
        (0.48, 0.9),
        (0, 0.8),
        (-0.48, 0.9),
        (-0.92, 0.25),
        (-0.95, -0.5),
        (-0.42, -0.92),
    ]
    lump(c, put(smooth(shape), x, y, size), (x, y, size), tone, gloss=0.6)
    c.shade(
        c.soft(c.disc(x, y - size * 0.66, size * 0.26, size * 0.1), size * 0.07), 0.5, c.pal.ink
    )
    _stalk(c, x, y - size * 0.68, size)


def _pear(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    shape = [
        (0, -1.75),
        (0.3, -1.62),
        (0.46, -1.0),
        (0.88, -0.2),
        (0.9, 0.42),
        (0.5, 0.9),
        (0, 0.95),
        (-0.5, 0.9),
        (-0.9, 0.42),
        (-0.88, -0.2),
        (-0.46, -1.0),
        (-0.3, -1.62),
    ]
    turn = float(c.rng.uniform(-0.2, 0.2))
    lump(c, put(smooth(shape), x, y, size, turn=turn), (x, y, size * 1.1), tone)
    _stalk(c, x + turn * size * 1.6, y - size * 1.66, size)


def _orange(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    ball(c, x, y, size * 0.98, tone, gloss=0.35)
    c.shade(c.disc(x - size * 0.1, y - size * 0.55, size * 0.08, size * 0.05), 0.5, c.pal.ink)


def _grapes(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    for row in range(4):
        for column in range(4 - row):
            px = x + (column - (3 - row) / 2) * size * 0.62 + float(c.rng.normal(0, size * 0.05))
            ball(
                c,
                px,
                y - size * 0.55 + row * size * 0.45,
                size * 0.4,
                np.clip(tone * float(c.rng.uniform(0.8, 1.2)), 0, 1),
                gloss=0.6,
            )
    _stalk(c, x, y - size * 0.9, size)


_FRUITS = {
    "lemon": _lemon,
    "apple": _apple,
    "pear": _pear,
    "orange-fruit": _orange,
    "grapes": _grapes,
}


def _stalk(c: Canvas, x: float, y: float, size: float) -> None:
    stalk = [(-0.05, 0.1), (0.02, -0.2), (0.12, -0.36), (0.2, -0.34), (0.1, -0.16), (0.06, 0.1)]
    c.fill(c.outline(put(stalk, x, y, size)), mix(c.pal.ink, rgb("5b3a1e"), 0.6))


def _sprig(c: Canvas, x: float, y: float) -> None:
    """Eucalyptus in a vase."""
    green = mix(c.pal.land[1], rgb("7d9a78"), 0.6)
    for stem in range(5):
        turn = -0.7 + stem * 0.35 + float(c.rng.normal(0, 0.06))
        long = c.u * float(c.rng.uniform(0.2, 0.3))
        c.fill(
            c.outline(put([(-0.008, 0), (0, -1), (0.008, 0)], x, y, long, turn=turn)), green * 0.6
        )
        for leaf in range(8):
            at = 0.25 + leaf * 0.1
            lx, ly = x + np.sin(turn) * long * at, y - np.cos(turn) * long * at
            way = turn + (0.9 if leaf % 2 else -0.9)
            spot = ellipse(0, -0.5, 0.3, 0.5)
            c.fill(
                c.outline(
                    put(spot, float(lx), float(ly), c.u * 0.045 * (1.2 - at * 0.6), turn=way)
                ),
                mix(green, c.pal.sun, 0.05 * leaf),
                green * 0.7,
            )
