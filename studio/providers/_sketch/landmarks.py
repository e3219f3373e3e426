"""Landmarks: houses, lighthouses, windmills, boats, cacti."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, with_light
from studio.providers._sketch.forms import put
from studio.providers._sketch.noise import Array


def house(c: Canvas, x: float, foot: float, size: float) -> None:
    """A small house with a lit window."""
    wall = mix(c.pal.paper, c.pal.accents[3], 0.15) * (0.45 if c.pal.dark else 0.95)
    roof = mix(c.pal.accents[0], c.pal.ink, 0.35)
    c.fill(c.outline(box(x - size, foot - size, x + size * 0.35, foot)), wall, wall * 0.85)
    c.fill(c.outline(box(x + size * 0.35, foot - size, x + size, foot)), wall * 0.72)
    c.fill(
        c.outline(
            [
                (x - size * 1.12, foot - size),
                (x - size * 0.8, foot - size * 1.75),
                (x + size * 0.5, foot - size * 1.75),
                (x + size * 0.35, foot - size),
            ]
        ),
        roof,
    )
    c.fill(
        c.outline(
            [
                (x + size * 0.3, foot - size),
                (x + size * 0.5, foot - size * 1.75),
                (x + size * 1.12, foot - size),
            ]
        ),
        roof * 0.75,
    )
    c.fill(
        c.outline(box(x - size * 0.7, foot - size * 2.05, x - size * 0.48, foot - size * 1.55)),
        roof * 0.6,
    )
    lamp = mix(c.pal.sun, c.pal.accents[1], 0.35)
    for wx in (-0.75, -0.2):
        c.fill(
            c.outline(
                box(x + size * wx, foot - size * 0.72, x + size * (wx + 0.28), foot - size * 0.36)
            ),
            lamp,
        )
    if light_low(c):
        c.glow(x - size * 0.3, foot - size * 0.5, size * 1.3, lamp, 0.5)


def light_low(c: Canvas) -> bool:
    """Whether lamps are worth lighting."""
    return c.pal.dark or c.pal.name in {"mist", "winter", "sunset", "dawn"}


def lighthouse(c: Canvas, x: float, foot: float, tall: float) -> None:
    """A banded lighthouse with its beam."""
    white = mix(c.pal.paper, c.pal.sky[3], 0.25) * (0.6 if c.pal.dark else 1)
    red = mix(c.pal.accents[0], with_light(c.pal.accents[0], 0.35), 0.5)
    top = foot - tall
    lamp = mix(c.pal.sun, WHITE, 0.3)
    _beams(c, x, top, tall, lamp)
    _bands(c, x, top, tall, (white, red))
    gallery = box(x - tall * 0.115, top - tall * 0.012, x + tall * 0.115, top + tall * 0.018)
    c.fill(c.outline(gallery), c.pal.ink)
    room = box(x - tall * 0.05, top - tall * 0.12, x + tall * 0.05, top - tall * 0.012)
    c.fill(c.outline(room), lamp)
    eaves = top - tall * 0.115
    roof = [(x - tall * 0.07, eaves), (x, top - tall * 0.2), (x + tall * 0.07, eaves)]
    c.fill(c.outline(roof), red * 0.7)
    c.glow(x, top - tall * 0.065, tall * 0.22, lamp, 0.8 if light_low(c) else 0.4)


def _beams(c: Canvas, x: float, top: float, tall: float, lamp: Array) -> None:
    side = 1 if x < c.w / 2 else -1
    for sweep, strength in ((side, 0.34), (-side, 0.14)):
        far = sweep * c.w
        beam: list[Point] = [
            (x, top - tall * 0.06),
            (x + far, top - tall * 0.3),
            (x + far, top + tall * 0.18),
        ]
        c.fill(
            c.soft(c.outline(beam), c.u * 0.01),
            lamp,
            alpha=strength if light_low(c) else strength * 0.45,
            lines=False,
        )


def _bands(c: Canvas, x: float, top: float, tall: float, tones: tuple[Array, Array]) -> None:
    bands = 5
    for band in range(bands):
        a, b = band / bands, (band + 1) / bands
        half = [tall * (0.075 + 0.055 * t) for t in (a, b)]
        part: list[Point] = [
            (x - half[0], top + tall * a),
            (x + half[0], top + tall * a),
            (x + half[1], top + tall * b + 1),
            (x - half[1], top + tall * b + 1),
        ]
        patch = c.outline(part)
        if patch is not None:
            across, _ = patch.grid()
            shade = 1.05 - 0.4 * np.clip(
                (across - x) / (tall * 0.12) * (1 if c.sun[0] < x else -1), -0.5, 1
            )
            tone = tones[band % 2]
            c.fill(
                patch,
                np.clip(tone * np.broadcast_to(shade, patch.mask.shape)[..., None], 0, 1).astype(
                    np.float32
                ),
            )


def windmill(c: Canvas, x: float, foot: float, tall: float) -> None:
    """A windmill."""
    tone = mix(c.pal.paper, c.pal.accents[1], 0.3)
    c.fill(
        c.outline(
            [
                (x - tall * 0.1, foot - tall * 0.7),
                (x + tall * 0.1, foot - tall * 0.7),
                (x + tall * 0.18, foot),
                (x - tall * 0.18, foot),
            ]
        ),
        tone,
        tone * 0.7,
    )
    c.fill(
        c.outline(
            [
                (x - tall * 0.13, foot - tall * 0.68),
                (x, foot - tall * 0.86),
                (x + tall * 0.13, foot - tall * 0.68),
            ]
        ),
        c.pal.accents[0] * 0.7,
    )
    spin = float(c.rng.uniform(0.2, 1.2))
    for quarter in range(4):
        angle = spin + quarter * np.pi / 2
        dx, dy = float(np.cos(angle)), float(np.sin(angle))
        hub: Point = (x, foot - tall * 0.7)
        end: Point = (hub[0] + dx * tall * 0.45, hub[1] + dy * tall * 0.45)
        c.fill(
            c.outline(
                [
                    hub,
                    end,
                    (end[0] - dy * tall * 0.09, end[1] + dx * tall * 0.09),
                    (hub[0] - dy * tall * 0.05, hub[1] + dx * tall * 0.05),
                ]
            ),
            mix(c.pal.ink, tone, 0.35),
        )


def boat(c: Canvas, x: float, y: float, size: float) -> None:
    """A sailing boat with its reflection."""
    hull = mix(c.pal.ink, c.pal.accents[0], 0.35)
    sail = mix(c.pal.paper, c.pal.sun, 0.3) * (0.7 if c.pal.dark else 1)
    c.shade(
        c.soft(c.disc(x, y + size * 0.26, size * 0.8, size * 0.16), size * 0.08),
        0.55,
        c.pal.land[2],
    )
    c.fill(
        c.soft(
            c.outline(
                [
                    (x - size * 0.3, y + size * 0.1),
                    (x, y + size * 1.1),
                    (x + size * 0.3, y + size * 0.1),
                ]
            ),
            size * 0.1,
        ),
        sail,
        alpha=0.22,
        lines=False,
    )
    mast = [(-0.04, -1.7), (0.03, -1.7), (0.03, 0.0), (-0.04, 0.0)]
    main = [(0.06, -1.65), (0.3, -1.0), (0.72, -0.2), (0.06, -0.16)]
    jib = [(-0.08, -1.45), (-0.08, -0.2), (-0.62, -0.22)]
    keel = [(-0.8, -0.12), (0.85, -0.12), (0.58, 0.2), (-0.55, 0.2)]
    c.fill(c.outline(put(mast, x, y, size)), c.pal.ink)
    c.fill(c.outline(put(main, x, y, size)), sail, sail * 0.85)
    c.fill(c.outline(put(jib, x, y, size)), mix(sail, c.pal.accents[0], 0.45))
    c.fill(c.outline(put(keel, x, y, size)), hull, hull * 0.6)


def cactus(c: Canvas, x: float, foot: float, tall: float, tone: Array) -> None:
    """A saguaro."""
    wide = tall * 0.085
    parts = [
        [*box(x - wide, foot - tall + wide, x + wide, foot)],
        ellipse(x, foot - tall + wide, wide),
    ]
    for side, at in ((-1, 0.42), (1, 0.56)):
        ax, ay, up = x + side * wide * 3.2, foot - tall * at, tall * 0.3
        parts += [
            box(min(x, ax), ay - wide * 0.7, max(x, ax), ay + wide * 0.7),
            box(ax - wide * 0.7, ay - up, ax + wide * 0.7, ay),
            ellipse(ax, ay - up, wide * 0.7),
            ellipse(ax, ay, wide * 0.7),
        ]
    c.shadow(x, foot, tall * 0.3, tall * 0.03, 0.5)
    c.fill(c.cover(parts), tone, tone * 0.6)
