"""Icons: one emblem in a badge, centred, flat."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, ellipse
from studio.providers._sketch.colour import WHITE, light, mix
from studio.providers._sketch.forms import put
from studio.providers._sketch.furniture import rounded
from studio.providers._sketch.glyphs import EMBLEMS
from studio.providers._sketch.noise import Array


def icon(c: Canvas) -> None:
    """A quiet ground, a badge with a long shadow, the emblem in four tones."""
    ground = mix(c.pal.paper, c.pal.sky[3], 0.35) if not c.pal.dark else c.pal.sky[0]
    c.rgb[:] = ground
    x, y, size = c.w * 0.5, c.h * 0.5, c.u * 0.36
    base = c.pal.accents[0]
    badge = _badge(c, x, y, size)
    _fall(c, badge, size)
    c.fill(c.outline(badge), mix(base, WHITE, 0.14), mix(base, c.pal.ink, 0.14), lift=2)
    if c.brief.said("badge", "emblem", "crest"):
        _rings(c, x, y, size, base)
    tones = _tones(c, base)
    emblem = EMBLEMS[_which(c)]()
    _long_shadow(c, [shape for shape, _ in emblem], (x, y, size), base)
    for shape, tone in emblem:
        c.fill(c.outline(put(shape, x, y, size * 0.56)), tones[tone], tones[tone] * 0.93)


def _which(c: Canvas) -> str:
    known = [subject for subject in c.brief.subjects if subject in EMBLEMS]
    return known[0] if known else str(c.rng.choice(sorted(EMBLEMS)))


def _tones(c: Canvas, base: Array) -> dict[str, Array]:
    bright = light(base) < 0.62
    main = mix(c.pal.paper, WHITE, 0.5) if bright else c.pal.ink
    return {
        "main": main,
        "light": mix(main, base, 0.25),
        "dark": mix(main, c.pal.ink if bright else WHITE, 0.62 if bright else 0.35),
        "accent": c.pal.accents[1]
        if abs(light(c.pal.accents[1]) - light(base)) > 0.12
        else c.pal.accents[3],
    }


def _badge(c: Canvas, x: float, y: float, size: float) -> list[Point]:
    """The badge's outline: rounded square, disc or hexagon."""
    if c.brief.said("round", "circle", "circular", "badge", "emblem"):
        return ellipse(x, y, size)
    if c.brief.said("hexagon", "hexagonal"):
        return put(
            [(float(np.sin(k * np.pi / 3)), float(np.cos(k * np.pi / 3))) for k in range(6)],
            x,
            y,
            size * 1.08,
        )
    return rounded(x - size, y - size, x + size, y + size, size * 0.44)


def _fall(c: Canvas, badge: list[Point], size: float) -> None:
    """The badge's soft shadow on the ground."""
    moved = [(px, py + size * 0.09) for px, py in badge]
    c.shade(c.soft(c.outline(moved), size * 0.07), 0.3, c.pal.ink)


def _rings(c: Canvas, x: float, y: float, size: float, base: Array) -> None:
    for part, tone in ((0.94, mix(base, WHITE, 0.55)), (0.91, base)):
        c.fill(c.disc(x, y, size * part), tone)
    for index in range(36):
        angle = index * np.pi / 18
        spot = (x + float(np.cos(angle)) * size * 0.83, y + float(np.sin(angle)) * size * 0.83)
        c.fill(c.disc(*spot, size * 0.018), mix(base, WHITE, 0.6), lines=False)


def _long_shadow(
    c: Canvas, shapes: list[list[Point]], spot: tuple[float, float, float], base: Array
) -> None:
    """The emblem's shadow, drawn out to the lower right within the badge."""
    if c.style in {"ink", "neon", "watercolour"}:
        return
    x, y, size = spot
    steps = [
        put(shape, x + k * size * 0.02, y + k * size * 0.02, size * 0.56)
        for k in range(1, 12)
        for shape in shapes
    ]
    c.fill(c.cover(steps), mix(base, c.pal.ink, 0.32), alpha=0.55, lines=False)
