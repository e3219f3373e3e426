"""The last hand on a picture: what makes it print, paint, pixels or film."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance

from studio.providers._sketch.canvas import Canvas
from studio.providers._sketch.colour import WHITE, lightness, mix, saturate
from studio.providers._sketch.noise import Array, blur, fractal, smoothstep, to_image


def finish(c: Canvas) -> None:
    """Apply the style's finish in place."""
    np.clip(c.rgb, 0, 1, out=c.rgb)
    _FINISHES[c.style](c)
    np.clip(c.rgb, 0, 1, out=c.rgb)


def _soft(c: Canvas) -> None:
    bloom = blur(np.clip(c.rgb - 0.55, 0, 1) * 1.6, c.u * 0.02)
    c.rgb += (1 - c.rgb) * bloom * 0.3
    c.rgb[:] = _curve(c.rgb, 0.35)
    vignette(c, 0.3)


def _curve(picture: Array, amount: float) -> Array:
    """A gentle S curve."""
    bent = picture * picture * (3 - 2 * picture)
    return np.asarray(picture + (bent - picture) * amount, dtype=np.float32)


def vignette(c: Canvas, amount: float) -> None:
    """Darken the corners."""
    across = np.linspace(-1, 1, c.w, dtype=np.float32)[None, :] ** 2
    down = np.linspace(-1, 1, c.h, dtype=np.float32)[:, None] ** 2
    fall = smoothstep(0.55, 2.0, across + down) * np.float32(amount)
    c.rgb *= (1 - fall)[..., None]


def _watercolour(c: Canvas) -> None:
    width, height = c.w, c.h
    cells = 18
    push_x = (fractal(c.tooth, width, height, cells, 4) - 0.5) * c.u * 0.022
    push_y = (fractal(c.tooth, width, height, cells, 4) - 0.5) * c.u * 0.022
    at_x = np.clip(np.arange(width)[None, :] + push_x, 0, width - 1).astype(np.int32)
    at_y = np.clip(np.arange(height)[:, None] + push_y, 0, height - 1).astype(np.int32)
    picture = c.rgb[at_y, at_x]
    tone = lightness(blur(picture, 1.2))
    edges = np.abs(tone - blur(tone, c.u * 0.006))
    picture = picture * (1 - np.clip(edges * 2.2, 0, 0.35))[..., None]
    cloud = fractal(c.tooth, width, height, 4, 5)
    pigment = 0.8 + 0.14 * c.grain() + 0.16 * (0.5 - cloud)
    paper = mix(c.pal.paper, WHITE, 0.4)
    stain = 1 - (1 - np.clip(picture * 1.04, 0, 1)) * np.clip(pigment, 0, 1)[..., None]
    frame = _deckle(c, cloud)
    c.rgb[:] = paper + (stain - WHITE * 0 - paper) * frame[..., None]
    c.rgb *= (1 + _tooth(c, 0.035))[..., None]


def _deckle(c: Canvas, cloud: Array) -> Array:
    """Where paint reached: an uneven edge that leaves a margin of paper."""
    across = np.minimum(np.arange(c.w), np.arange(c.w)[::-1]).astype(np.float32)[None, :]
    down = np.minimum(np.arange(c.h), np.arange(c.h)[::-1]).astype(np.float32)[:, None]
    edge = np.minimum(across, down) / c.u + (cloud - 0.5) * 0.05 + c.grain() * 0.03
    return smoothstep(0.032, 0.044, edge.astype(np.float32))


def _tooth(c: Canvas, amount: float) -> Array:
    """Embossed paper texture around 0."""
    grain = c.grain()
    bump = grain - np.roll(grain, (1, 1), axis=(0, 1))
    return np.asarray(np.clip(bump * 9, -1, 1) * amount + grain * amount * 0.6, dtype=np.float32)


def _poster(c: Canvas) -> None:
    tone = lightness(c.rgb)
    c.rgb[:] = saturate(c.rgb, 1.12)
    spacing = max(3.0, c.u / 150)
    across, down = (
        np.arange(c.w, dtype=np.float32)[None, :],
        np.arange(c.h, dtype=np.float32)[:, None],
    )
    dots = (
        np.sin((across + down) * 2.2 / spacing) * np.sin((across - down) * 2.2 / spacing) + 1
    ) / 2
    shade = smoothstep(-0.08, 0.08, np.clip(0.42 - tone, 0, 1) * 1.3 - dots)
    c.rgb += (c.pal.ink - c.rgb) * (shade * 0.28)[..., None]
    worn = smoothstep(0.68, 0.86, fractal(c.tooth, c.w, c.h, 110, 2))
    c.rgb += (c.pal.paper - c.rgb) * (worn * 0.22)[..., None]
    _border(c, 0.035)


