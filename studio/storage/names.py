"""File names that people can read and that Windows, macOS and Linux all accept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator

MAX_NAME_BYTES = 240
"""Below the 255 bytes of the common file systems, with room for a suffix."""

_FORBIDDEN = set('<>:"/\\|?*')
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_RESERVED = {
    "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
    *(f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"),
}  # fmt: skip


def safe_name(text: str, *, max_length: int = 80, fallback: str = "untitled") -> str:
    """One portable path component made from any text; never empty, and stable when repeated.

    White space becomes ``_``. Letters of all scripts stay (NFC). Control characters, ``<>:"/\\|?*``
    and invisible marks go, as do dots, dashes and ``_`` at the ends that would hide the
    file or read as an option. A name that Windows reserves gets a ``_`` in front.

    Args:
        text: Whatever a person or a file said.
        max_length: Longest result in UTF-8 bytes, at least 1.
        fallback: Used when nothing of the text is left.
    """
    for candidate in (text, fallback, "untitled"):
        if name := _unreserved(_cleaned(candidate, max_length), max_length):
            return name
    return "untitled"[:max_length]


def picture_name(
    section: str, image_number: int, description: str, extension: str, *, suffix: str = ""
) -> str:
    """``Section_001_Description.png``.

    Args:
        section: Category of the prompt; ``Image`` stands in for an empty one.
        image_number: Padded to three digits.
        description: A brief name; left out with its ``_`` when empty.
        extension: With or without the dot.
        suffix: Tells copies apart, such as ``2``: ``Section_001_Description_2.png``.
    """
    words = [_cleaned(section, 80) or "Image", f"{image_number:03d}"]
    words += [word for word in (_cleaned(description, 80), _cleaned(suffix, 20)) if word]
    ending = re.sub(r"[^a-z0-9]", "", extension.lower())[:10]
    stem = _unreserved("_".join(words), MAX_NAME_BYTES)
    return f"{stem}.{ending}" if ending else stem


class TakenNames:
    """Names in use, compared as Windows and macOS do: case and composition make no difference."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._keys = {_key(name) for name in names}

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _key(name) in self._keys

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, name: str) -> None:
        """Take a name."""
        self._keys.add(_key(name))


def unique_name(name: str, taken: Container[str]) -> str:
    """The name, or the name with ``_2``, ``_3`` … before its extension when it is taken.

    Args:
        name: A safe name.
        taken: Names in use, compared without regard to case. For many names pass
            :class:`TakenNames`; any other collection is gone through on each call.
    """
    if isinstance(taken, Iterable) and not isinstance(taken, TakenNames):
        taken = TakenNames(taken)
    return next(candidate for candidate in _candidates(name) if candidate not in taken)


def _candidates(name: str) -> Iterator[str]:
    yield name
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    number = 2
    while True:
        tail = f"_{number}{dot}{ending}"
        yield _cut(stem, MAX_NAME_BYTES - len(tail.encode())) + tail
        number += 1


def _cleaned(text: str, max_length: int) -> str:
    kept = "".join(
        " " if letter.isspace() else letter
        for letter in unicodedata.normalize("NFC", text)
        if letter not in _FORBIDDEN
        and (letter.isspace() or unicodedata.category(letter) not in _INVISIBLE)
    )
    name = unicodedata.normalize("NFC", "_".join(kept.split()))
    return _cut(name.lstrip("._-"), max_length).rstrip("._")


def is_reserved(name: str) -> bool:
    """True for names that Windows gives to devices, such as ``CON`` and ``nul.txt``."""
    return name.partition(".")[0].rstrip(" ").upper() in _RESERVED


def _unreserved(name: str, max_length: int) -> str:
    return _cut(f"_{name}", max_length).rstrip("._") if is_reserved(name) else name


def _cut(text: str, max_bytes: int) -> str:
    return text.encode()[: max(max_bytes, 0)].decode(errors="ignore")


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFC", folded)
