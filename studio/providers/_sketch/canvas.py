"""The canvas: anti-aliased shapes, light and lines, laid down in the manner of a style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from studio.providers._sketch.colour import BLACK, light, lightness, mix
from studio.providers._sketch.noise import Array, blur, fractal
from studio.providers._sketch.words import Brief

Point = tuple[float, float]
FLAT = frozenset({"poster", "minimal", "papercut"})


@dataclass(frozen=True, slots=True)
class Patch:
    """A piece of coverage 0..1 whose upper left corner stands at (x, y)."""

    x: int
    y: int
    mask: Array

    def grid(self) -> tuple[Array, Array]:
        """Pixel coordinates on the canvas: a row of x and a column of y."""
        height, width = self.mask.shape
        across = np.arange(self.x, self.x + width, dtype=np.float32)[None, :]
        down = np.arange(self.y, self.y + height, dtype=np.float32)[:, None]
        return across, down


class Canvas:
    """A picture in the making, ``w`` × ``h`` pixels; ``u`` is its short side."""

    def __init__(self, width: int, height: int, brief: Brief) -> None:
        self.w, self.h, self.u = width, height, min(width, height)
        self.brief, self.style, self.pal = brief, brief.style, brief.palette
        self.rng = brief.rng("composition")
        self.tooth = brief.rng("texture")
        self.rgb: Array = np.zeros((height, width, 3), dtype=np.float32)
        self.rgb += self.pal.paper
        self.lined = self.style in {"ink", "neon"}
        self.line: Array = np.zeros((height, width, 3 if self.style == "neon" else 1), np.float32)
        self.sun: Point = (width * 0.7, height * 0.3)
        self._grain: Array | None = None

    # -- shapes -----------------------------------------------------------------------------

    def outline(self, points: Sequence[Point]) -> Patch | None:
        """Coverage of one polygon."""
        return self.cover([points])

    def cover(self, polygons: Sequence[Sequence[Point]]) -> Patch | None:
        """Coverage of several polygons together."""
        box = self._box([point for polygon in polygons for point in polygon])
        if box is None:
            return None
        x0, y0, x1, y1 = box
        fine = 3 if (x1 - x0) * (y1 - y0) < 200_000 else 2
        sheet = Image.new("L", ((x1 - x0) * fine, (y1 - y0) * fine))
        pen = ImageDraw.Draw(sheet)
        for polygon in polygons:
            if len(polygon) > 2:
                pen.polygon([((x - x0) * fine, (y - y0) * fine) for x, y in polygon], fill=255)
        return Patch(x0, y0, np.asarray(sheet.reduce(fine), dtype=np.float32) / 255)

    def below(self, ridge: Array, until: float | None = None) -> Patch | None:
        """Everything under a ridge line given as one y per column."""
        top = int(max(0, np.floor(float(ridge.min())) - 1))
        end = int(min(self.h, self.h if until is None else until))
        if top >= end:
            return None
        down = np.arange(top, end, dtype=np.float32)[:, None]
        return Patch(0, top, np.clip(down - ridge[None, :] + 0.5, 0, 1).astype(np.float32))

    def disc(self, cx: float, cy: float, rx: float, ry: float | None = None) -> Patch | None:
        """Coverage of an ellipse."""
        return self.outline(ellipse(cx, cy, rx, ry))

    def _box(self, points: Sequence[Point]) -> tuple[int, int, int, int] | None:
        if not points:
            return None
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        x0, y0 = max(0, int(min(xs)) - 1), max(0, int(min(ys)) - 1)
        x1, y1 = min(self.w, int(max(xs)) + 2), min(self.h, int(max(ys)) + 2)
        return None if x1 <= x0 or y1 <= y0 else (x0, y0, x1, y1)

    # -- paint ------------------------------------------------------------------------------

    def fill(
        self,
        patch: Patch | None,
        paint: Array,
        low: Array | None = None,
        *,
        alpha: float = 1.0,
        lines: bool = True,
        lift: float = 1.0,
    ) -> None:
        """Lay paint on a patch: a colour, a colour fading down to ``low``, or a painted array.

        Args:
            patch: Where; nothing happens without one.
            paint: A colour, or an array of the patch's size.
            low: The colour at the patch's lower edge.
            alpha: How much covers.
            lines: Whether drawn styles put a contour around it.
            lift: How far above the ground it floats where layers throw shadows.
        """
        if patch is None:
            return
        height, width = patch.mask.shape
        if low is not None:
            part = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
            paint = paint * (1 - part) + low * part
        if self.style in FLAT and paint.ndim == 3:
            paint = _flatten(paint, patch.mask, 0.3 if self.style == "poster" else 0.45)
        mask = patch.mask * np.float32(alpha)
        if self.style == "watercolour" and alpha > 0.5 and lines:
            mask, paint = self._wet(patch, paint)
        if self.style == "papercut" and lines and alpha > 0.9:
            self._shadow(patch, lift)
        area = self.rgb[patch.y : patch.y + height, patch.x : patch.x + width]
        area += (paint - area) * mask[..., None]
        if self.lined:
            self._contour(patch, paint, alpha if lines else 0.0)

    def glow(self, cx: float, cy: float, radius: float, colour: Array, strength: float) -> None:
        """Screen a soft light onto the picture."""
        reach = radius * 2.6
        x0, x1 = int(max(0, cx - reach)), int(min(self.w, cx + reach))
        y0, y1 = int(max(0, cy - reach)), int(min(self.h, cy + reach))
        if x1 <= x0 or y1 <= y0 or radius < 0.5:
            return
        across = ((np.arange(x0, x1, dtype=np.float32) - cx) / radius)[None, :]
        down = ((np.arange(y0, y1, dtype=np.float32) - cy) / radius)[:, None]
        power = np.exp(-1.6 * (across**2 + down**2)) * np.float32(strength)
        area = self.rgb[y0:y1, x0:x1]
        area += (1 - area) * power[..., None] * colour

    def shade(self, patch: Patch | None, amount: float, colour: Array = BLACK) -> None:
        """Darken (or tint) under a patch, without contour or texture."""
        if patch is not None:
            height, width = patch.mask.shape
            area = self.rgb[patch.y : patch.y + height, patch.x : patch.x + width]
            area += (area * (0.25 + 0.75 * colour) - area) * (patch.mask * amount)[..., None]

    def soft(self, patch: Patch | None, radius: float) -> Patch | None:
        """The same patch with a blurred edge, grown to hold it."""
        if patch is None:
            return None
        pad = int(radius * 2.5) + 1
        height, width = patch.mask.shape
        x0, y0 = max(0, patch.x - pad), max(0, patch.y - pad)
        x1, y1 = min(self.w, patch.x + width + pad), min(self.h, patch.y + height + pad)
        sheet = np.zeros((y1 - y0, x1 - x0), dtype=np.float32)
        sheet[patch.y - y0 : patch.y - y0 + height, patch.x - x0 : patch.x - x0 + width] = (
            patch.mask
        )
        return Patch(x0, y0, blur(sheet, radius))

    def shadow(self, cx: float, cy: float, rx: float, ry: float, amount: float) -> None:
        """A soft contact shadow on the ground."""
        self.shade(self.soft(self.disc(cx, cy, rx, ry), ry * 0.9), amount, self.pal.ink)

    def scatter(
        self, shapes: Sequence[tuple[Sequence[Point], Array]], *, alpha: float = 1.0
    ) -> None:
        """Many small shapes of their own colours in one pass."""
        box = self._box([point for polygon, _ in shapes for point in polygon])
        if box is None:
            return
        x0, y0, x1, y1 = box
        fine = 2
        size = ((x1 - x0) * fine, (y1 - y0) * fine)
        sheet, stencil = Image.new("RGB", size), Image.new("L", size)
        paint_pen, mask_pen = ImageDraw.Draw(sheet), ImageDraw.Draw(stencil)
        for polygon, colour in shapes:
            if len(polygon) > 2:
                spots = [((x - x0) * fine, (y - y0) * fine) for x, y in polygon]
                red, green, blue = (int(v * 255) for v in np.clip(colour, 0, 1))
                paint_pen.polygon(spots, fill=(red, green, blue))
                mask_pen.polygon(spots, fill=255)
        mask = np.asarray(stencil.reduce(fine), dtype=np.float32) / 255
        paint = np.asarray(sheet.reduce(fine), dtype=np.float32) / 255
        paint = paint / np.maximum(mask, 1e-3)[..., None]
        self.fill(Patch(x0, y0, mask), np.minimum(paint, 1), alpha=alpha, lines=self.lined)

    # -- manners ----------------------------------------------------------------------------

    def grain(self) -> Array:
        """The tooth of the paper, made once."""
        if self._grain is None:
            cells = 26 * max(0.4, self.u / 1024)
            self._grain = fractal(self.tooth, self.w, self.h, cells, 5) - 0.5
        return self._grain

    def _wet(self, patch: Patch, paint: Array) -> tuple[Array, Array]:
        height, width = patch.mask.shape
        cloud = self.grain()[patch.y : patch.y + height, patch.x : patch.x + width]
        radius = max(1.0, min(height, width, self.u * 0.2) * 0.035)
        rim = np.clip(patch.mask - blur(patch.mask, radius), 0, 1)
        density = np.clip(0.86 + cloud * 0.5, 0.35, 1) * patch.mask
        pigment = 1 - np.clip(0.55 * rim + np.maximum(cloud, 0) * 0.16, 0, 0.5)
        return density.astype(np.float32), np.asarray(paint * pigment[..., None], dtype=np.float32)

    def _shadow(self, patch: Patch, lift: float) -> None:
        drop = self.u * 0.012 * lift
        soft = self.soft(patch, max(1.0, drop * 0.9))
        if soft is None:
            return
        moved = Patch(soft.x + int(drop * 0.5), soft.y + int(drop * 0.55), soft.mask)
        height, width = min(moved.mask.shape[0], self.h - moved.y), moved.mask.shape[1]
        width = min(width, self.w - moved.x)
        if height > 0 and width > 0:
            self.shade(Patch(moved.x, moved.y, moved.mask[:height, :width]), 0.42, self.pal.ink)

    def _contour(self, patch: Patch, paint: Array, strength: float) -> None:
        height, width = patch.mask.shape
        area = self.line[patch.y : patch.y + height, patch.x : patch.x + width]
        area *= 1 - patch.mask[..., None]
        if strength <= 0.3:
            return
        reach = max(0.7, self.u / 900)
        inner = blur(patch.mask, reach)
        edge = np.clip(4.0 * inner * (1 - inner), 0, 1) ** 1.5 * strength
        edge[0, :] *= patch.y > 0
        if self.style == "ink":
            np.maximum(area, edge[..., None], out=area)
            return
        colour = paint if paint.ndim == 1 else paint.mean(axis=(0, 1))
        pick = self.pal.accents[int(light(colour) * 97) % 4]
        np.maximum(area, edge[..., None] * mix(pick, colour, 0.25), out=area)


def ellipse(
    cx: float, cy: float, rx: float, ry: float | None = None, turn: float = 0.0
) -> list[Point]:
    """The points of an ellipse (a circle without ``ry``), turned by ``turn`` radians."""
    ry = rx if ry is None else ry
    count = int(min(160, max(16, (abs(rx) + abs(ry)) * 0.7)))
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    x, y = np.cos(angle) * rx, np.sin(angle) * ry
    cos, sin = np.cos(turn), np.sin(turn)
    return list(
        zip((cx + x * cos - y * sin).tolist(), (cy + x * sin + y * cos).tolist(), strict=True)
    )


def box(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    """The corners of a rectangle."""
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def _flatten(paint: Array, mask: Array, step: float) -> Array:
    """Shading reduced to a few even tones, as a printer or a pair of scissors would."""
    weight = mask[..., None]
    mean = (paint * weight).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-3)
    tone = lightness(paint) / max(light(mean), 0.05)
    stepped = np.round((tone - 1) / step) * step * 0.8 + 1
    return np.asarray(np.clip(mean * stepped[..., None], 0, 1), dtype=np.float32)
