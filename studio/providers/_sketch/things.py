"""Things that stand in open country: trees, houses, boats, birds, grass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, with_light
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
        right += [(x + reach * float(c.rng.uniform(0.85, 1.1)), y), (x + reach * 0.45, y - tall * 0.015)]
    stem = tall * 0.018
    trunk_end: list[Point] = [(x - stem, foot - tall * 0.05), (x - stem, foot), (x + stem, foot), (x + stem, foot - tall * 0.05)]
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
    fork: list[Point] = [(x - stem * 1.5, foot), (x - stem * 0.5, foot - tall * 0.5), (x + stem * 0.5, foot - tall * 0.5), (x + stem * 1.5, foot)]
    c.fill(c.outline(fork), bark)
    size, y = tall * 0.36, foot - tall * 0.66
    side = 1 if c.sun[0] > x else -1
    c.fill(c.cover(crown(c, x, y, size)), tone * 0.72)
    lit = mix(tone, c.pal.sun, 0.2)
    c.fill(c.cover(crown(c, x + side * size * 0.16, y - size * 0.16, size * 0.76)), tone, lines=False)
    c.fill(c.cover(crown(c, x + side * size * 0.3, y - size * 0.3, size * 0.42)), lit, lines=False, alpha=0.85)


def cypress(c: Canvas, x: float, foot: float, tall: float, tone: Array) -> None:
    """A slim cypress."""
    c.fill(c.disc(x, foot - tall * 0.5, tall * 0.09, tall * 0.52), tone, tone * 0.6)


def tree_line(c: Canvas, ridge: Array, at: float, *, dense: bool = False) -> None:
    """Trees along a ridge, tiny when far."""
    if c.brief.composition == "desert":
        return
    step = c.u * (0.012 + 0.05 * at)
    pines = dense or c.brief.has("pine") or c.pal.name in {"winter", "mist", "forest", "night", "dusk"}
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
            shapes += [ellipse(x, y - tall * 0.3, tall * 0.34, tall * 0.36), ellipse(x + tall * 0.25, y - tall * 0.16, tall * 0.3)]
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
    left = [(x - wide * (1.1 - 0.5 * s) * (1 + 0.9 * (s < 0.05)) + lean * s + b, foot * (1 - s) - 2) for s, b in zip(steps, bend)]
    right = [(x + wide * (1.1 - 0.5 * s) * (1 + 0.9 * (s < 0.05)) + lean * s + b, foot * (1 - s) - 2) for s, b in zip(steps, bend)]
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
    leaf = mix(c.pal.far_to_near(at), c.pal.accents[int(at * 3) % 4], 0.35 if c.pal.name == "autumn" else 0.15)
    shapes = []
    for _ in range(int(90 + 200 * c.brief.detail)):
        x = float(c.rng.random() * c.w)
        y = float(abs(c.rng.normal(0, 0.13)) * c.h * (0.7 + 0.5 * abs(x / c.w - c.sun[0] / c.w)))
        size = c.u * float(c.rng.uniform(0.008, 0.024)) * (0.6 + at)
        tone = leaf * float(c.rng.uniform(0.8, 1.25))
        shapes.append((ellipse(x, y, size, size * 0.6, float(c.rng.uniform(0, 3))), np.clip(tone, 0, 1)))
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
        tall = c.u * (0.012 + 0.06 * (y - floor) / max(c.h - floor, 1)) * float(c.rng.uniform(0.5, 1.2))
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
        shapes += [(ellipse(x + k * size * 0.8, y - abs(k) * size * 0.3, size), np.clip(tone, 0, 1)) for k in (-1, 1, 0)]
        shapes.append((ellipse(x, y + size * 0.1, size * 0.35), mix(c.pal.sun, c.pal.accents[1], 0.5)))
    c.scatter(shapes)


def airborne(c: Canvas, horizon: float) -> None:
    """Birds and balloons."""
    if c.brief.has("balloon"):
        for index in range(int(c.rng.integers(3, 6))):
            size = c.u * (0.085 if index == 0 else float(c.rng.uniform(0.02, 0.05)))
            balloon(c, float(c.rng.uniform(0.1, 0.9)) * c.w, horizon * float(c.rng.uniform(0.2, 0.75)), size)
    if c.brief.has("birds") or (c.style != "minimal" and c.rng.random() < 0.3):
        birds(c, c.w * float(c.rng.uniform(0.2, 0.8)), horizon * float(c.rng.uniform(0.25, 0.6)))


def birds(c: Canvas, x: float, y: float) -> None:
    """A loose flock far away."""
    shapes = []
    for _ in range(int(c.rng.integers(5, 11))):
        bx, by = x + float(c.rng.normal(0, 0.09)) * c.u, y + float(c.rng.normal(0, 0.04)) * c.u
        s = c.u * float(c.rng.uniform(0.007, 0.016))
        dip = float(c.rng.uniform(0.3, 0.7)) * s
        shapes.append([(bx - s, by - dip), (bx - s * 0.45, by - dip * 0.75), (bx, by), (bx + s * 0.45, by - dip * 0.75), (bx + s, by - dip), (bx + s * 0.4, by - dip * 0.45), (bx, by + s * 0.16), (bx - s * 0.4, by - dip * 0.45)])
    c.fill(c.cover(shapes), mix(c.pal.ink, c.pal.sky[2], 0.3), lines=False)


def balloon(c: Canvas, x: float, y: float, size: float) -> None:
    """A striped hot-air balloon."""
    first, second = c.pal.accents[int(c.rng.integers(0, 4))], c.pal.accents[int(c.rng.integers(0, 4))]
    body = [*ellipse(x, y, size, size * 1.05)]
    skirt: list[Point] = [(x - size * 0.82, y + size * 0.62), (x - size * 0.16, y + size * 1.5), (x + size * 0.16, y + size * 1.5), (x + size * 0.82, y + size * 0.62)]
    patch = c.cover([body, skirt])
    if patch is None:
        return
    across, down = patch.grid()
    bulge = np.clip((across - x) / (size * np.clip(1.25 - np.maximum(down - y - size * 0.3, 0) / size, 0.2, 2)), -1, 1)
    stripe = (np.sin(np.arcsin(bulge) * 6) > 0)[..., None]
    shade = 1.08 - 0.4 * np.clip(bulge * (1 if c.sun[0] < x else -1), -0.3, 1)
    paint = np.where(stripe, first, mix(second, WHITE, 0.35)) * shade[..., None]
    c.fill(patch, np.clip(paint, 0, 1).astype(np.float32))
    c.fill(c.outline(box(x - size * 0.14, y + size * 1.65, x + size * 0.14, y + size * 1.88)), c.pal.ink)


def house(c: Canvas, x: float, foot: float, size: float) -> None:
    """A small house with a lit window."""
    wall = mix(c.pal.paper, c.pal.accents[3], 0.15) * (0.45 if c.pal.dark else 0.95)
    roof = mix(c.pal.accents[0], c.pal.ink, 0.35)
    c.fill(c.outline(box(x - size, foot - size, x + size * 0.35, foot)), wall, wall * 0.85)
    c.fill(c.outline(box(x + size * 0.35, foot - size, x + size, foot)), wall * 0.72)
    c.fill(c.outline([(x - size * 1.12, foot - size), (x - size * 0.8, foot - size * 1.75), (x + size * 0.5, foot - size * 1.75), (x + size * 0.35, foot - size)]), roof)
    c.fill(c.outline([(x + size * 0.3, foot - size), (x + size * 0.5, foot - size * 1.75), (x + size * 1.12, foot - size)]), roof * 0.75)
    c.fill(c.outline(box(x - size * 0.7, foot - size * 2.05, x - size * 0.48, foot - size * 1.55)), roof * 0.6)
    lamp = mix(c.pal.sun, c.pal.accents[1], 0.35)
    for wx in (-0.75, -0.2):
        c.fill(c.outline(box(x + size * wx, foot - size * 0.72, x + size * (wx + 0.28), foot - size * 0.36)), lamp)
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
    side = 1 if x < c.w / 2 else -1
    for sweep, strength in ((side, 0.34), (-side, 0.14)):
        far = sweep * c.w
        beam: list[Point] = [(x, top - tall * 0.06), (x + far, top - tall * 0.3), (x + far, top + tall * 0.18)]
        c.fill(c.soft(c.outline(beam), c.u * 0.01), lamp, alpha=strength if light_low(c) else strength * 0.45, lines=False)
    bands = 5
    for band in range(bands):
        a, b = band / bands, (band + 1) / bands
        half = [tall * (0.075 + 0.055 * t) for t in (a, b)]
        part: list[Point] = [(x - half[0], top + tall * a), (x + half[0], top + tall * a), (x + half[1], top + tall * b + 1), (x - half[1], top + tall * b + 1)]
        patch = c.outline(part)
        if patch is not None:
            across, _ = patch.grid()
            shade = 1.05 - 0.4 * np.clip((across - x) / (tall * 0.12) * (1 if c.sun[0] < x else -1), -0.5, 1)
            tone = red if band % 2 else white
            c.fill(patch, np.clip(tone * np.broadcast_to(shade, patch.mask.shape)[..., None], 0, 1).astype(np.float32))
    c.fill(c.outline(box(x - tall * 0.115, top - tall * 0.012, x + tall * 0.115, top + tall * 0.018)), c.pal.ink)
    c.fill(c.outline(box(x - tall * 0.05, top - tall * 0.12, x + tall * 0.05, top - tall * 0.012)), lamp)
    c.fill(c.outline([(x - tall * 0.07, top - tall * 0.115), (x, top - tall * 0.2), (x + tall * 0.07, top - tall * 0.115)]), red * 0.7)
    c.glow(x, top - tall * 0.065, tall * 0.22, lamp, 0.8 if light_low(c) else 0.4)


def windmill(c: Canvas, x: float, foot: float, tall: float) -> None:
    """A windmill."""
    tone = mix(c.pal.paper, c.pal.accents[1], 0.3)
    c.fill(c.outline([(x - tall * 0.1, foot - tall * 0.7), (x + tall * 0.1, foot - tall * 0.7), (x + tall * 0.18, foot), (x - tall * 0.18, foot)]), tone, tone * 0.7)
    c.fill(c.outline([(x - tall * 0.13, foot - tall * 0.68), (x, foot - tall * 0.86), (x + tall * 0.13, foot - tall * 0.68)]), c.pal.accents[0] * 0.7)
    spin = float(c.rng.uniform(0.2, 1.2))
    for quarter in range(4):
        angle = spin + quarter * np.pi / 2
        dx, dy = float(np.cos(angle)), float(np.sin(angle))
        hub: Point = (x, foot - tall * 0.7)
        end: Point = (hub[0] + dx * tall * 0.45, hub[1] + dy * tall * 0.45)
        c.fill(c.outline([hub, end, (end[0] - dy * tall * 0.09, end[1] + dx * tall * 0.09), (hub[0] - dy * tall * 0.05, hub[1] + dx * tall * 0.05)]), mix(c.pal.ink, tone, 0.35))


def boat(c: Canvas, x: float, y: float, size: float) -> None:
    """A sailing boat with its reflection."""
    hull = mix(c.pal.ink, c.pal.accents[0], 0.35)
    sail = mix(c.pal.paper, c.pal.sun, 0.3) * (0.7 if c.pal.dark else 1)
    c.shade(c.soft(c.disc(x, y + size * 0.26, size * 0.8, size * 0.16), size * 0.08), 0.55, c.pal.land[2])
    c.fill(c.soft(c.outline([(x - size * 0.3, y + size * 0.1), (x, y + size * 1.1), (x + size * 0.3, y + size * 0.1)]), size * 0.1), sail, alpha=0.22, lines=False)
    c.fill(c.outline([(x - size * 0.04, y - size * 1.7), (x + size * 0.03, y - size * 1.7), (x + size * 0.03, y), (x - size * 0.04, y)]), c.pal.ink)
    c.fill(c.outline([(x + size * 0.06, y - size * 1.65), (x + size * 0.3, y - size * 1.0), (x + size * 0.72, y - size * 0.2), (x + size * 0.06, y - size * 0.16)]), sail, sail * 0.85)
    c.fill(c.outline([(x - size * 0.08, y - size * 1.45), (x - size * 0.08, y - size * 0.2), (x - size * 0.62, y - size * 0.22)]), mix(sail, c.pal.accents[0], 0.45))
    c.fill(c.outline([(x - size * 0.8, y - size * 0.12), (x + size * 0.85, y - size * 0.12), (x + size * 0.58, y + size * 0.2), (x - size * 0.55, y + size * 0.2)]), hull, hull * 0.6)


def cactus(c: Canvas, x: float, foot: float, tall: float, tone: Array) -> None:
    """A saguaro."""
    wide = tall * 0.085
    parts = [[*box(x - wide, foot - tall + wide, x + wide, foot)], ellipse(x, foot - tall + wide, wide)]
    for side, at in ((-1, 0.42), (1, 0.56)):
        ax, ay, up = x + side * wide * 3.2, foot - tall * at, tall * 0.3
        parts += [box(min(x, ax), ay - wide * 0.7, max(x, ax), ay + wide * 0.7), box(ax - wide * 0.7, ay - up, ax + wide * 0.7, ay), ellipse(ax, ay - up, wide * 0.7), ellipse(ax, ay, wide * 0.7)]
    c.shadow(x, foot, tall * 0.3, tall * 0.03, 0.5)
    c.fill(c.cover(parts), tone, tone * 0.6)


def desert_plants(c: Canvas, horizon: float) -> None:
    """Cacti or palms in the sand."""
    tone = mix(c.pal.land[2], np.array([0.16, 0.36, 0.26], dtype=np.float32), 0.6)
    if c.brief.has("cactus") or c.brief.rng("cactus").random() < 0.4:
        for at in (0.25, 0.5, 0.95)[: int(1 + c.rng.integers(1, 3))]:
            foot = horizon + (c.h - horizon) * (0.35 + at * 0.5)
            cactus(c, c.w * float(c.rng.uniform(0.1, 0.9)), foot, c.u * (0.08 + at * 0.24), tone)


def on_ground(c: Canvas, ridge: Array, at: float) -> None:
    """What the prompt puts on the ground, standing on a ridge."""

    def place(draw: Callable[[float, float, float], None], size: float, low: float, high: float) -> None:
        x = c.w * float(c.rng.uniform(low, high))
        draw(x, float(ridge[int(np.clip(x, 0, c.w - 1))]) + c.u * 0.012, c.u * size)

    tone = mix(c.pal.far_to_near(min(1.0, at)), c.pal.accents[2], 0.2)
    if c.brief.has("windmill"):
        place(lambda x, y, s: windmill(c, x, y, s), 0.3, 0.2, 0.8)
    if c.brief.has("lighthouse"):
        place(lambda x, y, s: lighthouse(c, x, y, s), 0.34, 0.15, 0.85)
    if c.brief.has("house"):
        for _ in range(5 if c.brief.said("village") else 1):
            place(lambda x, y, s: house(c, x, y, s), 0.05 if c.brief.said("village") else 0.062, 0.25, 0.75)
    if c.brief.said("cypress", "tuscany", "tuscan"):
        for _ in range(7):
            place(lambda x, y, s: cypress(c, x, y, s, tone * 0.7), float(c.rng.uniform(0.1, 0.17)), 0.1, 0.9)
    elif c.brief.has("tree") and c.brief.composition != "forest":
        place(lambda x, y, s: tree(c, x, y, s, tone), 0.36, 0.15, 0.85)


def on_water(c: Canvas, y: float) -> None:
    """What the prompt puts on the water."""
    if c.brief.has("boat"):
        boat(c, c.w * float(c.rng.uniform(0.3, 0.7)), y, c.u * 0.07)
