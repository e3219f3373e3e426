"""Streets: houses on both sides running to one point, lamps, awnings, wet paving."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from studio.providers._sketch import city, landmarks, things
from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.noise import Array
from studio.providers._sketch.sky import mirror, mist, sky

Wall = tuple[float, float, float]
"""A stretch of one side: near depth, far depth (0 at the eye, 1 at the vanishing point), height."""


class Way:
    """The perspective of a street: everything runs to (x, y)."""

    def __init__(self, c: Canvas) -> None:
        self.c = c
        self.x, self.y = c.w * float(c.rng.uniform(0.45, 0.55)), c.h * 0.6
        self.half = c.w * 0.52
        self.drop = c.h * 0.44

    def at(self, side: float, up: float, depth: float) -> Point:
        """A point: ``side`` -1..1 across the street, ``up`` in short sides, ``depth`` 0..1."""
        part = 1 - depth
        return (self.x + side * self.half * part, self.y + self.drop * part - up * self.c.u * part)


def street(c: Canvas) -> None:
    """Sky at the end, houses from far to near, the paving, lamps, people."""
    way = Way(c)
    sky(c, way.y, clouds=0.4)
    c.glow(way.x, way.y, c.u * 0.3, mix(c.pal.sun, c.pal.sky[3], 0.4), 0.6)
    things.airborne(c, way.y * 0.7)
    _paving(c, way)
    for side in (-1.0, 1.0):
        _houses(c, way, side)
    mist(c, way.y, c.u * 0.07, 0.5)
    wet = c.brief.has("rain") or c.brief.said("wet", "reflections", "canal")
    if wet:
        _wet(c, way)
    _lights(c, way)
    for _ in range(int(2 + c.brief.detail * 4)):
        _walker(c, way)
    if c.brief.has("rain"):
        city.rain(c)


def _paving(c: Canvas, way: Way) -> None:
    stone = mix(c.pal.land[1], c.pal.sky[2], 0.3) * (0.7 if c.pal.dark else 1)
    c.fill(
        c.outline(
            [
                way.at(-1, 0, 0.97),
                way.at(1, 0, 0.97),
                (c.w * 1.2, c.h * 1.05),
                (-c.w * 0.2, c.h * 1.05),
            ]
        ),
        mix(stone, c.pal.sky[3], 0.45),
        stone * 0.75,
    )
    joints: list[list[Point]] = []
    for row in range(14):
        depth = 1 - (row + 1) ** 1.6 / 15**1.6
        a, b = way.at(-0.7, 0, depth), way.at(0.7, 0, depth)
        joints.append([a, b, (b[0], b[1] + 1.2), (a[0], a[1] + 1.2)])
    joints += [
        [way.at(lane, 0, 0.96), way.at(lane - 0.006, 0, -0.1), way.at(lane + 0.006, 0, -0.1)]
        for lane in np.linspace(-0.7, 0.7, 8).tolist()
    ]
    c.fill(c.cover(joints), stone * 0.55, alpha=0.45, lines=False)
    for side in (-1, 1):
        kerb = [
            way.at(side * 1.05, 0, 0.97),
            way.at(side * 0.72, 0, 0.97),
            way.at(side * 0.72, 0, -0.15),
            way.at(side * 1.05, 0, -0.15),
        ]
        c.fill(c.outline(kerb), mix(stone, WHITE, 0.25), mix(stone, c.pal.ink, 0.15))


def _houses(c: Canvas, way: Way, side: float) -> None:
    """One side, from the far end to the eye."""
    depths = [0.94, 0.86, 0.76, 0.63, 0.46, 0.22, -0.15]
    for index, (far, near) in enumerate(pairwise(depths)):
        tall = float(c.rng.uniform(0.62, 0.95))
        base = mix(
            c.pal.accents[int(c.rng.integers(0, 4))], c.pal.paper, float(c.rng.uniform(0.15, 0.45))
        )
        base = mix(base, c.pal.land[1], 0.25) * (0.5 if c.pal.dark else 0.95)
        lit = (c.sun[0] < way.x) == (side > 0)
        tone = mix(base, c.pal.sun, 0.16) if lit else mix(base, c.pal.ink, 0.3)
        tone = mix(tone, mix(c.pal.sky[3], c.pal.sky[2], 0.4), 0.5 * max(0.0, far - 0.35))
        _house(c, way, side, (near, far, tall), tone)
        if index >= 2:
            _shop(c, way, side, (near, far, tall), tone)


def _house(c: Canvas, way: Way, side: float, wall: Wall, tone: Array) -> None:
    near, far, tall = wall
    front = [
        way.at(side, 0, far),
        way.at(side, 0, near),
        way.at(side, tall, near),
        way.at(side, tall, far),
    ]
    c.fill(c.outline(front), mix(tone, c.pal.sky[3], 0.1), tone * 0.88)
    roof = [
        way.at(side, tall, far),
        way.at(side, tall, near),
        way.at(side * 1.3, tall * 1.22, near),
        way.at(side * 1.3, tall * 1.22, far),
    ]
    c.fill(c.outline(roof), mix(rgb("8a4a38"), c.pal.land[2], 0.4), mix(tone, c.pal.ink, 0.4))
    cornice = [
        way.at(side, tall, far),
        way.at(side, tall, near),
        way.at(side * 0.97, tall * 0.97, near),
        way.at(side * 0.97, tall * 0.97, far),
    ]
    c.fill(c.outline(cornice), mix(tone, WHITE, 0.4))
    dim = landmarks.light_low(c) or c.pal.name in {"dusk", "berry"}
    warm = mix(c.pal.accents[1], c.pal.sun, 0.5)
    glass = mix(c.pal.sky[1], c.pal.ink, 0.25)
    shapes: list[tuple[list[Point], Array]] = []
    for storey in (0.34, 0.54, 0.74):
        for column in (0.2, 0.6):
            if storey > tall - 0.12:
                continue
            a = near + (far - near) * column
            b = near + (far - near) * (column + 0.22)
            pane = [
                way.at(side, storey, a),
                way.at(side, storey, b),
                way.at(side, storey + 0.12, b),
                way.at(side, storey + 0.12, a),
            ]
            sill = [
                way.at(side * 1.0, storey - 0.025, a),
                way.at(side, storey - 0.025, b),
                way.at(side, storey, b),
                way.at(side, storey, a),
            ]
            shapes.append((pane, warm if c.rng.random() < (0.7 if dim else 0.15) else glass))
            shapes.append((sill, mix(tone, WHITE, 0.5)))
    c.scatter(shapes)


def _shop(c: Canvas, way: Way, side: float, wall: Wall, tone: Array) -> None:
    """A lit shop window under a striped awning."""
    near, far, _ = wall
    a, b = near + (far - near) * 0.12, near + (far - near) * 0.84
    light = mix(c.pal.sun, c.pal.accents[1], 0.25)
    pane = [
        way.at(side, 0.02, a),
        way.at(side, 0.02, b),
        way.at(side, 0.19, b),
        way.at(side, 0.19, a),
    ]
    c.fill(
        c.outline(pane),
        mix(light, WHITE, 0.15) if landmarks.light_low(c) else mix(light, tone, 0.45),
        mix(light, tone, 0.35),
    )
    cloth = c.pal.accents[int(c.rng.integers(0, 4))] * (0.8 if c.pal.dark else 1)
    for stripe in range(6):
        s, t = a + (b - a) * stripe / 6, a + (b - a) * (stripe + 1) / 6
        shape = [
            way.at(side, 0.27, s),
            way.at(side, 0.27, t),
            way.at(side * 0.8, 0.19, t),
            way.at(side * 0.8, 0.19, s),
        ]
        c.fill(
            c.outline(shape),
            cloth if stripe % 2 else mix(c.pal.paper, cloth, 0.15),
            lines=stripe % 2 == 0,
        )


def _lights(c: Canvas, way: Way) -> None:
    """Street lamps, and a string of lights across where the mood asks for it."""
    iron = mix(c.pal.ink, c.pal.land[2], 0.4)
    glow = mix(c.pal.sun, c.pal.accents[1], 0.4)
    power = 0.9 if landmarks.light_low(c) else 0.25
    for depth in (0.8, 0.62, 0.3):
        for side in (-0.76, 0.76):
            x, foot = way.at(side, 0, depth)
            _, top = way.at(side, 0.46, depth)
            wide = c.u * 0.006 * (1 - depth) * 2
            c.fill(c.outline(box(x - wide, top, x + wide, foot)), iron)
            c.glow(x, top, c.u * 0.1 * (1 - depth) * 1.4, glow, power)
            c.fill(c.disc(x, top - wide * 2, wide * 4), mix(glow, WHITE, 0.4))
    if c.brief.said("lights", "festive", "market", "cafe", "lanterns") or c.pal.dark:
        at = np.linspace(-1, 1, 15)
        for depth, up in ((0.72, 0.62), (0.42, 0.66)):
            for t in at:
                x, y = way.at(float(t), up - 0.12 * (1 - float(t) ** 2), depth)
                c.glow(x, y, c.u * 0.02 * (1 - depth) * 2, glow, power)
                c.fill(c.disc(x, y, c.u * 0.007 * (1 - depth) * 2), mix(glow, WHITE, 0.5))


def _walker(c: Canvas, way: Way) -> None:
    """Someone walking, seen from behind."""
    depth = float(c.rng.uniform(0.35, 0.8))
    x, foot = way.at(float(c.rng.uniform(-0.55, 0.55)), 0, depth)
    tall = c.u * 0.3 * (1 - depth)
    coat = mix(c.pal.accents[int(c.rng.integers(0, 4))], c.pal.ink, 0.45)
    c.shadow(x, foot, tall * 0.18, tall * 0.03, 0.5)
    for leg in (-0.07, 0.06):
        c.fill(
            c.outline(
                [
                    (x + leg * tall - tall * 0.03, foot - tall * 0.42),
                    (x + leg * tall + tall * 0.05, foot - tall * 0.42),
                    (x + leg * tall * 1.5 + tall * 0.02, foot),
                    (x + leg * tall * 1.5 - tall * 0.02, foot),
                ]
            ),
            c.pal.ink,
        )
    c.fill(
        c.outline(
            [
                (x - tall * 0.1, foot - tall * 0.82),
                (x + tall * 0.1, foot - tall * 0.82),
                (x + tall * 0.16, foot - tall * 0.3),
                (x - tall * 0.16, foot - tall * 0.3),
            ]
        ),
        coat,
        coat * 0.8,
    )
    c.fill(c.disc(x, foot - tall * 0.9, tall * 0.075), mix(c.pal.ink, rgb("8a5a3a"), 0.5))
    if c.brief.has("umbrella", "rain"):
        dome = [
            p
            for p in ellipse(x, foot - tall * 0.92, tall * 0.34, tall * 0.24)
            if p[1] <= foot - tall * 0.92
        ]
        c.fill(c.outline(dome), c.pal.accents[int(c.rng.integers(0, 3))])


def _wet(c: Canvas, way: Way) -> None:
    """The paving mirrors the light above it."""
    before = c.rgb.copy()
    mirror(c, way.y + c.u * 0.02, calm=0.3)
    top = int(way.y + c.u * 0.02)
    c.rgb[top:] = before[top:] * 0.5 + c.rgb[top:] * 0.5
