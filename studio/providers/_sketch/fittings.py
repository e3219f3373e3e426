"""What stands or hangs at a wall: shelves, pictures, a fireplace."""

from __future__ import annotations

from studio.providers._sketch.canvas import Canvas, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, rgb
from studio.providers._sketch.forms import put, smooth
from studio.providers._sketch.noise import Array


def shelves(c: Canvas, x: float, edge: float) -> None:
    """Shelves full of books."""
    wood = mix(c.pal.ink, rgb("7a4a28"), 0.7) * (0.7 if c.pal.dark else 1)
    half, top = c.u * 0.17, edge - c.u * 0.56
    c.fill(c.outline(box(x - half, top, x + half, edge)), wood * 0.62, wood * 0.5)
    rows = 5
    step = (edge - top) / rows
    books: list[tuple[list[Point], Array]] = []
    for row in range(rows):
        at, base = x - half * 0.94, top + step * (row + 1) - c.u * 0.008
        while at < x + half * 0.85:
            wide = c.u * float(c.rng.uniform(0.009, 0.022))
            tall = step * float(c.rng.uniform(0.55, 0.84))
            if c.rng.random() < 0.88:
                tone = mix(
                    c.pal.accents[int(c.rng.integers(0, 4))],
                    c.pal.ink,
                    float(c.rng.uniform(0.05, 0.45)),
                )
                books.append((box(at, base - tall, at + wide * 0.92, base), tone))
            at += wide
    c.scatter(books)
    for row in range(rows + 1):
        y = top + step * row
        c.fill(
            c.outline(box(x - half * 1.03, y - c.u * 0.008, x + half * 1.03, y + c.u * 0.004)),
            wood,
            lines=False,
        )


def pictures(c: Canvas, x: float, y: float, wall: Array) -> None:
    """Framed pictures on the wall."""
    for shift, size in ((0.0, 0.075), (0.15, 0.05)):
        px, half = x - shift * c.u, size * c.u
        frame = mix(c.pal.ink, rgb("7a4a28"), 0.4)
        c.fill(
            c.outline(box(px - half, y - half * 1.3, px + half, y + half * 1.3)), frame, lift=1.3
        )
        c.fill(
            c.outline(box(px - half * 0.9, y - half * 1.2, px + half * 0.9, y + half * 1.2)),
            mix(c.pal.paper, wall, 0.15),
            lift=0.3,
        )
        c.fill(c.disc(px, y - half * 0.25, half * 0.42), c.pal.accents[0], lift=0.3)
        hill = smooth([(-0.75, 0.4), (-0.2, 0.1), (0.3, 0.45), (0.75, 0.2)], closed=False)
        c.fill(
            c.outline(put([*hill, (0.75, 1.0), (-0.75, 1.0)], px, y, half)),
            c.pal.accents[2],
            lift=0.3,
        )


def fireplace(c: Canvas, x: float, edge: float) -> None:
    """A fireplace with a burning fire."""
    stone = mix(c.pal.paper, c.pal.land[0], 0.4) * (0.5 if c.pal.dark else 0.95)
    half, tall = c.u * 0.17, c.u * 0.3
    c.fill(c.outline(box(x - half, edge - tall, x + half, edge)), stone, stone * 0.85)
    c.fill(
        c.outline(box(x - half * 1.15, edge - tall * 1.08, x + half * 1.15, edge - tall)),
        mix(stone, WHITE, 0.3),
        lift=1.5,
    )
    c.fill(
        c.outline(box(x - half * 0.66, edge - tall * 0.72, x + half * 0.66, edge)), c.pal.ink * 0.7
    )
    flame = smooth(
        [
            (0, -1),
            (0.3, -0.5),
            (0.42, -0.15),
            (0.25, 0.05),
            (-0.25, 0.05),
            (-0.42, -0.15),
            (-0.2, -0.55),
        ]
    )
    c.glow(x, edge - tall * 0.2, half * 1.1, rgb("ff8a3a"), 0.8)
    for shift, size, tone in (
        (-0.24, 0.36, "e0592a"),
        (0.24, 0.4, "e0592a"),
        (0.0, 0.55, "f28a34"),
        (0.02, 0.34, "ffd27a"),
    ):
        c.fill(c.outline(put(flame, x + shift * half, edge - tall * 0.06, tall * size)), rgb(tone))
    for turn in (-0.15, 0.2):
        c.fill(
            c.outline(put(ellipse(0, 0, 0.5, 0.07), x, edge - tall * 0.06, half, turn=turn)),
            rgb("5b3a24"),
        )
