"""Flowers: blossoms on stems among leaves, in a meadow or a vase."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import ambience, cast, put, smooth, turned
from studio.providers._sketch.noise import Array

PETAL: list[Point] = smooth(
    [
        (0, 0),
        (0.2, -0.35),
        (0.3, -0.72),
        (0.14, -0.98),
        (0, -1.02),
        (-0.14, -0.98),
        (-0.3, -0.72),
        (-0.2, -0.35),
    ]
)
SLIM: list[Point] = smooth(
    [(0, 0), (0.11, -0.4), (0.12, -0.8), (0, -1.04), (-0.12, -0.8), (-0.11, -0.4)]
)
LEAF: list[Point] = smooth(
    [(0, 0), (0.17, -0.3), (0.15, -0.7), (0, -1), (-0.15, -0.7), (-0.17, -0.3)]
)


def flower(c: Canvas) -> None:
    """A bouquet that opens like a fan, from a vase or from the lower edge."""
    c.sun = (c.w * float(c.rng.choice([0.15, 0.85])), c.h * 0.1)
    wall = mix(c.pal.sky[2], c.pal.paper, 0.35) if not c.pal.dark else c.pal.sky[1]
    ambience(
        c, mix(wall, c.pal.sky[3], 0.4), mix(wall, c.pal.sky[0], 0.35), spot=(c.w * 0.5, c.h * 0.4)
    )
    disc = mix(c.pal.sky[3], c.pal.accents[1], 0.35)
    c.fill(c.disc(c.w / 2, c.h * 0.42, c.u * 0.38), disc, mix(disc, wall, 0.5), alpha=0.7)
    foot, root = _root(c)
    heads = _heads(c)
    _stems(c, heads, root)
    _foliage(c, root)
    for x, y, size, tone in heads:
        BLOSSOMS[_kind(c)](c, x, y, size, tone)
    if foot is not None:
        _vase(c, foot)


def _root(c: Canvas) -> tuple[float | None, Point]:
    """Where the vase stands, if there is one, and where stems meet."""
    if c.brief.has("vase") or c.brief.said("bouquet", "table") or c.rng.random() < 0.4:
        foot = c.h * 0.93
        edge = c.h * 0.86
        tone = mix(c.pal.land[0], c.pal.paper, 0.4) * (0.5 if c.pal.dark else 0.95)
        c.fill(c.outline([(0, edge), (c.w, edge), (c.w, c.h), (0, c.h)]), tone, tone * 0.85)
        return foot, (c.w * 0.5, foot - c.u * 0.26)
    return None, (c.w * 0.5, c.h * 1.02)


def _vase(c: Canvas, foot: float) -> None:
    paint = mix(c.pal.accents[2], c.pal.paper, 0.3)
    cast(c, c.w * 0.5, foot, c.u * 0.08, c.u * 0.16)
    turned(
        c,
        c.w * 0.5,
        foot,
        c.u * 0.3,
        [(0, 0.2), (0.1, 0.27), (0.4, 0.34), (0.7, 0.26), (0.9, 0.19), (1, 0.22)],
        paint=paint,
        gloss=0.7,
    )


def _heads(c: Canvas) -> list[tuple[float, float, float, Array]]:
    """Blossoms far and small first: x, y, radius, colour."""
    single = c.brief.said("single", "one") or c.style == "minimal"
    count = 3 if single else int(6 + c.brief.detail * 7)
    tones = sorted(c.pal.accents, key=lambda tone: float(tone[1] - tone[0] - 0.4 * tone[2]))
    heads = []
    for index in range(count):
        at = index / max(count - 1, 1)
        angle = (index * 2.399963) % 6.2832
        far = c.u * 0.3 * (1 - at) ** 0.6
        x = c.w * 0.5 + float(np.cos(angle)) * far * 1.1
        y = c.h * 0.4 + float(np.sin(angle)) * far * 0.85
        size = c.u * (0.07 + 0.05 * at) * float(c.rng.uniform(0.88, 1.15)) * (1.25 if single else 1)
        tone = tones[index % 3 % 2] if index % 4 else mix(tones[0], WHITE, 0.4)
        heads.append((x, y, size, np.clip(tone * float(c.rng.uniform(0.92, 1.06)), 0, 1)))
    return heads


def _green(c: Canvas) -> Array:
    return mix(mix(c.pal.land[1], c.pal.accents[2], 0.3), rgb("4f8a57"), 0.6) * (
        0.65 if c.pal.dark else 0.95
    )


def _stems(c: Canvas, heads: list[tuple[float, float, float, Array]], root: Point) -> None:
    shapes = []
    for x, y, size, _ in heads:
        bend = (x - root[0]) * 0.25
        path = smooth(
            [
                (x, y),
                (x - bend * 0.5, y + (root[1] - y) * 0.45),
                (root[0] + bend * 0.3, root[1] - c.u * 0.02),
                root,
            ],
            closed=False,
        )
        wide = max(1.0, size * 0.06)
        shapes.append(
            [*[(px - wide, py) for px, py in path], *[(px + wide, py) for px, py in path[::-1]]]
        )
    c.fill(c.cover(shapes), _green(c) * 0.85)


def _foliage(c: Canvas, root: Point) -> None:
    green = _green(c)
    for index in range(int(8 + c.brief.detail * 14)):
        turn = float(c.rng.uniform(-1.5, 1.5))
        size = c.u * float(c.rng.uniform(0.16, 0.34)) * (1.2 - abs(turn) * 0.25)
        along = float(c.rng.uniform(0.0, 0.5))
        x = root[0] + float(np.sin(turn)) * c.u * 0.3 * along
        y = root[1] - (root[1] - c.h * 0.5) * along
        tone = green * (0.68 + 0.03 * (index % 12))
        c.fill(c.outline(put(LEAF, x, y, size, turn=turn)), mix(tone, c.pal.sun, 0.12), tone * 0.75)
        vein = put([(-0.008, -0.05), (0, -0.92), (0.008, -0.05)], x, y, size, turn=turn)
        c.fill(c.outline(vein), mix(tone, WHITE, 0.3), alpha=0.55, lines=False)


def _kind(c: Canvas) -> str:
    known = [kind for kind in BLOSSOMS if c.brief.has(kind)]
    if known:
        return known[int(c.rng.integers(0, len(known)))]
    return str(c.rng.choice(["poppy", "rose", "daisy"]))


def _whorl(
    c: Canvas,
    spot: tuple[float, float, float],
    shape: list[Point],
    count: int,
    tone: Array,
    *,
    turn: float,
) -> None:
    """A ring of petals."""
    x, y, size = spot
    for index in range(count):
        shade = tone * (0.9 + 0.1 * float(np.cos(index * 2.1)))
        petal = put(shape, x, y, size, turn=turn + 2 * np.pi * index / count)
        c.fill(c.outline(petal), mix(shade, c.pal.sun, 0.12), shade * 0.86)


def poppy(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    """Five broad petals and a dark heart."""
    wide = [(px * 1.55, py) for px, py in PETAL]
    start = float(c.rng.uniform(0, 6))
    _whorl(c, (x, y, size), wide, 5, tone * 0.86, turn=start)
    _whorl(c, (x, y, size * 0.72), wide, 5, mix(tone, WHITE, 0.12), turn=start + 0.6)
    c.fill(c.soft(c.disc(x, y, size * 0.3), size * 0.1), c.pal.ink, alpha=0.7, lines=False)
    c.fill(c.disc(x, y, size * 0.16), mix(c.pal.accents[1], rgb("5b6b2a"), 0.5))
    for dot in range(12):
        angle = dot * np.pi / 6
        c.fill(
            c.disc(
                x + float(np.cos(angle)) * size * 0.28,
                y + float(np.sin(angle)) * size * 0.28,
                size * 0.035,
            ),
            mix(c.pal.sun, c.pal.ink, 0.2),
            lines=False,
        )


def rose(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    """Rings of petals that close toward the middle."""
    wide = [(px * 1.5, py) for px, py in PETAL]
    start = float(c.rng.uniform(0, 6))
    for ring in range(5):
        part = 1 - ring * 0.18
        shade = (
            mix(tone, c.pal.ink, 0.05 + 0.07 * ring)
            if ring % 2
            else mix(tone, WHITE, 0.16 - ring * 0.03)
        )
        _whorl(c, (x, y, size * part), wide, max(3, 8 - ring), shade, turn=start + ring * 0.45)
    c.fill(c.disc(x, y, size * 0.1), mix(tone, c.pal.ink, 0.35))


def daisy(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    """Many slim pale petals round a yellow eye."""
    pale = mix(tone, WHITE, 0.72)
    start = float(c.rng.uniform(0, 6))
    _whorl(c, (x, y, size), SLIM, 13, pale * 0.9, turn=start)
    _whorl(c, (x, y, size * 0.86), SLIM, 13, pale, turn=start + 0.24)
    eye = rgb("efb52e")
    c.fill(c.disc(x, y, size * 0.26), eye, eye * 0.8)
    c.fill(
        c.disc(x - size * 0.05, y - size * 0.06, size * 0.12),
        mix(eye, WHITE, 0.35),
        alpha=0.7,
        lines=False,
    )


def sunflower(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    """Two rings of golden petals round a great seed head."""
    gold = mix(rgb("f4b728"), tone, 0.2)
    size *= 1.2
    _whorl(c, (x, y, size), SLIM, 18, gold * 0.84, turn=0.1)
    _whorl(c, (x, y, size * 0.9), SLIM, 18, gold, turn=0.27)
    c.fill(c.disc(x, y, size * 0.42), rgb("5a3418"), rgb("3d220f"))
    seeds = []
    for seed in range(90):
        far, angle = size * 0.4 * np.sqrt(seed / 90), seed * 2.399963
        seeds.append(
            (
                put(
                    PETAL,
                    x + float(np.cos(angle) * far),
                    y + float(np.sin(angle) * far),
                    size * 0.035,
                ),
                mix(rgb("8a5a2b"), gold, 0.2 + 0.5 * (seed % 2)),
            )
        )
    c.scatter(seeds)


def tulip(c: Canvas, x: float, y: float, size: float, tone: Array) -> None:
    """A closed cup of petals."""
    y += size * 0.5
    for turn, shade in ((-0.3, 0.78), (0.3, 0.84)):
        c.fill(
            c.outline(put([(px * 1.3, py * 1.25) for px, py in PETAL], x, y, size, turn=turn)),
            tone * shade,
            tone * shade * 0.75,
        )
    c.fill(
        c.outline(put([(px * 1.5, py * 1.2) for px, py in PETAL], x, y, size)),
        mix(tone, WHITE, 0.25),
        tone * 0.85,
    )


BLOSSOMS: dict[str, Callable[[Canvas, float, float, float, Array], None]] = {
    "poppy": poppy, "rose": rose, "daisy": daisy, "sunflower": sunflower, "tulip": tulip,
}  # fmt: skip
