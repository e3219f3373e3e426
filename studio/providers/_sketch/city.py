"""Cities: skylines in layers, lit windows, their light in the water."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import landmarks, things
from studio.providers._sketch.canvas import Canvas, Patch, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.forms import facing
from studio.providers._sketch.noise import Array
from studio.providers._sketch.sky import mirror, mist, sky


def city(c: Canvas) -> None:
    """A skyline from far haze to near towers, over water or over roofs."""
    shore = c.h * float(c.rng.uniform(0.7, 0.78))
    sky(c, shore * 0.95, clouds=float(c.rng.uniform(0.2, 0.7)))
    things.airborne(c, shore * 0.6)
    c.glow(c.w * 0.5, shore, c.u * 0.5, mix(c.pal.sky[3], c.pal.accents[1], 0.3), 0.35)
    count = 2 if c.style == "minimal" else 4
    for layer in range(count):
        at = (layer + 0.5) / count
        _row(c, shore, at)
        mist(c, shore, c.u * 0.1, 0.34 * (1 - at))
    wet = not c.brief.said("rooftops", "rooftop", "downtown")
    if c.brief.has("bridge"):
        _bridge(c, shore)
    if wet:
        _quay(c, shore)
        mirror(c, shore + c.u * 0.012, calm=0.55)
        things.on_water(c, shore + (c.h - shore) * 0.5)
    else:
        _roofs(c, shore)
    if c.brief.has("rain"):
        rain(c)


def _row(c: Canvas, shore: float, at: float) -> None:
    """One row of towers; the farther, the paler."""
    tone = mix(c.pal.far_to_near(0.1 + at * 0.8), c.pal.sky[3], 0.42 * (1 - at))
    middle = float(c.rng.uniform(0.3, 0.7)) * c.w
    x = -c.u * 0.05
    while x < c.w:
        wide = c.u * float(c.rng.uniform(0.045, 0.1)) * (0.65 + at * 0.6)
        swell = float(np.exp(-(((x - middle) / (c.u * 0.34)) ** 2)))
        tall = c.h * (0.13 + 0.3 * swell * (1.1 - at * 0.55)) * float(c.rng.uniform(0.55, 1.3))
        tall *= 1.25 if at < 0.6 else 0.8
        if at < 0.7 or c.rng.random() < 0.7:
            tower(c, (x, shore, wide, tall), tone * float(c.rng.uniform(0.88, 1.1)), at)
        x += wide * float(c.rng.uniform(0.86, 1.25))


def tower(c: Canvas, spot: tuple[float, float, float, float], tone: Array, at: float) -> None:
    """A tower at (left, foot, width, height) with a lit side, a crown and windows."""
    x, foot, wide, tall = spot
    top = foot - tall
    kind = int(c.rng.integers(0, 6))
    side = facing(c, x)
    lit = mix(tone, mix(c.pal.sun, c.pal.sky[3], 0.5), 0.2)
    c.fill(
        c.outline(box(x, top, x + wide, foot)),
        mix(lit, tone, 0.5),
        mix(tone, c.pal.sky[3], 0.25 * (1 - at)),
    )
    edge = x if side < 0 else x + wide * 0.66
    c.fill(c.outline(box(edge, top, edge + wide * 0.34, foot)), lit, tone, alpha=0.75, lines=False)
    _crown(c, (x, top, wide), tone, kind)
    if at > 0.25 and wide > 6:
        _windows(c, (x, top, wide, tall), at)


def _crown(c: Canvas, spot: tuple[float, float, float], tone: Array, kind: int) -> None:
    x, top, wide = spot
    middle = x + wide / 2
    if kind == 0:
        c.fill(c.outline(box(x + wide * 0.2, top - wide * 0.35, x + wide * 0.8, top + 1)), tone)
        c.fill(
            c.outline(box(x + wide * 0.36, top - wide * 0.65, x + wide * 0.64, top - wide * 0.34)),
            tone,
        )
    if kind in {0, 1}:
        mast = wide * (1.4 if kind else 1.7)
        c.fill(c.outline(box(middle - wide * 0.02, top - mast, middle + wide * 0.02, top)), tone)
    if kind == 2:
        c.fill(c.outline([(x, top + 1), (middle, top - wide * 0.9), (x + wide, top + 1)]), tone)
    if kind == 3:
        c.fill(c.outline([(x, top + 1), (x, top - wide * 0.5), (x + wide, top + 1)]), tone)
    if kind == 4:
        dome = [p for p in ellipse(middle, top + 1, wide * 0.5, wide * 0.42) if p[1] <= top + 1]
        c.fill(c.outline([(x, top + 1), *dome, (x + wide, top + 1)]), tone)


def _windows(c: Canvas, spot: tuple[float, float, float, float], at: float) -> None:
    """Windows by the storey: some lit, warm or cool."""
    x, top, wide, tall = spot
    dim = c.pal.dark or c.pal.name in {"dusk", "sunset", "berry"}
    columns = int(np.clip(wide / (c.u * 0.014), 2, 9))
    rows = int(np.clip(tall / (c.u * 0.024), 2, 30))
    step_x, step_y = wide / (columns + 0.6), tall / (rows + 0.6)
    warm = mix(c.pal.accents[1], c.pal.sun, 0.5)
    lamps = [warm, mix(warm, WHITE, 0.4), mix(warm, c.pal.accents[0], 0.4)]
    glass = mix(c.pal.far_to_near(at), c.pal.sky[1], 0.45)
    share = (0.46 if dim else 0.16) * (0.5 + c.brief.detail * 0.8)
    shapes: list[tuple[list[Point], Array]] = []
    for row in range(rows):
        for column in range(columns):
            if c.rng.random() < share:
                tone = lamps[int(c.rng.integers(0, 3))]
            elif dim or c.rng.random() < 0.25:
                continue
            else:
                tone = glass
            wx, wy = x + step_x * (column + 0.45), top + step_y * (row + 0.5)
            shapes.append((box(wx, wy, wx + step_x * 0.6, wy + step_y * 0.55), tone))
    c.scatter(shapes, alpha=0.35 + 0.6 * at)


def _quay(c: Canvas, shore: float) -> None:
    c.fill(c.outline(box(0, shore - c.u * 0.012, c.w, shore + c.u * 0.012)), c.pal.far_to_near(0.9))
    for _ in range(int(10 * c.w / c.u)):
        x = float(c.rng.random()) * c.w
        c.glow(
            x,
            shore - c.u * 0.012,
            c.u * 0.012,
            c.pal.accents[1],
            0.9 if landmarks.light_low(c) else 0.2,
        )


def _roofs(c: Canvas, shore: float) -> None:
    """Near roofs in front of the skyline, with chimneys and a water tank."""
    for at in (0.0, 0.45):
        x = -c.u * 0.1
        while x < c.w:
            wide = c.u * float(c.rng.uniform(0.16, 0.3))
            top = shore + (c.h - shore) * (at + float(c.rng.uniform(-0.12, 0.25)))
            tone = mix(c.pal.far_to_near(0.8 + at * 0.4), c.pal.accents[0], 0.12) * (1 - at * 0.3)
            c.fill(c.outline(box(x, top, x + wide, c.h + 2)), tone, tone * 0.7)
            c.fill(
                c.outline(box(x - wide * 0.03, top - c.u * 0.012, x + wide * 1.03, top)),
                mix(tone, c.pal.sun, 0.25),
            )
            stack = x + wide * float(c.rng.uniform(0.1, 0.7))
            c.fill(c.outline(box(stack, top - c.u * 0.06, stack + c.u * 0.035, top)), tone * 0.8)
            _windows(c, (x + wide * 0.1, top + c.u * 0.03, wide * 0.8, c.h - top), 0.9)
            x += wide * float(c.rng.uniform(0.95, 1.05))


def _bridge(c: Canvas, shore: float) -> None:
    """A suspension bridge across the water."""
    deck, top = shore - c.u * 0.05, shore - c.u * 0.34
    steel = mix(c.pal.ink, c.pal.accents[0], 0.55)
    feet = (c.w * 0.24, c.w * 0.76)
    at = np.linspace(0, 1, 60)
    sag = top + (deck - c.u * 0.02 - top) * (1 - (2 * at - 1) ** 2)
    cable = [
        (feet[0] + (feet[1] - feet[0]) * float(t), float(y)) for t, y in zip(at, sag, strict=True)
    ]
    thick = max(1.0, c.u * 0.004)
    spans = [[*cable, *[(x, y + thick) for x, y in cable[::-1]]]]
    spans += [
        [(feet[0], top), (feet[0], top + thick * 2), (-c.w * 0.05, deck)],
        [(feet[1], top), (feet[1], top + thick * 2), (c.w * 1.05, deck)],
    ]
    spans += [box(x - thick * 0.25, y, x + thick * 0.25, deck) for x, y in cable[::3]]
    spans += [
        box(x - c.u * 0.014, top - c.u * 0.01, x + c.u * 0.014, shore + c.u * 0.02) for x in feet
    ]
    spans.append(box(0, deck, c.w, deck + c.u * 0.018))
    c.fill(c.cover(spans), steel, steel * 0.8)


def rain(c: Canvas) -> None:
    """Slanting rain over everything."""
    count = int((120 + 240 * c.brief.detail) * c.w / c.u)
    drops: list[list[Point]] = []
    for _ in range(count):
        x, y = float(c.rng.uniform(-0.1, 1)) * c.w, float(c.rng.random()) * c.h
        long = c.u * float(c.rng.uniform(0.02, 0.06))
        drops.append(
            [(x, y), (x + long * 0.22, y + long), (x + long * 0.22 + c.u * 0.0015, y + long)]
        )
    patch: Patch | None = c.cover(drops)
    c.fill(patch, mix(WHITE, c.pal.sky[3], 0.4), alpha=0.3, lines=False)
