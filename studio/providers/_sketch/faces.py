"""Heads and hair: the parts of a stylised bust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.providers._sketch.canvas import Canvas, Patch, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import facing, put, smooth
from studio.providers._sketch.noise import Array

FACE: list[Point] = [(0, -0.62), (0.34, -0.56), (0.49, -0.25), (0.47, 0.12), (0.36, 0.46), (0.15, 0.68), (0, 0.72), (-0.15, 0.68), (-0.36, 0.46), (-0.47, 0.12), (-0.49, -0.25), (-0.34, -0.56)]  # fmt: skip
SKINS = ("f3cfb3", "e6b08c", "c98d63", "9c6443", "6d4330", "f0c3a2")
HAIRS = ("2b1c16", "5a3521", "8c5a2f", "c98f45", "a3402a", "1a1a22", "6b4a86")


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
    neck = [(-0.22, 0.3), (0.22, 0.3), (0.25, 0.84), (0.3, 0.94), (0, 1.08), (-0.3, 0.94), (-0.25, 0.84)]
    c.fill(c.outline(put(neck, head.x, head.y, head.size)), dark, head.skin * 0.9)
    for ear in (-1, 1):
        c.fill(c.outline(head.shape([(0.44, -0.12), (0.56, -0.18), (0.57, 0.04), (0.46, 0.16)], flip=ear < 0)), head.skin * 0.85)
    patch = c.outline(head.shape(FACE))
    c.fill(patch, mix(head.skin, c.pal.sun, 0.12), head.skin)
    away = [(0.02, -0.64), (0.05, -0.2), (0.13, 0.08), (0.05, 0.16), (0.06, 0.34), (0.02, 0.74), (0.7, 0.74), (0.7, -0.7)]
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
        c.fill(c.disc(x + side * size * 0.225 + size * 0.014, y - size * 0.03, size * 0.013), WHITE, lines=False)
        lash = [(0.1, -0.01), (0.22, -0.075), (0.36, -0.01), (0.22, -0.05)]
        c.fill(c.outline(head.shape(lash, flip=side < 0)), ink)
        blush = c.soft(c.disc(x + side * size * 0.27, y + size * 0.2, size * 0.1, size * 0.06), size * 0.05)
        c.fill(blush, mix(c.pal.accents[0], rgb("e06a5a"), 0.6), alpha=0.28, lines=False)
    nose = [(0.0, 0.0), (0.05, 0.14), (0.09, 0.22), (0.0, 0.26), (-0.05, 0.23), (0.02, 0.2)]
    c.fill(c.outline(head.shape(nose, flip=facing(c, x) > 0)), dark, alpha=0.8, lines=False)
    lip = mix(mix(rgb("b8453f"), c.pal.accents[0], 0.3), head.skin, 0.25)
    c.fill(c.outline(head.shape([(-0.16, 0.42), (-0.05, 0.39), (0, 0.405), (0.05, 0.39), (0.16, 0.42), (0, 0.445)])), lip * 0.8)
    c.fill(c.outline(head.shape([(-0.15, 0.425), (0, 0.44), (0.15, 0.425), (0, 0.51)])), lip, lines=False)


def hair_behind(c: Canvas, head: Head, kind: str) -> None:
    """The hair that falls behind the face."""
    shapes: dict[str, list[Point]] = {
        "long": [(0, -0.86), (0.5, -0.72), (0.68, -0.2), (0.66, 0.4), (0.78, 1.0), (0.5, 1.3), (0, 1.2), (-0.5, 1.3), (-0.78, 1.0), (-0.66, 0.4), (-0.68, -0.2), (-0.5, -0.72)],
        "bob": [(0, -0.84), (0.46, -0.72), (0.66, -0.2), (0.66, 0.3), (0.54, 0.56), (0.2, 0.5), (-0.2, 0.5), (-0.54, 0.56), (-0.66, 0.3), (-0.66, -0.2), (-0.46, -0.72)],
    }
    if kind in shapes:
        c.fill(c.outline(head.shape(shapes[kind])), head.hair * 0.8, head.hair * 0.6, lift=1.5)
    if kind == "bun":
        c.fill(c.disc(head.x, head.y - head.size * 0.92, head.size * 0.27, head.size * 0.24), head.hair, head.hair * 0.75)
    if kind == "curly":
        rng = c.brief.rng("curls")
        turns, far = rng.uniform(2.6, 6.8, 52), rng.uniform(0.2, 0.62, 52)
        spots = [(np.cos(a) * f * 1.06, np.sin(a) * f * 1.1 - 0.28) for a, f in zip(turns, far, strict=True)]
        blobs = [ellipse(head.x + head.size * float(px), head.y + head.size * float(py), head.size * float(rng.uniform(0.13, 0.22))) for px, py in spots]
        c.fill(c.cover(blobs), head.hair * 0.85, head.hair * 0.65)


def hair_front(c: Canvas, head: Head, kind: str) -> None:
    """The hair over the forehead, with a lit strand."""
    fringe: dict[str, list[Point]] = {
        "short": [(-0.53, 0.0), (-0.58, -0.42), (-0.36, -0.8), (0.06, -0.88), (0.42, -0.76), (0.58, -0.4), (0.53, 0.0), (0.47, -0.26), (0.3, -0.46), (-0.06, -0.4), (-0.36, -0.5), (-0.47, -0.24)],
        "part": [(-0.52, 0.2), (-0.6, -0.36), (-0.4, -0.76), (0.02, -0.88), (0.42, -0.76), (0.6, -0.36), (0.52, 0.22), (0.46, -0.1), (0.34, -0.38), (0.12, -0.6), (-0.16, -0.4), (-0.4, -0.24), (-0.47, 0.0)],
        "curls": [(-0.5, -0.1), (-0.62, -0.42), (-0.3, -0.84), (0.1, -0.9), (0.48, -0.74), (0.6, -0.36), (0.5, -0.1), (0.44, -0.34), (0.24, -0.46), (0.06, -0.38), (-0.16, -0.48), (-0.4, -0.34)],
    }
    shape = fringe["short" if kind == "short" else "curls" if kind == "curly" else "part"]
    flip = facing(c, head.x) < 0
    c.fill(c.outline(head.shape(shape, flip=flip)), mix(head.hair, c.pal.sun, 0.08), head.hair * 0.8)
    strand = [(0.14, -0.8), (0.38, -0.68), (0.5, -0.38), (0.42, -0.5), (0.3, -0.64)]
    c.fill(c.outline(head.shape(strand, flip=flip)), mix(head.hair, c.pal.sun, 0.45), alpha=0.6, lines=False)


def beard(c: Canvas, head: Head) -> None:
    """A full beard."""
    shape = [(-0.48, 0.05), (-0.42, 0.3), (-0.2, 0.32), (0, 0.29), (0.2, 0.32), (0.42, 0.3), (0.48, 0.05), (0.46, 0.55), (0.24, 0.92), (0, 1.0), (-0.24, 0.92), (-0.46, 0.55)]
    c.fill(c.outline(head.shape(shape)), head.hair, head.hair * 0.72)
    c.fill(c.outline(head.shape([(-0.13, 0.44), (0, 0.42), (0.13, 0.44), (0, 0.49)])), rgb("9c4a42"), lines=False)


def glasses(c: Canvas, head: Head) -> None:
    """Round glasses."""
    frame = mix(c.pal.ink, c.pal.accents[1], 0.2)
    for side in (-1, 1):
        x, y, radius = head.x + side * head.size * 0.23, head.y, head.size * 0.185
        ring = [*ellipse(x, y, radius), *ellipse(x, y, radius * 0.84)[::-1]]
        c.fill(c.disc(x, y, radius * 0.86), WHITE, alpha=0.2, lines=False)
        c.fill(c.outline(ring), frame)
    bar = box(head.x - head.size * 0.06, head.y - head.size * 0.05, head.x + head.size * 0.06, head.y - head.size * 0.02)
    c.fill(c.outline(bar), frame)


def hat(c: Canvas, head: Head, tone: Array) -> None:
    """A brimmed hat with a band, or a knitted cap."""
    knit = c.brief.said("cap", "beanie", "fisherman")
    crown = [(-0.56, -0.34), (-0.54, -0.78), (-0.3, -1.12), (0, -1.18), (0.3, -1.12), (0.54, -0.78), (0.56, -0.34), (0, -0.42)]
    c.fill(c.outline(head.shape(crown)), mix(tone, c.pal.sun, 0.12), tone * 0.8, lift=2)
    if knit:
        c.fill(c.outline(head.shape([(-0.62, -0.3), (-0.6, -0.54), (0, -0.62), (0.6, -0.54), (0.62, -0.3), (0, -0.38)])), tone * 0.75)
        return
    c.fill(c.outline(head.shape([(-0.55, -0.4), (-0.55, -0.6), (0, -0.66), (0.55, -0.6), (0.55, -0.4), (0, -0.46)])), tone * 0.5)
    c.fill(c.outline(head.shape([(-0.98, -0.26), (-0.5, -0.46), (0, -0.5), (0.5, -0.46), (0.98, -0.26), (0.5, -0.32), (0, -0.34), (-0.5, -0.32)])), tone, tone * 0.7, lift=2)
