"""Heads and hair: the parts of a stylised bust."""

from __future__ import annotations

from dataclasses import dataclass

from studio.providers._sketch.canvas import Canvas, Patch, Point
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import facing, put, smooth
from studio.providers._sketch.noise import Array

FACE: list[Point] = [
    (0, -0.62),
    (0.34, -0.56),
    (0.49, -0.25),
    (0.47, 0.12),
    (0.36, 0.46),
    (0.15, 0.68),
    (0, 0.72),
    (-0.15, 0.68),
    (-0.36, 0.46),
    (-0.47, 0.12),
    (-0.49, -0.25),
    (-0.34, -0.56),
]
SKINS = ("f3cfb3", "e6b08c", "c98d63", "9c6443", "6d4330", "f0c3a2")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a head is and what it is made of: middle, unit size, skin and hair colours."""

    x: float
    y: float
    size: float
    skin: Array
    hair: Array

    def shape(self, points: list[Point], *, flip: bool = False) -> list[Point]:
        """A smooth shape given in the head's own units."""
        return put(smooth(points), self.x, self.y, self.size, flip=flip)


def face(c: Canvas, head: Head) -> None:
    """Neck, ears, face with a light and a shadow side, and features in few shapes."""
    side = facing(c, head.x)
    dark = mix(head.skin * 0.72, c.pal.land[1], 0.22)
    neck = [
        (-0.22, 0.3),
        (0.22, 0.3),
        (0.25, 0.84),
        (0.3, 0.94),
        (0, 1.08),
        (-0.3, 0.94),
        (-0.25, 0.84),
    ]
    c.fill(c.outline(put(neck, head.x, head.y, head.size)), dark, head.skin * 0.9)
    for ear in (-1, 1):
        c.fill(
            c.outline(
                head.shape([(0.44, -0.12), (0.56, -0.18), (0.57, 0.04), (0.46, 0.16)], flip=ear < 0)
            ),
            head.skin * 0.85,
        )
    patch = c.outline(head.shape(FACE))
    c.fill(patch, mix(head.skin, c.pal.sun, 0.12), head.skin)
    away = [
        (0.02, -0.64),
        (0.05, -0.2),
        (0.13, 0.08),
        (0.05, 0.16),
        (0.06, 0.34),
        (0.02, 0.74),
        (0.7, 0.74),
        (0.7, -0.7),
    ]
    _within(c, patch, put(away, head.x, head.y, head.size, flip=side > 0), dark, 0.55)
    _features(c, head, dark)


def _within(c: Canvas, patch: Patch | None, shape: list[Point], paint: Array, alpha: float) -> None:
    """Paint a shape where it lies on a patch."""
    if patch is None:
        return
    over = c.outline(shape)
    if over is None:
        return
    x0, y0 = max(patch.x, over.x), max(patch.y, over.y)
    x1 = min(patch.x + patch.mask.shape[1], over.x + over.mask.shape[1])
    y1 = min(patch.y + patch.mask.shape[0], over.y + over.mask.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    one = patch.mask[y0 - patch.y : y1 - patch.y, x0 - patch.x : x1 - patch.x]
    two = over.mask[y0 - over.y : y1 - over.y, x0 - over.x : x1 - over.x]
    c.fill(Patch(x0, y0, one * two), paint, alpha=alpha, lines=False)


def _features(c: Canvas, head: Head, dark: Array) -> None:
    x, y, size = head.x, head.y, head.size
    ink = mix(c.pal.ink, head.hair, 0.3)
    for side in (-1, 1):
        brow = [(0.1, -0.15), (0.22, -0.2), (0.35, -0.14), (0.22, -0.165)]
        c.fill(c.outline(head.shape(brow, flip=side < 0)), mix(head.hair, ink, 0.3), lines=False)
        lid = [(0.12, 0.0), (0.22, -0.06), (0.34, 0.0), (0.23, 0.03)]
        c.fill(c.outline(head.shape(lid, flip=side < 0)), mix(WHITE, head.skin, 0.25), lines=False)
        c.fill(c.disc(x + side * size * 0.225, y - size * 0.015, size * 0.045), ink, lines=False)
        c.fill(
            c.disc(x + side * size * 0.225 + size * 0.014, y - size * 0.03, size * 0.013),
            WHITE,
            lines=False,
        )
        lash = [(0.1, -0.01), (0.22, -0.075), (0.36, -0.01), (0.22, -0.05)]
        c.fill(c.outline(head.shape(lash, flip=side < 0)), ink)
        blush = c.soft(
            c.disc(x + side * size * 0.27, y + size * 0.2, size * 0.1, size * 0.06), size * 0.05
        )
        c.fill(blush, mix(c.pal.accents[0], rgb("e06a5a"), 0.6), alpha=0.28, lines=False)
    nose = [(0.0, 0.0), (0.05, 0.14), (0.09, 0.22), (0.0, 0.26), (-0.05, 0.23), (0.02, 0.2)]
    c.fill(c.outline(head.shape(nose, flip=facing(c, x) > 0)), dark, alpha=0.8, lines=False)
    lip = mix(mix(rgb("b8453f"), c.pal.accents[0], 0.3), head.skin, 0.25)
    c.fill(
        c.outline(
            head.shape(
                [(-0.16, 0.42), (-0.05, 0.39), (0, 0.405), (0.05, 0.39), (0.16, 0.42), (0, 0.445)]
            )
        ),
        lip * 0.8,
    )
    c.fill(
        c.outline(head.shape([(-0.15, 0.425), (0, 0.44), (0.15, 0.425), (0, 0.51)])),
        lip,
        lines=False,
    )
