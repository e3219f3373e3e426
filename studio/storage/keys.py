"""Storage keys: relative names with ``/`` that can never lead out of the storage's folder."""

from __future__ import annotations

from pathlib import Path

from studio.errors import UnsafePath
from studio.storage.names import is_reserved

PART_SUFFIX = ".part"
"""Ends the names of files that are still being written."""

_FORBIDDEN = set('<>:"\\|?*')


def key_path(root: Path, key: str) -> Path:
    """The file that a key names.

    Args:
        root: The storage's folder, resolved.
        key: Relative, with ``/`` between portable names: ``pictures/<folder>/<file>``.

    Raises:
        UnsafePath: the key is no such name, or a link would lead out of the folder.
    """
    parts = key.split("/")
    if not all(_is_portable(part) for part in parts) or parts[-1].endswith(PART_SUFFIX):
        raise _unsafe(key)
    path = root.joinpath(*parts)
    try:
        inside = path.resolve().is_relative_to(root)
    except (OSError, RuntimeError, ValueError) as error:
        raise _unsafe(key) from error
    if not inside:
        raise _unsafe(key)
    return path


def _is_portable(part: str) -> bool:
    if not part or part != part.strip(" ") or part.endswith(".") or is_reserved(part):
        return False
    if any(letter in _FORBIDDEN or letter < " " or letter == "\x7f" for letter in part):
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in part)


def _unsafe(key: str) -> UnsafePath:
    return UnsafePath(
        f"{key[:200]!r} is no safe name for a stored file.",
        "Use a relative name of plain words with / between folders, without .. or drive letters.",
    )
