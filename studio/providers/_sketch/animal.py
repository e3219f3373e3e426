"""An animal in its place: under the moon, in the grass, in the deep."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch import animals, beasts, swimmers, trees
from studio.providers._sketch.beast import Beast
from studio.providers._sketch.canvas import Canvas
from studio.providers._sketch.colour import WHITE, mix, ramp, rgb
from studio.providers._sketch.forms import put, readable, smooth
from studio.providers._sketch.land import hill
from studio.providers._sketch.noise import Array, fractal, line, smoothstep
from studio.providers._sketch.sky import mist, sky

PAINTERS: dict[str, tuple[Callable[[Beast], None], str]] = {
    "fox": (animals.fox, "d2691e"),
    "cat": (animals.cat, "b98a5a"),
    "dog": (animals.dog, "b5824c"),
    "owl": (animals.owl, "8a6a48"),
    "bear": (animals.bear, "7a4f30"),
    "rabbit": (animals.rabbit, "b9a08a"),
    "deer": (beasts.deer, "a5683a"),
    "wolf": (beasts.wolf, "6f7783"),
    "tiger": (beasts.tiger, "dd8a34"),
    "whale": (swimmers.whale, "3d6488"),
    "fish": (swimmers.fish, "e2703a"),
    "bird": (beasts.bird, "3f7fae"),
}
"""Subject → painter and the colour of its coat."""

OTHERS = {"koala": "bear", "raccoon": "fox", "animal": "fox"}


def animal(c: Canvas) -> None:
    """The place first, then the animal, large and in the middle."""
    name = _which(c)
    ground = _deep(c) if name in {"whale", "fish"} else _wild(c)
    paint, coat = PAINTERS[name]
    tone = mix(rgb(coat), c.pal.accents[0], 0.22)
    if c.pal.name in {"mono", "sepia", "neon", "night", "dusk"}:
        tone = mix(tone, c.pal.accents[3], 0.3)
    tone = readable(tone, mix(c.pal.sky[2], c.pal.sky[3], 0.5))
    size = min(c.u * 0.3, c.h * 0.3)
    swims = name in {"whale", "fish"}
    y = c.h * 0.52 if swims else ground - size * 0.86
    x = c.w * float(c.rng.uniform(0.46, 0.54))
    if name == "tiger":
        y = c.h * 0.5
        size *= 1.15
    elif name == "bird":
        y = c.h * 0.5
    elif not swims:
        c.shadow(x, ground + size * 0.1, size * 0.9, size * 0.13, 0.5)
    paint(Beast(c, x, y, size, tone))
    if swims:
        _bubbles(c, x, y, size)
    elif name not in {"tiger", "bird"}:
        trees.meadow(c, np.full(c.w, min(c.h * 0.94, ground + size * 0.22), dtype=np.float32))
    else:
        _leaves(c)


def _which(c: Canvas) -> str:
    for subject in c.brief.subjects:
        if subject in PAINTERS:
            return subject
    for word, name in OTHERS.items():
        if c.brief.said(word):
            return name
    return str(c.rng.choice(sorted(set(PAINTERS) - {"tiger"})))


def _wild(c: Canvas) -> float:
    """Sky with a great orb, far hills, a meadow to stand in; its height in pixels."""
    ground = c.h * 0.82
    sky(c, ground, clouds=0.35, orb="none" if c.style != "neon" else "auto")
    x = c.w * float(c.rng.uniform(0.42, 0.58))
    c.sun = (x, c.h * 0.36)
    disc = mix(c.pal.sun, c.pal.accents[1], 0.25) if not c.pal.dark else mix(c.pal.sun, WHITE, 0.2)
    c.glow(*c.sun, c.u * 0.42, disc, 0.5)
    c.fill(c.disc(*c.sun, c.u * 0.3), disc, mix(disc, c.pal.sky[3], 0.5), alpha=0.85)
    c.sun = (c.w * float(c.rng.choice([0.15, 0.85])), c.h * 0.2)
    for layer in range(3):
        at = layer / 2
        ridge = ground - c.h * 0.1 * (1 - at) + line(c.rng, c.w, 2.4, 5, 0.45) * c.u * 0.03
        hill(c, ridge.astype(np.float32), 0.15 + at * 0.75)
        trees.tree_line(c, ridge.astype(np.float32), 0.3 + at * 0.35, dense=at < 0.9)
        mist(c, ground - c.h * 0.04 * (1 - at), c.u * 0.07, 0.4 * (1 - at))
    return ground + c.h * 0.05


def _deep(c: Canvas) -> float:
    """Water from light to dark, with rays falling in."""
    tones = [
        mix(c.pal.sky[3], WHITE, 0.2),
        c.pal.sky[2],
        c.pal.sky[1],
        mix(c.pal.land[2], c.pal.sky[0], 0.4),
    ]
    if c.pal.dark:
        tones = [c.pal.sky[2], c.pal.sky[1], c.pal.sky[0], c.pal.ink]
    down = np.linspace(0, 1, c.h, dtype=np.float32)[:, None]
    across = np.linspace(-1, 1, c.w, dtype=np.float32)[None, :]
    part = np.clip(down + across**2 * 0.12, 0, 1)
    if c.style in {"poster", "papercut", "minimal"}:
        part = np.round(part * 6) / 6
    c.rgb[:] = ramp(tones, part)
    c.sun = (c.w * float(c.rng.choice([0.2, 0.8])), 0.0)
    slant = (across - c.sun[0] / c.w * 2 + 1) / (0.55 + down * 0.8)
    rays = 0.5 + 0.5 * np.sin(slant * 21 + np.sin(slant * 8) * 2)
    veil = smoothstep(0.45, 1.0, rays) * np.clip(0.75 - down, 0, 1)
    if c.style not in {"poster", "papercut", "minimal", "ink"}:
        c.rgb += (1 - c.rgb) * (veil * 0.4)[..., None]
    _seabed(c)
    return c.h


def _seabed(c: Canvas) -> None:
    for layer in range(2):
        ridge = c.h * (0.88 + 0.06 * layer) + line(c.rng, c.w, 2.5, 5) * c.u * 0.03
        hill(c, ridge.astype(np.float32), 0.6 + layer * 0.4)
    weed = smooth([(0, 0), (0.08, -0.3), (0.02, -0.6), (0.1, -1), (0.0, -0.7), (-0.04, -0.4)])
    tone = mix(c.pal.land[2], c.pal.accents[2], 0.35)
    for _ in range(int(8 + c.brief.detail * 22)):
        side = float(c.rng.choice([-1, 1]))
        x = c.w * (0.5 + side * float(c.rng.uniform(0.2, 0.52)))
        shape = put(weed, x, c.h, c.u * float(c.rng.uniform(0.1, 0.26)), flip=side > 0)
        c.fill(c.outline(shape), tone * float(c.rng.uniform(0.7, 1.2)))


def _bubbles(c: Canvas, x: float, y: float, size: float) -> None:
    for _ in range(int(8 + c.brief.detail * 20)):
        bx = x + float(c.rng.normal(0, 1.1)) * size
        by = y - size * float(c.rng.uniform(0.4, 1.5))
        radius = size * float(c.rng.uniform(0.012, 0.045))
        c.fill(c.disc(bx, by, radius), mix(WHITE, c.pal.sky[3], 0.3), alpha=0.35, lines=c.lined)
        c.fill(
            c.disc(bx - radius * 0.3, by - radius * 0.3, radius * 0.3),
            WHITE,
            alpha=0.7,
            lines=False,
        )


def _leaves(c: Canvas) -> None:
    """Leaves that frame the picture from its corners."""
    leaf = smooth([(0, 0), (0.2, -0.4), (0.14, -0.8), (0, -1.05), (-0.14, -0.8), (-0.2, -0.4)])
    green: Array = mix(mix(c.pal.land[2], c.pal.accents[2], 0.4), rgb("3f7a56"), 0.55)
    sway = fractal(c.tooth, 8, 8, 3, 2)
    for index in range(14):
        side = -1 if index % 2 else 1
        x = c.w * (0.5 + side * (0.5 + 0.03 * (index % 3)))
        y = c.h * (0.5 + index * 0.042)
        turn = -side * (0.5 + float(sway[index % 8, index // 2 % 8]))
        tone = green * (0.6 + 0.045 * index)
        c.fill(
            c.outline(put(leaf, x, y, c.u * 0.3, turn=turn)),
            mix(tone, c.pal.sun, 0.07),
            tone * 0.75,
        )
