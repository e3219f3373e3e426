"""Animals seen from their side: deer, wolf, big cats, whale, fish, birds."""

from __future__ import annotations

from studio.providers._sketch.beast import Beast
from studio.providers._sketch.canvas import Point
from studio.providers._sketch.colour import WHITE, mix, rgb


def deer(b: Beast) -> None:
    """A standing stag."""
    antler: list[Point] = [
        (0.42, -0.78),
        (0.4, -1.08),
        (0.24, -1.24),
        (0.26, -1.28),
        (0.42, -1.16),
        (0.44, -1.36),
        (0.49, -1.36),
        (0.48, -1.14),
        (0.64, -1.28),
        (0.67, -1.25),
        (0.48, -1.02),
        (0.48, -0.78),
    ]
    for shift, tone in ((0.09, b.dark * 0.8), (0.0, b.dark)):
        b.shape([(x + shift, y + shift * 0.3) for x, y in antler], tone, sharp=True)
    for x, tone in ((-0.5, b.dark), (0.24, b.dark), (-0.62, b.coat), (0.36, b.coat)):
        b.shape(
            [
                (x - 0.08, 0.3),
                (x + 0.08, 0.3),
                (x + 0.04, 0.62),
                (x + 0.045, 1.0),
                (x - 0.045, 1.0),
                (x - 0.05, 0.62),
            ],
            tone,
            sharp=True,
        )
    b.shape(
        [
            (-0.72, -0.06),
            (-0.4, -0.14),
            (0.1, -0.1),
            (0.28, -0.4),
            (0.34, -0.72),
            (0.5, -0.8),
            (0.66, -0.66),
            (0.86, -0.52),
            (0.84, -0.42),
            (0.6, -0.42),
            (0.54, -0.1),
            (0.46, 0.3),
            (0.1, 0.4),
            (-0.5, 0.38),
            (-0.74, 0.26),
        ],
        b.coat,
        lift=2,
    )
    b.shape([(0.3, -0.74), (0.1, -0.84), (0.2, -0.68), (0.36, -0.64)], b.dark)
    b.shape([(-0.72, -0.02), (-0.84, 0.02), (-0.82, 0.2), (-0.72, 0.14)], b.pale)
    b.shape([(-0.4, 0.34), (0.3, 0.34), (0.2, 0.42), (-0.3, 0.42)], b.pale)
    b.spot(0.56, -0.64, 0.03, 0.035, b.c.pal.ink)
    b.spot(0.85, -0.48, 0.035, 0.035, b.c.pal.ink)
    for x, y in ((-0.5, 0.0), (-0.3, 0.1), (-0.1, 0.0), (-0.56, 0.18), (-0.06, 0.2)):
        b.spot(x, y, 0.035, 0.03, b.pale)


def wolf(b: Beast) -> None:
    """A wolf that howls."""
    b.shape([(-0.5, 0.7), (-0.9, 0.86), (-1.1, 0.6), (-0.96, 0.98), (-0.4, 1.0)], b.dark)
    b.shape(
        [
            (-0.56, 0.98),
            (-0.6, 0.4),
            (-0.36, -0.1),
            (0.0, -0.5),
            (0.12, -0.74),
            (0.3, -0.84),
            (0.56, -1.2),
            (0.64, -1.14),
            (0.52, -0.7),
            (0.36, -0.42),
            (0.36, 0.1),
            (0.3, 0.98),
        ],
        b.coat,
        lift=2,
    )
    b.shape([(0.1, -0.72), (-0.16, -0.86), (0.02, -0.6)], b.dark, sharp=True)
    b.shape(
        [(0.5, -0.66), (0.36, -0.42), (0.38, 0.1), (0.26, 0.5), (0.18, 0.1), (0.24, -0.4)], b.pale
    )
    b.shape([(-0.5, 0.98), (-0.5, 0.62), (-0.26, 0.5), (-0.04, 0.7), (-0.04, 0.98)], b.dark)
    b.spot(0.3, -0.76, 0.03, 0.018, b.c.pal.ink)
    b.spot(0.6, -1.17, 0.045, 0.04, b.c.pal.ink)


