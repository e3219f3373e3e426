"""Skies and what hangs in them, and water that mirrors them."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Patch, ellipse
from studio.providers._sketch.colour import WHITE, mix, ramp, with_light
from studio.providers._sketch.noise import Array, blur, fractal, normalise, resize, smoothstep


def sky(c: Canvas, horizon: float, *, clouds: float = 0.5, orb: str = "auto") -> None:
    """Paint the sky down to ``horizon`` (pixels); ``orb`` is auto, sun, moon or none."""
    down: Array = np.linspace(0, c.h / max(horizon, 1), c.h, dtype=np.float32)
    if c.style in {"poster", "papercut"}:
        bands = 7 if c.style == "poster" else 5
        down = np.floor(np.clip(down, 0, 0.999) * bands) / (bands - 1)
    c.rgb[:] = ramp(c.pal.sky, np.clip(down, 0, 1))[:, None, :]
    if c.style == "watercolour":
        wash = c.grain()[..., None]
        c.rgb += (WHITE - c.rgb) * np.clip(0.16 + wash * 0.55, 0, 0.7)
    at_night = c.pal.dark
    if (at_night or c.brief.has("stars")) and c.style != "minimal":
        stars(c, horizon, 1.0 if c.brief.has("stars") else 0.5)
    if c.brief.has("aurora"):
        aurora(c, horizon)
    _orb(c, horizon, orb, at_night)
    if clouds > 0 and c.style not in {"minimal", "ink", "papercut", "poster"}:
        cloud_bank(c, horizon, clouds)
    if c.brief.has("clouds") and c.style in {"papercut", "poster", "ink", "minimal"}:
        puffs(c, horizon)


def _orb(c: Canvas, horizon: float, orb: str, at_night: bool) -> None:
    if orb == "none":
        return
    moon = orb == "moon" or (orb == "auto" and (c.brief.has("moon") or at_night))
    x = c.w * c.rng.choice([c.rng.uniform(0.18, 0.4), c.rng.uniform(0.6, 0.82)])
    low = c.pal.name in {"sunset", "dawn", "dusk", "autumn"} and not moon
    y = horizon * (c.rng.uniform(0.62, 0.9) if low else c.rng.uniform(0.2, 0.5))
    c.sun = (float(x), float(y))
    flat = c.style in {"poster", "minimal", "papercut", "ink", "neon"}
    radius = c.u * c.rng.uniform(0.035, 0.055) * (2.6 if flat and not moon else 1.0)
    radius *= 1.6 if moon else 1.0
    if moon:
        draw_moon(c, c.sun[0], c.sun[1], radius)
        return
    if c.style in {"papercut", "poster"}:
        for ring in (2.1, 1.55):
            c.fill(c.disc(*c.sun, radius * ring), mix(c.pal.sky[2], c.pal.sun, 0.3), alpha=0.35)
    c.glow(*c.sun, radius * 9, mix(c.pal.sky[3], c.pal.sun, 0.4), 0.55)
    if c.style == "neon":
        _striped_sun(c, c.sun[0], c.sun[1], radius * 1.7)
        return
    flat_sun = mix(c.pal.sun, c.pal.accents[0], 0.25) if flat else c.pal.sun
    c.fill(c.disc(*c.sun, radius), flat_sun, lines=flat)
    c.glow(*c.sun, radius * 2.4, c.pal.sun, 0.7)


def _striped_sun(c: Canvas, x: float, y: float, radius: float) -> None:
    patch = c.disc(x, y, radius)
    if patch is None:
        return
    _, down = patch.grid()
    part = (down - (y - radius)) / (2 * radius)
    gaps = (np.sin(part * 58) > (1.25 - part * 1.5)).astype(np.float32)
    keep = Patch(patch.x, patch.y, patch.mask * (1 - gaps))
    hot = ramp([c.pal.accents[2], c.pal.accents[0]], np.broadcast_to(part, patch.mask.shape))
    c.fill(keep, hot, lines=False)
    c.glow(x, y, radius * 1.5, c.pal.accents[0], 0.5)


def draw_moon(c: Canvas, x: float, y: float, radius: float) -> None:
    """A moon with seas and a halo."""
    c.glow(x, y, radius * 5, mix(c.pal.sky[3], WHITE, 0.3), 0.45)
    patch = c.disc(x, y, radius)
    if patch is None:
        return
    height, width = patch.mask.shape
    seas = smoothstep(0.45, 0.75, fractal(c.tooth, width, height, 3, 4))
    across, down = patch.grid()
    limb = np.clip(((across - x) * 0.5 + (down - y) * 0.3) / radius, -1, 1)
    pale = mix(c.pal.sun, WHITE, 0.4)
    tone = 1 - 0.16 * seas - 0.12 * np.clip(limb, 0, 1)
    c.fill(patch, np.asarray(pale * tone[..., None], dtype=np.float32))
    c.glow(x, y, radius * 1.7, pale, 0.25)


def stars(c: Canvas, horizon: float, density: float) -> None:
    """Stars of many sizes, fading toward the horizon, with a faint band across."""
    band = fractal(c.tooth, c.w // 2 + 1, c.h // 2 + 1, 2.2, 5)
    across = np.linspace(-1, 1, c.w // 2 + 1, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, c.h // 2 + 1, dtype=np.float32)[:, None]
    tilt = float(c.rng.uniform(-0.9, 0.9))
    river = np.exp(-(((down + 0.35 + across * tilt) * 2.6) ** 2)) * smoothstep(0.3, 0.9, band)
    veil = resize(river.astype(np.float32), c.w, c.h) * np.float32(0.55 * density)
    c.rgb += (1 - c.rgb) * veil[..., None] * mix(c.pal.sky[3], c.pal.accents[1], 0.3)
    count = int(900 * density * c.w * c.h / 1e6) + 30
    layer = np.zeros((c.h, c.w), dtype=np.float32)
    xs = c.rng.integers(0, c.w, count)
    ys = (c.rng.random(count) ** 1.2 * min(horizon, c.h) * 0.98).astype(int)
    power = c.rng.random(count).astype(np.float32) ** 3
    fade = 1 - (ys / max(horizon, 1)) ** 2
    np.maximum.at(layer, (ys, xs), (0.25 + 0.75 * power) * fade.astype(np.float32))
    bright = np.where(layer > 0.72, layer, 0).astype(np.float32)
    layer = np.maximum(layer, np.clip(blur(bright, 1.3) * 5, 0, 1))
    c.rgb += (1 - c.rgb) * layer[..., None]
    order = np.argsort(-power)[:7]
    for star in order:
        c.glow(float(xs[star]), float(ys[star]), c.u * 0.006, WHITE, 0.8)


def aurora(c: Canvas, horizon: float) -> None:
    """Curtains of light."""
    small_w, small_h = c.w // 2 + 1, c.h // 2 + 1
    curtain = fractal(c.tooth, small_w, small_h, 3.5, 4, stretch=0.35)
    streak = np.repeat(c.tooth.random((1, small_w), dtype=np.float32), small_h, axis=0)
    streak = resize(streak[:, ::6], small_w, small_h)
    down = np.linspace(0, c.h / horizon, small_h, dtype=np.float32)[:, None]
    bend = 0.32 + 0.16 * np.sin(np.linspace(0, 7, small_w, dtype=np.float32))[None, :]
    sheet = np.exp(-np.abs(down - bend) * np.where(down > bend, 11, 4.5)) * (0.4 + 0.6 * curtain)
    sheet = resize((sheet * (0.55 + 0.45 * streak)).astype(np.float32), c.w, c.h)[..., None]
    green, violet = mix(c.pal.accents[1], WHITE * 0.9, 0.1), c.pal.accents[3]
    green = mix(green, np.array([0.3, 1.0, 0.65], dtype=np.float32), 0.6)
    c.rgb += (1 - c.rgb) * np.clip(sheet, 0, 1) * (green * 0.75 + violet * 0.25)


def cloud_bank(c: Canvas, horizon: float, amount: float) -> None:
    """Soft clouds lit from the sun's side."""
    width, height = max(8, c.w // 2), max(8, int(min(horizon, c.h)) // 2)
    field = fractal(c.tooth, width, height, 2.2, 6, stretch=2.6)
    gate = 0.62 - 0.22 * amount - (0.12 if c.brief.has("clouds") else 0)
    body = smoothstep(gate, gate + 0.3, field)
    shift = max(1, height // 40)
    lit = np.clip((field - np.roll(field, -shift, axis=0)) * 7 + 0.5, 0, 1)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    body *= np.clip(1.25 - down, 0, 1) * np.clip(0.35 + down * 2.2, 0, 1)
    bright = mix(c.pal.sky[3], c.pal.sun, 0.55)
    dim = mix(c.pal.sky[1], c.pal.sky[2], 0.45)
    tall = int(min(horizon, c.h))
    alpha = resize(body, c.w, tall)[..., None] * np.float32(0.8 if not c.pal.dark else 0.45)
    tone = resize(lit, c.w, tall)[..., None]
    area = c.rgb[:tall]
    area += (dim + (bright - dim) * tone - area) * np.clip(alpha, 0, 1)


def puffs(c: Canvas, horizon: float) -> None:
    """Clouds for styles with edges: rows of discs on a flat base."""
    for _ in range(int(c.rng.integers(3, 6))):
        x, y = c.w * c.rng.random(), horizon * c.rng.uniform(0.1, 0.6)
        size = c.u * c.rng.uniform(0.03, 0.06)
        blobs = [
            ellipse(
                x + size * k * 1.1, y - size * (0.5 - abs(k) * 0.2), size * (1.2 - abs(k) * 0.25)
            )
            for k in (-2, -1, 0, 1, 2)
        ]  # fmt: skip
        c.fill(c.cover(blobs), mix(c.pal.paper, c.pal.sky[3], 0.35), alpha=0.95)


def mist(c: Canvas, y: float, spread: float, strength: float) -> None:
    """A band of haze lying at height ``y``."""
    down = np.arange(c.h, dtype=np.float32)
    band = np.exp(-(((down - y) / max(spread, 1)) ** 2)) * np.float32(strength)
    tone = mix(c.pal.sky[3], c.pal.sky[2], 0.4)
    c.rgb += (tone - c.rgb) * band[:, None, None]


def mirror(c: Canvas, shore: float, *, calm: float = 0.75) -> None:
    """Turn everything below ``shore`` into water that mirrors what stands above it."""
    top = int(np.clip(shore, 1, c.h - 2))
    depth = c.h - top
    rows = np.arange(depth, dtype=np.float32)
    source = np.clip(top - 1 - rows * min(1.0, (top - 1) / max(depth, 1)), 0, top - 1)
    ripple = fractal(c.tooth, c.w, depth, 9, 3, stretch=5.0) - 0.5
    push = ripple * (rows[:, None] / max(depth, 1) * 0.9 + 0.1) * c.u * 0.05 * (1.2 - calm)
    at_y = np.clip(source[:, None] + push * 2.5, 0, top - 1).astype(np.int32)
    at_x = np.clip(np.arange(c.w)[None, :] + push, 0, c.w - 1).astype(np.int32)
    picture = c.rgb[at_y, at_x]
    water = mix(c.pal.sky[1], c.pal.land[1], 0.45)
    deep = with_light(water, 0.12 if c.pal.dark else 0.3)
    part = (rows / max(depth, 1))[:, None, None] * 0.45 + 0.12
    c.rgb[top:] = picture * (1 - part) + deep * part
    sparkle = smoothstep(0.1, 0.3, ripple) * np.exp(-rows / (depth * 0.5))[:, None]
    c.rgb[top:] += (1 - c.rgb[top:]) * (sparkle * 0.14)[..., None] * c.pal.sky[3]
    if c.lined:
        c.line[top:] = c.line[at_y, at_x] * np.float32(0.4)


def glitter(c: Canvas, shore: float, until: float) -> None:
    """The sun's path on open water."""
    top, end = int(max(0, shore)), int(min(c.h, until))
    depth = end - top
    if depth < 4:
        return
    rows = np.linspace(0, 1, depth, dtype=np.float32)[:, None]
    across = np.arange(c.w, dtype=np.float32)[None, :]
    half = c.u * (0.035 + rows * 0.16)
    path = np.exp(-(((across - c.sun[0]) / half) ** 2))
    flicker = smoothstep(0.5, 0.62, _waves(c, depth))
    veil = path * (flicker * 0.85 + 0.1) * (1 - rows * 0.55)
    tone = mix(c.pal.sun, c.pal.sky[3], 0.35)
    c.rgb[top:end] += (tone - c.rgb[top:end]) * np.clip(veil, 0, 1)[..., None]


def _waves(c: Canvas, depth: int) -> Array:
    """Wave noise whose rows grow from the horizon toward the eye."""
    far = fractal(c.tooth, c.w, depth, 16, 2, stretch=7.0)
    rows = (np.linspace(0, 1, depth, dtype=np.float32) ** 0.45 * (depth - 1)).astype(np.int32)
    return normalise(far[rows])


def water(c: Canvas, shore: float, until: float | None = None) -> None:
    """Open water from ``shore`` down: the sky's colours, waves, and the sun's path."""
    end = int(c.h if until is None else min(until, c.h))
    top = int(max(0, shore))
    depth = end - top
    if depth < 2:
        return
    near = mix(c.pal.land[2], c.pal.sky[0], 0.4)
    tones = [
        c.pal.sky[3],
        mix(c.pal.sky[2], c.pal.land[0], 0.5),
        mix(c.pal.land[1], near, 0.35),
        near,
    ]
    part = np.linspace(0, 1, depth, dtype=np.float32) ** 0.55
    if c.style in {"poster", "papercut", "minimal"}:
        part = np.round(part * 5) / 5
    base = np.broadcast_to(ramp(tones, part)[:, None, :], (depth, c.w, 3))
    patch = Patch(0, top, np.ones((depth, c.w), dtype=np.float32))
    c.fill(patch, np.ascontiguousarray(base), lift=0)
    field = _waves(c, depth)
    swell = (field - 0.5) * np.linspace(0.12, 0.36, depth, dtype=np.float32)[:, None]
    c.rgb[top:end] *= 1 + swell[..., None]
    glitter(c, shore, end)
