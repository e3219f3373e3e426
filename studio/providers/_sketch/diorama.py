"""Isometric dioramas: a block of land with houses, towers, trees and water, seen from a corner."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import landmarks
from studio.providers._sketch.canvas import Canvas, Point
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import ambience, ball
from studio.providers._sketch.noise import Array

Cell = tuple[float, float, float]
"""Place on the block: right-down, left-down, up; in cells."""


class Block:
    """A block of land, ``side`` × ``side`` cells, centred on the canvas."""

    def __init__(self, c: Canvas, side: int) -> None:
        self.c, self.side = c, side
        self.cell = min(c.w, c.h * 1.05) * 0.46 / side
        self.x, self.y = c.w * 0.5, c.h * 0.56 - self.cell * side * 0.42

    def at(self, cell: Cell) -> Point:
        """A cell's corner on the canvas."""
        right, left, up = cell
        return (
            self.x + (right - left) * self.cell,
            self.y + (right + left) * self.cell * 0.5 - up * self.cell,
        )

    def cube(self, cell: Cell, size: Cell, paint: Array) -> None:
        """A box standing at ``cell``: lit from the left, its right side in shade."""
        (r, le, u), (wr, wl, up) = cell, size
        c, at = self.c, self.at
        top = [
            at((r, le, u + up)),
            at((r + wr, le, u + up)),
            at((r + wr, le + wl, u + up)),
            at((r, le + wl, u + up)),
        ]
        left = [
            at((r, le + wl, u + up)),
            at((r + wr, le + wl, u + up)),
            at((r + wr, le + wl, u)),
            at((r, le + wl, u)),
        ]
        right = [
            at((r + wr, le, u + up)),
            at((r + wr, le + wl, u + up)),
            at((r + wr, le + wl, u)),
            at((r + wr, le, u)),
        ]
        c.fill(c.outline(left), mix(paint, c.pal.sun, 0.1), paint * 0.86)
        c.fill(c.outline(right), paint * 0.66, paint * 0.55)
        c.fill(c.outline(top), mix(paint, WHITE, 0.32), lift=0.5)

    def panes(self, cell: Cell, size: Cell, tone: Array) -> None:
        """Rows of windows on both visible sides of such a box."""
        (r, le, u), (wr, wl, up) = cell, size
        shapes: list[tuple[list[Point], Array]] = []
        for storey in np.arange(0.22, up - 0.2, 0.36).tolist():
            for part in (0.16, 0.56):
                for left in (True, False):
                    if self.c.rng.random() < 0.25:
                        continue
                    ends = (part, part + 0.26)
                    run = [(r + wr * e, le + wl) if left else (r + wr, le + wl * e) for e in ends]
                    low = [self.at((a, b, u + storey)) for a, b in run]
                    high = [self.at((a, b, u + storey + 0.2)) for a, b in run]
                    shapes.append(
                        ([*low, *high[::-1]], tone if left else mix(tone, self.c.pal.ink, 0.15))
                    )
        self.c.scatter(shapes)


def diorama(c: Canvas) -> None:
    """Ground, then every cell from the far corner to the near one."""
    c.sun = (c.w * 0.15, c.h * 0.1)
    ground = mix(c.pal.sky[2], c.pal.paper, 0.25) if not c.pal.dark else c.pal.sky[1]
    ambience(c, mix(ground, c.pal.sky[3], 0.4), ground, spot=(c.w * 0.5, c.h * 0.45))
    block = Block(c, 4 + round(c.brief.detail * 3))
    side = float(block.side)
    middle = block.at((side / 2, side / 2, -1.0))
    c.shade(
        c.soft(
            c.disc(
                middle[0], middle[1] + block.cell, block.cell * side * 0.98, block.cell * side * 0.5
            ),
            c.u * 0.03,
        ),
        0.35,
        c.pal.ink,
    )
    earth = mix(rgb("8a6242"), c.pal.land[1], 0.4)
    turf = mix(mix(c.pal.land[1], c.pal.accents[2], 0.3), rgb("7fae6a"), 0.45) * (
        0.6 if c.pal.dark else 1
    )
    block.cube((0, 0, -0.85), (side, side, 0.65), earth)
    block.cube((0, 0, -0.2), (side, side, 0.2), turf)
    lane = int(c.rng.integers(1, block.side - 1))
    wet = (
        c.brief.has("lake", "boat", "wave") or c.brief.composition == "sea" or c.rng.random() < 0.4
    )
    for right in range(block.side):
        for left in range(block.side):
            if left == lane:
                _road(block, right, left, wet=wet)
            else:
                _plot(block, right, left, middle=lane)


