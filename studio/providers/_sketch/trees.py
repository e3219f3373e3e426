"""Trees and grass: conifers, crowns, trunks, canopies, meadows."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, ellipse
from studio.providers._sketch.colour import mix
from studio.providers._sketch.noise import Array


def pine(c: Canvas, x: float, foot: float, tall: float) -> list[Point]:
    """A ragged conifer as one polygon."""
    tiers = 7
    left: list[Point] = []
    right: list[Point] = []
    for tier in range(tiers):
        part = (tier + 1) / tiers
        reach = tall * 0.2 * part * float(c.rng.uniform(0.8, 1.15))
        y = foot - tall * (1 - part * 0.94)
        left += [(x - reach, y), (x - reach * 0.45, y - tall * 0.015)]
        right += [
            (x + reach * float(c.rng.uniform(0.85, 1.1)), y),
            (x + reach * 0.45, y - tall * 0.015),
        ]
    stem = tall * 0.018
    trunk_end: list[Point] = [
        (x - stem, foot - tall * 0.05),
        (x - stem, foot),
        (x + stem, foot),
        (x + stem, foot - tall * 0.05),
    ]
    return [(x, foot - tall), *left, *trunk_end, *reversed(right)]


def crown(c: Canvas, x: float, y: float, size: float) -> list[list[Point]]:
    """The blobs of a broad-leaved crown."""
    blobs = [ellipse(x, y, size * 0.62, size * 0.55)]
    for _ in range(int(7 + c.brief.detail * 12)):
        angle, far = c.rng.uniform(0, 2 * np.pi), c.rng.uniform(0.35, 0.75) * size
        spot = size * c.rng.uniform(0.16, 0.32)
        blobs.append(ellipse(x + np.cos(angle) * far, y + np.sin(angle) * far * 0.8, spot))
    return blobs


def tree(c: Canvas, x: float, foot: float, tall: float, tone: Array) -> None:
    """A broad-leaved tree with a lit side."""
    stem = tall * 0.035
    bark = mix(c.pal.ink, tone, 0.25)
    fork: list[Point] = [
        (x - stem * 1.5, foot),
        (x - stem * 0.5, foot - tall * 0.5),
        (x + stem * 0.5, foot - tall * 0.5),
        (x + stem * 1.5, foot),
    ]
    c.fill(c.outline(fork), bark)
    size, y = tall * 0.36, foot - tall * 0.66
    side = 1 if c.sun[0] > x else -1
    c.fill(c.cover(crown(c, x, y, size)), tone * 0.72)
    lit = mix(tone, c.pal.sun, 0.2)
    c.fill(
        c.cover(crown(c, x + side * size * 0.16, y - size * 0.16, size * 0.76)), tone, lines=False
    )
    c.fill(
        c.cover(crown(c, x + side * size * 0.3, y - size * 0.3, size * 0.42)),
        lit,
        lines=False,
        alpha=0.85,
    )


def cypress(c: Canvas, x: float, foot: float, tall: float, tone: Array) -> None:
    """A slim cypress."""
    c.fill(c.disc(x, foot - tall * 0.5, tall * 0.09, tall * 0.52), tone, tone * 0.6)


def tree_line(c: Canvas, ridge: Array, at: float, *, dense: bool = False) -> None:
    """Trees along a ridge, tiny when far."""
    if c.brief.composition == "desert":
        return
    step = c.u * (0.012 + 0.05 * at)
    pines = (
        dense or c.brief.has("pine") or c.pal.name in {"winter", "mist", "forest", "night", "dusk"}
    )
    tone = mix(c.pal.far_to_near(min(1, at + 0.18)), c.pal.sky[3], 0.22 * (1 - at))
    groups = c.rng.random(64)
    shapes: list[list[Point]] = []
    x = -step
    while x < c.w + step:
        x += step * float(c.rng.uniform(0.3, 1.4))
        lush = groups[int(abs(x) / (c.u * 0.13)) % 64]
        if lush < (0.25 if dense else 0.68) or len(shapes) > 260:
            continue
        y = float(ridge[int(np.clip(x, 0, c.w - 1))]) + step * 0.1
        tall = step * float(c.rng.uniform(1.1, 2.2)) * (1.25 if dense else 0.9)
        if pines:
            shapes.append(pine(c, x, y, tall * 1.25))
        else:
            shapes += [
                ellipse(x, y - tall * 0.3, tall * 0.34, tall * 0.36),
                ellipse(x + tall * 0.25, y - tall * 0.16, tall * 0.3),
            ]
    c.fill(c.cover(shapes), tone, tone * 0.85)


def pine_wall(c: Canvas, floor: Array, at: float) -> None:
    """A wall of conifers behind a forest floor."""
    tone = mix(c.pal.far_to_near(at), c.pal.sky[3], 0.35 * (1 - at))
    shapes = []
    for _ in range(int((22 - at * 15) * max(1, c.w / c.u))):
        x = float(c.rng.uniform(-0.05, 1.05) * c.w)
        if at > 0.55 and abs(x - c.sun[0]) < c.u * (0.12 + 0.1 * at):
            continue
        y = float(floor[int(np.clip(x, 0, c.w - 1))]) + c.u * 0.02
        shapes.append(pine(c, x, y, c.h * float(c.rng.uniform(0.36, 0.6)) * (0.8 + at * 0.5)))
    c.fill(c.cover(shapes), tone, tone * 0.8, lift=1 + at)


def trunk(c: Canvas, x: float, foot: float, wide: float, lean: float) -> list[Point]:
    """A tall trunk that leaves the picture at the top."""
    steps = np.linspace(0, 1, 12)
    bend = np.sin(steps * 3 + x) * wide * 0.25
    left = [
        (x - wide * (1.1 - 0.5 * s) * (1 + 0.9 * (s < 0.05)) + lean * s + b, foot * (1 - s) - 2)
        for s, b in zip(steps, bend, strict=True)
    ]
    right = [
        (x + wide * (1.1 - 0.5 * s) * (1 + 0.9 * (s < 0.05)) + lean * s + b, foot * (1 - s) - 2)
        for s, b in zip(steps, bend, strict=True)
    ]
    return [(float(px), float(py)) for px, py in left + right[::-1]]


def branch(c: Canvas, x: float, foot: float, wide: float, lean: float) -> list[Point]:
    """A bare branch off such a trunk."""
    part = float(c.rng.uniform(0.3, 0.85))
    side = float(c.rng.choice([-1, 1]))
    x0, y0 = x + lean * part, foot * (1 - part)
    long = wide * float(c.rng.uniform(3, 9))
    x1, y1 = x0 + side * long, y0 - long * float(c.rng.uniform(0.3, 0.9))
    thick = wide * 0.22
    return [(x0, y0 - thick), (x1, y1), (x0, y0 + thick)]


def canopy(c: Canvas, at: float) -> None:
    """Leaves hanging in from the top edge."""
    if c.pal.name in {"winter", "mist"}:
        return
    leaf = mix(
        c.pal.far_to_near(at),
        c.pal.accents[int(at * 3) % 4],
        0.35 if c.pal.name == "autumn" else 0.15,
    )
    shapes = []
    for _ in range(int(90 + 200 * c.brief.detail)):
        x = float(c.rng.random() * c.w)
        y = float(abs(c.rng.normal(0, 0.13)) * c.h * (0.7 + 0.5 * abs(x / c.w - c.sun[0] / c.w)))
        size = c.u * float(c.rng.uniform(0.008, 0.024)) * (0.6 + at)
        tone = leaf * float(c.rng.uniform(0.8, 1.25))
        shapes.append(
            (ellipse(x, y, size, size * 0.6, float(c.rng.uniform(0, 3))), np.clip(tone, 0, 1))
        )
    c.scatter(shapes, alpha=0.92)


def meadow(c: Canvas, ridge: Array) -> None:
    """Grass and flowers in the foreground."""
    if c.style == "minimal":
        return
    blades = []
    ground = mix(c.pal.land[2], c.pal.land[1], 0.3)
    floor = float(np.clip(ridge.mean(), 0, c.h))
    for _ in range(int((120 + 480 * c.brief.detail) * min(2.5, c.w / c.u))):
        x = float(c.rng.random() * c.w)
        top = float(ridge[int(np.clip(x, 0, c.w - 1))])
        y = float(top + (c.h * 1.03 - top) * c.rng.random() ** 0.7)
        tall = (
            c.u
            * (0.012 + 0.06 * (y - floor) / max(c.h - floor, 1))
            * float(c.rng.uniform(0.5, 1.2))
        )
        lean = tall * float(c.rng.normal(0.1, 0.3))
        tone = mix(ground, c.pal.sun, 0.04 + 0.2 * float(c.rng.random()) ** 2)
        blades.append(([(x - tall * 0.05, y), (x + lean, y - tall), (x + tall * 0.05, y)], tone))
    c.scatter(blades, alpha=0.9)
    if c.brief.has("flowers", "poppy", "tulip", "sunflower", "daisy") or c.pal.name == "spring":
        _blossoms(c, ridge)


def _blossoms(c: Canvas, ridge: Array) -> None:
    shapes = []
    for _ in range(int(60 + 200 * c.brief.detail)):
        x = float(c.rng.random() * c.w)
        top = float(ridge[int(np.clip(x, 0, c.w - 1))])
        y = float(top + (c.h - top) * c.rng.random())
        size = c.u * (0.003 + 0.013 * (y - top) / max(c.h - top, 1))
        tone = c.pal.accents[int(c.rng.integers(0, 3))] * float(c.rng.uniform(0.85, 1.15))
        shapes += [
            (ellipse(x + k * size * 0.8, y - abs(k) * size * 0.3, size), np.clip(tone, 0, 1))
            for k in (-1, 1, 0)
        ]
        shapes.append(
            (ellipse(x, y + size * 0.1, size * 0.35), mix(c.pal.sun, c.pal.accents[1], 0.5))
        )
    c.scatter(shapes)
