"""Wares with shapes of their own: sneakers, headphones, watches, speakers, boxes, creams."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.forms import Profile, lump, put, smooth, turned
from studio.providers._sketch.noise import Array

SPEAKER: Profile = [(0, 0.33), (0.04, 0.36), (0.94, 0.36), (1, 0.32)]


def sneaker(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A running shoe seen from its side."""
    size = tall * 1.02
    sole = [
        (-0.86, -0.16),
        (-0.3, -0.12),
        (0.5, -0.1),
        (0.98, -0.14),
        (1.0, -0.02),
        (0.86, 0.05),
        (-0.76, 0.05),
        (-0.9, -0.02),
    ]
    upper = [
        (-0.82, -0.14),
        (-0.84, -0.42),
        (-0.76, -0.74),
        (-0.56, -0.7),
        (-0.36, -0.64),
        (-0.16, -0.72),
        (0.02, -0.66),
        (0.3, -0.42),
        (0.66, -0.34),
        (0.92, -0.24),
        (0.97, -0.12),
    ]
    lump(
        c,
        put([*smooth(upper, closed=False), (0.97, -0.1), (-0.82, -0.1)], x, foot, size),
        (x, foot - size * 0.3, size * 0.9),
        paint,
        gloss=0.25,
    )
    _trims(c, x, foot, size, paint)
    white = mix(c.pal.paper, WHITE, 0.4) * (0.8 if c.pal.dark else 1)
    c.fill(c.outline(put(smooth(sole), x, foot, size)), white, white * 0.72, lift=2)
    seam = put(box(-0.86, -0.02, 0.96, 0.02), x, foot, size)
    c.fill(c.outline(seam), c.pal.accents[1], lines=False, alpha=0.9)


def _trims(c: Canvas, x: float, foot: float, size: float, paint: Array) -> None:
    """Toe, heel, a sweep along the side, the collar and the laces."""
    toe = [(0.5, -0.36), (0.68, -0.33), (0.92, -0.24), (0.97, -0.1), (0.5, -0.1), (0.42, -0.22)]
    heel = [
        (-0.83, -0.1),
        (-0.84, -0.42),
        (-0.78, -0.66),
        (-0.6, -0.5),
        (-0.54, -0.24),
        (-0.5, -0.1),
    ]
    trim = c.pal.accents[1]
    for part, tone in ((toe, mix(paint, WHITE, 0.35)), (heel, mix(paint, c.pal.ink, 0.35))):
        c.fill(c.outline(put(smooth(part), x, foot, size)), tone, tone * 0.8)
    sweep = [(-0.5, -0.2), (-0.1, -0.26), (0.34, -0.46), (0.4, -0.4), (0.0, -0.16), (-0.4, -0.12)]
    c.fill(c.outline(put(smooth(sweep), x, foot, size)), trim)
    collar = [
        (-0.76, -0.72),
        (-0.55, -0.7),
        (-0.36, -0.64),
        (-0.2, -0.72),
        (-0.4, -0.58),
        (-0.62, -0.6),
    ]
    c.fill(c.outline(put(smooth(collar), x, foot, size)), c.pal.ink)
    for step in range(4):
        at = (-0.02 + step * 0.09, -0.61 + step * 0.065)
        lace = [
            (at[0] - 0.07, at[1] + 0.07),
            (at[0] + 0.03, at[1] - 0.03),
            (at[0] + 0.06, at[1]),
            (at[0] - 0.04, at[1] + 0.1),
        ]
        c.fill(c.outline(put(lace, x, foot, size)), mix(WHITE, c.pal.paper, 0.5))


