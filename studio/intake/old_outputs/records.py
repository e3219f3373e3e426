"""Old outputs in neutral words: a folder, a picture with what was noted of it, a failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from studio.models.imports import ImportProblem
from studio.models.money import Micros


@dataclass(frozen=True, slots=True)
class OldFolder:
    """One output folder of system A or B, looked through but not yet read."""

    path: Path
    """Resolved."""
    title: str
    files: frozenset[str]
    """Every usable file in it, relative, with ``/``."""
    sections: tuple[str, ...]
    """Pictures of system B, in the order of their names."""
    iterations: tuple[str, ...]
    """Pictures of system A, by prompt and number."""
    prefix: str = ""
    """Where it lies in the folder that was named, such as ``runs/march/``."""

    @property
    def count(self) -> int:
        """How many picture files it holds."""
        return len(self.sections) + len(self.iterations)

    def told(self, name: str) -> str:
        """A file's name as a person finds it: relative to the folder that was named."""
        return f"{self.prefix}{name}"


@dataclass(frozen=True, slots=True)
class Search:
    """What was found below one folder."""

    path: Path
    folders: tuple[OldFolder, ...]
    problems: tuple[ImportProblem, ...]
    not_recognised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPicture:
    """One picture with everything that was noted about it. Times are UTC."""

    path: Path
    name: str
    """Relative to its old folder, with ``/``."""
    identity: str
    """Names it wherever its folder lies: its file name, for system A with the prompt's id."""
    stem: str
    """The file name it should have, without extension."""
    prompt: str = ""
    negative_prompt: str | None = None
    model: str | None = None
    """As the old program called it."""
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    section: str = ""
    image_number: int = 1
    description: str = ""
    prompt_id: str = "1"
    round: int = 1
    follows: str | None = None
    """The picture that this one improves on, as its :attr:`key` names it."""
    made_at: datetime | None = None
    seconds: float | None = None
    cost: Micros | None = None
    noted_in: str = ""
    """The file that the cost was read from."""
    retries: int = 0
    request_id: str | None = None
    job_id: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)
    """File → its whole content: nothing that was noted is lost."""
    complete: bool = True
    """False where a record is missing or cannot be read: a later import may do better."""

    @property
    def key(self) -> str:
        """Its name without the extension."""
        return PurePosixPath(self.name).with_suffix("").as_posix()


@dataclass(frozen=True, slots=True)
class FailedRecord:
    """The record of a picture that was never made."""

    name: str
    message: str


Found = OldPicture | FailedRecord | ImportProblem
