"""Food seen from above: plates, bowls, cups on a table."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.dishes import DISHES, LEAF, shade_under
from studio.providers._sketch.forms import ambience, put, smooth
from studio.providers._sketch.noise import Array, fractal


def food(c: Canvas) -> None:
    """A table from above: cloth, plate or bowl, what is in it, small things around."""
    c.sun = (c.w * float(c.rng.choice([0.1, 0.9])), c.h * 0.05)
    _top(c)
    x, y, radius = c.w * 0.5, c.h * 0.52, c.u * 0.33
    _cloth(c, x, y, radius)
    _cutlery(c, x, y, radius)
    kind = _dish(c)
    if kind in {"ramen", "soup", "salad"}:
        _bowl(c, x, y, radius)
    else:
        _plate(c, x, y, radius)
    DISHES[kind](c, x, y, radius)
    _cup(c, x + radius * 1.06, y - radius * 1.02, radius * 0.36)
    _crumbs(c, x, y, radius)


def _dish(c: Canvas) -> str:
    for word, kind in (
        ("ramen", "ramen"),
        ("noodle", "ramen"),
        ("noodles", "ramen"),
        ("soup", "soup"),
        ("salad", "salad"),
        ("pizza", "pizza"),
        ("pancakes", "pancakes"),
        ("pancake", "pancakes"),
        ("breakfast", "pancakes"),
        ("donut", "donut"),
        ("donuts", "donut"),
        ("cake", "cake"),
        ("pie", "cake"),
        ("dessert", "cake"),
        ("sushi", "sushi"),
    ):
        if c.brief.said(word):
            return kind
    return str(c.rng.choice(["salad", "pizza", "pancakes", "cake", "ramen"]))


def _top(c: Canvas) -> None:
    wood = mix(mix(c.pal.land[0], rgb("b07c4f"), 0.45), c.pal.sky[3], 0.25) * (
        0.5 if c.pal.dark else 1
    )
    ambience(c, mix(wood, WHITE, 0.18), wood * 0.7, spot=(c.sun[0], c.h * 0.15))
    grain = fractal(c.tooth, c.w, c.h, 12, 4, stretch=0.12) - 0.5
    boards = np.floor(np.arange(c.w) / (c.u * 0.19))
    tint = 1 + 0.05 * np.sin(boards * 7.3)
    seam = np.exp(-((np.arange(c.w) / (c.u * 0.19) % 1 - 0.01) ** 2) / 0.0002) * 0.3
    if c.style in {"minimal", "poster", "papercut"}:
        grain = grain * 0.15
    c.rgb *= ((tint - seam)[None, :] + grain * 0.22)[..., None]


def _cloth(c: Canvas, x: float, y: float, radius: float) -> None:
    tone = mix(c.pal.accents[2], c.pal.paper, 0.4) * (0.6 if c.pal.dark else 1)
    half = radius * 1.22
    c.fill(c.outline(put(box(-1, -0.86, 1, 1.02), x, y, half, turn=0.1)), tone, tone * 0.92)
    for at in (-0.9, 0.9):
        stripe = put(box(at - 0.022, -0.86, at + 0.022, 1.02), x, y, half, turn=0.1)
        c.fill(c.outline(stripe), mix(c.pal.paper, WHITE, 0.4), alpha=0.8, lines=False)


def _cutlery(c: Canvas, x: float, y: float, radius: float) -> None:
    steel = mix(np.full(3, 0.72, dtype=np.float32), c.pal.sky[2], 0.25)
    left, right = x - radius * 1.36, x + radius * 1.34
    c.shade(
        c.soft(
            c.outline(box(left, y - radius * 0.7, left + radius * 0.1, y + radius * 0.8)),
            radius * 0.05,
        ),
        0.3,
    )
    fork = [*box(left, y - radius * 0.2, left + radius * 0.06, y + radius * 0.8)]
    prongs = [
        box(
            left + radius * (k * 0.055 - 0.055),
            y - radius * 0.72,
            left + radius * (k * 0.055 - 0.025),
            y - radius * 0.35,
        )
        for k in range(4)
    ]
    head = smooth(
        [
            (left - radius * 0.06, y - radius * 0.42),
            (left + radius * 0.12, y - radius * 0.42),
            (left + radius * 0.06, y - radius * 0.12),
            (left, y - radius * 0.12),
        ]
    )
    c.fill(c.cover([fork, head, *prongs]), mix(steel, WHITE, 0.3), steel * 0.8)
    spoon = [
        ellipse(right, y - radius * 0.5, radius * 0.12, radius * 0.2),
        box(right - radius * 0.03, y - radius * 0.4, right + radius * 0.03, y + radius * 0.8),
    ]
    c.fill(c.cover(spoon), mix(steel, WHITE, 0.3), steel * 0.8)


def _plate(c: Canvas, x: float, y: float, radius: float) -> None:
    china = mix(c.pal.paper, WHITE, 0.5) * (0.75 if c.pal.dark else 0.98)
    shade_under(c, x, y, radius)
    c.fill(c.disc(x, y, radius), china, china * 0.9, lift=2)
    c.fill(c.disc(x, y, radius * 0.94), mix(china, c.pal.accents[0], 0.25), lines=False)
    c.fill(c.disc(x, y, radius * 0.92), china * 0.98, china * 0.93, lines=False)
    c.fill(c.disc(x, y, radius * 0.7), china * 0.92, china, lift=0.4)


def _bowl(c: Canvas, x: float, y: float, radius: float) -> None:
    paint = mix(c.pal.accents[0], c.pal.ink, 0.25)
    shade_under(c, x, y, radius, 0.55)
    c.fill(c.disc(x, y, radius), mix(paint, WHITE, 0.3), paint * 0.8, lift=2)
    c.fill(c.disc(x, y, radius * 0.9), paint * 0.6, paint)


def _cup(c: Canvas, x: float, y: float, radius: float) -> None:
    """A cup of coffee seen from above, a leaf drawn in its foam."""
    china = mix(c.pal.accents[3], c.pal.paper, 0.45)
    shade_under(c, x, y, radius)
    c.fill(c.disc(x, y, radius), mix(china, WHITE, 0.35), china * 0.92, lift=1.5)
    ear = put(box(-0.1, -0.95, 0.1, -0.5), x, y, radius, turn=2.2)
    c.fill(c.outline(ear), china * 0.85)
    c.fill(c.disc(x, y, radius * 0.66), mix(china, WHITE, 0.5), china, lift=1)
    coffee: Array = rgb("7a4a28")
    c.fill(c.disc(x, y, radius * 0.57), mix(coffee, WHITE, 0.1), coffee * 0.8)
    for turn in (-0.7, 0.0, 0.7):
        c.fill(
            c.outline(
                put(
                    [(px * 0.8, py) for px, py in LEAF],
                    x,
                    y + radius * 0.28,
                    radius * 0.6,
                    turn=turn,
                )
            ),
            rgb("ead2b0"),
            alpha=0.85,
            lines=False,
        )


def _crumbs(c: Canvas, x: float, y: float, radius: float) -> None:
    for _ in range(int(6 + c.brief.detail * 14)):
        angle = float(c.rng.uniform(0, 6.28))
        far = radius * float(c.rng.uniform(1.15, 1.45))
        spot = (x + float(np.cos(angle)) * far, y + float(np.sin(angle)) * far)
        tone = mix(c.pal.accents[int(c.rng.integers(0, 4))], rgb("6faa4f"), 0.4)
        c.fill(
            c.outline(put(LEAF, *spot, radius * float(c.rng.uniform(0.04, 0.1)), turn=angle)),
            tone,
            lift=0.4,
        )
