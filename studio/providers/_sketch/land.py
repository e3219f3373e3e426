"""Open country: hills, mountains, desert, forest."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch import things, trees
from studio.providers._sketch.canvas import Canvas, Patch, Point
from studio.providers._sketch.colour import WHITE, mix, with_light
from studio.providers._sketch.noise import Array, blur, fractal, line, smoothstep
from studio.providers._sketch.sky import mirror, mist, sky


def landscape(c: Canvas) -> None:
    """Rolling hills in the haze, with whatever the prompt puts on them."""
    horizon = c.h * c.rng.uniform(0.42, 0.56)
    sky(c, horizon * 1.05, clouds=c.rng.uniform(0.3, 0.8))
    things.airborne(c, horizon)
    lake = c.brief.has("lake") or c.brief.said("river", "lake")
    count = 3 if c.style == "minimal" else int(4 + c.brief.detail * 3)
    ridges = []
    for layer in range(count):
        at = layer / (count - 1)
        base = horizon + (c.h - horizon) * (at**1.5) * (0.45 if lake else 0.74)
        rough = 0.45 - at * 0.12
        wave = line(c.rng, c.w, 1.4 + (1 - at) * 2.4 + c.w / c.u * 0.6, 5, rough)
        ridge = (base + wave * c.u * (0.035 + at * 0.028)).astype(np.float32)
        hill(c, ridge, at)
        ridges.append(ridge)
        if at < 0.9 and c.brief.detail > 0.2:
            trees.tree_line(c, ridge, at)
        if layer < count - 1:
            mist(c, base + c.u * 0.07, c.u * 0.06, _haze(c) * (1 - at))
    if lake:
        mirror(c, float(ridges[-1].max()) if c.h > 20 else c.h * 0.7, calm=0.8)
    things.on_ground(c, ridges[-2] if len(ridges) > 1 else ridges[-1], 0.75)
    if not lake:
        trees.meadow(c, ridges[-1])


def _haze(c: Canvas) -> float:
    return 0.75 if c.brief.has("fog") or c.pal.name == "mist" else 0.4


def hill(c: Canvas, ridge: Array, at: float) -> None:
    """One ridge with light on its shoulders and haze at its foot."""
    patch = c.below(ridge)
    if patch is None:
        return
    tone = c.pal.far_to_near(at)
    foot = mix(tone, c.pal.sky[3], 0.5 * (1 - at)) if at < 0.8 else tone * 0.62
    depth = patch.mask.shape[0]
    down = np.arange(depth, dtype=np.float32)[:, None] + patch.y - ridge[None, :]
    part = np.clip(down / (c.u * (0.22 + at * 0.25)), 0, 1)[..., None]
    paint = tone * (1 - part) + foot * part
    if c.style not in {"papercut", "minimal", "poster"}:
        cells = 6 + at * 8
        cloth = fractal(c.tooth, c.w, depth, cells, 4, stretch=2.5) - 0.5
        slope = np.gradient(blur(ridge[None, :].repeat(3, 0) / c.h, c.u * 0.02)[1]) * c.h
        facing = np.sign(c.sun[0] - c.w / 2) * np.clip(slope * 2.2, -1, 1)
        rim = np.exp(-np.maximum(down, 0) / (c.u * 0.02)) * (0.12 + 0.16 * facing[None, :])
        shade = 1 + cloth * (0.12 + at * 0.3) + np.clip(rim, 0, 0.4)
        paint = paint * shade[..., None]
    c.fill(patch, np.clip(paint, 0, 1).astype(np.float32))


def mountains(c: Canvas) -> None:
    """Ranges with lit faces and snow, mist between them, perhaps a lake below."""
    lake = c.brief.has("lake") or (c.rng.random() < 0.35 and not c.brief.has("house"))
    foot = c.h * (0.62 if lake else 0.86)
    sky(c, c.h * 0.62, clouds=c.rng.uniform(0.2, 0.7))
    things.airborne(c, c.h * 0.4)
    count = 2 if c.style == "minimal" else 4
    for layer in range(count):
        at = layer / count
        base = foot * (0.56 + 0.3 * at)
        crest = 1 - np.abs(line(c.rng, c.w, 1.6 + at * 1.6 + c.w / c.u * 0.8, 6, 0.5))
        height = c.h * (0.3 - 0.13 * at) * (1.25 if layer == 1 else 1.0)
        ridge = (base - crest * height + height * 0.35).astype(np.float32)
        _range(c, ridge, at * 0.8, height)
        mist(c, base + height * 0.42, c.u * 0.08, _haze(c) * (1.1 - at))
    shore = line(c.rng, c.w, 3, 5) * c.u * 0.012 + foot
    hill(c, shore.astype(np.float32), 0.8)
    trees.tree_line(c, shore.astype(np.float32), 0.75, dense=True)
    if lake:
        mirror(c, foot + c.u * 0.02, calm=0.85)
        things.on_water(c, foot + (c.h - foot) * 0.45)
    things.on_ground(c, shore.astype(np.float32), 0.6)
    front = c.h * 0.95 + line(c.rng, c.w, 2, 5) * c.u * 0.03
    hill(c, front.astype(np.float32), 1.0)
    trees.tree_line(c, front.astype(np.float32), 1.0, dense=True)


def _range(c: Canvas, ridge: Array, at: float, height: float) -> None:
    patch = c.below(ridge)
    if patch is None:
        return
    depth = patch.mask.shape[0]
    across, down_at = patch.grid()
    down = np.maximum(down_at - ridge[None, :], 0)
    wobble = fractal(c.tooth, c.w, depth, 9, 5) - 0.5
    column = np.clip(across + wobble * (down * 0.9 + c.u * 0.02), 0, c.w - 1).astype(np.int32)
    slope = np.gradient(np.convolve(ridge, np.ones(9) / 9, mode="same"))
    side = 1.0 if c.sun[0] > c.w / 2 else -1.0
    lit = np.clip(slope[column] * side * 1.5 + 0.5 + wobble * 0.9, 0, 1)
    tone = c.pal.far_to_near(at * 0.75 + 0.1)
    warm = mix(with_light(tone, 0.6), c.pal.sun, 0.3)
    cold = mix(tone, c.pal.sky[0], 0.35) * (0.92 - 0.25 * at)
    gain = smoothstep(0.3, 0.75, lit.astype(np.float32))[..., None]
    paint = cold + (warm - cold) * gain * 0.8
    line_of_snow = height * (0.5 if c.brief.has("snow") else 0.3) * (1.1 - at * 0.6)
    cover = smoothstep(0.2, -0.2, (down - line_of_snow) / height - wobble * 0.9)
    if c.pal.name not in {"desert", "autumn"} or c.brief.has("snow"):
        snow = mix(mix(c.pal.sky[1], WHITE, 0.45), mix(c.pal.sun, WHITE, 0.5), 0.0)
        bright = mix(c.pal.sun, WHITE, 0.55)
        flake = snow + (bright - snow) * gain
        level = 0.45 if c.pal.dark else 0.92
        paint = paint + (flake - paint) * cover[..., None] * level
    haze = np.clip(down / (height * 1.5), 0, 1)[..., None] * (0.75 - at * 0.5)
    paint = paint + (mix(c.pal.sky[3], c.pal.sky[2], 0.3) - paint) * haze
    c.fill(patch, np.clip(paint, 0, 1).astype(np.float32))


def desert(c: Canvas) -> None:
    """Dunes with a lit and a shaded side."""
    horizon = c.h * c.rng.uniform(0.4, 0.52)
    sky(c, horizon * 1.08, clouds=0.2)
    things.airborne(c, horizon)
    far = line(c.rng, c.w, 3, 6) * c.u * 0.03 + horizon
    hill(c, far.astype(np.float32), 0.1)
    count = 3 if c.style == "minimal" else 5
    for layer in range(count):
        at = (layer + 1) / count
        base = horizon + (c.h - horizon) * at**1.3 * 0.8
        ridge = base + line(c.rng, c.w, 1.2 + (1 - at), 2, 0.35) * c.u * (0.04 + 0.05 * at)
        _dune(c, ridge.astype(np.float32), at)
        if layer == count - 3:
            things.on_ground(c, ridge.astype(np.float32), 0.6)
    things.desert_plants(c, horizon)


def _dune(c: Canvas, ridge: Array, at: float) -> None:
    patch = c.below(ridge)
    if patch is None:
        return
    across, down_at = patch.grid()
    down = np.maximum(down_at - ridge[None, :], 0)
    tone = mix(c.pal.far_to_near(0.15 + at * 0.45), c.pal.sky[3], 0.12)
    bright = mix(with_light(tone, 0.72), c.pal.sun, 0.25)
    dark = mix(tone, c.pal.land[2], 0.55)
    crest = line(c.rng, c.w, 2.2, 2, 0.4) * c.u * 0.05
    snake = np.roll(ridge, int(c.u * 0.1)) - ridge
    edge = down * 0.9 + snake[None, :] * 1.8 + crest[None, :]
    part = smoothstep(-c.u * 0.03, c.u * 0.035, edge.astype(np.float32))[..., None]
    paint = dark + (bright - dark) * part
    spacing = c.u * (0.006 + 0.008 * at)
    bow = fractal(c.tooth, c.w, patch.mask.shape[0], 4, 3, stretch=2.0) * c.u * 0.1
    ripple = np.sin((down_at * 1.6 + bow + across * 0.12) / spacing)
    paint = paint * (1 + 0.035 * at * ripple)[..., None]
    paint = paint + (tone * 0.8 - paint) * np.clip(down / (c.h * 0.6), 0, 1)[..., None] * 0.6
    c.fill(patch, np.clip(paint, 0, 1).astype(np.float32))


def forest(c: Canvas) -> None:
    """Trunks behind trunks, light falling between them."""
    sky(c, c.h * 0.9, clouds=0.0, orb="none")
    c.sun = (float(c.w * c.rng.uniform(0.3, 0.7)), c.h * 0.3)
    c.glow(*c.sun, c.u * 0.42, mix(c.pal.sun, c.pal.sky[3], 0.3), 0.8)
    count = 3 if c.style == "minimal" else 5
    pines = c.brief.has("pine") or c.pal.name in {"winter", "mist"} or c.rng.random() < 0.4
    for layer in range(count):
        at = layer / (count - 1)
        ground = c.h * (0.66 + 0.26 * at)
        floor = ground + line(c.rng, c.w, 2.5, 4) * c.u * 0.02
        if pines:
            trees.pine_wall(c, floor.astype(np.float32), at)
        else:
            _trunks(c, floor.astype(np.float32), at)
        hill(c, floor.astype(np.float32), 0.2 + at * 0.8)
        mist(c, ground - c.u * 0.05, c.u * 0.12, (0.55 if _haze(c) > 0.5 else 0.4) * (1 - at))
    if c.style not in {"poster", "papercut", "ink", "minimal"}:
        _rays(c)
    things.on_ground(c, np.full(c.w, c.h * 0.86, dtype=np.float32), 0.9)
    trees.meadow(c, np.full(c.w, c.h * 0.93, dtype=np.float32))


def _trunks(c: Canvas, floor: Array, at: float) -> None:
    shapes: list[list[Point]] = []
    for _ in range(int((13 - at * 7) * max(1, c.w / c.u))):
        x = float(c.rng.uniform(-0.02, 1.02) * c.w)
        if at > 0.7 and abs(x - c.sun[0]) < c.u * 0.18:
            continue
        foot = float(floor[int(np.clip(x, 0, c.w - 1))]) + c.u * 0.03
        wide = c.u * (0.008 + 0.034 * at**1.5) * c.rng.uniform(0.7, 1.3)
        lean = c.rng.normal(0, 0.03) * c.h
        shapes.append(trees.trunk(c, x, foot, wide, lean))
        count = int(2 + c.brief.detail * 5)
        shapes += [trees.branch(c, x, foot, wide, lean) for _ in range(count)]
    tone = mix(c.pal.far_to_near(at), c.pal.sky[3], 0.35 * (1 - at))
    patch = c.cover(shapes)
    c.fill(patch, tone, tone * (0.75 if at > 0.5 else 1.0), lift=1 + at)
    if at > 0.1:
        trees.canopy(c, at)


def _rays(c: Canvas) -> None:
    width, height = max(8, c.w // 4), max(8, c.h // 4)
    across = np.linspace(0, c.w, width, dtype=np.float32)[None, :] - c.sun[0]
    down = np.linspace(0, c.h, height, dtype=np.float32)[:, None] + c.h * 0.25
    angle = np.arctan2(across, down)
    profile = line(c.rng, 512, 22, 4) * 0.5 + 0.5
    beam = profile[np.clip((angle + 1.2) / 2.4 * 511, 0, 511).astype(np.int32)]
    fade = np.clip(1.15 - down / (c.h * 1.15), 0, 1)
    veil = np.clip(beam - 0.45, 0, 1) * fade
    from_sun = Patch(0, 0, blur(np.clip(veil, 0, 1).astype(np.float32), 1.5))
    full = np.asarray(from_sun.mask)
    rows = np.clip(np.arange(c.h) // 4, 0, height - 1)
    columns = np.clip(np.arange(c.w) // 4, 0, width - 1)
    light = blur(full[rows][:, columns], 3)
    c.rgb += (1 - c.rgb) * light[..., None] * mix(c.pal.sun, c.pal.sky[3], 0.4) * np.float32(0.75)
