"""Pictures on the local disk: written whole or not at all, under keys that cannot escape."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import NotFound, StorageError
from studio.failpoints import reach
from studio.storage.keys import PART_SUFFIX, key_path

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True, slots=True)
class Usage:
    """What the storage holds and what the disk has left, in bytes."""

    files: int
    bytes: int
    free: int


class LocalStorage:
    """Files in one folder of this machine. Safe to use from several threads.

    Args:
        root: The folder; made when the first file is put.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def put(self, key: str, data: bytes) -> Path:
        """Write a file so that it is there whole or not at all, even after a power cut.

        Raises:
            UnsafePath: the key leads out of the folder or is not portable.
            StorageError: the disk is full, read-only, or refuses for another reason.
        """
        path = self.path(key)
        part = path.parent / f".{secrets.token_hex(8)}{PART_SUFFIX}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write_through(part, data)
                reach("before_rename")
                os.replace(part, path)
                reach("after_rename")
            finally:
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(key, error, needed=len(data)) from error
        _sync_folder(path.parent)
        return path

    def read(self, key: str) -> bytes:
        """The content of a file.

        Raises:
            NotFound: no such file.
            UnsafePath, StorageError: as for :meth:`put`.
        """
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError as error:
            raise _missing(key) from error
        except OSError as error:
            raise self._refused(key, error) from error

    def path(self, key: str) -> Path:
        """Where a key's file lies or would lie.

        Raises:
            UnsafePath: the key leads out of the folder or is not portable.
        """
        return key_path(self.root, key)

    def exists(self, key: str) -> bool:
        """True when there is a file under the key."""
        return self.path(key).is_file()

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is fine."""
        try:
            self.path(key).unlink(missing_ok=True)
        except OSError as error:
            raise self._refused(key, error) from error

    def size(self, key: str) -> int:
        """Bytes of a file.

        Raises:
            NotFound: no such file.
        """
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError as error:
            raise _missing(key) from error
        except OSError as error:
            raise self._refused(key, error) from error

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Keys of all finished files that begin with ``prefix``, folder by folder, sorted."""
        folder = prefix.rpartition("/")[0]
        start = self.path(folder) if folder else self.root
        for path in _files(start):
            key = path.relative_to(self.root).as_posix()
            if key.startswith(prefix) and not key.endswith(PART_SUFFIX):
                yield key

    def usage(self) -> Usage:
        """Number and size of the finished files, and free space. Walks the whole folder."""
        files = size = 0
        for key in self.keys():
            with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
                size += (self.root / key).stat().st_size
                files += 1
        return Usage(files=files, bytes=size, free=self._free())

    def clean_parts(self) -> int:
        """Remove what a crash left half-written, and say how many. Only while nothing is put."""
        removed = 0
        for path in _files(self.root):
            if path.name.endswith(PART_SUFFIX):
                with contextlib.suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed

    def _free(self) -> int:
        folder = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        return shutil.disk_usage(folder).free

    def _refused(self, key: str, error: OSError, *, needed: int = 0) -> StorageError:
        if error.errno in _FULL:
            return StorageError(
                f"The disk is full: {key!r} needs {_megabytes(needed)} and "
                f"{_megabytes(self._free())} are free in {str(self.root)!r}.",
                "Free some space: it then goes on by itself. Nothing that was paid for is lost.",
            )
        if error.errno == errno.EROFS:
            why, fix = "the disk is read-only", "Choose a data folder that can be written to."
        elif error.errno in {errno.EACCES, errno.EPERM}:
            why = "access is denied"
            fix = "Allow this user to write there, or close the program that holds the file."
        else:
            why = error.strerror or type(error).__name__
            fix = "Look at the data folder and the disk, then try again."
        return StorageError(f"{key!r} in {str(self.root)!r}: {why}.", fix)


def _write_through(part: Path, data: bytes) -> None:
    with part.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable, where the system can open folders (Windows cannot)."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _files(start: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(start):
        folders.sort()
        for name in sorted(names):
            yield Path(folder, name)


def _missing(key: str) -> NotFound:
    return NotFound(
        f"There is no stored file {key!r}.",
        "It may have been deleted or moved by hand: restore the data folder from a backup.",
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
