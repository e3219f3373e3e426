"""What experience says about a prompt's wording: too short, no style, words that contradict."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple

MIN_WORDS = 10


class WordingRemark(NamedTuple):
    """A remark on a prompt; never a reason to stop it."""

    code: str
    message: str
    fix: str


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STYLE = _words(
    """
    photo photograph photography photographic photorealistic photorealism realistic painting
    painted watercolor watercolour oil acrylic gouache sketch sketched drawing drawn ink pencil
    charcoal pastel crayon illustration illustrated cartoon comic anime manga render rendering
    rendered 3d cgi vector flat logo icon poster graffiti stencil mural mosaic collage engraving
    etching woodcut linocut lithograph risograph origami papercut embroidery sculpture claymation
    pixel isometric minimal minimalist abstract surreal surrealist surrealism impressionist
    impressionism expressionist cubist cubism baroque renaissance gothic retro vintage futuristic
    cyberpunk steampunk vaporwave synthwave neon noir cinematic documentary editorial portrait
    macro fisheye bokeh aerial closeup silhouette monochrome sepia film polaroid analog studio
    blueprint diagram infographic storybook fantasy style styled aesthetic art artwork ukiyo
    bauhaus deco nouveau doodle fresco low-poly lowpoly line-art line painterly paper-cut paper
    print screenprint impasto
    """
)
_QUALITY = _words(
    """
    detailed detail intricate sharp crisp focused focus high-resolution resolution hd uhd 4k 8k
    hdr professional masterpiece award-winning award quality lighting lit light lights glow glowing
    sunlight sunlit moonlight backlit backlight shadow shadows contrast vivid vibrant rich soft
    warm cool dramatic moody composition balanced elegant polished clean precise fine texture
    textured depth bokeh lens mm f/1 f/2 golden cinematic atmospheric luminous radiant exquisite
    stunning beautiful gorgeous realistic lifelike photorealistic saturated muted crisp hour
    """
)
_OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(left.split(", ")), frozenset(right.split(", ")))
    for left, right in (
        ("day, daytime, daylight, noon, midday", "night, nighttime, midnight"),
        (
            "black and white, monochrome, grayscale, greyscale, colorless, colourless",
            "colorful, colourful, vibrant colors, vibrant colours, multicolored, rainbow",
        ),
        ("empty, deserted, abandoned, nobody", "crowded, bustling, busy, packed, teeming"),
        (
            "minimalist, minimal, minimalistic, plain",
            "highly detailed, intricate, ornate, hyperdetailed, maximalist, extremely detailed",
        ),
        (
            "close up, closeup, macro, extreme close up",
            "wide angle, panorama, panoramic, aerial view, wide shot",
        ),
        ("indoors, indoor, interior", "outdoors, outdoor"),
        ("summer", "winter, snowy"),
        ("sunny, cloudless, clear sky", "rainy, overcast, stormy, foggy"),
        ("photorealistic, photograph, photo", "cartoon, anime, line art, pixel art"),
        ("blurry, out of focus, blurred", "sharp focus, in focus, tack sharp"),
        ("modern, futuristic", "ancient, medieval, prehistoric"),
        ("symmetrical, symmetric", "asymmetrical, asymmetric"),
        ("smiling, laughing, cheerful, happy", "crying, frowning, sad, weeping"),
    )
)
_TERMS = frozenset().union(*(side for pair in _OPPOSITES for side in pair))
_WORD = re.compile(r"[^\W_]+(?:['’/-][^\W_]+)*")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def remarks(prompt: str) -> list[WordingRemark]:
    """What could make the picture less than it might be."""
    words = _WORD.findall(prompt.lower())
    unspaced = len(_NO_SPACES.findall(prompt)) if not prompt.isascii() else 0
    found = []
    count = len(words) if not unspaced else len(words) + unspaced // 2
    if count < MIN_WORDS:
        found.append(_short(count))
    foreign = unspaced or _mostly_not_latin(prompt)
    if not foreign:
        found.extend(_style_and_quality(words))
    found.extend(_contradictions(words))
    return found


def _short(count: int) -> WordingRemark:
    have = "one word" if count == 1 else f"{count} words"
    return WordingRemark(
        "prompt_short",
        f"The prompt has only {have}; the model will make up the rest.",
        f"Say what, where, in which light and style: {MIN_WORDS} words or more.",
    )


def _style_and_quality(words: list[str]) -> list[WordingRemark]:
    singles = set(words) | {word[:-1] for word in words if word.endswith("s")}
    singles |= {part for word in words if "-" in word for part in word.split("-")}
    found = []
    if not singles & _STYLE:
        found.append(
            WordingRemark(
                "no_style_words",
                "The prompt names no style.",
                "Add one, such as 'watercolour', 'studio photo' or 'isometric illustration'.",
            )
        )
    if not singles & _QUALITY:
        found.append(
            WordingRemark(
                "no_quality_words",
                "The prompt says nothing about light or finish.",
                "Add words such as 'soft morning light', 'sharp focus' or 'highly detailed'.",
            )
        )
    return found


def _contradictions(words: list[str]) -> list[WordingRemark]:
    plain = [part for word in words for part in word.split("-")]
    terms = {
        *_TERMS.intersection(plain),
        *_TERMS.intersection(map(" ".join, itertools.pairwise(plain))),
        *_TERMS.intersection(map(" ".join, zip(plain, plain[1:], plain[2:], strict=False))),
    }
    if len(terms) < 2:
        return []
    found = []
    for left, right in _OPPOSITES:
        if terms & left and terms & right:
            one, other = min(terms & left), min(terms & right)
            found.append(
                WordingRemark(
                    "contradiction",
                    f"The prompt says both {one!r} and {other!r}.",
                    "Keep the one that is meant, or say where each applies.",
                )
            )
    return found


def _mostly_not_latin(prompt: str) -> bool:
    if prompt.isascii():
        return False
    letters = [char for char in prompt if char.isalpha()]
    return sum(1 for char in letters if char > "\u024f") * 2 > len(letters)