def _road(block: Block, right: int, left: int, *, wet: bool) -> None:
    """One cell of the road, or of the river."""
    c = block.c
    tone = mix(c.pal.sky[1], rgb("4fa8c8"), 0.5) if wet else mix(c.pal.land[0], rgb("9a948c"), 0.6)
    tone = tone * (0.6 if c.pal.dark else 1)
    shape = [
        block.at((right + a, left + b, 0.0))
        for a, b in ((0, 0.06), (1, 0.06), (1, 0.94), (0, 0.94))
    ]
    c.fill(c.outline(shape), mix(tone, WHITE, 0.12), tone, lines=False)
    dash = [
        block.at((right + a, left + b, 0.0))
        for a, b in ((0.25, 0.46), (0.75, 0.46), (0.75, 0.54), (0.25, 0.54))
    ]
    c.fill(c.outline(dash), mix(tone, WHITE, 0.6), lines=False)


def _plot(block: Block, right: int, left: int, *, middle: int) -> None:
    """What stands on one cell: a tower, a house, trees, or nothing."""
    c = block.c
    town = c.brief.composition in {"city", "street", "interior", "product"} or c.brief.has("house")
    chance = c.rng.random()
    tone = mix(c.pal.accents[int(c.rng.integers(0, 4))], c.pal.paper, 0.25) * (
        0.6 if c.pal.dark else 1
    )
    warm = (
        mix(c.pal.accents[1], c.pal.sun, 0.5)
        if landmarks.light_low(c)
        else mix(c.pal.sky[1], WHITE, 0.3)
    )
    if chance < (0.62 if town else 0.22):
        far = 1.0 if left < middle else 0.6
        tall = float(c.rng.uniform(0.7, 2.9 if town else 1.1)) * far
        size = (0.66, 0.66, tall)
        block.cube((right + 0.17, left + 0.17, 0.0), size, tone)
        block.panes((right + 0.17, left + 0.17, 0.0), size, warm)
        if tall < 1.2:
            _roof(
                block, (right + 0.17, left + 0.17, tall), mix(c.pal.accents[0], rgb("b8553f"), 0.5)
            )
        else:
            block.cube((right + 0.34, left + 0.34, tall), (0.3, 0.3, 0.22), tone * 0.9)
    elif chance < 0.92:
        for _ in range(int(1 + c.brief.detail * 3)):
            spot = (
                right + float(c.rng.uniform(0.2, 0.8)),
                left + float(c.rng.uniform(0.2, 0.8)),
                0.0,
            )
            _tree(block, spot)


def _roof(block: Block, cell: Cell, tone: Array) -> None:
    """A gabled roof on a box of the common size."""
    r, le, u = cell
    c, at = block.c, block.at
    a, b, d = 0.72, 0.36, 0.44
    front = [
        at((r - 0.03, le + a, u)),
        at((r + a, le + a, u)),
        at((r + a, le + b, u + d)),
        at((r - 0.03, le + b, u + d)),
    ]
    gable = [at((r + 0.66, le, u)), at((r + 0.66, le + 0.66, u)), at((r + 0.66, le + b, u + d))]
    c.fill(c.outline(gable), tone * 0.6)
    c.fill(c.outline(front), mix(tone, c.pal.sun, 0.15), tone * 0.9, lift=1.2)


def _tree(block: Block, cell: Cell) -> None:
    """A round tree, or a fir where it is cold."""
    c = block.c
    x, foot = block.at(cell)
    size = block.cell * float(c.rng.uniform(0.17, 0.27))
    green = mix(mix(c.pal.land[1], c.pal.accents[2], 0.35), rgb("4f8a57"), 0.5) * (
        0.65 if c.pal.dark else 1
    )
    c.shadow(x + size * 0.3, foot, size * 0.9, size * 0.35, 0.35)
    c.fill(
        c.outline(
            [
                (x - size * 0.12, foot - size),
                (x + size * 0.12, foot - size),
                (x + size * 0.15, foot),
                (x - size * 0.15, foot),
            ]
        ),
        mix(c.pal.ink, rgb("7a4a28"), 0.6),
    )
    if c.brief.has("pine", "snow") or c.pal.name in {"winter", "mist", "forest"}:
        for step in range(3):
            y, half = foot - size * (0.6 + step * 0.75), size * (1.0 - step * 0.24)
            c.fill(
                c.outline([(x - half, y), (x, y - size * 1.3), (x + half, y)]),
                mix(green, WHITE, 0.1 * step),
                green * 0.75,
            )
        return
    ball(c, x, foot - size * 1.6, size * 0.95, green, gloss=0.1)
