"""Abstract compositions: discs and arcs, ribbons, marbled flows, layers, blocks."""

from __future__ import annotations

import numpy as np

from studio.providers._sketch.canvas import Canvas, Patch, Point, box, ellipse
from studio.providers._sketch.colour import WHITE, mix, ramp
from studio.providers._sketch.forms import ambience, ball, put
from studio.providers._sketch.noise import Array, fractal, line, normalise

KINDS = ("circles", "ribbons", "swirl", "layers", "blocks")


def abstract(c: Canvas) -> None:
    """The kind of composition that the prompt names, or any."""
    c.sun = (c.w * float(c.rng.choice([0.2, 0.8])), c.h * 0.15)
    kind = next((kind for kind in c.brief.subjects if kind in KINDS), None)
    painters = {
        "circles": _circles,
        "ribbons": _ribbons,
        "swirl": _swirl,
        "layers": _layers,
        "blocks": _blocks,
    }
    painters[kind or str(c.rng.choice(KINDS))](c)


def _ground(c: Canvas) -> None:
    base = mix(c.pal.paper, c.pal.sky[3], 0.35) if not c.pal.dark else c.pal.sky[0]
    ambience(c, base, mix(base, c.pal.sky[2], 0.3), spot=(c.sun[0], c.h * 0.3))


def _colours(c: Canvas) -> list[Array]:
    return [*c.pal.accents, c.pal.sky[1], c.pal.land[1], c.pal.land[2]]


def _arc(
    c: Canvas, spot: tuple[float, float, float], band: tuple[float, float], tone: Array
) -> None:
    """A quarter or half ring: middle and radius, start and length in quarters."""
    x, y, radius = spot
    start, long = band
    at = np.linspace(start, start + long, 50) * np.pi / 2
    outer = [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in at]
    inner = [
        (x + radius * 0.62 * float(np.cos(a)), y + radius * 0.62 * float(np.sin(a)))
        for a in at[::-1]
    ]
    c.fill(c.outline([*outer, *inner]), tone, mix(tone, c.pal.ink, 0.12), lift=1.5)


def _circles(c: Canvas) -> None:
    """Discs, arcs, bars and a few balls in balance round one great disc."""
    _ground(c)
    tones = _colours(c)
    x, y = c.w * float(c.rng.uniform(0.4, 0.6)), c.h * float(c.rng.uniform(0.4, 0.52))
    c.fill(c.disc(x, y, c.u * 0.28), tones[0], mix(tones[0], tones[1], 0.55), lift=2)
    for index in range(int(5 + c.brief.detail * 7)):
        angle, far = index * 2.399963 + 0.4, c.u * (0.16 + 0.3 * float(c.rng.random()))
        px, py = x + float(np.cos(angle)) * far * 1.2, y + float(np.sin(angle)) * far
        size = c.u * float(c.rng.uniform(0.05, 0.16))
        tone = tones[(index + 1) % len(tones)]
        kind = index % 5
        if kind == 0:
            _arc(c, (px, py, size * 1.3), (float(c.rng.integers(0, 4)), 2.0), tone)
        elif kind == 1:
            c.fill(c.disc(px, py, size), tone, mix(tone, WHITE, 0.25), alpha=0.85)
        elif kind == 2:
            bar = put(box(-1, -0.09, 1, 0.09), px, py, size * 1.6, turn=-0.785)
            c.fill(c.outline(bar), tone)
        elif kind == 3:
            for ring in (1.0, 0.8):
                c.fill(
                    c.outline(
                        [
                            *ellipse(px, py, size * ring),
                            *ellipse(px, py, size * (ring - 0.07))[::-1],
                        ]
                    ),
                    tone,
                )
        else:
            ball(c, px, py, size * 0.6, tone)
    _rings(c, (x, y), tones)


def _rings(c: Canvas, spot: Point, tones: list[Array]) -> None:
    """Fine arcs that echo the great disc on one side."""
    x, y = spot
    for index in range(5):
        radius = c.u * (0.31 + 0.03 * index)
        at = np.linspace(3.5 + 0.12 * index, 5.2, 60)
        arc = [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a))) for a in at]
        back = [
            (
                x + (radius - c.u * 0.012) * float(np.cos(a)),
                y + (radius - c.u * 0.012) * float(np.sin(a)),
            )
            for a in at[::-1]
        ]
        c.fill(c.outline([*arc, *back]), tones[index % 4])


