"""Space: nebulae, planets with rings, moons, rockets."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Patch, box, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.forms import facing, put, smooth
from studio.providers._sketch.noise import Array, fractal, resize, smoothstep
from studio.providers._sketch.sky import stars


def space(c: Canvas) -> None:
    """Deep night with a nebula, a great planet, small ones, and travellers."""
    deep = mix(c.pal.ink, c.pal.sky[0], 0.5) * 0.7
    c.rgb[:] = deep
    c.sun = (c.w * float(c.rng.choice([0.08, 0.92])), c.h * 0.1)
    _nebula(c)
    if c.style != "minimal":
        stars(c, c.h * 1.3, 1.1)
    x = c.w * float(c.rng.uniform(0.32, 0.68))
    y = c.h * float(c.rng.uniform(0.36, 0.62))
    quiet = c.brief.has("galaxy") and not c.brief.has("planet")
    radius = c.u * float(c.rng.uniform(0.07, 0.1) if quiet else c.rng.uniform(0.17, 0.24))
    planet(
        c,
        (x, y, radius),
        c.pal.accents[0],
        ringed=c.brief.said("saturn", "rings", "ringed") or c.rng.random() < 0.5,
    )
    for index in range(2 + int(c.brief.detail * 2)):
        angle = float(c.rng.uniform(0, 6.28))
        far = c.u * float(c.rng.uniform(0.34, 0.48))
        spot = (
            x + np.cos(angle) * far * 1.1,
            y + np.sin(angle) * far,
            c.u * float(c.rng.uniform(0.014, 0.05)),
        )
        planet(c, spot, c.pal.accents[(index + 1) % 4], ringed=False)
    if c.brief.has("rocket", "astronaut") or c.rng.random() < 0.25:
        rocket(c, c.w - x + c.u * 0.02, c.h * float(c.rng.uniform(0.55, 0.75)), c.u * 0.15)
    if c.brief.said("comet", "comets") or c.rng.random() < 0.3:
        _comet(c)


def _nebula(c: Canvas) -> None:
    """Two clouds of gas with dark lanes between them."""
    width, height = c.w // 2 + 1, c.h // 2 + 1
    soft = c.style not in {"poster", "papercut", "minimal"}
    power = 1.3 if c.brief.has("galaxy") else 0.85
    for turn, tone in enumerate((c.pal.accents[3], c.pal.accents[0], c.pal.accents[1])):
        gas = fractal(c.tooth, width, height, 1.7 + turn * 0.5, 6)
        lanes = fractal(c.tooth, width, height, 4, 5)
        veil = smoothstep(0.42, 0.95, gas) * (0.45 + 0.75 * smoothstep(0.3, 0.7, lanes))
        veil = resize(np.asarray(veil), c.w, c.h)
        if not soft:
            veil = np.round(veil * 4) / 4
        c.rgb += (
            (1 - c.rgb)
            * (np.clip(veil, 0, 1) * 0.6 * power)[..., None]
            * mix(tone, c.pal.sky[2], 0.3)
        )


def planet(c: Canvas, spot: tuple[float, float, float], paint: Array, *, ringed: bool) -> None:
    """A planet (x, y, radius) with bands, a night side and a thin air around it."""
    x, y, radius = spot
    ring = mix(paint, c.pal.sun, 0.55)
    if ringed:
        _ring(c, spot, ring, front=False)
    c.glow(x, y, radius * 1.35, mix(paint, c.pal.sun, 0.4), 0.35)
    patch = c.disc(x, y, radius)
    if patch is None:
        return
    across, down = patch.grid()
    dx, dy = (across - x) / radius * facing(c, x), (down - y) / radius
    height, width = patch.mask.shape
    swirl = fractal(c.tooth, width, height, 4, 4, stretch=3.0)
    bands = 0.5 + 0.5 * np.sin((dy + dx * 0.18) * 9 + swirl * 5)
    if c.style in {"poster", "papercut", "minimal"}:
        bands = np.round(bands * 2) / 2
    low, high = mix(paint, c.pal.ink, 0.35), mix(paint, c.pal.sun, 0.4)
    body = low + (high - low) * np.broadcast_to(bands, patch.mask.shape)[..., None]
    day = smoothstep(-0.75, 0.75, np.asarray(dx * 0.85 - dy * 0.5))
    rim = smoothstep(0.8, 1.0, np.hypot(dx, dy)) * day
    shaded = body * (0.1 + 1.0 * day)[..., None]
    shaded = shaded + (1 - shaded) * (rim * 0.5)[..., None] * mix(c.pal.sky[3], WHITE, 0.3)
    c.fill(patch, np.clip(shaded, 0, 1), lift=2)
    if ringed:
        _ring(c, spot, ring, front=True)


def _ring(c: Canvas, spot: tuple[float, float, float], paint: Array, *, front: bool) -> None:
    """The half of a ring before or behind its planet."""
    x, y, radius = spot
    turn = -0.32
    patch = c.outline(ellipse(x, y, radius * 2.15, radius * 0.62, turn))
    if patch is None:
        return
    across, down = patch.grid()
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    along = ((across - x) * cos + (down - y) * sin) / radius
    aside = (-(across - x) * sin + (down - y) * cos) / radius
    far = np.hypot(along, aside / 0.29)
    band = smoothstep(1.28, 1.34, far) * (1 - smoothstep(2.05, 2.12, far))
    gap = 1 - 0.75 * np.exp(-(((far - 1.72) / 0.035) ** 2))
    fine = 0.72 + 0.28 * np.sin(far * 46)
    half = (aside > 0) if front else (aside <= 0)
    mask = patch.mask * band * gap * fine * half
    c.fill(
        Patch(patch.x, patch.y, np.asarray(mask, dtype=np.float32)), paint, alpha=0.9, lines=c.lined
    )


def rocket(c: Canvas, x: float, y: float, size: float) -> None:
    """A rocket on its way up, flame and all."""
    turn, flip = 0.5, x > c.w / 2
    turn = -turn if flip else turn
    hull = mix(c.pal.paper, c.pal.sky[3], 0.2)
    trim = c.pal.accents[0]
    flame = [(-0.16, 0.72), (0.16, 0.72), (0.06, 1.2), (0.0, 1.6), (-0.07, 1.2)]
    c.glow(
        x - np.sin(turn) * size * 1.1,
        y + np.cos(turn) * size * 1.1,
        size * 0.8,
        c.pal.accents[1],
        0.7,
    )
    c.fill(
        c.outline(put(smooth(flame), x, y, size, turn=turn)),
        mix(c.pal.accents[1], WHITE, 0.2),
        c.pal.accents[0],
    )
    for side in (-1, 1):
        fin = [(0.22 * side, 0.15), (0.52 * side, 0.62), (0.46 * side, 0.86), (0.2 * side, 0.62)]
        c.fill(c.outline(put(fin, x, y, size, turn=turn)), trim, trim * 0.7)
    body = [
        (0, -1),
        (0.2, -0.62),
        (0.29, -0.1),
        (0.24, 0.5),
        (0.16, 0.74),
        (-0.16, 0.74),
        (-0.24, 0.5),
        (-0.29, -0.1),
        (-0.2, -0.62),
    ]
    c.fill(c.outline(put(smooth(body), x, y, size, turn=turn)), hull, hull * 0.72, lift=2)
    shade = [
        (0.0, -1),
        (0.2, -0.62),
        (0.29, -0.1),
        (0.24, 0.5),
        (0.16, 0.74),
        (0.04, 0.74),
        (0.1, 0.3),
        (0.1, -0.4),
    ]
    c.fill(
        c.outline(put(smooth(shade), x, y, size, turn=turn)), hull * 0.6, alpha=0.55, lines=False
    )
    nose = [(0, -1.02), (0.2, -0.6), (0.0, -0.55), (-0.2, -0.6)]
    c.fill(c.outline(put(nose, x, y, size, turn=turn)), trim)
    for radius, tone in ((0.15, trim * 0.8), (0.1, mix(c.pal.sky[2], WHITE, 0.35))):
        c.fill(c.outline(put(ellipse(0, -0.18, radius), x, y, size, turn=turn)), tone)
    c.fill(c.outline(put(box(-0.03, 0.3, 0.03, 0.82), x, y, size, turn=turn)), trim * 0.8)


def _comet(c: Canvas) -> None:
    x, y = c.w * float(c.rng.uniform(0.2, 0.8)), c.h * float(c.rng.uniform(0.08, 0.25))
    long = c.u * 0.28
    tail = [(x, y - c.u * 0.006), (x + long, y - long * 0.42), (x, y + c.u * 0.006)]
    c.fill(
        c.soft(c.outline(tail), c.u * 0.004),
        mix(WHITE, c.pal.accents[1], 0.4),
        alpha=0.55,
        lines=False,
    )
    c.glow(x, y, c.u * 0.016, WHITE, 1.0)
