"""Animals in few shapes: each builds on a body, a head and a light that comes from one side."""

from __future__ import annotations

from studio.providers._sketch.beast import Beast
from studio.providers._sketch.colour import WHITE, mix, rgb


def fox(b: Beast) -> None:
    """A sitting fox, tail round its feet."""
    b.shape(
        [
            (0.1, 0.9),
            (0.7, 0.95),
            (1.02, 0.6),
            (0.92, 0.1),
            (0.72, -0.1),
            (0.8, 0.3),
            (0.62, 0.62),
            (0.2, 0.7),
        ],
        b.coat * 0.9,
    )
    b.shape([(0.92, 0.12), (0.72, -0.12), (0.74, 0.12), (0.84, 0.26)], b.pale)
    b.shape(
        [(-0.34, -0.1), (0.34, -0.1), (0.52, 0.5), (0.46, 0.96), (-0.46, 0.96), (-0.52, 0.5)],
        b.coat,
    )
    b.shape([(-0.2, 0.0), (0.2, 0.0), (0.2, 0.4), (0, 0.72), (-0.2, 0.4)], b.pale)
    for side in (-0.17, 0.17):
        b.shape(
            [(side - 0.1, 0.5), (side + 0.1, 0.5), (side + 0.12, 0.95), (side - 0.12, 0.95)],
            b.dark,
            sharp=True,
        )
    b.shape([(0.14, -0.72), (0.44, -1.14), (0.54, -0.5)], b.coat, sharp=True, both=True)
    b.shape([(0.25, -0.72), (0.42, -1.0), (0.47, -0.62)], b.dark, sharp=True, both=True)
    head = [
        (0, -0.78),
        (0.4, -0.7),
        (0.62, -0.28),
        (0.36, -0.08),
        (0.12, 0.16),
        (0, 0.22),
        (-0.12, 0.16),
        (-0.36, -0.08),
        (-0.62, -0.28),
        (-0.4, -0.7),
    ]
    b.shape(head, b.coat, lift=2)
    b.shape(
        [(0.02, 0.12), (0.1, -0.2), (0.34, -0.34), (0.6, -0.28), (0.36, -0.06), (0.12, 0.15)],
        b.pale,
        both=True,
    )
    b.eyes(0.24, -0.36, 0.06, rgb("d79a2b"))
    b.spot(0, 0.17, 0.085, 0.06, b.c.pal.ink)


def cat(b: Beast) -> None:
    """A sitting cat."""
    b.shape(
        [
            (0.3, 0.82),
            (0.8, 0.9),
            (1.0, 0.6),
            (0.86, 0.2),
            (0.98, 0.02),
            (1.1, 0.2),
            (1.14, 0.66),
            (0.86, 1.0),
            (0.3, 0.97),
        ],
        b.coat * 0.9,
    )
    b.shape(
        [(-0.3, -0.2), (0.3, -0.2), (0.5, 0.4), (0.52, 0.97), (-0.52, 0.97), (-0.5, 0.4)], b.coat
    )
    b.shape([(-0.16, 0.0), (0.16, 0.0), (0.2, 0.4), (0, 0.6), (-0.2, 0.4)], b.pale)
    b.shape([(0.16, -0.68), (0.46, -1.04), (0.52, -0.44)], b.coat, sharp=True, both=True)
    b.shape(
        [(0.26, -0.66), (0.43, -0.88), (0.46, -0.52)],
        mix(b.pale, rgb("e79a94"), 0.5),
        sharp=True,
        both=True,
    )
    b.shape(
        [
            (0, -0.78),
            (0.4, -0.7),
            (0.58, -0.34),
            (0.44, 0.0),
            (0, 0.12),
            (-0.44, 0.0),
            (-0.58, -0.34),
            (-0.4, -0.7),
        ],
        b.coat,
        lift=2,
    )
    for at in (-0.14, 0, 0.14):
        b.shape([(at - 0.04, -0.77), (at + 0.04, -0.77), (at * 0.7, -0.54)], b.dark, sharp=True)
    b.spot(0.1, -0.05, 0.14, 0.11, b.pale, both=True)
    b.eyes(0.23, -0.33, 0.1, rgb("9dbb4a"))
    b.shape([(-0.06, -0.14), (0.06, -0.14), (0, -0.07)], rgb("d9827c"), sharp=True)
    for dy in (-0.06, 0.0, 0.06):
        b.shape(
            [(0.2, -0.05 + dy * 0.4), (0.78, -0.1 + dy * 1.6), (0.2, -0.04 + dy * 0.4)],
            mix(b.pale, WHITE, 0.5),
            sharp=True,
            both=True,
        )
    b.spot(0.18, 0.93, 0.15, 0.09, b.pale, both=True)


