"""The layouts an export can have, found by folder: one file in ``layouts/`` is one layout."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from studio.errors import BadParameter
from studio.exports import layouts
from studio.models import Asset, Batch, BatchStatus, Job, PictureFormat


class Layout(Protocol):
    """How a batch lies in a folder: names of pictures, records beside them, and the summary."""

    name: str
    picture_format: PictureFormat | None
    """What the layout's readers expect; applies unless the user says otherwise."""

    def picture_name(
        self, batch: Batch, job: Job, asset: Asset | None, taken: Container[str]
    ) -> str:
        """The picture's path inside the folder, with ``/``; differs from all that are taken."""
        ...

    def write_job(
        self, folder: Path, batch: Batch, job: Job, asset: Asset | None, picture: Path | None
    ) -> bool:
        """Put one ended job into the folder: its picture, if it has one, and its record.

        Repeating it changes nothing, and a file that somebody else put there is never replaced.

        Returns:
            Whether a picture was written.

        Raises:
            StorageError: the disk refused.
        """
        ...

    def find(self, folder: Path, batch: Batch, job: Job, asset: Asset) -> Path | None:
        """Where :meth:`write_job` put the job's picture; ``None`` when it is not there."""
        ...

    def write_summary(
        self,
        folder: Path,
        status: BatchStatus,
        jobs: Sequence[Job],
        assets: Mapping[str, Asset],
    ) -> None:
        """Write what describes the whole batch. ``assets`` are keyed by job id.

        Raises:
            StorageError: the disk refused.
        """
        ...

    def entries(
        self,
        status: BatchStatus,
        jobs: Sequence[Job],
        assets: Mapping[str, Asset],
        pictures: Mapping[str, Path],
    ) -> Iterator[tuple[str, Path | bytes]]:
        """The same files for an archive: (path with ``/``, content); keys are job ids."""
        ...


def layout(name: str) -> Layout:
    """The layout of that name.

    Raises:
        BadParameter: no such layout; the message names those there are.
    """
    found = _layouts().get(name)
    if found is None:
        raise BadParameter(
            f"There is no layout {name!r}.", f"Choose one of: {', '.join(layout_names())}."
        )
    return found


def layout_names() -> tuple[str, ...]:
    """The names of all layouts, sorted."""
    return tuple(sorted(_layouts()))


@cache
def _layouts() -> dict[str, Layout]:
    modules = (
        importlib.import_module(f"{layouts.__name__}.{info.name}")
        for info in pkgutil.iter_modules(layouts.__path__)
    )
    found: list[Layout] = [module.LAYOUT for module in modules]
    return {each.name: each for each in found}
