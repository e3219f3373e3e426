"""Portraits: a stylised bust before a backdrop of light."""

from __future__ import annotations

from studio.providers._sketch import faces, hair
from studio.providers._sketch.canvas import Canvas, Point, ellipse
from studio.providers._sketch.colour import WHITE, light, mix, rgb
from studio.providers._sketch.faces import Head
from studio.providers._sketch.forms import ambience, facing, put, readable, smooth


def portrait(c: Canvas) -> None:
    """Backdrop, hair behind, shoulders, face, hair before, and what the person wears."""
    c.sun = (c.w * float(c.rng.choice([0.1, 0.9])), c.h * 0.2)
    wall = mix(c.pal.sky[2], c.pal.accents[2], 0.3)
    ambience(
        c, mix(wall, c.pal.sky[3], 0.3), mix(wall, c.pal.sky[0], 0.6), spot=(c.sun[0], c.h * 0.3)
    )
    _backdrop(c)
    head = _head(c)
    kind = _hair_kind(c)
    hair.hair_behind(c, head, kind)
    _shoulders(c, head)
    faces.face(c, head)
    if c.brief.has("beard"):
        hair.beard(c, head)
    hair.hair_front(c, head, kind)
    if c.brief.has("glasses"):
        hair.glasses(c, head)
    if c.brief.has("hat"):
        hair.hat(c, head, readable(c.pal.accents[1] * 0.8, head.skin))
    _earrings(c, head, kind)
    _rim_light(c, head)


def _head(c: Canvas) -> Head:
    size = min(c.u * 0.36, c.h * 0.36)
    skin = rgb(str(c.rng.choice(faces.SKINS)))
    skin = mix(skin, c.pal.sky[3], 0.1)
    if c.style in {"poster", "papercut"} and c.pal.name in {"neon", "mono", "night"}:
        skin = mix(skin, c.pal.accents[3], 0.3)
    grey = mix(rgb("c9c9cc"), WHITE, 0.2)
    tint = grey if c.brief.has("elder") else rgb(str(c.rng.choice(hair.HAIRS)))
    for word, tone in (
        ("red", "a3402a"),
        ("ginger", "b8532c"),
        ("blond", "d9b46a"),
        ("blonde", "d9b46a"),
        ("black", "1a1a22"),
        ("silver", "c9c9cc"),
    ):
        if c.brief.said(word) and c.brief.said("hair", "haired", f"{word}-haired"):
            tint = rgb(tone)
    drop = 0.06 if c.brief.has("hat", "bun") else 0.0
    return Head(x=c.w * 0.5, y=c.h * (0.43 + drop), size=size, skin=skin, hair=tint)


def _hair_kind(c: Canvas) -> str:
    for subject, kind in (("curly", "curly"), ("bun", "bun"), ("long-hair", "long")):
        if c.brief.has(subject):
            return kind
    if c.brief.has("man", "beard"):
        return "short"
    if c.brief.has("elder", "woman"):
        return str(c.rng.choice(["bun", "bob", "long"]))
    return str(c.rng.choice(["short", "bob", "long", "curly", "bun"]))


def _backdrop(c: Canvas) -> None:
    """A great disc behind the head, and leaves or beams at its edge."""
    tone = mix(c.pal.accents[1], c.pal.sky[3], 0.3)
    if c.pal.dark:
        tone = mix(tone, c.pal.sky[2], 0.35)
    y = c.h * 0.42
    for part, alpha in ((1.32, 0.16), (1.15, 0.28), (1.0, 0.85)):
        c.fill(
            c.disc(c.w / 2, y, c.u * 0.36 * part),
            tone,
            mix(tone, c.pal.accents[0], 0.35),
            alpha=alpha,
            lines=part == 1.0,
        )
    if c.brief.detail < 0.25:
        return
    leaf = smooth([(0, 0), (0.13, -0.4), (0.1, -0.75), (0, -1), (-0.1, -0.75), (-0.13, -0.4)])
    green = mix(mix(c.pal.accents[2], c.pal.land[1], 0.45), rgb("5f8a6a"), 0.5)
    for side in (-1, 1):
        for index in range(5):
            turn = side * (0.5 + index * 0.34)
            spot = (c.w / 2 + side * c.u * 0.3, c.h * 0.86)
            tint = green * (0.72 + 0.08 * index)
            c.fill(
                c.outline(put(leaf, *spot, c.u * (0.34 - 0.03 * index), turn=turn)),
                mix(tint, c.pal.sun, 0.08),
                tint * 0.75,
            )


def _shoulders(c: Canvas, head: Head) -> None:
    """Shoulders in a garment with a collar and one fold of shadow."""
    cloth = readable(mix(c.pal.accents[0], c.pal.land[1], 0.25), head.skin)
    cloth = mix(cloth, c.pal.ink, 0.25) if light(cloth) > 0.75 else cloth
    body = [
        (-0.3, 0.86),
        (-0.72, 1.0),
        (-1.08, 1.3),
        (-1.22, 2.2),
        (1.22, 2.2),
        (1.08, 1.3),
        (0.72, 1.0),
        (0.3, 0.86),
        (0, 1.02),
    ]
    c.fill(c.outline(head.shape(body)), cloth, cloth * 0.7, lift=2)
    side = facing(c, head.x)
    fold = [(0.3, 0.9), (0.7, 1.02), (1.06, 1.32), (1.2, 2.2), (0.5, 2.2), (0.62, 1.5)]
    c.fill(c.outline(head.shape(fold, flip=side > 0)), cloth * 0.62, alpha=0.6, lines=False)
    trim = mix(c.pal.accents[3], c.pal.paper, 0.3)
    if c.brief.said("suit", "gentleman", "scientist", "chef", "doctor", "businessman"):
        for way in (-1, 1):
            lapel = [(0.0, 1.4), (0.28, 0.82), (0.5, 0.95), (0.4, 1.25)]
            c.fill(
                c.outline(put(lapel, head.x, head.y, head.size, flip=way < 0)),
                mix(trim, WHITE, 0.4),
            )
        return
    collar: list[Point] = [
        (-0.36, 0.84),
        (-0.2, 0.98),
        (0, 1.04),
        (0.2, 0.98),
        (0.36, 0.84),
        (0.42, 0.96),
        (0.2, 1.14),
        (0, 1.2),
        (-0.2, 1.14),
        (-0.42, 0.96),
    ]
    c.fill(c.outline(head.shape(collar)), trim, trim * 0.85)


def _earrings(c: Canvas, head: Head, kind: str) -> None:
    if kind == "short" or c.brief.has("man", "beard"):
        return
    for side in (-1, 1):
        spot = ellipse(
            head.x + side * head.size * 0.52,
            head.y + head.size * 0.26,
            head.size * 0.045,
            head.size * 0.06,
        )
        c.fill(c.outline(spot), mix(c.pal.accents[1], c.pal.sun, 0.4))


def _rim_light(c: Canvas, head: Head) -> None:
    if c.style in {"poster", "papercut", "minimal", "ink", "neon"}:
        return
    side = facing(c, head.x)
    c.glow(
        head.x + side * head.size * 0.95, head.y - head.size * 0.1, head.size * 0.8, c.pal.sun, 0.22
    )
