"""Vessels and wares that stand on a table: bottles, jars, mugs, jugs, bowls, shoes."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box
from studio.providers._sketch.colour import WHITE, light, mix
from studio.providers._sketch.forms import Profile, facing, lump, put, smooth, turned
from studio.providers._sketch.noise import Array

BOTTLE: Profile = [
    (0, 0.19),
    (0.02, 0.2),
    (0.5, 0.2),
    (0.58, 0.19),
    (0.66, 0.13),
    (0.72, 0.085),
    (0.8, 0.075),
    (0.81, 0.09),
    (1, 0.09),
]
WINE: Profile = [
    (0, 0.13),
    (0.02, 0.14),
    (0.55, 0.14),
    (0.64, 0.12),
    (0.72, 0.06),
    (0.76, 0.05),
    (0.96, 0.046),
    (1, 0.055),
]
JAR: Profile = [(0, 0.4), (0.05, 0.43), (0.62, 0.43), (0.68, 0.4)]
CANDLE: Profile = [(0, 0.42), (0.03, 0.44), (1, 0.44)]
CAN: Profile = [(0, 0.24), (0.05, 0.27), (0.9, 0.27), (0.96, 0.23), (1, 0.23)]
JUG: Profile = [
    (0, 0.2),
    (0.06, 0.25),
    (0.25, 0.33),
    (0.42, 0.33),
    (0.6, 0.24),
    (0.78, 0.16),
    (0.9, 0.17),
    (1, 0.21),
]
VASE: Profile = [
    (0, 0.14),
    (0.1, 0.2),
    (0.35, 0.3),
    (0.55, 0.29),
    (0.75, 0.16),
    (0.86, 0.1),
    (0.94, 0.11),
    (1, 0.15),
]
BOWL: Profile = [(0, 0.4), (0.06, 0.42), (0.1, 0.46), (0.35, 0.8), (0.65, 1.02), (1, 1.16)]
CUP: Profile = [(0, 0.3), (0.04, 0.38), (0.2, 0.45), (0.6, 0.49), (1, 0.5)]


def mouth(c: Canvas, x: float, y: float, half: float, paint: Array, *, inside: Array) -> None:
    """The rim of an open vessel and the dark inside it."""
    c.fill(c.disc(x, y, half, half * 0.2), mix(paint, WHITE, 0.3))
    c.fill(c.disc(x, y + half * 0.012, half * 0.92, half * 0.165), inside, inside * 0.8)


def label(c: Canvas, x: float, foot: float, tall: float, band: tuple[float, float, float]) -> None:
    """A paper label (from, to, half width in parts of the height) with an emblem on it."""
    low, high, half = band
    points: list[Point] = [
        (
            x + tall * half * float(np.sin(a)),
            foot - tall * at + tall * half * 0.14 * float(np.cos(a)),
        )
        for at, way in ((high, 1), (low, -1))
        for a in np.linspace(-1.15 * way, 1.15 * way, 16)
    ]
    paper = mix(c.pal.paper, c.pal.sun, 0.15) * (0.75 if c.pal.dark else 0.97)
    c.fill(c.outline(points), paper, paper * 0.9)
    middle = foot - tall * (low + high) / 2 + tall * half * 0.13
    size = tall * min(half * 0.34, (high - low) * 0.24)
    c.fill(c.disc(x, middle - size * 0.6, size * 0.62), c.pal.accents[1])
    for step, wide in ((0.55, 1.5), (0.95, 1.0)):
        y = middle + size * step
        c.fill(
            c.outline(box(x - size * wide, y, x + size * wide, y + size * 0.16)),
            c.pal.ink,
            lines=False,
        )


def bottle(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A stoppered bottle with a label."""
    wine = c.brief.said("wine", "champagne", "beer", "olive")
    profile = WINE if wine else BOTTLE
    turned(c, x, foot, tall, profile, paint=paint, gloss=0.95, clear=0.06)
    cap = mix(c.pal.accents[1], c.pal.ink, 0.15 if wine else 0.3)
    at, half = (0.9, 0.056) if wine else (0.79, 0.092)
    lid: Profile = [(0, half / (1 - at)), (1, half / (1 - at))]
    turned(c, x, foot - tall * at, tall * (1 - at), lid, paint=cap, gloss=0.8)
    c.fill(c.disc(x, foot - tall, tall * half, tall * half * 0.16), mix(cap, WHITE, 0.35))
    label(c, x, foot, tall, (0.14, 0.42, 0.14) if wine else (0.14, 0.46, 0.2))


