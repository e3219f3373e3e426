"""Files that are whole or absent: written beside their place, moved in one step, never in vain."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from studio.errors import StorageError


def write_bytes(path: Path, data: bytes) -> bool:
    """Put ``data`` at ``path`` atomically; folders are made.

    Returns:
        False when the file already held exactly these bytes and was left alone.

    Raises:
        StorageError: the disk refused.
    """
    with _said_plainly(path):
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
        with replacing(path) as part:
            part.write_bytes(data)
    return True


def copy_file(source: Path, target: Path) -> None:
    """Copy ``source`` to ``target`` atomically; folders are made.

    Raises:
        StorageError: the disk refused, or the source is gone.
    """
    with _said_plainly(target), replacing(target) as part:
        shutil.copyfile(source, part)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary neighbour of ``target`` that takes its place when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".{secrets.token_hex(6)}.part"
    try:
        yield part
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The file {path.name!r} could not be written: {error.strerror or error}.",
            f"Check that the folder {path.parent.as_posix()!r} is there, writable and not full.",
        ) from error
