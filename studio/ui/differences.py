"""What differs between pictures, fact by fact and word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from studio.ui.literal_table import GONE, NEW, SAME, Piece

WORDY = frozenset({"Prompt", "Negative prompt", "Description"})


@dataclass(frozen=True)
class Difference:
    """One fact that is not the same for all pictures: the pieces of each picture's text."""

    name: str
    cells: list[list[Piece]]


def word_difference(first: str, second: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces; the words that only one of them has are marked.

    Joining the pieces of either side gives that text back exactly.
    """
    a, b = _words(first), _words(second)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        same = kind == "equal"
        if i2 > i1:
            left.append((SAME if same else GONE, "".join(a[i1:i2])))
        if j2 > j1:
            right.append((SAME if same else NEW, "".join(b[j1:j2])))
    return left, right


def differences(facts: Sequence[Mapping[str, str]]) -> tuple[list[Difference], list[str]]:
    """The facts that differ, each compared with the first picture, and the names that agree."""
    names = list(dict.fromkeys(name for known in facts for name in known))
    differing: list[Difference] = []
    agreeing: list[str] = []
    for name in names:
        texts = [known.get(name, "") for known in facts]
        if len(set(texts)) == 1:
            agreeing.append(name)
        else:
            differing.append(Difference(name, _cells(name, texts)))
    return differing, agreeing


def _cells(name: str, texts: list[str]) -> list[list[Piece]]:
    if name not in WORDY:
        return [
            [(SAME if i == 0 or text == texts[0] else NEW, text or "none")]
            for i, text in enumerate(texts)
        ]
    pairs = [word_difference(texts[0], text) for text in texts[1:]]
    first = pairs[0][0] if len(pairs) == 1 else [(SAME, texts[0])]
    cells = [first, *(right for _, right in pairs)]
    return [cell if any(text for _, text in cell) else [(SAME, "none")] for cell in cells]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)