def perfume(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A square flacon of heavy glass."""
    half, body = tall * 0.3, tall * 0.66
    edge = mix(paint, WHITE, 0.45)
    c.fill(c.outline(box(x - half, foot - body, x + half, foot)), edge, mix(paint, WHITE, 0.2))
    c.fill(
        c.outline(box(x - half * 0.84, foot - body * 0.8, x + half * 0.84, foot - body * 0.1)),
        mix(paint, c.pal.sun, 0.25),
        paint * 0.85,
    )
    side = facing(c, x)
    for at, wide in ((0.6, 0.1), (0.38, 0.04)):
        left = x + side * half * at
        c.fill(
            c.outline(box(left, foot - body * 0.94, left + half * wide, foot - body * 0.06)),
            WHITE,
            alpha=0.5,
            lines=False,
        )
    gold = mix(c.pal.accents[1], c.pal.sun, 0.3)
    turned(c, x, foot - body, tall * 0.08, [(0, 1.2), (1, 1.2)], paint=gold, gloss=1)
    turned(
        c,
        x,
        foot - body - tall * 0.07,
        tall * 0.27,
        [(0, 0.52), (0.06, 0.55), (0.94, 0.55), (1, 0.48)],
        paint=c.pal.ink * 0.6 + gold * 0.4,
        gloss=0.9,
    )
    label(c, x, foot, tall, (0.2, 0.42, 0.15))


def jar(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A low jar with a lid."""
    turned(c, x, foot, tall, JAR, paint=paint, gloss=0.8)
    lid = mix(c.pal.accents[1], c.pal.paper, 0.25)
    turned(
        c,
        x,
        foot - tall * 0.66,
        tall * 0.3,
        [(0, 1.47), (0.08, 1.53), (1, 1.5)],
        paint=lid,
        gloss=0.7,
    )
    c.fill(c.disc(x, foot - tall * 0.96, tall * 0.45, tall * 0.07), mix(lid, WHITE, 0.35))
    label(c, x, foot, tall, (0.12, 0.54, 0.36))


def candle(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A burning candle in a glass."""
    turned(c, x, foot, tall, CANDLE, paint=paint, gloss=0.9)
    y = foot - tall
    mouth(c, x, y, tall * 0.44, paint, inside=mix(c.pal.sun, c.pal.accents[1], 0.4))
    label(c, x, foot, tall, (0.2, 0.66, 0.36))
    c.fill(c.outline(box(x - tall * 0.01, y - tall * 0.12, x + tall * 0.01, y)), c.pal.ink)
    flame = [(0, -0.42), (0.07, -0.2), (0.05, -0.08), (-0.05, -0.08), (-0.07, -0.2)]
    c.glow(x, y - tall * 0.2, tall * 0.6, mix(c.pal.sun, c.pal.accents[0], 0.3), 0.7)
    c.fill(c.outline(put(smooth(flame), x, y, tall)), mix(c.pal.sun, WHITE, 0.5), c.pal.accents[0])


def handle(c: Canvas, x: float, y: float, size: float, paint: Array, *, side: float) -> None:
    """The ear of a mug or jug: an open loop on ``side``."""
    outer = [(0, -0.5), (0.42, -0.52), (0.62, -0.1), (0.4, 0.36), (0, 0.5)]
    inner = [(0, 0.3), (0.28, 0.2), (0.42, -0.08), (0.3, -0.32), (0, -0.32)]
    edge, hole = smooth(outer, closed=False), smooth(inner, closed=False)
    loop = [*edge, (0.0, 0.5), *hole, (0.0, -0.32)]
    c.fill(c.outline(put(loop, x, y, size, flip=side < 0)), paint * 0.9, paint * 0.68)


def mug(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A mug of something hot."""
    side = -facing(c, x)
    handle(c, x + side * tall * 0.44, foot - tall * 0.52, tall * 0.62, paint, side=side)
    turned(c, x, foot, tall, CUP, paint=paint, gloss=0.7)
    drink = mix(np.array([0.36, 0.2, 0.11], dtype=np.float32), c.pal.accents[0], 0.15)
    mouth(c, x, foot - tall, tall * 0.5, paint, inside=drink)
    steam(c, x, foot - tall * 1.05, tall * 0.9)


def steam(c: Canvas, x: float, y: float, tall: float) -> None:
    """Two curls of steam."""
    for shift in (-0.14, 0.1):
        curl: list[Point] = [
            (
                x + tall * (shift + 0.07 * float(np.sin(t * 5 + shift * 20)) * (0.4 + t)),
                y - tall * float(t),
            )
            for t in np.linspace(0, 1, 16)
        ]
        wide = tall * 0.028
        band = [*[(px - wide, py) for px, py in curl], *[(px + wide, py) for px, py in curl[::-1]]]
        c.fill(
            c.soft(c.outline(band), tall * 0.035),
            mix(WHITE, c.pal.sky[3], 0.3),
            alpha=0.5,
            lines=False,
        )


def jug(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A bellied jug with a handle."""
    side = -facing(c, x)
    handle(c, x + side * tall * 0.17, foot - tall * 0.66, tall * 0.5, paint, side=side)
    turned(c, x, foot, tall, JUG, paint=paint, gloss=0.55)
    mouth(c, x, foot - tall, tall * 0.21, paint, inside=paint * 0.35)
    c.fill(
        c.disc(x, foot - tall * 0.34, tall * 0.335, tall * 0.012),
        mix(paint, c.pal.ink, 0.35),
        alpha=0.6,
        lines=False,
    )


def vase(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A vase."""
    turned(c, x, foot, tall, VASE, paint=paint, gloss=0.7)
    mouth(c, x, foot - tall, tall * 0.15, paint, inside=paint * 0.3)


def bowl(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """An open bowl; fill it between this call and :func:`bowl_front`."""
    c.fill(c.disc(x, foot - tall, tall * 1.16, tall * 0.24), paint * 0.45, paint * 0.7)


def bowl_front(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """The near wall of a bowl, over what lies in it."""
    at = np.linspace(0, np.pi, 40)
    rim: list[Point] = [
        (x + tall * 1.16 * float(np.cos(a)), foot - tall + tall * 0.24 * float(np.sin(a)))
        for a in at
    ]
    low = [(x + tall * 0.42 * float(np.cos(a)), foot + tall * 0.06 * float(np.sin(a))) for a in at]
    left = smooth(
        [
            (x - tall * 1.16, foot - tall),
            (x - tall * 0.98, foot - tall * 0.5),
            (x - tall * 0.42, foot),
        ],
        closed=False,
    )
    right = [(2 * x - px, py) for px, py in left]
    lump(
        c,
        [*rim, *left, *low[::-1], *right[::-1]],
        (x, foot - tall * 0.45, tall * 1.2),
        paint,
        gloss=0.5,
    )
    lip = [*rim, *[(px, py + tall * 0.045) for px, py in rim[::-1]]]
    c.fill(c.outline(lip), mix(paint, WHITE, 0.45), lines=False)


def teapot(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A round teapot."""
    side = -facing(c, x)
    handle(c, x + side * tall * 0.36, foot - tall * 0.45, tall * 0.6, paint, side=side)
    spout = [
        (0.3, -0.2),
        (0.62, -0.34),
        (0.72, -0.72),
        (0.84, -0.78),
        (0.86, -0.7),
        (0.8, -0.36),
        (0.62, -0.1),
        (0.3, -0.05),
    ]
    c.fill(c.outline(put(smooth(spout), x, foot, tall, flip=side > 0)), paint * 0.92, paint * 0.7)
    body: Profile = [
        (0, 0.3),
        (0.05, 0.36),
        (0.25, 0.5),
        (0.5, 0.53),
        (0.75, 0.46),
        (0.95, 0.3),
        (1, 0.26),
    ]
    turned(c, x, foot, tall * 0.84, body, paint=paint, gloss=0.8)
    turned(
        c,
        x,
        foot - tall * 0.8,
        tall * 0.14,
        [(0, 1.75), (0.3, 1.7), (0.8, 1.0), (1, 0.5)],
        paint=mix(paint, WHITE, 0.12),
        gloss=0.6,
    )
    c.fill(c.disc(x, foot - tall * 0.97, tall * 0.06), mix(paint, WHITE, 0.25), paint * 0.7)


def can(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A drinks can."""
    turned(c, x, foot, tall, CAN, paint=paint, gloss=0.9)
    metal = np.full(3, 0.78, dtype=np.float32) if light(paint) < 0.7 else c.pal.ink * 0.6
    mouth(c, x, foot - tall, tall * 0.23, metal, inside=metal * 0.75)
    label(c, x, foot, tall, (0.2, 0.72, 0.25))
