"""Output folders of earlier programs (systems A and B), read into neutral records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from studio.intake.old_outputs.folders import LOOKED_FOR, find_old_folders
from studio.intake.old_outputs.iterations import IterationsReader
from studio.intake.old_outputs.records import (
    FailedRecord,
    Found,
    OldFolder,
    OldPicture,
    Search,
)
from studio.intake.old_outputs.sections import SectionsReader, from_stamp

__all__ = [
    "LOOKED_FOR",
    "FailedRecord",
    "Found",
    "OldFolder",
    "OldPicture",
    "OpenFolder",
    "Search",
    "find_old_folders",
    "from_stamp",
]


class OpenFolder:
    """An old folder with its summaries read, whose pictures come one at a time."""

    def __init__(self, folder: OldFolder) -> None:
        self.folder = folder
        self._sections = SectionsReader(folder)
        self._iterations = IterationsReader(folder)

    @property
    def summaries(self) -> dict[str, Any]:
        """File → what it says about the folder as a whole."""
        told = {"batch_metadata.json": self._sections.summary} if self._sections.summary else {}
        return told | self._iterations.summaries

    def read(self) -> Iterator[Found]:
        """Pictures, failures and problems."""
        yield from self._sections.read()
        yield from self._iterations.read()
