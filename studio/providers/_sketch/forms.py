"""Solid forms under one light: turned vessels, balls, boxes, and smooth outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.providers._sketch.canvas import Canvas, Patch, Point, ellipse
from studio.providers._sketch.colour import WHITE, light, mix
from studio.providers._sketch.noise import Array

Profile = Sequence[tuple[float, float]]
"""Height above the foot and half width, both in parts of the form's height."""


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 9) -> list[Point]:
    """A flowing outline through ``points`` (Catmull-Rom)."""
    knots = np.asarray(points, dtype=np.float64)
    ends = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    run = np.concatenate([ends[0], knots, ends[1]])
    if not closed:
        run = np.concatenate([run, knots[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out: list[Point] = []
    for a, b, d, e in zip(run, run[1:], run[2:], run[3:], strict=False):
        part = (
            2 * b
            + (d - a) * t
            + (2 * a - 5 * b + 4 * d - e) * t**2
            + (3 * b - a - 3 * d + e) * t**3
        )
        out += [(float(px), float(py)) for px, py in part / 2]
    return out


def put(
    points: Sequence[Point], x: float, y: float, size: float, *, flip: bool = False,
    turn: float = 0.0,
) -> list[Point]:  # fmt: skip
    """A shape drawn around (0, 0) in unit size, set at (x, y); ``flip`` mirrors it."""
    cos, sin, side = float(np.cos(turn)), float(np.sin(turn)), -1.0 if flip else 1.0
    return [
        (x + size * (px * side * cos - py * sin), y + size * (px * side * sin + py * cos))
        for px, py in points
    ]


def facing(c: Canvas, x: float) -> float:
    """1 where the light comes from the right of ``x``, else -1."""
    return 1.0 if c.sun[0] >= x else -1.0


def half_widths(profile: Profile, up: Array) -> Array:
    """Half widths of a profile at heights ``up`` (0 foot .. 1 top), rounded between its knots."""
    knots = sorted(profile)
    heights = [height for height, _ in knots]
    widths = [width for _, width in knots]
    flat = np.interp(up, heights, widths)
    if len(knots) < 5 or len(up) < 30:
        return flat
    kernel = np.hanning(9) / np.hanning(9).sum()
    soft = np.convolve(np.pad(flat, 4, mode="edge"), kernel, mode="valid")
    return np.asarray(soft)


def turned(
    c: Canvas, x: float, foot: float, tall: float, profile: Profile, *, paint: Array,
    gloss: float = 0.5, tilt: float = 0.16, clear: float = 0.0,
) -> Patch | None:  # fmt: skip
    """A form as if turned on a lathe, lit from the sun's side.

    Args:
        c: The canvas.
        x: Middle, pixels.
        foot: Where it stands, pixels.
        tall: Height, pixels.
        profile: Its outline from the foot up.
        paint: Its colour.
        gloss: How strong the highlight is, 0..1.
        tilt: How far the eye looks down on it: flatness of its foot's ellipse.
        clear: How much the background shows through, 0..1.
    """
    up = np.linspace(0, 1, 90)
    half = half_widths(profile, up) * tall
    base = ellipse(0, 0, float(half[0]), float(half[0]) * tilt)
    foot_line = sorted((p for p in base if p[1] >= 0), key=lambda p: -p[0])
    right = [(x + float(w), foot - float(t) * tall) for t, w in zip(up, half, strict=True)]
    left = [(x - float(w), foot - float(t) * tall) for t, w in zip(up, half, strict=True)]
    under = [(x + px, foot + py) for px, py in foot_line]
    patch = c.outline([*left, *right[::-1], *under])
    if patch is None:
        return None
    across, down = patch.grid()
    at = np.interp(foot - down[:, 0], up * tall, half)[:, None]
    around = np.clip((across - x) / np.maximum(at, 1), -1, 1) * facing(c, x)
    c.fill(patch, round_paint(paint, around, gloss), alpha=1 - clear, lift=2)
    return patch


def round_paint(paint: Array, around: Array, gloss: float) -> Array:
    """Light on a round form; ``around`` runs from -1 (shadow edge) to 1 (lit edge)."""
    tone = 0.62 + 0.46 * np.cos((around - 0.5) * 1.5) - 0.22 * np.clip(-around - 0.55, 0, 1)
    bounce = np.exp(-(((around + 0.97) / 0.09) ** 2)) * 0.18
    shine = np.exp(-(((around - 0.52) / 0.13) ** 2)) + 0.35 * np.exp(
        -(((around - 0.88) / 0.05) ** 2)
    )
    body = paint * (tone + bounce)[..., None]
    return np.asarray(np.clip(body + (WHITE - body) * (shine * gloss * 0.62)[..., None], 0, 1))


def ball(c: Canvas, x: float, y: float, radius: float, paint: Array, *, gloss: float = 0.5) -> None:
    """A ball."""
    lump(c, ellipse(x, y, radius), (x, y, radius), paint, gloss=gloss)


def lump(
    c: Canvas, outline: Sequence[Point], core: tuple[float, float, float], paint: Array,
    *, gloss: float = 0.4,
) -> None:  # fmt: skip
    """A rounded body with any outline, modelled like the ball ``core`` (x, y, radius)."""
    patch = c.outline(outline)
    if patch is None:
        return
    x, y, radius = core
    across, down = patch.grid()
    side = facing(c, x)
    dx, dy = (across - x) / radius * side, (down - y) / radius
    lit = np.clip(1 - np.hypot(dx - 0.42, dy + 0.48) / 1.75, 0, 1)
    rim = np.clip(np.hypot(dx, dy) - 0.75, 0, 0.4) * np.clip(-dx + dy, 0, 1)
    shine = np.exp(-(((dx - 0.42) / 0.2) ** 2) - ((dy + 0.45) / 0.16) ** 2)
    warm = mix(paint, c.pal.sun, 0.14)
    cold = mix(paint, c.pal.ink, 0.42)
    part = np.clip(lit * 1.5 - 0.15, 0, 1)[..., None]
    body = cold + (warm - cold) * part + (c.pal.sky[3] - cold) * (rim * 0.35)[..., None]
    c.fill(patch, np.clip(body + (1 - body) * (shine * gloss)[..., None], 0, 1), lift=1.5)


def cast(c: Canvas, x: float, foot: float, half: float, long: float) -> None:
    """The soft shadow a form throws away from the light, and the dark line where it stands."""
    side = -facing(c, x)
    reach = x + side * (half + long)
    body: list[Point] = [
        (x - half * 0.9, foot),
        (x, foot - half * 0.16),
        (reach, foot - long * 0.22),
        (reach + side * half * 0.3, foot + half * 0.06 - long * 0.1),
        (x + half * 0.9, foot + half * 0.18),
    ]
    c.shade(c.soft(c.outline(smooth(body)), half * 0.16), 0.34, c.pal.ink)
    c.shade(
        c.soft(c.disc(x, foot + half * 0.05, half * 1.02, half * 0.2), half * 0.06), 0.5, c.pal.ink
    )


def ambience(c: Canvas, paint: Array, edge: Array, *, spot: Point | None = None) -> None:
    """A plain backdrop with a pool of light on it."""
    x, y = spot or (c.w * 0.5, c.h * 0.4)
    across = (np.arange(c.w, dtype=np.float32)[None, :] - x) / c.u
    down = (np.arange(c.h, dtype=np.float32)[:, None] - y) / c.u
    far = np.clip(np.hypot(across, down) / 0.85, 0, 1)
    if c.style in {"poster", "papercut", "minimal"}:
        far = np.round(far * 3) / 3
    c.rgb[:] = paint + (edge - paint) * far[..., None]
    if c.style == "watercolour":
        c.rgb += (WHITE - c.rgb) * np.clip(0.12 + c.grain()[..., None] * 0.5, 0, 0.6)


def readable(colour: Array, against: Array) -> Array:
    """The colour, moved away from ``against`` where the two are too close to tell apart."""
    gap = light(colour) - light(against)
    if abs(gap) > 0.16:
        return colour
    return mix(colour, WHITE, 0.45) if light(against) < 0.5 else colour * 0.6