def tiger(b: Beast) -> None:
    """The face of a tiger, or of a lion with its mane."""
    lion = b.c.brief.said("lion")
    if lion:
        for part, tone in ((1.0, b.dark), (0.86, mix(b.dark, b.coat, 0.45))):
            mane = [
                (0, -1.0),
                (0.3, -0.88),
                (0.62, -0.8),
                (0.78, -0.48),
                (0.98, -0.2),
                (0.86, 0.16),
                (0.86, 0.5),
                (0.52, 0.72),
                (0.3, 1.0),
                (0, 0.92),
            ]
            full = mane + [(-x, y) for x, y in mane[-2:0:-1]]
            b.shape([(x * part, y * part) for x, y in full], tone)
    b.spot(0.46, -0.66, 0.17, 0.17, b.coat, both=True)
    b.spot(0.46, -0.65, 0.09, 0.09, b.dark, both=True)
    b.shape(
        [
            (0, -0.76),
            (0.42, -0.66),
            (0.64, -0.2),
            (0.56, 0.3),
            (0.24, 0.66),
            (0, 0.72),
            (-0.24, 0.66),
            (-0.56, 0.3),
            (-0.64, -0.2),
            (-0.42, -0.66),
        ],
        b.coat,
        lift=2,
    )
    b.spot(0.17, 0.36, 0.23, 0.19, b.pale, both=True)
    b.spot(0, 0.58, 0.16, 0.12, b.pale)
    b.shape(
        [(-0.1, -0.5), (0.1, -0.5), (0.15, 0.14), (0, 0.24), (-0.15, 0.14)],
        mix(b.coat, b.pale, 0.3),
    )
    b.spot(0.28, -0.2, 0.14, 0.11, b.pale, both=True)
    b.eyes(0.27, -0.17, 0.09, rgb("e0b23c"))
    b.shape([(-0.14, 0.14), (0.14, 0.14), (0, 0.29)], rgb("c77468"), sharp=True)
    if lion:
        return
    for stripe in ([(0, -0.74), (0.05, -0.6), (0, -0.46), (-0.05, -0.6)],):
        b.shape(stripe, b.c.pal.ink)
    for y, long in ((-0.62, 0.2), (-0.5, 0.16), (0.0, 0.24), (0.16, 0.22), (0.32, 0.18)):
        edge = 0.3 if y < -0.3 else 0.62
        b.shape(
            [(edge, y - 0.04), (edge - long, y + 0.06), (edge, y + 0.05)],
            b.c.pal.ink,
            sharp=True,
            both=True,
        )


def bird(b: Beast) -> None:
    """A bird on a twig; a long bill where it is a hummingbird or a kingfisher."""
    accent = b.c.pal.accents[1]
    b.shape(
        [
            (-1.3, 0.5),
            (-0.4, 0.6),
            (0.5, 0.56),
            (1.3, 0.4),
            (1.3, 0.46),
            (0.5, 0.65),
            (-0.4, 0.7),
            (-1.3, 0.58),
        ],
        mix(b.c.pal.ink, rgb("6b4a30"), 0.5),
    )
    b.shape([(-0.4, 0.3), (-0.9, 0.72), (-1.02, 1.0), (-0.84, 0.98), (-0.3, 0.5)], b.dark)
    body: list[Point] = [
        (0.5, -0.74),
        (0.74, -0.54),
        (0.7, -0.16),
        (0.6, 0.24),
        (0.2, 0.56),
        (-0.3, 0.5),
        (-0.5, 0.24),
        (-0.2, -0.2),
        (0.08, -0.52),
        (0.24, -0.72),
    ]
    b.shape(body, b.coat, lift=2)
    b.shape(
        [
            (0.72, -0.36),
            (0.7, -0.1),
            (0.58, 0.24),
            (0.2, 0.55),
            (-0.06, 0.5),
            (0.3, 0.1),
            (0.46, -0.3),
        ],
        mix(accent, b.pale, 0.25),
    )
    b.shape(
        [(0.16, -0.3), (0.24, 0.04), (-0.1, 0.36), (-0.7, 0.6), (-0.5, 0.2), (-0.16, -0.2)],
        b.dark,
        lift=1.5,
    )
    for step in range(3):
        b.shape(
            [
                (0.1 - step * 0.16, -0.02 + step * 0.13),
                (-0.3 - step * 0.1, 0.32 + step * 0.08),
                (0.06 - step * 0.16, 0.06 + step * 0.12),
            ],
            mix(b.coat, b.pale, 0.3),
            sharp=True,
        )
    _head_of_bird(b)


def _head_of_bird(b: Beast) -> None:
    """Bill and eye."""
    long = 0.5 if b.c.brief.said("hummingbird", "kingfisher") else 0.2
    b.shape(
        [(0.7, -0.58), (0.74 + long, -0.5), (0.7, -0.44)],
        mix(b.c.pal.ink, rgb("e0962e"), 0.4),
        sharp=True,
    )
    b.spot(0.5, -0.54, 0.07, 0.07, b.pale)
    b.spot(0.51, -0.54, 0.045, 0.05, b.c.pal.ink)
    b.spot(0.53, -0.56, 0.014, 0.014, WHITE)
