"""Dishes: what lies on a plate or in a bowl, seen from above."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import ball, put, smooth

LEAF: list[Point] = smooth(
    [(0, 0), (0.26, -0.35), (0.22, -0.75), (0, -1), (-0.22, -0.75), (-0.26, -0.35)]
)


def shade_under(c: Canvas, x: float, y: float, radius: float, amount: float = 0.45) -> None:
    """The shadow of something round that lies on the table."""
    shift = radius * 0.07 * (1 if c.sun[0] < x else -1)
    c.shade(
        c.soft(c.disc(x + shift, y + radius * 0.08, radius * 1.02), radius * 0.07),
        amount,
        c.pal.ink,
    )


def _greens(c: Canvas, x: float, y: float, radius: float, count: int) -> None:
    for _ in range(count):
        angle, far = float(c.rng.uniform(0, 6.28)), radius * float(np.sqrt(c.rng.random()))
        tone = mix(rgb("5f9a4a"), c.pal.accents[2], 0.25) * float(c.rng.uniform(0.75, 1.25))
        spot = (x + float(np.cos(angle)) * far, y + float(np.sin(angle)) * far)
        shape = put(
            LEAF,
            *spot,
            radius * float(c.rng.uniform(0.25, 0.5)),
            turn=float(c.rng.uniform(0, 6.28)),
        )
        c.fill(
            c.outline(shape),
            np.clip(mix(tone, WHITE, 0.15), 0, 1),
            np.clip(tone * 0.8, 0, 1),
            lift=0.7,
        )


def salad(c: Canvas, x: float, y: float, radius: float) -> None:
    """Leaves, tomatoes, eggs."""
    _greens(c, x, y, radius * 0.74, int(26 + c.brief.detail * 30))
    for index in range(7):
        angle = index * 2.4
        far = radius * (0.18 + 0.07 * index)
        ball(
            c,
            x + float(np.cos(angle)) * far,
            y + float(np.sin(angle)) * far,
            radius * 0.1,
            mix(rgb("d8432f"), c.pal.accents[0], 0.15),
        )
    for dx, dy in ((-0.3, -0.2), (0.34, 0.22)):
        _egg(c, x + dx * radius, y + dy * radius, radius * 0.17)


def _egg(c: Canvas, x: float, y: float, size: float) -> None:
    c.fill(c.disc(x, y, size, size * 1.2), mix(WHITE, c.pal.paper, 0.5), lift=0.8)
    ball(c, x, y + size * 0.1, size * 0.6, rgb("f2a62c"), gloss=0.4)


def ramen(c: Canvas, x: float, y: float, radius: float) -> None:
    """Broth, noodles, egg, greens, slices."""
    broth = mix(rgb("c9853f"), c.pal.accents[1], 0.15)
    c.fill(c.disc(x, y, radius * 0.84), mix(broth, WHITE, 0.1), broth * 0.85)
    noodle = mix(rgb("f3d79a"), c.pal.sun, 0.2)
    for strand in range(int(16 + c.brief.detail * 20)):
        turn = float(c.rng.uniform(-0.25, 0.25)) + 0.5
        shift = (strand / 26 - 0.5) * 0.9
        path = [
            (t, shift + 0.07 * float(np.sin(t * 7 + strand))) for t in np.linspace(-0.62, 0.42, 24)
        ]
        band = [
            *[(px, py - 0.012) for px, py in path],
            *[(px, py + 0.012) for px, py in path[::-1]],
        ]
        c.fill(
            c.outline(put(band, x, y, radius, turn=turn)),
            noodle * float(c.rng.uniform(0.85, 1.05)),
            lift=0.2,
        )
    for dx, dy in ((0.34, -0.3), (0.5, 0.0)):
        c.fill(
            c.disc(x + dx * radius, y + dy * radius, radius * 0.2),
            mix(rgb("e8b9a0"), WHITE, 0.1),
            rgb("b9704f"),
            lift=1,
        )
        c.fill(c.disc(x + dx * radius, y + dy * radius, radius * 0.09), rgb("c98a6a"), lines=False)
    _egg(c, x - radius * 0.38, y - radius * 0.32, radius * 0.18)
    _egg(c, x - radius * 0.1, y - radius * 0.48, radius * 0.18)
    _greens(c, x + radius * 0.3, y + radius * 0.42, radius * 0.26, 12)
    for _ in range(16):
        far, angle = radius * 0.7 * float(np.sqrt(c.rng.random())), float(c.rng.uniform(0, 6.28))
        c.fill(
            c.disc(x + float(np.cos(angle)) * far, y + float(np.sin(angle)) * far, radius * 0.035),
            rgb("6faa4f"),
            lift=0.3,
        )


def soup(c: Canvas, x: float, y: float, radius: float) -> None:
    """A smooth soup with a swirl of cream and herbs."""
    broth = mix(rgb("e0812f"), c.pal.accents[0], 0.25)
    c.fill(c.disc(x, y, radius * 0.84), mix(broth, WHITE, 0.15), broth * 0.88)
    angle = np.linspace(0.5, 13, 120)
    swirl = [(float(np.cos(a)) * a * 0.042, float(np.sin(a)) * a * 0.042) for a in angle]
    band = [*swirl, *[(px * 1.06 + 0.01, py * 1.06) for px, py in swirl[::-1]]]
    c.fill(c.outline(put(band, x, y, radius)), mix(WHITE, c.pal.paper, 0.4), alpha=0.85)
    _greens(c, x, y, radius * 0.22, 6)


def pizza(c: Canvas, x: float, y: float, radius: float) -> None:
    """A pizza cut in eight."""
    crust = rgb("d79a4f")
    c.fill(c.disc(x, y, radius * 0.86), mix(crust, WHITE, 0.1), crust * 0.75, lift=1.5)
    c.fill(c.disc(x, y, radius * 0.75), mix(rgb("c8452c"), c.pal.accents[0], 0.15))
    c.fill(c.disc(x, y, radius * 0.71), rgb("f0c45f"), rgb("e0a845"))
    for index in range(11):
        far, angle = radius * (0.16 + 0.5 * (index * 0.618 % 1)), index * 2.4
        spot = (x + float(np.cos(angle)) * far, y + float(np.sin(angle)) * far)
        c.fill(c.disc(*spot, radius * 0.095), rgb("b8392b"), rgb("96291f"), lift=0.5)
        c.fill(
            c.disc(spot[0] - radius * 0.02, spot[1] - radius * 0.03, radius * 0.03),
            rgb("d8634a"),
            lines=False,
        )
    _greens(c, x, y, radius * 0.5, 9)
    for cut in range(4):
        c.fill(
            c.outline(put(box(-0.006, -0.86, 0.006, 0.86), x, y, radius, turn=cut * np.pi / 4)),
            crust * 0.6,
            alpha=0.7,
            lines=False,
        )


def pancakes(c: Canvas, x: float, y: float, radius: float) -> None:
    """A stack with syrup, butter and berries."""
    for step in range(4):
        shift = float(c.rng.normal(0, 0.02)) * radius
        dough = mix(rgb("d9963f"), WHITE, 0.06 * step)
        spot = (x + shift, y - step * radius * 0.03)
        shade_under(c, *spot, radius * 0.6, 0.3)
        c.fill(c.disc(*spot, radius * 0.6), mix(rgb("f3d49a"), WHITE, 0.1), lift=1)
        c.fill(c.disc(*spot, radius * 0.56), dough, dough * 0.88, lines=False)
    drip = smooth(
        [
            (0, -0.36),
            (0.3, -0.3),
            (0.4, 0.0),
            (0.56, 0.22),
            (0.3, 0.26),
            (0.16, 0.5),
            (0, 0.32),
            (-0.3, 0.4),
            (-0.34, 0.08),
            (-0.46, -0.1),
            (-0.28, -0.3),
        ]
    )
    c.fill(
        c.outline(put(drip, x, y - radius * 0.08, radius)), rgb("9c5318"), rgb("b8651f"), alpha=0.8
    )
    c.fill(
        c.outline(put(box(-0.12, -0.1, 0.12, 0.1), x, y - radius * 0.1, radius, turn=0.4)),
        rgb("fbe9a8"),
        rgb("f0d47a"),
    )
    for index in range(9):
        angle = index * 0.7
        tone = (rgb("4a4f9c"), rgb("c8354a"))[index % 2]
        ball(
            c,
            x + float(np.cos(angle)) * radius * 0.7,
            y + float(np.sin(angle)) * radius * 0.66,
            radius * 0.085,
            mix(tone, c.pal.accents[0], 0.12),
        )
    _greens(c, x + radius * 0.2, y - radius * 0.3, radius * 0.12, 3)


def donut(c: Canvas, x: float, y: float, radius: float) -> None:
    """A glazed ring with sprinkles."""
    dough, glaze = rgb("d9a05b"), mix(c.pal.accents[0], WHITE, 0.2)
    c.fill(c.disc(x, y, radius * 0.64), mix(dough, WHITE, 0.1), dough * 0.75, lift=1.5)
    rim = smooth(
        [
            (
                float(np.cos(a)) * (0.57 + 0.035 * float(np.sin(a * 7))),
                float(np.sin(a)) * (0.57 + 0.035 * float(np.sin(a * 7))),
            )
            for a in np.linspace(0, 6.28, 40, endpoint=False)
        ]
    )
    c.fill(c.outline(put(rim, x, y, radius)), mix(glaze, WHITE, 0.2), glaze * 0.9)
    sprinkles = []
    for _ in range(int(40 + c.brief.detail * 60)):
        far, angle = radius * float(c.rng.uniform(0.28, 0.52)), float(c.rng.uniform(0, 6.28))
        stick = put(
            box(-0.008, -0.03, 0.008, 0.03),
            x + float(np.cos(angle)) * far,
            y + float(np.sin(angle)) * far,
            radius,
            turn=float(c.rng.uniform(0, 3)),
        )
        sprinkles.append((stick, mix(c.pal.accents[int(c.rng.integers(1, 4))], WHITE, 0.1)))
    c.scatter(sprinkles)
    c.fill(c.disc(x, y, radius * 0.21), dough * 0.8)
    c.fill(c.disc(x, y + radius * 0.015, radius * 0.17), mix(c.pal.paper, WHITE, 0.4) * 0.92)


def cake(c: Canvas, x: float, y: float, radius: float) -> None:
    """A round cake with cream roses and berries, one piece taken out."""
    cream = mix(c.pal.paper, c.pal.accents[0], 0.18)
    angle = np.linspace(0.5, 5.7, 70)
    outline: list[Point] = [
        (0.0, 0.0),
        *[(float(np.cos(a)) * 0.64, float(np.sin(a)) * 0.64) for a in angle],
    ]
    c.fill(
        c.outline(put(outline, x, y + radius * 0.06, radius)),
        rgb("b87a4a"),
        rgb("9c6238"),
        lift=1.5,
    )
    c.fill(c.outline(put(outline, x, y, radius)), mix(cream, WHITE, 0.4), cream * 0.94)
    for index, a in enumerate(np.linspace(0.7, 5.5, 12)):
        spot = (x + float(np.cos(a)) * radius * 0.52, y + float(np.sin(a)) * radius * 0.52)
        c.fill(c.disc(*spot, radius * 0.1), mix(cream, WHITE, 0.7), cream * 0.9, lift=0.5)
        ball(
            c,
            spot[0],
            spot[1] - radius * 0.02,
            radius * 0.06,
            mix(rgb("c8354a"), c.pal.accents[index % 4], 0.2),
        )
    _greens(c, x - radius * 0.1, y, radius * 0.12, 4)


def sushi(c: Canvas, x: float, y: float, radius: float) -> None:
    """Rolls in rows."""
    fillings = (rgb("ee7a52"), rgb("d8432f"), rgb("7fae54"), rgb("f2c14e"))
    for row in range(3):
        for column in range(3):
            spot = (x + (column - 1) * radius * 0.42, y + (row - 1) * radius * 0.42)
            shade_under(c, *spot, radius * 0.18, 0.35)
            c.fill(c.disc(*spot, radius * 0.18), rgb("24352c"), lift=1)
            c.fill(c.disc(*spot, radius * 0.155), mix(WHITE, c.pal.paper, 0.4), lift=0.3)
            c.fill(
                c.disc(*spot, radius * 0.08),
                mix(fillings[(row + column) % 4], c.pal.accents[0], 0.1),
                lift=0.3,
            )


DISHES = {
    "salad": salad, "ramen": ramen, "soup": soup, "pizza": pizza, "pancakes": pancakes,
    "donut": donut, "cake": cake, "sushi": sushi,
}  # fmt: skip
