"""Interiors: a room with a window, its light on the floor, and quiet furniture."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import fittings, furniture
from studio.providers._sketch.canvas import Canvas, Point, box
from studio.providers._sketch.colour import WHITE, light, mix, rgb, with_light
from studio.providers._sketch.forms import readable
from studio.providers._sketch.noise import Array, fractal


def interior(c: Canvas) -> None:
    """Wall and floor, window and its light, then furniture from the wall to the eye."""
    left = c.rng.random() < 0.5
    c.sun = (c.w * (0.2 if left else 0.8), c.h * 0.2)
    edge = c.h * float(c.rng.uniform(0.68, 0.73))
    wall = _wall_colour(c)
    _shell(c, edge, wall)
    side = -1.0 if left else 1.0
    window = (c.w * 0.5 + side * c.u * 0.25, c.h * 0.36, c.u * 0.17, min(c.h * 0.23, c.u * 0.26))
    _window(c, window)
    _light_patch(c, window, edge, side)
    if not c.brief.has("books", "fireplace"):
        fittings.pictures(c, c.w * 0.5 - side * c.u * 0.12, c.h * 0.26, wall)
    if c.brief.has("books"):
        fittings.shelves(c, c.w * 0.5 - side * c.u * 0.37, edge)
    if c.brief.has("fireplace"):
        fittings.fireplace(c, c.w * 0.5 - side * c.u * 0.1, edge)
    _rug(c, edge)
    _main(c, edge, side, wall)
    aside = 0.18 if c.brief.has("books") else 0.42
    furniture.floor_lamp(c, c.w * 0.5 - side * c.u * aside, edge + c.u * 0.06, c.u * 0.5)
    furniture.potted_plant(c, c.w * 0.5 + side * c.u * 0.43, edge + c.u * 0.13, c.u * 0.34)


def _main(c: Canvas, edge: float, side: float, wall: Array) -> None:
    """The piece of furniture that the prompt is about."""
    cloth = readable(c.pal.accents[0], wall)
    x, foot = c.w * 0.5 - side * c.u * 0.06, edge + c.u * 0.09
    if c.brief.has("desk"):
        furniture.desk(c, x, foot, c.u * 0.3)
    elif c.brief.has("bed"):
        furniture.bed(c, x, foot + c.u * 0.04, c.u * 0.31, cloth)
    elif c.brief.has("armchair") or (c.brief.has("books", "fireplace") and not c.brief.has("sofa")):
        furniture.seat(c, x + side * c.u * 0.1, foot + c.u * 0.03, c.u * 0.15, cloth)
    else:
        furniture.seat(c, x, foot, c.u * 0.29, cloth)
        furniture.side_table(c, c.w * 0.5 + side * c.u * 0.12, foot + c.u * 0.12, c.u * 0.12)


def _wall_colour(c: Canvas) -> Array:
    base = mix(c.pal.sky[2], c.pal.accents[2], 0.18)
    if c.pal.dark:
        return with_light(base, 0.2)
    return with_light(base, min(0.82, max(0.5, light(base))))


def _shell(c: Canvas, edge: float, wall: Array) -> None:
    """Wall with falling light, skirting, and a floor of planks in perspective."""
    across = (np.arange(c.w, dtype=np.float32)[None, :] - c.sun[0]) / c.u
    down = (np.arange(c.h, dtype=np.float32)[:, None] - c.sun[1]) / c.u
    fall = np.clip(np.hypot(across, down) / 1.1, 0, 1)
    if c.style in {"poster", "papercut", "minimal"}:
        fall = np.round(fall * 4) / 4
    c.rgb[:] = mix(wall, c.pal.sun, 0.22) * (1 - 0.42 * fall)[..., None]
    wood = mix(mix(c.pal.land[0], rgb("a9713f"), 0.6), c.pal.sky[3], 0.2) * (
        0.5 if c.pal.dark else 1
    )
    patch = c.outline(box(0, edge, c.w, c.h))
    if patch is None:
        return
    xs, ys = patch.grid()
    deep = np.clip((ys - edge) / (c.h - edge), 0.02, 1)
    plank = (xs - c.w / 2) / (0.35 + deep * 0.9) / (c.u * 0.085)
    shade = np.sin(np.floor(plank) * 12.9898) * 43758.5453
    tint = 0.93 + 0.12 * (shade - np.floor(shade))
    seam = np.exp(-(((plank - np.round(plank)) / 0.03) ** 2)) * 0.25
    depth, width = patch.mask.shape
    grain = fractal(c.tooth, width, depth, 20, 3, stretch=0.2) * 0.12
    c.fill(patch, np.clip(wood * ((tint - seam - grain) * (1.08 - 0.3 * deep))[..., None], 0, 1))
    trim = mix(wall, WHITE, 0.4) * (0.6 if c.pal.dark else 1)
    c.fill(c.outline(box(0, edge - c.u * 0.025, c.w, edge)), trim, trim * 0.85)


def _window(c: Canvas, spot: tuple[float, float, float, float]) -> None:
    """A window (middle x, middle y, half width, half height) with a view and curtains."""
    x, y, half, tall = spot
    frame = mix(c.pal.paper, WHITE, 0.4) * (0.55 if c.pal.dark else 1)
    c.fill(
        c.outline(box(x - half * 1.1, y - tall * 1.07, x + half * 1.1, y + tall * 1.07)),
        frame,
        frame * 0.92,
        lift=1.5,
    )
    top = c.pal.sky[0] if c.pal.dark else mix(c.pal.sky[1], WHITE, 0.25)
    c.fill(
        c.outline(box(x - half, y - tall, x + half, y + tall)),
        top,
        mix(c.pal.sky[3], WHITE, 0.25 if not c.pal.dark else 0),
    )
    for base, tone in ((0.45, c.pal.land[0]), (0.68, c.pal.land[1])):
        at = np.linspace(-1, 1, 24)
        wave = base + 0.09 * np.sin(at * 3.1 + base * 9)
        ridge: list[Point] = [
            (x + half * float(t), y + tall * float(v)) for t, v in zip(at, wave, strict=True)
        ]
        c.fill(
            c.outline([*ridge, (x + half, y + tall), (x - half, y + tall)]),
            mix(tone, c.pal.sky[3], 0.4),
            lift=0.4,
        )
    for bar in (
        box(x - half * 0.025, y - tall, x + half * 0.025, y + tall),
        box(x - half, y - tall * 0.2, x + half, y - tall * 0.16),
    ):
        c.fill(c.outline(bar), frame, lift=0.4)
    c.fill(
        c.outline(box(x - half * 1.2, y + tall * 1.05, x + half * 1.2, y + tall * 1.13)),
        frame,
        frame * 0.8,
    )
    _curtains(c, spot)
    c.glow(x, y, half * 1.5, mix(c.pal.sun, WHITE, 0.3), 0.12 if c.pal.dark else 0.3)


def _curtains(c: Canvas, spot: tuple[float, float, float, float]) -> None:
    x, y, half, tall = spot
    cloth = mix(c.pal.paper, c.pal.accents[1], 0.25) * (0.5 if c.pal.dark else 0.97)
    for side in (-1, 1):
        inner, outer = x + side * half * 0.82, x + side * half * 1.4
        patch = c.outline(
            [
                (inner, y - tall * 1.2),
                (outer, y - tall * 1.2),
                (outer + side * half * 0.06, y + tall * 1.42),
                (inner + side * half * 0.16, y + tall * 1.42),
            ]
        )
        if patch is not None:
            xs, _ = patch.grid()
            fold = 0.92 + 0.09 * np.sin((xs - x) / (half * 0.055)) * np.ones(patch.mask.shape)
            c.fill(patch, np.clip(cloth * fold[..., None], 0, 1))
    c.fill(
        c.outline(box(x - half * 1.5, y - tall * 1.24, x + half * 1.5, y - tall * 1.2)),
        mix(c.pal.ink, c.pal.accents[1], 0.3),
    )


def _light_patch(
    c: Canvas, spot: tuple[float, float, float, float], edge: float, side: float
) -> None:
    """The window's light as it falls across the floor."""
    x, _, half, _ = spot
    for pane in (-1, 1):
        a, b = x + half * (0.06 if pane > 0 else -0.95), x + half * (0.95 if pane > 0 else -0.06)
        slide = -side * c.u * 0.22
        shape: list[Point] = [
            (a + slide * 0.4, edge + c.u * 0.02),
            (b + slide * 0.4, edge + c.u * 0.02),
            (b + slide * 1.5, c.h * 0.98),
            (a + slide * 1.5, c.h * 0.98),
        ]
        c.fill(
            c.soft(c.outline(shape), c.u * 0.008),
            mix(c.pal.sun, WHITE, 0.25),
            alpha=0.12 if c.pal.dark else 0.4,
            lines=False,
        )


def _rug(c: Canvas, edge: float) -> None:
    y = edge + (c.h - edge) * 0.62
    for part, tone in (
        (1.0, mix(c.pal.accents[2], c.pal.paper, 0.35)),
        (0.86, mix(c.pal.accents[1], c.pal.paper, 0.45)),
        (0.8, mix(c.pal.accents[2], c.pal.paper, 0.5)),
    ):
        dim = tone * (0.5 if c.pal.dark else 0.95)
        c.fill(c.disc(c.w * 0.5, y, c.u * 0.4 * part, c.u * 0.085 * part), dim, lift=0.3)
