"""Emblems in unit size: each a list of shapes with the tone that fills it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studio.providers._sketch.canvas import Point, box, ellipse
from studio.providers._sketch.forms import put, smooth
from studio.providers._sketch.furniture import rounded

Emblem = list[tuple[list[Point], str]]
"""Shapes with their tones: main, light, dark or accent."""


def leaf() -> Emblem:
    """A leaf with its rib."""
    body = smooth([(0, 0.85), (-0.62, 0.4), (-0.66, -0.3), (0.0, -0.9), (0.66, -0.3), (0.62, 0.4)])
    half = smooth([(0, 0.85), (0.62, 0.4), (0.66, -0.3), (0.0, -0.9), (0.02, 0)])
    shapes: Emblem = [(body, "main"), (half, "light"), (box(-0.03, -0.5, 0.03, 1.05), "dark")]
    for y in (-0.2, 0.1, 0.4):
        for side in (-1, 1):
            rib: list[Point] = [
                (0, y + 0.2),
                (side * 0.4, y - 0.1),
                (side * 0.4, y - 0.05),
                (0, y + 0.26),
            ]
            shapes.append((rib, "dark"))
    return shapes


def bolt() -> Emblem:
    """A flash of lightning."""
    return [
        ([(0.2, -1), (-0.6, 0.12), (-0.06, 0.12), (-0.24, 1), (0.6, -0.22), (0.06, -0.22)], "main"),
        ([(0.2, -1), (-0.6, 0.12), (-0.06, 0.12), (0.0, -0.1)], "light"),
    ]


def heart() -> Emblem:
    """A heart."""
    at = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    x = 16 * np.sin(at) ** 3 / 18
    y = -(13 * np.cos(at) - 5 * np.cos(2 * at) - 2 * np.cos(3 * at) - np.cos(4 * at)) / 18
    shape = [(float(px), float(py)) for px, py in zip(x, y, strict=True)]
    right = [(max(px, 0.0), py) for px, py in shape]
    return [(shape, "main"), (right, "light"), (ellipse(-0.42, -0.36, 0.14, 0.2, 0.6), "accent")]


def camera() -> Emblem:
    """A camera."""
    return [
        (rounded(-0.4, -0.8, 0.4, -0.3, 0.12), "dark"),
        (rounded(-1, -0.56, 1, 0.75, 0.2), "main"),
        (box(-1, -0.1, 1, 0.06), "light"),
        (ellipse(0, 0.1, 0.52), "light"),
        (ellipse(0, 0.1, 0.42), "dark"),
        (ellipse(0, 0.1, 0.26), "accent"),
        (ellipse(-0.1, 0.0, 0.08), "light"),
        (ellipse(0.74, -0.32, 0.09), "accent"),
    ]


def compass() -> Emblem:
    """A compass with its needle."""
    shapes: Emblem = [(ellipse(0, 0, 1), "main"), (ellipse(0, 0, 0.82), "light")]
    shapes += [
        (put(box(-0.025, -0.76, 0.025, -0.64), 0, 0, 1, turn=k * np.pi / 4), "dark")
        for k in range(8)
    ]
    shapes += [
        (put([(0, -0.6), (0.16, 0), (-0.16, 0)], 0, 0, 1, turn=0.7), "accent"),
        (put([(0, 0.6), (0.16, 0), (-0.16, 0)], 0, 0, 1, turn=0.7), "dark"),
        (ellipse(0, 0, 0.07), "light"),
    ]
    return shapes


def peak() -> Emblem:
    """Two mountains and a sun."""
    return [
        (ellipse(0.42, -0.5, 0.28), "accent"),
        ([(-0.1, 0.75), (0.5, -0.35), (1.1, 0.75)], "dark"),
        ([(-1.1, 0.75), (-0.25, -0.85), (0.6, 0.75)], "main"),
        (
            [
                (-0.25, -0.85),
                (-0.52, -0.34),
                (-0.34, -0.44),
                (-0.22, -0.26),
                (-0.1, -0.44),
                (0.04, -0.3),
            ],
            "light",
        ),
    ]


def wave() -> Emblem:
    """A breaking wave."""
    shapes: Emblem = []
    crest = [
        (-1, 0.2),
        (-0.7, -0.5),
        (0.0, -0.75),
        (0.6, -0.4),
        (0.62, 0.0),
        (0.4, 0.12),
        (0.42, -0.2),
        (0.1, -0.36),
        (-0.1, 0.0),
        (0.3, 0.42),
        (1, 0.4),
        (1, 0.85),
        (-1, 0.85),
    ]
    shapes.append((smooth(crest), "main"))
    low = [(-1, 0.5), (-0.5, 0.35), (0.0, 0.55), (0.5, 0.62), (1, 0.55), (1, 0.86), (-1, 0.86)]
    shapes.append((smooth(low), "light"))
    shapes.append((ellipse(0.75, -0.62, 0.13), "accent"))
    return shapes


def note() -> Emblem:
    """Two quavers."""
    return [
        (box(-0.38, -0.75, -0.26, 0.6), "main"),
        (box(0.58, -0.92, 0.7, 0.42), "main"),
        ([(-0.38, -0.8), (0.7, -1.0), (0.7, -0.66), (-0.38, -0.46)], "light"),
        (ellipse(-0.52, 0.6, 0.28, 0.2, -0.4), "main"),
        (ellipse(0.44, 0.42, 0.28, 0.2, -0.4), "main"),
    ]


def drop() -> Emblem:
    """A drop of water."""
    body = smooth(
        [
            (0, -1),
            (0.3, -0.45),
            (0.6, 0.1),
            (0.55, 0.6),
            (0, 0.92),
            (-0.55, 0.6),
            (-0.6, 0.1),
            (-0.3, -0.45),
        ]
    )
    return [
        (body, "main"),
        (smooth([(-0.42, 0.2), (-0.3, -0.1), (-0.26, 0.4), (-0.1, 0.68), (-0.36, 0.54)]), "light"),
    ]


def flame() -> Emblem:
    """A flame within a flame."""
    outer = [
        (0.1, -1),
        (0.2, -0.5),
        (0.55, -0.2),
        (0.62, 0.3),
        (0.35, 0.8),
        (0, 0.92),
        (-0.4, 0.8),
        (-0.64, 0.35),
        (-0.5, -0.1),
        (-0.3, -0.3),
        (-0.26, 0.0),
        (-0.06, -0.4),
    ]
    inner = [
        (0.02, -0.15),
        (0.26, 0.2),
        (0.32, 0.5),
        (0.0, 0.86),
        (-0.3, 0.55),
        (-0.22, 0.25),
        (-0.06, 0.3),
    ]
    return [(smooth(outer), "main"), (smooth(inner), "accent")]


def shield() -> Emblem:
    """A shield with a tick."""
    body = [
        (0, -0.95),
        (0.7, -0.7),
        (0.72, 0.0),
        (0.4, 0.62),
        (0, 0.95),
        (-0.4, 0.62),
        (-0.72, 0.0),
        (-0.7, -0.7),
    ]
    right = [(0, -0.95), (0.7, -0.7), (0.72, 0.0), (0.4, 0.62), (0, 0.95)]
    tick: list[Point] = [
        (-0.4, 0.0),
        (-0.26, -0.14),
        (-0.08, 0.06),
        (0.3, -0.36),
        (0.44, -0.22),
        (-0.08, 0.34),
    ]
    return [(list(body), "main"), (list(right), "dark"), (tick, "light")]


def sun() -> Emblem:
    """A sun with rays."""
    rays: Emblem = [
        (put([(-0.08, -0.72), (0.08, -0.72), (0, -1.05)], 0, 0, 1, turn=k * np.pi / 6), "accent")
        for k in range(12)
    ]
    return [*rays, (ellipse(0, 0, 0.6), "main"), (ellipse(-0.12, -0.12, 0.36), "light")]


def moon() -> Emblem:
    """A crescent and three stars."""
    at = np.linspace(-2.2, 2.2, 60)
    outer = [(-float(np.cos(a)) * 0.85, float(np.sin(a)) * 0.85) for a in at]
    inner = [(-float(np.cos(a)) * 0.62 + 0.28, float(np.sin(a)) * 0.68) for a in at[::-1]]
    star = [
        (0, -1),
        (0.25, -0.25),
        (1, 0),
        (0.25, 0.25),
        (0, 1),
        (-0.25, 0.25),
        (-1, 0),
        (-0.25, -0.25),
    ]
    stars: Emblem = [
        (put(star, x, y, s), "accent")
        for x, y, s in ((0.5, -0.4, 0.2), (0.72, 0.16, 0.12), (0.34, 0.2, 0.1))
    ]
    return [([*outer, *inner], "main"), *stars]


EMBLEMS: dict[str, Callable[[], Emblem]] = {
    "leaf": leaf, "bolt": bolt, "heart": heart, "camera": camera, "compass": compass,
    "peak": peak, "wave": wave, "music": note, "drop": drop, "flame": flame, "shield": shield,
    "sun": sun, "moon": moon,
}  # fmt: skip
