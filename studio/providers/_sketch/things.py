"""Things that stand in open country: trees, houses, boats, birds, grass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.landmarks import boat, cactus, house, lighthouse, windmill
from studio.providers._sketch.noise import Array
from studio.providers._sketch.trees import cypress, tree


def airborne(c: Canvas, horizon: float) -> None:
    """Birds and balloons."""
    if c.brief.has("balloon"):
        for index in range(int(c.rng.integers(3, 6))):
            size = c.u * (0.085 if index == 0 else float(c.rng.uniform(0.02, 0.05)))
            balloon(
                c,
                float(c.rng.uniform(0.1, 0.9)) * c.w,
                horizon * float(c.rng.uniform(0.2, 0.75)),
                size,
            )
    if c.brief.has("birds") or (c.style != "minimal" and c.rng.random() < 0.3):
        birds(c, c.w * float(c.rng.uniform(0.2, 0.8)), horizon * float(c.rng.uniform(0.25, 0.6)))


def birds(c: Canvas, x: float, y: float) -> None:
    """A loose flock far away."""
    shapes = []
    for _ in range(int(c.rng.integers(5, 11))):
        bx, by = x + float(c.rng.normal(0, 0.09)) * c.u, y + float(c.rng.normal(0, 0.04)) * c.u
        s = c.u * float(c.rng.uniform(0.007, 0.016))
        dip = float(c.rng.uniform(0.3, 0.7)) * s
        shapes.append(
            [
                (bx - s, by - dip),
                (bx - s * 0.45, by - dip * 0.75),
                (bx, by),
                (bx + s * 0.45, by - dip * 0.75),
                (bx + s, by - dip),
                (bx + s * 0.4, by - dip * 0.45),
                (bx, by + s * 0.16),
                (bx - s * 0.4, by - dip * 0.45),
            ]
        )
    c.fill(c.cover(shapes), mix(c.pal.ink, c.pal.sky[2], 0.3), lines=False)


def balloon(c: Canvas, x: float, y: float, size: float) -> None:
    """A striped hot-air balloon."""
    first, second = (
        c.pal.accents[int(c.rng.integers(0, 4))],
        c.pal.accents[int(c.rng.integers(0, 4))],
    )
    body = [*ellipse(x, y, size, size * 1.05)]
    skirt: list[Point] = [
        (x - size * 0.82, y + size * 0.62),
        (x - size * 0.16, y + size * 1.5),
        (x + size * 0.16, y + size * 1.5),
        (x + size * 0.82, y + size * 0.62),
    ]
    patch = c.cover([body, skirt])
    if patch is None:
        return
    across, down = patch.grid()
    bulge = np.clip(
        (across - x) / (size * np.clip(1.25 - np.maximum(down - y - size * 0.3, 0) / size, 0.2, 2)),
        -1,
        1,
    )
    stripe = (np.sin(np.arcsin(bulge) * 6) > 0)[..., None]
    shade = 1.08 - 0.4 * np.clip(bulge * (1 if c.sun[0] < x else -1), -0.3, 1)
    paint = np.where(stripe, first, mix(second, WHITE, 0.35)) * shade[..., None]
    c.fill(patch, np.clip(paint, 0, 1).astype(np.float32))
    c.fill(
        c.outline(box(x - size * 0.14, y + size * 1.65, x + size * 0.14, y + size * 1.88)),
        c.pal.ink,
    )


def desert_plants(c: Canvas, horizon: float) -> None:
    """Cacti or palms in the sand."""
    tone = mix(c.pal.land[2], np.array([0.16, 0.36, 0.26], dtype=np.float32), 0.6)
    if c.brief.has("cactus") or c.brief.rng("cactus").random() < 0.4:
        for at in (0.25, 0.5, 0.95)[: int(1 + c.rng.integers(1, 3))]:
            foot = horizon + (c.h - horizon) * (0.35 + at * 0.5)
            cactus(c, c.w * float(c.rng.uniform(0.1, 0.9)), foot, c.u * (0.08 + at * 0.24), tone)


def on_ground(c: Canvas, ridge: Array, at: float) -> None:
    """What the prompt puts on the ground, standing on a ridge."""

    def place(
        draw: Callable[[float, float, float], None], size: float, low: float, high: float
    ) -> None:
        x = c.w * float(c.rng.uniform(low, high))
        draw(x, float(ridge[int(np.clip(x, 0, c.w - 1))]) + c.u * 0.012, c.u * size)

    tone = mix(c.pal.far_to_near(min(1.0, at)), c.pal.accents[2], 0.2)
    if c.brief.has("windmill"):
        place(lambda x, y, s: windmill(c, x, y, s), 0.3, 0.2, 0.8)
    if c.brief.has("lighthouse"):
        place(lambda x, y, s: lighthouse(c, x, y, s), 0.34, 0.15, 0.85)
    if c.brief.has("house"):
        for _ in range(5 if c.brief.said("village") else 1):
            place(
                lambda x, y, s: house(c, x, y, s),
                0.05 if c.brief.said("village") else 0.062,
                0.25,
                0.75,
            )
    if c.brief.said("cypress", "tuscany", "tuscan"):
        for _ in range(7):
            place(
                lambda x, y, s: cypress(c, x, y, s, tone * 0.7),
                float(c.rng.uniform(0.1, 0.17)),
                0.1,
                0.9,
            )
    elif c.brief.has("tree") and not c.brief.has("pine") and c.brief.composition != "forest":
        place(lambda x, y, s: tree(c, x, y, s, tone), 0.36, 0.15, 0.85)


def on_water(c: Canvas, y: float) -> None:
    """What the prompt puts on the water."""
    if c.brief.has("boat"):
        boat(c, c.w * float(c.rng.uniform(0.3, 0.7)), y, c.u * 0.07)
