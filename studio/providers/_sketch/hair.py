"""Hair and what is worn on a head: beards, glasses, hats."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.faces import Head
from studio.providers._sketch.forms import facing
from studio.providers._sketch.noise import Array

HAIRS = ("2b1c16", "5a3521", "8c5a2f", "c98f45", "a3402a", "1a1a22", "6b4a86")


def hair_behind(c: Canvas, head: Head, kind: str) -> None:
    """The hair that falls behind the face."""
    shapes: dict[str, list[Point]] = {
        "long": [
            (0, -0.86),
            (0.5, -0.72),
            (0.68, -0.2),
            (0.66, 0.4),
            (0.78, 1.0),
            (0.5, 1.3),
            (0, 1.2),
            (-0.5, 1.3),
            (-0.78, 1.0),
            (-0.66, 0.4),
            (-0.68, -0.2),
            (-0.5, -0.72),
        ],
        "bob": [
            (0, -0.84),
            (0.46, -0.72),
            (0.66, -0.2),
            (0.66, 0.3),
            (0.54, 0.56),
            (0.2, 0.5),
            (-0.2, 0.5),
            (-0.54, 0.56),
            (-0.66, 0.3),
            (-0.66, -0.2),
            (-0.46, -0.72),
        ],
    }
    if kind in shapes:
        c.fill(c.outline(head.shape(shapes[kind])), head.hair * 0.8, head.hair * 0.6, lift=1.5)
    if kind == "bun":
        c.fill(
            c.disc(head.x, head.y - head.size * 0.92, head.size * 0.27, head.size * 0.24),
            head.hair,
            head.hair * 0.75,
        )
    if kind == "curly":
        rng = c.brief.rng("curls")
        turns, far = rng.uniform(2.6, 6.8, 52), rng.uniform(0.2, 0.62, 52)
        spots = [
            (np.cos(a) * f * 1.06, np.sin(a) * f * 1.1 - 0.28)
            for a, f in zip(turns, far, strict=True)
        ]
        blobs = [
            ellipse(
                head.x + head.size * float(px),
                head.y + head.size * float(py),
                head.size * float(rng.uniform(0.13, 0.22)),
            )
            for px, py in spots
        ]
        c.fill(c.cover(blobs), head.hair * 0.85, head.hair * 0.65)


def hair_front(c: Canvas, head: Head, kind: str) -> None:
    """The hair over the forehead, with a lit strand."""
    fringe: dict[str, list[Point]] = {
        "short": [
            (-0.53, 0.0),
            (-0.58, -0.42),
            (-0.36, -0.8),
            (0.06, -0.88),
            (0.42, -0.76),
            (0.58, -0.4),
            (0.53, 0.0),
            (0.47, -0.26),
            (0.3, -0.46),
            (-0.06, -0.4),
            (-0.36, -0.5),
            (-0.47, -0.24),
        ],
        "part": [
            (-0.52, 0.2),
            (-0.6, -0.36),
            (-0.4, -0.76),
            (0.02, -0.88),
            (0.42, -0.76),
            (0.6, -0.36),
            (0.52, 0.22),
            (0.46, -0.1),
            (0.34, -0.38),
            (0.12, -0.6),
            (-0.16, -0.4),
            (-0.4, -0.24),
            (-0.47, 0.0),
        ],
        "curls": [
            (-0.5, -0.1),
            (-0.62, -0.42),
            (-0.3, -0.84),
            (0.1, -0.9),
            (0.48, -0.74),
            (0.6, -0.36),
            (0.5, -0.1),
            (0.44, -0.34),
            (0.24, -0.46),
            (0.06, -0.38),
            (-0.16, -0.48),
            (-0.4, -0.34),
        ],
    }
    shape = fringe["short" if kind == "short" else "curls" if kind == "curly" else "part"]
    flip = facing(c, head.x) < 0
    c.fill(
        c.outline(head.shape(shape, flip=flip)), mix(head.hair, c.pal.sun, 0.08), head.hair * 0.8
    )
    strand = [(0.14, -0.8), (0.38, -0.68), (0.5, -0.38), (0.42, -0.5), (0.3, -0.64)]
    c.fill(
        c.outline(head.shape(strand, flip=flip)),
        mix(head.hair, c.pal.sun, 0.45),
        alpha=0.6,
        lines=False,
    )


def beard(c: Canvas, head: Head) -> None:
    """A full beard."""
    shape = [
        (-0.48, 0.05),
        (-0.42, 0.3),
        (-0.2, 0.32),
        (0, 0.29),
        (0.2, 0.32),
        (0.42, 0.3),
        (0.48, 0.05),
        (0.46, 0.55),
        (0.24, 0.92),
        (0, 1.0),
        (-0.24, 0.92),
        (-0.46, 0.55),
    ]
    c.fill(c.outline(head.shape(shape)), head.hair, head.hair * 0.72)
    c.fill(
        c.outline(head.shape([(-0.13, 0.44), (0, 0.42), (0.13, 0.44), (0, 0.49)])),
        rgb("9c4a42"),
        lines=False,
    )


def glasses(c: Canvas, head: Head) -> None:
    """Round glasses."""
    frame = mix(c.pal.ink, c.pal.accents[1], 0.2)
    for side in (-1, 1):
        x, y, radius = head.x + side * head.size * 0.23, head.y, head.size * 0.185
        ring = [*ellipse(x, y, radius), *ellipse(x, y, radius * 0.84)[::-1]]
        c.fill(c.disc(x, y, radius * 0.86), WHITE, alpha=0.2, lines=False)
        c.fill(c.outline(ring), frame)
    bar = box(
        head.x - head.size * 0.06,
        head.y - head.size * 0.05,
        head.x + head.size * 0.06,
        head.y - head.size * 0.02,
    )
    c.fill(c.outline(bar), frame)


def hat(c: Canvas, head: Head, tone: Array) -> None:
    """A brimmed hat with a band, or a knitted cap."""
    knit = c.brief.said("cap", "beanie", "fisherman")
    crown = [
        (-0.56, -0.34),
        (-0.54, -0.78),
        (-0.3, -1.12),
        (0, -1.18),
        (0.3, -1.12),
        (0.54, -0.78),
        (0.56, -0.34),
        (0, -0.42),
    ]
    c.fill(c.outline(head.shape(crown)), mix(tone, c.pal.sun, 0.12), tone * 0.8, lift=2)
    if knit:
        c.fill(
            c.outline(
                head.shape(
                    [
                        (-0.62, -0.3),
                        (-0.6, -0.54),
                        (0, -0.62),
                        (0.6, -0.54),
                        (0.62, -0.3),
                        (0, -0.38),
                    ]
                )
            ),
            tone * 0.75,
        )
        return
    c.fill(
        c.outline(
            head.shape(
                [(-0.55, -0.4), (-0.55, -0.6), (0, -0.66), (0.55, -0.6), (0.55, -0.4), (0, -0.46)]
            )
        ),
        tone * 0.5,
    )
    c.fill(
        c.outline(
            head.shape(
                [
                    (-0.98, -0.26),
                    (-0.5, -0.46),
                    (0, -0.5),
                    (0.5, -0.46),
                    (0.98, -0.26),
                    (0.5, -0.32),
                    (0, -0.34),
                    (-0.5, -0.32),
                ]
            )
        ),
        tone,
        tone * 0.7,
        lift=2,
    )
