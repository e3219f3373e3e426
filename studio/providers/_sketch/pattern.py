"""Patterns that repeat: terrazzo, scales, tiles, sprigs, waves."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.forms import put, smooth
from studio.providers._sketch.noise import Array

LEAF: list[Point] = smooth(
    [(0, 0), (0.18, -0.35), (0.15, -0.7), (0, -1), (-0.15, -0.7), (-0.18, -0.35)]
)


def pattern(c: Canvas) -> None:
    """The kind of repeat that the prompt names, or any; whole tiles, so that it can repeat."""
    c.rgb[:] = mix(c.pal.paper, c.pal.sky[3], 0.4) if not c.pal.dark else c.pal.sky[0]
    kinds = {
        "terrazzo": _terrazzo,
        "scales": _scales,
        "tiles": _tiles,
        "flowers": _sprigs,
        "plant": _sprigs,
        "wave": _waves,
    }
    wanted = next((kinds[subject] for subject in c.brief.subjects if subject in kinds), None)
    order = (_terrazzo, _scales, _tiles, _sprigs, _waves)
    (wanted or order[int(c.rng.integers(0, len(order)))])(c)


def _cells(c: Canvas, across: int) -> tuple[int, int, float, float]:
    """Columns, rows, and the size of a cell so that whole cells fill the picture."""
    step = c.u / across
    columns, rows = max(1, round(c.w / step)), max(1, round(c.h / step))
    return columns, rows, c.w / columns, c.h / rows


def _around(c: Canvas, shape: list[Point]) -> list[list[Point]]:
    """The shape, and its copies over the edges that it crosses."""
    xs, ys = [p[0] for p in shape], [p[1] for p in shape]
    shifts_x = [0.0, *([c.w] if min(xs) < 0 else []), *([-c.w] if max(xs) > c.w else [])]
    shifts_y = [0.0, *([c.h] if min(ys) < 0 else []), *([-c.h] if max(ys) > c.h else [])]
    return [[(x + dx, y + dy) for x, y in shape] for dx in shifts_x for dy in shifts_y]


def _terrazzo(c: Canvas) -> None:
    """Chips of stone."""
    tones = [*c.pal.accents, c.pal.land[1], mix(c.pal.accents[0], WHITE, 0.5)]
    columns, rows, wide, tall = _cells(c, int(6 + c.brief.detail * 5))
    for row in range(rows):
        for column in range(columns):
            x = (column + 0.5 + float(c.rng.normal(0, 0.16))) * wide
            y = (row + 0.5 + float(c.rng.normal(0, 0.16))) * tall
            size = min(wide, tall) * float(c.rng.uniform(0.22, 0.48))
            count = int(c.rng.integers(5, 8))
            angles = np.sort((np.arange(count) + c.rng.uniform(-0.3, 0.3, count)) / count * 6.2832)
            far = c.rng.uniform(0.65, 1.05, count)
            chip = [
                (float(np.cos(a) * f), float(np.sin(a) * f))
                for a, f in zip(angles, far, strict=True)
            ]
            tone = tones[int(c.rng.integers(0, len(tones)))]
            for copy in _around(c, put(chip, x, y, size)):
                c.fill(c.outline(copy), mix(tone, WHITE, 0.08), tone * 0.94)
    dust = [
        (
            ellipse(
                float(c.rng.random()) * c.w,
                float(c.rng.random()) * c.h,
                c.u * float(c.rng.uniform(0.002, 0.006)),
            ),
            tones[int(c.rng.integers(0, 6))],
        )
        for _ in range(260)
    ]
    c.scatter(dust)


def _scales(c: Canvas) -> None:
    """Waves of the blue sea: fans in rows, each with its rings."""
    columns, rows, wide, tall = _cells(c, int(5 + c.brief.detail * 3))
    tones = c.pal.accents
    radius = wide / 2
    for row in range(-1, rows * 2 + 2):
        for column in range(-1, columns + 1):
            x = (column + (0.5 if row % 2 else 1.0)) * wide
            y = row * tall / 2
            base = tones[(row // 2 + row % 2 * 2) % 4]
            for ring, part in enumerate((1.0, 0.86, 0.66, 0.5, 0.3)):
                tone = base if ring % 2 == 0 else mix(c.pal.paper, base, 0.12)
                c.fill(
                    c.disc(x, y + radius, radius * part, radius * part * tall / wide * 1.02),
                    tone,
                    lift=0.3,
                )


def _tiles(c: Canvas) -> None:
    """Painted tiles: a star in each, quarter discs in the corners."""
    columns, rows, wide, tall = _cells(c, int(4 + c.brief.detail * 2))
    first, second, third = c.pal.accents[0], c.pal.accents[1], c.pal.accents[2]
    star = [
        (0.0, -1.0),
        (0.26, -0.26),
        (1.0, 0.0),
        (0.26, 0.26),
        (0.0, 1.0),
        (-0.26, 0.26),
        (-1.0, 0.0),
        (-0.26, -0.26),
    ]
    for row in range(rows):
        for column in range(columns):
            x, y = (column + 0.5) * wide, (row + 0.5) * tall
            even = (row + column) % 2 == 0
            main, other = (first, third) if even else (third, first)
            half = wide / 2
            c.fill(
                c.outline(box(x - half, y - tall / 2, x + half, y + tall / 2)),
                mix(c.pal.paper, WHITE, 0.3) * (0.75 if c.pal.dark else 1),
            )
            petal = [(px * 1.5, py * 0.98) for px, py in LEAF]
            for quarter in range(4):
                turn = np.pi / 4 + quarter * np.pi / 2
                c.fill(c.outline(put(petal, x, y, half * 1.2, turn=turn)), main, main * 0.88)
            c.fill(c.outline(put(star, x, y, half * 0.92)), other, other * 0.88)
            c.fill(c.disc(x, y, half * 0.24), second)
            c.fill(c.disc(x, y, half * 0.11), main)
    for row in range(rows + 1):
        for column in range(columns + 1):
            for part, tone in ((0.34, second), (0.2, first)):
                c.fill(c.disc(column * wide, row * tall, wide / 2 * part), tone)


def _sprigs(c: Canvas) -> None:
    """Leafy sprigs and blossoms strewn in two directions."""
    columns, rows, wide, tall = _cells(c, int(4 + c.brief.detail * 3))
    green = mix(c.pal.accents[2], c.pal.land[1], 0.45)
    for row in range(rows):
        for column in range(columns):
            x, y = (column + 0.5) * wide, (row + 0.5) * tall
            size = min(wide, tall) * 0.5
            turn = 0.6 if (row + column) % 2 else -0.6
            if (row * 2 + column) % 3 == 0:
                _bloom(c, x, y, size * 0.75, c.pal.accents[(row + column) % 2])
                continue
            for leaf in range(7):
                side = -1 if leaf % 2 else 1
                along = 0.75 - leaf * 0.25
                lx = x - float(np.sin(turn)) * size * along
                ly = y + float(np.cos(turn)) * size * along
                shape = put(
                    [(px * 1.3, py) for px, py in LEAF],
                    lx,
                    ly,
                    size * 0.55,
                    turn=turn + side * 0.8 * (leaf < 6),
                )
                for copy in _around(c, shape):
                    c.fill(c.outline(copy), mix(green, WHITE, 0.08 * (leaf % 3)), green * 0.85)
    for row in range(rows):
        for column in range(columns):
            c.fill(
                c.disc((column + 1) * wide % c.w, (row + 1) * tall % c.h, wide * 0.045),
                c.pal.accents[1],
            )


def _bloom(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    for petal in range(6):
        shape = put([(px * 1.6, py) for px, py in LEAF], x, y, size, turn=petal * np.pi / 3)
        c.fill(c.outline(shape), mix(tone, WHITE, 0.15), tone * 0.9)
    c.fill(c.disc(x, y, size * 0.24), c.pal.accents[1])


def _waves(c: Canvas) -> None:
    """Bands that rise and fall, a whole number of times."""
    columns, rows, _, tall = _cells(c, int(5 + c.brief.detail * 3))
    across = np.arange(c.w, dtype=np.float32)
    for band in range(-1, rows * 2 + 1):
        shift = np.pi if band % 2 else 0.0
        ridge = (
            band * tall / 2 + np.sin(across / c.w * 2 * np.pi * columns / 2 + shift) * tall * 0.2
        )
        tone = c.pal.accents[band % 4]
        c.fill(c.below(ridge, (band + 3) * tall / 2), mix(tone, WHITE, 0.12), tone * 0.95, lift=0.6)
        c.fill(
            c.below(ridge + tall * 0.1, (band + 3) * tall / 2),
            mix(tone, c.pal.paper, 0.35),
            lift=0.3,
        )
