"""Finding old output folders below a folder, without following a path out of it."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from studio.errors import InputError
from studio.intake.old_outputs.records import OldFolder, Search
from studio.models.imports import ImportProblem

METADATA = "metadata"
SUMMARY_B = "batch_metadata.json"
RESULTS = "results"
PICTURE_ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".avif", ".gif"})
ITERATION = re.compile(r"iteration_(?P<number>[0-9]{1,9})", re.IGNORECASE)
_ITERATION_RECORD = re.compile(r"iteration_[0-9]{1,9}_results\.(?:json|ya?ml)", re.IGNORECASE)
SECTION_NAME = re.compile(
    r"(?P<section>.+?)_(?P<number>[0-9]{3})(?:_(?P<description>.*))?", re.DOTALL
)
SECTION_LONG = re.compile(
    r"(?P<section>.+?)_(?P<number>[0-9]{4,9})(?:_(?P<description>.*))?", re.DOTALL
)
LOOKED_FOR = (
    "Looked for pictures named Section_001_Description.png, metadata/<picture>.json, "
    "batch_metadata.json, and results/<prompt id>/iteration_1.png. "
    "Name the folder that holds them."
)
_DEEPEST = 16
_MOST_FILES = 500_000


def find_old_folders(folder: Path, shown: str, *, without: Path | None = None) -> Search:
    """The output folders of systems A and B in a folder, itself included.

    Args:
        shown: What the person called the folder.
        without: A folder inside that is left alone: the studio's own, resolved.

    Raises:
        InputError: there is no such folder, or nothing in it is recognised.
    """
    root = _resolved(folder, shown)
    look = _Look(root, without)
    look.walk()
    if look.full:
        raise InputError(f"{shown!r} holds more than {_MOST_FILES:,} files.", LOOKED_FOR)
    folders, strangers = _grouped(root, look.files)
    if not folders:
        what = "is empty" if not look.files else "holds no old outputs"
        raise InputError(f"The folder {shown!r} {what}.", LOOKED_FOR)
    return Search(root, folders, tuple(look.problems), strangers)


def iteration_of(name: str) -> tuple[str, int] | None:
    """(prompt folder, number) of a picture of system A."""
    path = PurePosixPath(name)
    match = ITERATION.fullmatch(path.stem)
    return None if match is None else (path.parent.as_posix(), int(match["number"]))


def _resolved(folder: Path, shown: str) -> Path:
    try:
        root = folder.resolve(strict=True)
        if not root.is_dir():
            raise InputError(f"{shown!r} is a file, not a folder of old outputs.", LOOKED_FOR)
        with os.scandir(root):
            return root
    except (OSError, RuntimeError, ValueError) as error:
        known = error.strerror if isinstance(error, OSError) else None
        raise InputError(
            f"The folder {shown!r} cannot be read: {known or 'no such folder'}.", LOOKED_FOR
        ) from error


class _Look:
    """Walks the tree once. Links that lead out, odd names and closed folders become problems."""

    def __init__(self, root: Path, without: Path | None) -> None:
        self._root = root
        self._without = without
        self.files: list[str] = []
        self.problems: list[ImportProblem] = []
        self.full = False

    def walk(self) -> None:
        """Collect the regular files, relative to the root, with ``/``."""
        for place, folders, names in os.walk(self._root, onerror=self._closed):
            here = Path(place)
            folders[:] = sorted(name for name in folders if self._may_enter(here / name))
            for name in sorted(names):
                if self._is_usable(here / name):
                    self.files.append((here / name).relative_to(self._root).as_posix())
            if len(self.files) > _MOST_FILES:
                self.full = True
                return

    def _may_enter(self, path: Path) -> bool:
        if not self._is_inside(path) or not self._is_text(path):
            return False
        if len(path.relative_to(self._root).parts) > _DEEPEST:
            self._tell(path, "It lies too deep in the folder.", "Import that folder by itself.")
            return False
        return not path.is_symlink() and path != self._without

    def _is_usable(self, path: Path) -> bool:
        return self._is_inside(path) and self._is_text(path) and path.is_file()

    def _is_inside(self, path: Path) -> bool:
        try:
            if path.resolve().is_relative_to(self._root):
                return True
        except (OSError, RuntimeError):
            pass
        fix = "Put the file itself there if it belongs to the pictures."
        self._tell(path, "It is a link that leads out of the folder, so it was not followed.", fix)
        return False

    def _is_text(self, path: Path) -> bool:
        if not any("\ud800" <= letter <= "\udfff" for letter in path.name):
            return True
        self._tell(path, "Its name holds bytes that are no letters.", "Rename it, import again.")
        return False

    def _closed(self, error: OSError) -> None:
        path = Path(error.filename or self._root)
        why = error.strerror or type(error).__name__
        self._tell(path, f"The folder cannot be read: {why}.", "Allow reading it, import again.")

    def _tell(self, path: Path, message: str, fix: str) -> None:
        name = path.relative_to(self._root).as_posix().encode("utf-8", "replace").decode()
        self.problems.append(ImportProblem(file=name, message=message, fix=fix))


def _grouped(root: Path, names: list[str]) -> tuple[tuple[OldFolder, ...], int]:
    """The files by old folder, and how many pictures belong to none."""
    homes = _topmost(home for name in names if (home := _marked(name)) is not None)
    files: dict[str, list[str]] = defaultdict(list)
    for name in names:
        files[_home_of(name, homes)].append(name)
    folders, strangers = [], 0
    for home, inside in files.items():
        folder, others = _old_folder(root, home, inside)
        strangers += others
        if folder.count or home in homes:
            folders.append(folder)
    return tuple(folders), strangers


def _marked(name: str) -> str | None:
    """The old folder that a file gives away; ``""`` for the named folder itself."""
    path = PurePosixPath(name)
    parent, above = path.parent, path.parent.parent
    home: PurePosixPath | None = None
    if path.name == SUMMARY_B:
        home = parent
    elif parent.name == METADATA and path.suffix == ".json":
        home = above
    elif _ITERATION_RECORD.fullmatch(path.name) or (
        path.suffix.lower() in PICTURE_ENDINGS and iteration_of(name)
    ):
        home = above.parent if above.name == RESULTS else above
    return None if home is None else home.as_posix().removeprefix(".")


def _topmost(homes: Iterable[str]) -> frozenset[str]:
    kept: set[str] = set()
    for home in sorted(set(homes), key=len):
        if not any(_contains(top, home) for top in kept):
            kept.add(home)
    return frozenset(kept)


def _contains(top: str, name: str) -> bool:
    return not top or name == top or name.startswith(f"{top}/")


def _home_of(name: str, homes: frozenset[str]) -> str:
    parents = [parent.as_posix().removeprefix(".") for parent in PurePosixPath(name).parents]
    return next((parent for parent in parents if parent in homes), "")


def _old_folder(root: Path, home: str, names: list[str]) -> tuple[OldFolder, int]:
    prefix = f"{home}/" if home else ""
    inside = [name.removeprefix(prefix) for name in names]
    files = frozenset(inside)
    pictures = [name for name in inside if PurePosixPath(name).suffix.lower() in PICTURE_ENDINGS]
    iterations = sorted((name for name in pictures if iteration_of(name)), key=_by_iteration)
    others = [name for name in pictures if not iteration_of(name)]
    sections = [name for name in sorted(others) if _is_section(name, files)]
    path = root / home
    named = path.parent if path.name == RESULTS and iterations else path
    folder = OldFolder(
        path, named.name or "Import", files, tuple(sections), tuple(iterations), prefix
    )
    return folder, len(others) - len(sections)


def _by_iteration(name: str) -> tuple[str, int, str]:
    found = iteration_of(name)
    return (*found, name) if found else ("", 0, name)


def _is_section(name: str, files: frozenset[str]) -> bool:
    stem = PurePosixPath(name).stem
    if SECTION_NAME.fullmatch(stem) or SECTION_LONG.fullmatch(stem):
        return True
    return any(place in files for place in record_places(name))


def record_places(name: str) -> list[str]:
    """Where the record of a picture of system B may lie, the likeliest first."""
    path = PurePosixPath(name)
    places = [folder / METADATA / f"{path.name}.json" for folder in path.parents]
    places += [path.parent / f"{path.name}.json", path.with_suffix(".json")]
    places += [folder / METADATA / f"{path.stem}.json" for folder in path.parents]
    return [place.as_posix() for place in places]