def headphones(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """Headphones on their stand."""
    size = tall * 0.5
    y = foot - tall * 0.42
    turned(c, x, foot, tall * 0.12, [(0, 2.4), (0.6, 2.4), (1, 2.2)], paint=paint * 0.5, gloss=0.5)
    turned(
        c,
        x,
        foot - tall * 0.1,
        tall * 0.8,
        [(0, 0.035), (1, 0.035)],
        paint=c.pal.accents[1],
        gloss=0.9,
    )
    at = np.linspace(np.pi, 2 * np.pi, 50)
    for wide, tone in ((0.13, paint), (0.05, mix(paint, WHITE, 0.3))):
        outer = [(float(np.cos(a)) * 0.8, float(np.sin(a)) * 0.98) for a in at]
        inner = [(px * (1 - wide), py * (1 - wide)) for px, py in outer[::-1]]
        c.fill(c.outline(put([*outer, *inner], x, y, size)), tone, tone * 0.75)
    for side in (-1, 1):
        cup = put(ellipse(side * 0.76, 0.24, 0.27, 0.46), x, y, size)
        pad = put(ellipse(side * 0.58, 0.24, 0.16, 0.42), x, y, size)
        c.fill(c.outline(pad), c.pal.ink, c.pal.ink * 0.7)
        lump(c, cup, (x + side * size * 0.76, y + size * 0.24, size * 0.45), paint, gloss=0.6)
        c.fill(c.outline(put(ellipse(side * 0.8, 0.24, 0.1, 0.2), x, y, size)), c.pal.accents[1])


def watch(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A wrist watch standing upright."""
    y, radius = foot - tall * 0.5, tall * 0.27
    for way in (-1, 1):
        strap: list[Point] = [
            (-0.68, 0.5 * way),
            (-0.5, 1.84 * way),
            (0.5, 1.84 * way),
            (0.68, 0.5 * way),
        ]
        tone = mix(paint, c.pal.ink, 0.25)
        c.fill(c.outline(put(strap, x, y, radius)), tone, tone * 0.75)
    steel = mix(c.pal.accents[1], WHITE, 0.25)
    c.fill(
        c.outline(box(x + radius, y - radius * 0.12, x + radius * 1.2, y + radius * 0.12)),
        steel * 0.7,
    )
    lump(c, ellipse(x, y, radius * 1.06), (x, y, radius * 1.06), steel, gloss=0.9)
    face = mix(c.pal.paper, c.pal.sky[3], 0.3)
    c.fill(c.disc(x, y, radius * 0.88), face, face * 0.86)
    for hour in range(12):
        angle = hour * np.pi / 6
        spot = put(
            box(-0.025, -0.78, 0.025, -0.66 if hour % 3 else -0.56), x, y, radius, turn=angle
        )
        c.fill(c.outline(spot), c.pal.ink, lines=False)
    for turn, long, wide in ((-1.05, 0.45, 0.05), (1.05, 0.66, 0.035), (2.9, 0.6, 0.014)):
        tone = c.pal.accents[0] if wide < 0.02 else c.pal.ink
        c.fill(c.outline(put(box(-wide, -long, wide, 0.08), x, y, radius, turn=turn)), tone)
    c.fill(c.disc(x, y, radius * 0.06), c.pal.accents[0])


def speaker(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A loudspeaker with two membranes."""
    turned(c, x, foot, tall, SPEAKER, paint=paint, gloss=0.4)
    lid_ring(c, x, foot - tall * 0.34, tall * 0.24, mix(paint, c.pal.ink, 0.3))
    lid_ring(c, x, foot - tall * 0.76, tall * 0.12, mix(paint, c.pal.ink, 0.3))
    c.fill(c.disc(x, foot - tall * 0.34, tall * 0.05), c.pal.accents[1])


def carton(c: Canvas, x: float, foot: float, tall: float, paint: Array) -> None:
    """A folded carton standing on its edge."""
    a, b, deep = tall * 0.42, tall * 0.3, tall * 0.1
    lit: list[Point] = [
        (x - a, foot - deep),
        (x, foot + 0),
        (x, foot - tall * 0.86),
        (x - a, foot - tall * 0.92),
    ]
    dark: list[Point] = [
        (x, foot),
        (x + b, foot - deep),
        (x + b, foot - tall * 0.92),
        (x, foot - tall * 0.86),
    ]
    top: list[Point] = [
        (x - a, foot - tall * 0.92),
        (x, foot - tall * 0.86),
        (x + b, foot - tall * 0.92),
        (x - a + b, foot - tall * 0.98),
    ]
    c.fill(c.outline(lit), mix(paint, c.pal.sun, 0.2), paint)
    c.fill(c.outline(dark), paint * 0.62, paint * 0.5)
    c.fill(c.outline(top), mix(paint, WHITE, 0.35))
    c.fill(c.disc(x - a * 0.5, foot - tall * 0.58, a * 0.26), c.pal.accents[1])
    for step, wide in ((0.34, 0.3), (0.27, 0.2)):
        y = foot - tall * step
        c.fill(
            c.outline(box(x - a * (0.5 + wide), y, x - a * (0.5 - wide), y + tall * 0.018)),
            c.pal.paper,
            lines=False,
        )


def lid_ring(c: Canvas, x: float, y: float, radius: float, paint: Array) -> None:
    """A round membrane with a cone, as on loudspeakers."""
    for part, tone in ((1.0, paint * 0.5), (0.82, paint * 0.25), (0.42, mix(paint, WHITE, 0.2))):
        c.fill(c.outline(ellipse(x, y, radius * part)), tone, tone * 0.7)
