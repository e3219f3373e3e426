"""Zip archives, streamed entry by entry so that a big batch needs little memory."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from studio.exports.atomic import replacing
from studio.storage.names import MAX_NAME_BYTES, TakenNames, safe_name, unique_name

_TEXT = frozenset({".json", ".csv", ".yaml", ".yml", ".log", ".txt", ".html"})
_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip can hold, for entries that never were files."""


def write_zip(target: BinaryIO | Path, entries: Iterable[tuple[str, Path | bytes]]) -> int:
    """Write an archive of ``entries``: (path with ``/``, a file or its bytes).

    Pictures are stored as they are, texts are compressed. Every part of a path is made a safe
    name and clashes get a suffix. A ``Path`` target appears only when it is complete.

    Returns:
        How many entries were written.
    """
    if isinstance(target, Path):
        with replacing(target) as part, part.open("wb") as file:
            return _write(file, entries)
    return _write(target, entries)


def _write(file: BinaryIO, entries: Iterable[tuple[str, Path | bytes]]) -> int:
    taken: dict[str, TakenNames] = defaultdict(TakenNames)
    written = 0
    with zipfile.ZipFile(file, "w", allowZip64=True, strict_timestamps=False) as archive:
        for name, content in entries:
            path = _claim(name, taken)
            written += 1
            suffix = PurePosixPath(path).suffix.lower()
            method = zipfile.ZIP_DEFLATED if suffix in _TEXT else zipfile.ZIP_STORED
            if isinstance(content, bytes):
                info = zipfile.ZipInfo(path, _NO_TIME)
                info.external_attr = 0o644 << 16
                archive.writestr(info, content, compress_type=method)
            else:
                archive.write(content, path, compress_type=method)
    return written


def _claim(name: str, taken: dict[str, TakenNames]) -> str:
    """A safe, free path for ``name``, marked as taken in its folder."""
    parts = [
        safe_name(part, max_length=MAX_NAME_BYTES)
        for part in PurePosixPath(name).parts
        if part.strip("/. ")
    ]
    *folders, last = parts or ["file"]
    prefix = "".join(f"{folder}/" for folder in folders)
    free = unique_name(last, taken[prefix.casefold()])
    taken[prefix.casefold()].add(free)
    return prefix + free