def _ribbons(c: Canvas) -> None:
    """Silken bands that flow across, each shaded like a fold."""
    _ground(c)
    tones = _colours(c)
    count = int(6 + c.brief.detail * 6)
    across = np.arange(c.w, dtype=np.float32)
    for index in range(count):
        at = index / count
        base = c.h * (0.06 + 0.86 * at) + line(c.rng, c.w, 1.3, 3, 0.4) * c.u * 0.13
        wide = c.u * (0.1 + 0.07 * np.abs(line(c.rng, c.w, 1.5, 2, 0.4)))
        top, end = (
            int(np.clip((base - wide).min(), 0, c.h)),
            int(np.clip((base + wide).max(), 0, c.h)),
        )
        if end - top < 2:
            continue
        down = np.arange(top, end, dtype=np.float32)[:, None]
        part = np.clip((down - base[None, :]) / wide[None, :], -1.2, 1.2)
        mask = np.clip((1 - np.abs(part)) * wide[None, :], 0, 1)
        tone, next_tone = tones[index % len(tones)], tones[(index + 1) % len(tones)]
        slide = (across / c.w)[None, :, None]
        sheen = 0.72 + 0.4 * np.cos((part - 0.3) * 1.5)
        paint = (tone * (1 - slide) + next_tone * slide) * sheen[..., None]
        paint = paint + (1 - paint) * (np.exp(-(((part + 0.35) / 0.13) ** 2)) * 0.35)[..., None]
        c.fill(Patch(0, top, mask.astype(np.float32)), np.clip(paint, 0, 1), lift=2)


def _swirl(c: Canvas) -> None:
    """Marbled ink: bands of noise pushed around by noise, with veins of gold."""
    first = fractal(c.rng, c.w, c.h, 1.5, 2) - 0.5
    second = fractal(c.rng, c.w, c.h, 1.5, 2) - 0.5
    push = c.u * 0.5
    at_x = np.clip(np.arange(c.w)[None, :] + first * push, 0, c.w - 1).astype(np.int32)
    at_y = np.clip(np.arange(c.h)[:, None] + second * push, 0, c.h - 1).astype(np.int32)
    field = fractal(c.rng, c.w, c.h, 1.5, 3)[at_y, at_x]
    folded = 0.5 + 0.5 * np.sin(field * 17)
    if c.style in {"poster", "papercut", "minimal"}:
        folded = np.round(folded * 5) / 5
    tones = [c.pal.land[2], c.pal.accents[0], c.pal.accents[2], c.pal.sky[3], c.pal.paper]
    c.rgb[:] = ramp(tones, normalise(folded))
    slope: Array = np.gradient(folded, axis=0) + np.gradient(folded, axis=1)
    relief = np.clip(slope * c.u * 0.012, -0.22, 0.22)
    c.rgb *= (1 + relief)[..., None]
    vein = np.exp(-(((field * 6 % 1) - 0.5) ** 2) / 0.0012)
    c.rgb += (mix(c.pal.accents[1], c.pal.sun, 0.4) - c.rgb) * (vein * 0.8)[..., None]
    if c.lined:
        c.line[:] = np.maximum(
            c.line, vein[..., None] * (c.pal.accents[1] if c.style == "neon" else 1.0)
        )


def _layers(c: Canvas) -> None:
    """Strata: one wave over the other, from light to dark, a disc among them."""
    _ground(c)
    c.fill(
        c.disc(c.w * float(c.rng.uniform(0.35, 0.65)), c.h * 0.34, c.u * 0.2),
        mix(c.pal.sun, c.pal.accents[1], 0.45),
        c.pal.accents[0],
        lift=2,
    )
    count = int(6 + c.brief.detail * 5)
    stops = [c.pal.sky[2], c.pal.accents[0], c.pal.accents[2], c.pal.land[1], c.pal.land[2]]
    for index in range(count):
        at = index / (count - 1)
        ridge = c.h * (0.3 + 0.66 * at) + line(c.rng, c.w, 1.4, 3, 0.42) * c.u * 0.085
        tone = ramp(stops, np.full(1, at, dtype=np.float32))[0]
        c.fill(c.below(ridge.astype(np.float32)), mix(tone, c.pal.sun, 0.1), tone * 0.8, lift=2)


def _blocks(c: Canvas) -> None:
    """A grid divided and divided again, with quarter discs in some fields."""
    c.rgb[:] = c.pal.paper
    tones = _colours(c)
    fields = [(0.0, 0.0, float(c.w), float(c.h))]
    for _ in range(int(8 + c.brief.detail * 16)):
        fields.sort(key=lambda f: -(f[2] * f[3]))
        x, y, wide, tall = fields.pop(0)
        part = float(c.rng.choice([0.38, 0.5, 0.62]))
        if wide > tall:
            fields += [(x, y, wide * part, tall), (x + wide * part, y, wide * (1 - part), tall)]
        else:
            fields += [(x, y, wide, tall * part), (x, y + tall * part, wide, tall * (1 - part))]
    gap = c.u * 0.005
    for index, (x, y, wide, tall) in enumerate(fields):
        tone = tones[int(c.rng.integers(0, len(tones)))]
        c.fill(
            c.outline(box(x + gap, y + gap, x + wide - gap, y + tall - gap)),
            mix(tone, WHITE, 0.08),
            tone * 0.93,
        )
        other = tones[int(c.rng.integers(0, len(tones)))]
        size = min(wide, tall) / 2 - gap
        if index % 3 == 0:
            c.fill(c.disc(x + wide / 2, y + tall / 2, size * 0.86), other, mix(other, WHITE, 0.2))
        elif index % 3 == 1:
            corner: list[Point] = [
                (x + gap, y + gap),
                (x + gap + size * 2, y + gap),
                (x + gap, y + gap + size * 2),
            ]
            c.fill(c.outline(corner), other)
