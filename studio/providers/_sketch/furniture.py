"""Furniture: sofas and armchairs, lamps, plants, desks, beds, shelves, pictures, a fireplace."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import put, smooth, turned
from studio.providers._sketch.noise import Array

LEAF: list[Point] = [(0, 0), (0.16, -0.35), (0.13, -0.75), (0, -1), (-0.13, -0.75), (-0.16, -0.35)]


def rounded(x0: float, y0: float, x1: float, y1: float, radius: float) -> list[Point]:
    """A rectangle with round corners."""
    radius = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    out: list[Point] = []
    for cx, cy, start in (
        (x1 - radius, y0 + radius, -90),
        (x1 - radius, y1 - radius, 0),
        (x0 + radius, y1 - radius, 90),
        (x0 + radius, y0 + radius, 180),
    ):
        out += [
            (cx + radius * float(np.cos(angle)), cy + radius * float(np.sin(angle)))
            for angle in np.radians(np.linspace(start, start + 90, 8))
        ]
    return out


def seat(c: Canvas, x: float, foot: float, half: float, cloth: Array) -> None:
    """A sofa; a narrow one is an armchair."""
    tall = c.u * 0.23
    r = c.u * 0.03
    wood = mix(c.pal.ink, rgb("7a4a28"), 0.6)
    c.shadow(x, foot + c.u * 0.01, half * 1.15, c.u * 0.022, 0.6)
    for side in (-0.86, 0.86):
        c.fill(
            c.outline(
                [
                    (x + side * half - c.u * 0.012, foot - tall * 0.16),
                    (x + side * half + c.u * 0.012, foot - tall * 0.16),
                    (x + side * half * 1.03, foot),
                ]
            ),
            wood,
        )
    c.fill(
        c.outline(rounded(x - half, foot - tall, x + half, foot - tall * 0.2, r * 1.5)),
        mix(cloth, c.pal.sun, 0.12),
        cloth * 0.8,
    )
    count = 1 if half < c.u * 0.2 else 2
    inner = half * 0.84
    for index in range(count):
        a = x - inner + 2 * inner * index / count
        b = a + 2 * inner / count - c.u * 0.004
        c.fill(
            c.outline(rounded(a, foot - tall * 0.94, b, foot - tall * 0.4, r)),
            mix(cloth, WHITE, 0.12),
            cloth * 0.88,
        )
    for index in range(count):
        a = x - inner + 2 * inner * index / count
        b = a + 2 * inner / count - c.u * 0.004
        c.fill(
            c.outline(rounded(a, foot - tall * 0.52, b, foot - tall * 0.24, r * 0.8)),
            mix(cloth, WHITE, 0.22),
            cloth * 0.92,
            lift=1.3,
        )
    for side in (-1, 1):
        a, b = sorted((x + side * half * 0.8, x + side * half * 1.08))
        c.fill(
            c.outline(rounded(a, foot - tall * 0.7, b, foot - tall * 0.14, r)),
            mix(cloth, c.pal.sun, 0.1),
            cloth * 0.72,
            lift=1.5,
        )
    for side, tone in ((-0.55, c.pal.accents[1]), (0.52, c.pal.accents[3]))[:count]:
        pillow = put(
            smooth(
                [(-1, -1), (0, -0.86), (1, -1), (0.88, 0), (1, 1), (0, 0.88), (-1, 1), (-0.88, 0)]
            ),
            x + side * half,
            foot - tall * 0.62,
            c.u * 0.05,
            turn=side * 0.4,
        )
        c.fill(c.outline(pillow), mix(tone, c.pal.paper, 0.2), tone * 0.85, lift=1.5)


def floor_lamp(c: Canvas, x: float, foot: float, tall: float) -> None:
    """A lamp on a tall stand, its light on the wall."""
    metal = mix(c.pal.ink, c.pal.accents[1], 0.3)
    shade = mix(c.pal.sun, c.pal.accents[1], 0.3)
    c.glow(x, foot - tall * 0.86, tall * 0.5, shade, 0.75 if c.pal.dark else 0.4)
    c.fill(c.disc(x, foot, tall * 0.1, tall * 0.022), metal)
    c.fill(c.outline(box(x - tall * 0.009, foot - tall * 0.85, x + tall * 0.009, foot)), metal)
    y = foot - tall * 0.78
    c.fill(
        c.outline(
            [
                (x - tall * 0.1, y - tall * 0.24),
                (x + tall * 0.1, y - tall * 0.24),
                (x + tall * 0.18, y),
                (x - tall * 0.18, y),
            ]
        ),
        mix(shade, WHITE, 0.35),
        shade,
    )


def potted_plant(c: Canvas, x: float, foot: float, tall: float) -> None:
    """Broad leaves in a pot."""
    green = mix(mix(c.pal.land[1], c.pal.accents[2], 0.4), rgb("3f7a4f"), 0.6) * (
        0.55 if c.pal.dark else 1
    )
    c.shadow(x, foot, tall * 0.26, tall * 0.05, 0.55)
    leaf = smooth(LEAF)
    order = sorted(np.linspace(-1.25, 1.25, 11).tolist(), key=lambda a: -abs(a))
    for index, turn in enumerate(order):
        size = tall * (0.92 - abs(turn) * 0.22)
        tone = green * (0.72 + 0.04 * index)
        base = (x, foot - tall * 0.24)
        c.fill(
            c.outline(put(leaf, *base, size, turn=turn)),
            mix(tone, c.pal.sun, 0.12),
            tone * 0.7,
            lift=1.3,
        )
        rib = put([(-0.006, -0.05), (0.0, -0.9), (0.006, -0.05)], *base, size, turn=turn)
        c.fill(c.outline(rib), mix(tone, WHITE, 0.3), lines=False, alpha=0.6)
    pot = mix(c.pal.accents[0], c.pal.paper, 0.25) * (0.6 if c.pal.dark else 1)
    turned(c, x, foot, tall * 0.3, [(0, 0.42), (1, 0.58)], paint=pot, gloss=0.3)


def side_table(c: Canvas, x: float, foot: float, tall: float) -> None:
    """A low round table with a cup and a book on it."""
    wood = mix(c.pal.ink, rgb("9a6236"), 0.7)
    c.shadow(x, foot, tall * 0.8, tall * 0.1, 0.5)
    for side in (-0.6, 0.0, 0.6):
        c.fill(
            c.outline(
                [
                    (x + side * tall * 0.7 - 2, foot - tall),
                    (x + side * tall * 0.7 + 2, foot - tall),
                    (x + side * tall, foot),
                ]
            ),
            wood * 0.8,
        )
    c.fill(
        c.disc(x, foot - tall, tall * 0.95, tall * 0.17),
        mix(wood, WHITE, 0.3),
        mix(wood, WHITE, 0.1),
        lift=2,
    )
    c.fill(
        c.outline(box(x - tall * 0.55, foot - tall * 1.12, x - tall * 0.02, foot - tall * 1.02)),
        c.pal.accents[3],
    )
    turned(
        c,
        x + tall * 0.35,
        foot - tall * 0.98,
        tall * 0.28,
        [(0, 0.36), (0.2, 0.48), (1, 0.52)],
        paint=mix(c.pal.paper, WHITE, 0.3),
        gloss=0.4,
    )


def desk(c: Canvas, x: float, foot: float, half: float) -> None:
    """A desk with a screen, a lamp and books."""
    wood = mix(mix(c.pal.land[0], rgb("9a6236"), 0.7), c.pal.ink, 0.1)
    top = foot - c.u * 0.17
    c.shadow(x, foot, half * 1.05, c.u * 0.02, 0.5)
    for side in (-0.9, 0.9):
        c.fill(
            c.outline(box(x + side * half - c.u * 0.012, top, x + side * half + c.u * 0.012, foot)),
            wood * 0.7,
        )
    c.fill(c.outline(box(x + half * 0.35, top, x + half * 0.88, foot - c.u * 0.05)), wood * 0.85)
    c.fill(
        c.outline(box(x - half, top - c.u * 0.022, x + half, top)),
        mix(wood, WHITE, 0.2),
        wood,
        lift=2,
    )
    c.fill(
        c.outline(box(x - c.u * 0.02, top - c.u * 0.06, x + c.u * 0.02, top - c.u * 0.02)),
        c.pal.ink,
    )
    c.fill(
        c.outline(
            rounded(x - c.u * 0.13, top - c.u * 0.21, x + c.u * 0.13, top - c.u * 0.05, c.u * 0.008)
        ),
        c.pal.ink,
        lift=2,
    )
    c.fill(
        c.outline(box(x - c.u * 0.12, top - c.u * 0.2, x + c.u * 0.12, top - c.u * 0.06)),
        c.pal.accents[3],
        c.pal.accents[2],
    )
    for index in range(4):
        y = top - c.u * (0.04 + index * 0.019)
        c.fill(
            c.outline(
                box(x + half * (0.58 + 0.02 * (index % 2)), y, x + half * 0.92, y + c.u * 0.018)
            ),
            c.pal.accents[index],
        )


def bed(c: Canvas, x: float, foot: float, half: float, cloth: Array) -> None:
    """A bed with pillows and a folded blanket."""
    wood = mix(c.pal.ink, rgb("8a5a34"), 0.7)
    linen = mix(c.pal.paper, WHITE, 0.3) * (0.55 if c.pal.dark else 1)
    top = foot - c.u * 0.3
    c.shadow(x, foot, half * 1.1, c.u * 0.02, 0.5)
    c.fill(
        c.outline(rounded(x - half, top, x + half, foot - c.u * 0.05, c.u * 0.02)),
        mix(wood, WHITE, 0.15),
        wood,
    )
    for side in (-0.47, 0.47):
        pillow = rounded(
            x + (side - 0.4) * half,
            top + c.u * 0.06,
            x + (side + 0.4) * half,
            top + c.u * 0.15,
            c.u * 0.03,
        )
        c.fill(c.outline(pillow), mix(linen, WHITE, 0.3), linen * 0.88, lift=1.5)
    c.fill(
        c.outline(rounded(x - half * 1.04, foot - c.u * 0.16, x + half * 1.04, foot, c.u * 0.03)),
        linen,
        linen * 0.82,
        lift=1.5,
    )
    c.fill(
        c.outline(
            rounded(
                x - half * 1.06, foot - c.u * 0.11, x + half * 1.06, foot + c.u * 0.005, c.u * 0.025
            )
        ),
        mix(cloth, WHITE, 0.1),
        cloth * 0.75,
        lift=1.5,
    )