def _border(c: Canvas, part: float) -> None:
    edge = int(c.u * part)
    if edge:
        c.rgb[:edge] = c.rgb[-edge:] = c.pal.paper
        c.rgb[:, :edge] = c.rgb[:, -edge:] = c.pal.paper


def _ink(c: Canvas) -> None:
    picture = c.rgb.copy()
    tone = np.clip(lightness(picture), 0, 1)
    low = np.float32(np.percentile(tone, 2))
    high = np.float32(np.percentile(tone, 97))
    tone = np.clip((tone - low) / max(float(high - low), 0.05), 0, 1)
    across, down = (
        np.arange(c.w, dtype=np.float32)[None, :],
        np.arange(c.h, dtype=np.float32)[:, None],
    )
    wander = c.grain() * c.u * 0.012
    gap = max(3.2, c.u / 170)
    paper = mix(c.pal.paper, WHITE, 0.3)
    black = np.zeros_like(tone)
    for limit, a, b in ((0.62, 0.75, 1.0), (0.4, 1.0, -0.7), (0.2, 0.15, 1.0)):
        wave = (np.sin((across * a + down * b + wander) * 2 * np.pi / gap / 1.25) + 1) / 2
        width = np.clip((limit - tone) / 0.42, 0, 0.62)
        black = np.maximum(black, smoothstep(-0.14, 0.14, (width - wave).astype(np.float32)))
    lines = np.clip(c.line[..., 0] * 1.3 * (0.92 + c.grain()), 0, 1)
    drawn = np.maximum(black * 0.82, lines)
    wash = saturate(picture, 1.05)
    tint = paper + (wash - paper) * (0.3 + 0.12 * c.grain()[..., None])
    c.rgb[:] = tint + (c.pal.ink - tint) * drawn[..., None]
    c.rgb *= (1 + _tooth(c, 0.02))[..., None]


def _neon(c: Canvas) -> None:
    dark = c.rgb * (0.22 + 0.25 * lightness(c.rgb)[..., None])
    c.rgb[:] = dark + mix(c.pal.sky[0], c.pal.ink, 0.5) * 0.4
    tubes = np.clip(c.line * 1.25, 0, 1)
    halo = blur(tubes, c.u * 0.006) * 1.3 + blur(tubes, c.u * 0.022) * 1.5
    c.rgb += (1 - np.clip(c.rgb, 0, 1)) * np.clip(halo, 0, 1) * 0.85
    core = tubes.max(axis=2)[..., None]
    c.rgb += (tubes * 0.55 + core * 0.45 - c.rgb) * np.clip(core * 1.1, 0, 1)
    vignette(c, 0.45)


def _minimal(c: Canvas) -> None:
    c.rgb[:] = mix(c.pal.paper, WHITE, 0.1) * 0.1 + c.rgb * 0.9
    c.rgb *= (1 + _tooth(c, 0.012))[..., None]


def _papercut(c: Canvas) -> None:
    c.rgb *= (1 + _tooth(c, 0.035))[..., None]
    vignette(c, 0.22)


def _oil(c: Canvas) -> None:
    source = to_image(saturate(_curve(c.rgb, 0.35), 1.18))
    colours = np.asarray(source.reduce(2) if c.u > 200 else source)
    shrink = 2 if c.u > 200 else 1
    sheet, relief = source.copy(), Image.new("L", source.size, 128)
    pen, bump = ImageDraw.Draw(sheet), ImageDraw.Draw(relief)
    flow = fractal(c.tooth, c.w, c.h, 3, 2) * 6
    tone = lightness(blur(c.rgb, c.u * 0.012))
    dy, dx = np.gradient(tone, axis=0), np.gradient(tone, axis=1)
    for size, count in ((0.03, 1500), (0.016, 4200), (0.008, 6500)):
        _strokes(c, (pen, bump), (colours, shrink), (flow, dx, dy), size=c.u * size, count=count)
    paint = np.asarray(sheet, dtype=np.float32) / 255
    height = blur(np.asarray(relief, dtype=np.float32) / 255, 0.8)
    slope = (height - np.roll(height, (2, 2), axis=(0, 1))) * 0.34
    weave = _tooth(c, 0.02)
    c.rgb[:] = paint * (1 + slope + weave)[..., None] + np.clip(slope, 0, 1)[..., None] * 0.12
    vignette(c, 0.15)