def dog(b: Beast) -> None:
    """A dog with hanging ears."""
    b.shape(
        [(-0.32, -0.1), (0.32, -0.1), (0.5, 0.5), (0.5, 0.97), (-0.5, 0.97), (-0.5, 0.5)], b.coat
    )
    b.shape([(-0.2, 0.05), (0.2, 0.05), (0.2, 0.5), (0, 0.8), (-0.2, 0.5)], b.pale)
    b.shape(
        [
            (0, -0.84),
            (0.4, -0.76),
            (0.52, -0.4),
            (0.36, 0.05),
            (0, 0.2),
            (-0.36, 0.05),
            (-0.52, -0.4),
            (-0.4, -0.76),
        ],
        b.coat,
        lift=2,
    )
    b.shape(
        [
            (0, -0.8),
            (0.1, -0.5),
            (0.26, -0.1),
            (0.2, 0.1),
            (0, 0.19),
            (-0.2, 0.1),
            (-0.26, -0.1),
            (-0.1, -0.5),
        ],
        b.pale,
    )
    b.shape(
        [(0.3, -0.8), (0.56, -0.74), (0.74, -0.3), (0.66, 0.1), (0.48, 0.02), (0.44, -0.4)],
        b.dark,
        both=True,
        lift=2,
    )
    b.eyes(0.23, -0.36, 0.075, rgb("5a3a20"))
    b.spot(0, -0.1, 0.12, 0.085, b.c.pal.ink)
    b.shape([(-0.07, 0.06), (0.07, 0.06), (0.06, 0.24), (0, 0.28), (-0.06, 0.24)], rgb("d96a6a"))
    b.spot(0.2, 0.92, 0.17, 0.1, b.pale, both=True)


def owl(b: Beast) -> None:
    """An owl that looks straight at you."""
    body = [
        (0, -0.9),
        (0.44, -0.82),
        (0.66, -0.3),
        (0.6, 0.5),
        (0.3, 0.92),
        (0, 0.98),
        (-0.3, 0.92),
        (-0.6, 0.5),
        (-0.66, -0.3),
        (-0.44, -0.82),
    ]
    b.shape(body, b.coat, lift=2)
    b.shape(
        [
            (0, -0.1),
            (0.36, 0.0),
            (0.4, 0.45),
            (0.2, 0.84),
            (0, 0.9),
            (-0.2, 0.84),
            (-0.4, 0.45),
            (-0.36, 0.0),
        ],
        b.pale,
    )
    for row in range(4):
        for column in range(4 - row % 2):
            x = (column - (3 - row % 2) / 2) * 0.18
            b.spot(x, 0.16 + row * 0.17, 0.05, 0.07, mix(b.coat, b.pale, 0.3))
    b.shape([(0.5, -0.3), (0.7, 0.0), (0.66, 0.6), (0.44, 0.86), (0.4, 0.3)], b.dark, both=True)
    b.shape([(0.08, -0.76), (0.56, -1.06), (0.5, -0.6)], b.dark, sharp=True, both=True)
    b.spot(0.24, -0.42, 0.27, 0.27, b.pale, both=True)
    b.eyes(0.23, -0.42, 0.16, rgb("eaa42c"))
    b.shape([(-0.08, -0.34), (0.08, -0.34), (0, -0.14)], rgb("c98a2e"), sharp=True)
    b.shape([(0.08, 0.94), (0.28, 0.9), (0.3, 1.02), (0.1, 1.04)], rgb("c98a2e"), both=True)


def bear(b: Beast) -> None:
    """A bear, or a panda."""
    panda = b.c.brief.said("panda")
    coat = mix(WHITE, b.c.pal.paper, 0.6) if panda else b.coat
    dark = b.c.pal.ink if panda else b.dark
    b.shape([(-0.4, -0.1), (0.4, -0.1), (0.66, 0.5), (0.6, 0.98), (-0.6, 0.98), (-0.66, 0.5)], coat)
    b.shape([(0.4, 0.0), (0.66, 0.2), (0.72, 0.7), (0.5, 0.76), (0.36, 0.3)], dark, both=True)
    b.spot(0.38, -0.74, 0.19, 0.19, dark, both=True)
    b.spot(0.38, -0.73, 0.1, 0.1, mix(dark, b.pale, 0.4), both=True)
    b.shape(
        [
            (0, -0.84),
            (0.4, -0.74),
            (0.6, -0.34),
            (0.46, 0.02),
            (0, 0.14),
            (-0.46, 0.02),
            (-0.6, -0.34),
            (-0.4, -0.74),
        ],
        coat,
        lift=2,
    )
    if panda:
        b.spot(0.26, -0.36, 0.15, 0.17, dark, both=True)
    b.spot(0, -0.1, 0.25, 0.19, b.pale)
    b.eyes(0.25, -0.38, 0.055, rgb("4a2f1c"))
    b.spot(0, -0.2, 0.1, 0.07, b.c.pal.ink)


def rabbit(b: Beast) -> None:
    """A rabbit with tall ears."""
    b.shape(
        [(0.08, -0.6), (0.12, -1.2), (0.26, -1.5), (0.38, -1.2), (0.34, -0.6)], b.coat, both=True
    )
    b.shape(
        [(0.16, -0.7), (0.19, -1.14), (0.26, -1.34), (0.31, -1.14), (0.28, -0.7)],
        mix(b.pale, rgb("e79a94"), 0.5),
        both=True,
    )
    b.shape(
        [(-0.34, 0.0), (0.34, 0.0), (0.58, 0.6), (0.46, 0.98), (-0.46, 0.98), (-0.58, 0.6)], b.coat
    )
    b.spot(0, 0.55, 0.27, 0.34, b.pale)
    b.shape(
        [
            (0, -0.74),
            (0.36, -0.64),
            (0.5, -0.26),
            (0.4, 0.06),
            (0, 0.18),
            (-0.4, 0.06),
            (-0.5, -0.26),
            (-0.36, -0.64),
        ],
        b.coat,
        lift=2,
    )
    b.spot(0.11, 0.0, 0.14, 0.11, b.pale, both=True)
    b.eyes(0.25, -0.27, 0.085, rgb("6b3f2a"))
    b.shape([(-0.06, -0.1), (0.06, -0.1), (0, -0.03)], rgb("d9827c"), sharp=True)
    b.spot(0.24, 0.95, 0.18, 0.09, b.pale, both=True)
