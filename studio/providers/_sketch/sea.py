"""Coasts and open sea."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import landmarks, things
from studio.providers._sketch.canvas import Canvas, Patch
from studio.providers._sketch.colour import WHITE, mix, with_light
from studio.providers._sketch.land import hill
from studio.providers._sketch.noise import fractal, line, smoothstep
from studio.providers._sketch.sky import mist, sky, water


def sea(c: Canvas) -> None:
    """Sky, water, the sun's path, and a headland, boats or a beach."""
    horizon = c.h * c.rng.uniform(0.46, 0.58)
    sky(c, horizon, clouds=c.rng.uniform(0.4, 0.9))
    things.airborne(c, horizon)
    far = horizon + c.u * 0.004 - np.maximum(line(c.rng, c.w, 3, 5), 0) * c.u * 0.05
    hill(c, far.astype(np.float32), 0.05)
    water(c, horizon)
    mist(c, horizon, c.u * 0.025, 0.55)
    if c.brief.has("lighthouse", "house") or c.rng.random() < 0.45:
        _headland(c, horizon)
    if c.brief.has("boat") or (c.rng.random() < 0.35 and not c.brief.has("lighthouse")):
        depth = c.h - horizon
        landmarks.boat(c, c.w * float(c.rng.uniform(0.3, 0.72)), horizon + depth * 0.3, c.u * 0.085)
        if c.brief.said("boats", "sailboats", "harbour", "harbor", "regatta"):
            for _ in range(4):
                at = float(c.rng.uniform(0.06, 0.2))
                x = c.w * float(c.rng.uniform(0.08, 0.92))
                landmarks.boat(c, x, horizon + depth * at, c.u * (0.02 + at * 0.15))
    if c.brief.said("beach", "shore", "sand", "surf", "coast", "island") or c.rng.random() < 0.3:
        _beach(c)


def _headland(c: Canvas, horizon: float) -> None:
    """A cliff that runs in from one side; it carries the lighthouse or the house."""
    left = c.sun[0] > c.w / 2
    at = np.linspace(0, 1, c.w, dtype=np.float32)
    away = at if left else 1 - at
    reach = float(c.rng.uniform(0.42, 0.52))
    cliff = 1 - smoothstep(reach * 0.72, reach, away)
    rough = line(c.rng, c.w, 6, 6, 0.55)
    foot = horizon + c.h * 0.15
    ridge = foot - cliff * c.h * 0.2 + rough * c.u * 0.016 * (0.3 + cliff)
    ridge = np.where(away > reach * 1.06, c.h + 5, ridge).astype(np.float32)
    patch = c.below(ridge, foot + c.u * 0.03)
    if patch is None:
        return
    depth = patch.mask.shape[0]
    strata = fractal(c.tooth, c.w, depth, 12, 5, stretch=0.45)
    down = np.arange(depth, dtype=np.float32)[:, None] + patch.y - ridge[None, :]
    rock = mix(c.pal.far_to_near(0.65), c.pal.ink, 0.2)
    grass = mix(c.pal.far_to_near(0.6), c.pal.sun, 0.18)
    cap = smoothstep(c.u * 0.03, c.u * 0.01, (down - strata * c.u * 0.02).astype(np.float32))
    paint = rock * (0.6 + 0.75 * strata[..., None])
    paint = paint + (grass - paint) * cap[..., None]
    shore = smoothstep(0.55, 1.0, np.linspace(0, 1, depth, dtype=np.float32))[:, None]
    edge = np.clip(
        (foot + c.u * 0.02 + line(c.rng, c.w, 9, 4) * c.u * 0.01)[None, :] - patch.grid()[1], 0, 1
    )
    fade = Patch(patch.x, patch.y, (patch.mask * edge).astype(np.float32))
    c.fill(fade, np.clip(paint * (1 - 0.3 * shore[..., None]), 0, 1).astype(np.float32))
    _foam(c, foot + c.u * 0.02, left, reach)
    spot = c.w * (reach * 0.5 if left else 1 - reach * 0.5)
    top = float(ridge[int(np.clip(spot, 0, c.w - 1))]) + c.u * 0.01
    if c.brief.has("house") or c.brief.has("lighthouse"):
        aside = spot + (-1 if left else 1) * c.u * 0.14
        landmarks.house(
            c, aside, float(ridge[int(np.clip(aside, 0, c.w - 1))]) + c.u * 0.01, c.u * 0.035
        )
    if c.brief.has("lighthouse"):
        landmarks.lighthouse(c, spot, top, c.h * 0.27)


def _foam(c: Canvas, y: float, left: bool, reach: float) -> None:
    shapes = []
    for _ in range(60):
        part = float(c.rng.random()) * reach * 1.04
        x = c.w * (part if left else 1 - part)
        size = c.u * float(c.rng.uniform(0.006, 0.02))
        shapes.append(
            [(x - size * 2, y), (x, y - size * 0.35), (x + size * 2, y), (x, y + size * 0.3)]
        )
    c.fill(c.cover(shapes), mix(WHITE, c.pal.sky[3], 0.4), alpha=0.55, lines=False)


def _beach(c: Canvas) -> None:
    curve = c.h * 0.86 + line(c.rng, c.w, 1.3, 2, 0.35) * c.u * 0.045
    wash = np.linspace(-1, 1, c.w, dtype=np.float32) * c.u * 0.05 * float(c.rng.choice([-1, 1]))
    shore = (curve + wash).astype(np.float32)
    sand = with_light(mix(c.pal.sky[3], c.pal.land[0], 0.45), 0.3 if c.pal.dark else 0.72)
    foam = mix(WHITE, c.pal.sky[3], 0.35) * (0.7 if c.pal.dark else 1)
    for step, (lift, tone, alpha) in enumerate(
        (
            (0.075, foam, 0.35),
            (0.05, foam, 0.6),
            (0.02, foam, 0.9),
            (0.0, sand * 0.78, 1.0),
            (-0.025, sand, 1.0),
        )
    ):
        wave = line(c.rng, c.w, 7 + step, 4, 0.5) * c.u * 0.008
        c.fill(
            c.below((shore - lift * c.u + wave).astype(np.float32)),
            tone,
            alpha=alpha,
            lines=alpha > 0.8,
        )
