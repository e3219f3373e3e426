"""A place for an animal on the canvas, in the animal's own units."""

from __future__ import annotations

from collections.abc import Sequence

from studio.providers._sketch.canvas import Canvas, Point, ellipse
from studio.providers._sketch.colour import WHITE, mix
from studio.providers._sketch.forms import put, smooth
from studio.providers._sketch.noise import Array


class Beast:
    """A place on the canvas in which shapes are given in an animal's own units."""

    def __init__(self, c: Canvas, x: float, y: float, size: float, coat: Array) -> None:
        self.c, self.x, self.y, self.size = c, x, y, size
        self.coat = coat
        self.dark = mix(coat, c.pal.ink, 0.45)
        self.pale = mix(coat, mix(c.pal.paper, WHITE, 0.3), 0.72)
        self.flip = c.sun[0] < x

    def shape(
        self, points: Sequence[Point], paint: Array, *, sharp: bool = False, lift: float = 1.0,
        both: bool = False,
    ) -> None:  # fmt: skip
        """Fill a shape; ``both`` mirrors it to the other side as well."""
        outline = list(points) if sharp else smooth(points)
        for flip in {self.flip, not self.flip} if both else (self.flip,):
            patch = self.c.outline(put(outline, self.x, self.y, self.size, flip=flip))
            self.c.fill(patch, mix(paint, self.c.pal.sun, 0.08), paint * 0.82, lift=lift)

    def spot(
        self, x: float, y: float, rx: float, ry: float, paint: Array, *, both: bool = False
    ) -> None:
        """A plain ellipse."""
        for side in (-1, 1) if both else (-1 if self.flip else 1,):
            px = self.x + side * x * self.size
            self.c.fill(
                self.c.outline(ellipse(px, self.y + y * self.size, rx * self.size, ry * self.size)),
                paint,
            )

    def eyes(self, x: float, y: float, size: float, iris: Array) -> None:
        """Two eyes with a spark in each."""
        self.spot(x, y, size, size * 1.05, iris, both=True)
        self.spot(x, y, size * 0.6, size * 0.78, self.c.pal.ink, both=True)
        for side in (-1, 1):
            px = self.x + (side * x + size * 0.28) * self.size
            self.c.fill(
                self.c.disc(px, self.y + (y - size * 0.35) * self.size, size * 0.22 * self.size),
                WHITE,
                lines=False,
            )

    def shadow_side(self, points: Sequence[Point]) -> None:
        """Darken the half that the light does not reach."""
        away = put(smooth(points), self.x, self.y, self.size, flip=self.flip)
        self.c.shade(self.c.outline(away), 0.22, self.c.pal.ink)
