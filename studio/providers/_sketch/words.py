"""What a prompt asks for: its words turned into a brief for the painters."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.providers._sketch import lexicon
from studio.providers._sketch.noise import Rng
from studio.providers._sketch.palette import COLOURS, NAMES, Palette, bend, named

_PHRASES = {
    "blue hour": "blue-hour", "still life": "still-life", "paper cut": "papercut",
    "paper-cut": "papercut", "pixel art": "pixel", "line art": "lineart", "cut paper": "papercut",
    "black and white": "black-and-white", "golden hour": "sunset", "long hair": "long-haired",
    "silver hair": "silver-haired", "screen print": "screenprint", "water colour": "watercolour",
    "hot air": "balloon", "milky way": "milky", "ink wash": "ink", "palette knife": "oil",
    "art deco": "deco", "open space": "airy", "negative space": "minimal",
}  # fmt: skip

_HOME = {
    "space": "night", "desert": "desert", "sea": "ocean", "forest": "forest", "mountains": "dawn",
    "city": "dusk", "street": "dusk", "interior": "clay", "product": "clay", "still life": "earth",
    "food": "clay", "flower": "spring", "portrait": "clay", "animal": "autumn",
    "landscape": "sunset", "icon": "candy", "pattern": "candy", "abstract": "candy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that the painters know about a request."""

    words: tuple[str, ...]
    subjects: tuple[str, ...]
    style: str
    composition: str
    palette: Palette
    detail: float
    seed: bytes

    def has(self, *subjects: str) -> bool:
        """Whether any of the subjects is asked for."""
        return any(subject in self.subjects for subject in subjects)

    def said(self, *words: str) -> bool:
        """Whether any of the words stands in the prompt."""
        return any(word in self.words for word in words)

    def rng(self, purpose: str) -> Rng:
        """An independent stream of chance for one purpose; equal briefs get equal streams."""
        digest = hashlib.sha256(self.seed + purpose.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def read_brief(
    prompt: str, negative: str | None, seed: int, params: Mapping[str, Any], reference: bytes
) -> Brief:
    """Turn a request into a brief. Unknown words still move the picture: they are in the seed."""
    body = [prompt, negative or "", seed, hashlib.sha256(reference).hexdigest()]
    digest = hashlib.sha256(json.dumps(body).encode()).digest()
    banned = set(_tokens(negative or ""))
    words = tuple(word for word in _tokens(prompt) if word not in banned)
    unwanted = _subjects(tuple(banned))
    subjects = tuple(subject for subject in _subjects(words) if subject not in unwanted)
    chance = np.random.default_rng(int.from_bytes(digest[16:], "big"))
    style = _choice(params, "style", lexicon.STYLES) or _style(words, chance)
    composition = _choice(params, "composition", lexicon.COMPOSITIONS) or _composition(
        words, chance
    )
    wanted = _choice(params, "palette", NAMES)
    colours = [word for word in words if word in COLOURS]
    name = wanted or _mood(words, composition, style, bool(colours), chance)
    palette = bend(named(name), [] if wanted else colours, chance)
    detail = params.get("detail", 0.6)
    detail = float(detail) if isinstance(detail, int | float) else 0.6
    return Brief(
        words=words,
        subjects=subjects,
        style=style,
        composition=composition,
        palette=palette,
        detail=min(max(detail, 0.0), 1.0),
        seed=digest,
    )


def _tokens(text: str) -> tuple[str, ...]:
    lowered = text.lower()
    for phrase, word in _PHRASES.items():
        lowered = lowered.replace(phrase, word)
    return tuple(re.findall(r"[\w][\w-]*", lowered))


def _choice(params: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str | None:
    value = str(params.get(name, "auto")).lower()
    return value if value in allowed else None


def _subjects(words: tuple[str, ...]) -> tuple[str, ...]:
    found = {
        subject: words.index(word)
        for subject, names in lexicon.SUBJECTS.items()
        for word in reversed(names.split())
        if word in words
    }
    return tuple(sorted(found, key=lambda subject: found[subject]))


def _best(words: tuple[str, ...], table: dict[str, str]) -> str | None:
    """The entry with the most, earliest and strongest words."""
    scores: dict[str, float] = {}
    for entry, names in table.items():
        known = names.split()
        for place, word in enumerate(words):
            if word in known:
                weight = 0.35 if word in lexicon.WEAK else 2.2 if word in lexicon.DECISIVE else 1.0
                scores[entry] = scores.get(entry, 0.0) + weight / (1 + place * 0.06)
    return max(scores, key=lambda entry: scores[entry]) if scores else None


def _style(words: tuple[str, ...], chance: Rng) -> str:
    found = _best(words, lexicon.STYLE_WORDS)
    drawn = str(chance.choice(["soft", "soft", "soft", "papercut", "poster", "watercolour"]))
    return found or drawn


def _composition(words: tuple[str, ...], chance: Rng) -> str:
    found = _best(words, lexicon.COMPOSITION_WORDS)
    drawn = str(chance.choice(["landscape", "mountains", "sea", "abstract", "forest", "desert"]))
    return found or drawn


def _mood(words: tuple[str, ...], composition: str, style: str, coloured: bool, chance: Rng) -> str:
    found = _best(words, lexicon.MOODS)
    if style == "neon":
        return "neon"
    if found:
        return found
    if composition == "space":
        return str(chance.choice(["night", "neon", "berry"]))
    if coloured and composition in {"abstract", "pattern", "icon", "product"}:
        return str(chance.choice(["clay", "pastel", "mint"]))
    if chance.random() < 0.55:
        return _HOME[composition]
    return str(chance.choice(["dawn", "sunset", "clay", "pastel", "tropical", "candy", "autumn"]))