def _strokes(
    c: Canvas, pens: tuple[ImageDraw.ImageDraw, ImageDraw.ImageDraw],
    source: tuple[Array, int], fields: tuple[Array, Array, Array], *, size: float, count: int,
) -> None:  # fmt: skip
    (colours, shrink), (flow, dx, dy) = source, fields
    count = int(count * min(1.6, c.w * c.h / c.u**2) * (0.5 + 0.6 * c.brief.detail))
    xs = c.tooth.integers(0, c.w, count)
    ys = c.tooth.integers(0, c.h, count)
    gx, gy = dx[ys, xs], dy[ys, xs]
    strong = np.hypot(gx, gy) * c.u > 0.9
    angle = np.where(strong, np.arctan2(gx, -gy), flow[ys, xs])
    if size < c.u * 0.012:
        keep = strong | (c.tooth.random(count) < 0.35)
        xs, ys, angle = xs[keep], ys[keep], angle[keep]
    long = size * c.tooth.uniform(0.9, 2.2, len(xs))
    rows, columns = (
        np.minimum(ys // shrink, colours.shape[0] - 1),
        np.minimum(xs // shrink, colours.shape[1] - 1),
    )
    tint = colours[rows, columns].astype(np.float32) * c.tooth.uniform(
        0.93, 1.07, (len(xs), 1)
    ) + c.tooth.normal(0, 5, (len(xs), 3))
    tints = np.clip(tint, 0, 255).astype(int).tolist()
    heights = c.tooth.integers(70, 190, len(xs)).tolist()
    ex, ey = np.cos(angle) * long, np.sin(angle) * long
    nx, ny = -np.sin(angle) * size * 0.36, np.cos(angle) * size * 0.36
    corners = np.stack(
        [
            xs - ex,
            ys - ey,
            xs - ex * 0.6 + nx,
            ys - ey * 0.6 + ny,
            xs + ex * 0.7 + nx,
            ys + ey * 0.7 + ny,
            xs + ex,
            ys + ey,
            xs + ex * 0.7 - nx,
            ys + ey * 0.7 - ny,
            xs - ex * 0.6 - nx,
            ys - ey * 0.6 - ny,
        ],
        axis=1,
    ).tolist()
    pen, bump = pens
    for spot, colour, level in zip(corners, tints, heights, strict=True):
        pen.polygon(spot, fill=tuple(colour))
        bump.polygon(spot, fill=level)


def _pixel(c: Canvas) -> None:
    long = int(112 + 80 * c.brief.detail)
    scale = long / max(c.w, c.h)
    size = (max(8, int(c.w * scale)), max(8, int(c.h * scale)))
    source = to_image(saturate(_curve(c.rgb, 0.5), 1.2)).resize(size, Image.Resampling.BOX)
    bayer = np.array(
        [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], dtype=np.float32
    )
    tile = np.tile(bayer / 16 - 0.47, (size[1] // 4 + 1, size[0] // 4 + 1))[: size[1], : size[0]]
    dithered = np.asarray(source, dtype=np.float32) + tile[..., None] * 22
    small = Image.fromarray(np.clip(dithered, 0, 255).astype(np.uint8))
    chosen = source.quantize(28, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    flat = small.quantize(palette=chosen, dither=Image.Dither.NONE).convert("RGB")
    c.rgb[:] = np.asarray(flat.resize((c.w, c.h), Image.Resampling.NEAREST), dtype=np.float32) / 255


def _vintage(c: Canvas) -> None:
    faded = saturate(c.rgb, 0.62) * 0.8 + 0.11
    warm, cool = np.array([1.06, 0.98, 0.82], np.float32), np.array([0.92, 1.0, 0.98], np.float32)
    tone = lightness(faded)[..., None]
    c.rgb[:] = faded * (cool + (warm - cool) * tone)
    leak = blur(smoothstep(0.62, 0.95, fractal(c.tooth, c.w, c.h, 1.6, 2)), c.u * 0.06)
    c.rgb += (1 - c.rgb) * (leak * 0.28)[..., None] * np.array([1.0, 0.55, 0.25], np.float32)
    specks = smoothstep(0.8, 0.84, fractal(c.tooth, c.w, c.h, 150, 1))
    c.rgb += (c.pal.paper - c.rgb) * (specks * 0.3)[..., None]
    vignette(c, 0.45)
    c.rgb *= (1 + _tooth(c, 0.03))[..., None]
    _border(c, 0.045)


def _isometric(c: Canvas) -> None:
    enhanced = ImageEnhance.Color(to_image(c.rgb)).enhance(1.08)
    c.rgb[:] = np.asarray(enhanced, dtype=np.float32) / 255
    vignette(c, 0.16)


_FINISHES = {
    "soft": _soft, "watercolour": _watercolour, "poster": _poster, "ink": _ink, "neon": _neon,
    "minimal": _minimal, "papercut": _papercut, "oil": _oil, "pixel": _pixel,
    "vintage": _vintage, "isometric": _isometric,
}  # fmt: skip
