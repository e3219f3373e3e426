"""Animals of the water: whale and fish."""

from __future__ import annotations

from studio.providers._sketch.beast import Beast
from studio.providers._sketch.canvas import Point
from studio.providers._sketch.colour import WHITE, mix


def whale(b: Beast) -> None:
    """A humpback whale, singing."""
    body: list[Point] = [
        (1.06, -0.06),
        (0.9, -0.34),
        (0.4, -0.5),
        (-0.2, -0.4),
        (-0.74, -0.2),
        (-1.02, -0.3),
        (-1.3, -0.62),
        (-1.24, -0.26),
        (-1.42, 0.06),
        (-1.02, -0.06),
        (-0.6, 0.14),
        (0.0, 0.34),
        (0.6, 0.36),
        (0.98, 0.2),
    ]
    b.shape(body, b.coat, lift=2)
    belly: list[Point] = [
        (1.04, 0.0),
        (0.6, 0.06),
        (0.1, 0.1),
        (-0.4, 0.16),
        (0.0, 0.33),
        (0.6, 0.35),
        (0.96, 0.2),
    ]
    b.shape(belly, b.pale)
    for step in range(5):
        y = 0.1 + step * 0.05
        b.shape(
            [
                (0.98 - step * 0.07, y),
                (0.2, y + 0.04),
                (0.2, y + 0.052),
                (0.98 - step * 0.07, y + 0.014),
            ],
            mix(b.pale, b.coat, 0.5),
            sharp=True,
        )
    b.shape(
        [(0.42, 0.16), (0.34, 0.5), (0.02, 0.86), (-0.06, 0.76), (0.14, 0.4), (0.2, 0.16)],
        b.dark,
        lift=2,
    )
    b.shape([(-0.3, -0.38), (-0.5, -0.52), (-0.5, -0.3)], b.dark)
    b.spot(0.66, -0.04, 0.035, 0.035, b.c.pal.ink)
    b.spot(0.67, -0.05, 0.012, 0.012, WHITE)
    for x, y in ((0.84, -0.2), (0.72, -0.28), (0.94, -0.12)):
        b.spot(x, y, 0.025, 0.018, b.pale)


def fish(b: Beast) -> None:
    """A fish with flowing fins."""
    b.shape(
        [(-0.6, 0), (-1.0, -0.46), (-1.3, -0.5), (-1.12, -0.1), (-1.3, 0.4), (-1.0, 0.4)], b.dark
    )
    b.shape([(0.3, -0.38), (-0.1, -0.78), (-0.5, -0.66), (-0.44, -0.26)], b.dark)
    b.shape([(0.1, 0.34), (-0.1, 0.7), (-0.44, 0.62), (-0.3, 0.24)], b.dark)
    b.shape(
        [
            (1.0, 0.0),
            (0.7, -0.3),
            (0.2, -0.44),
            (-0.4, -0.26),
            (-0.76, 0.0),
            (-0.4, 0.26),
            (0.2, 0.4),
            (0.7, 0.28),
        ],
        b.coat,
        lift=2,
    )
    b.shape(
        [(0.96, 0.04), (0.4, 0.1), (-0.4, 0.14), (-0.4, 0.25), (0.2, 0.39), (0.7, 0.27)], b.pale
    )
    for row in range(3):
        for column in range(6):
            b.spot(
                0.34 - column * 0.15 - (row % 2) * 0.07,
                -0.2 + row * 0.14,
                0.05,
                0.045,
                mix(b.coat, b.pale, 0.35),
            )
    b.shape([(0.3, 0.04), (0.05, 0.12), (0.0, 0.34), (0.2, 0.26)], b.dark)
    b.spot(0.68, -0.08, 0.09, 0.09, WHITE)
    b.spot(0.7, -0.08, 0.05, 0.055, b.c.pal.ink)
