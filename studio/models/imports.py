"""What taking in an old output folder brought: pictures, what failed there, what stayed out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from studio.models.money import Micros


class ImportProblem(BaseModel):
    """One file that could not be taken in, in whole or in part, and what would help."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Relative to the folder that was named, with ``/``."""
    message: str
    fix: str


class ImportReport(BaseModel):
    """What one import brought. Nothing in the old folder was changed."""

    folder: str
    pictures: int = 0
    """Taken in now."""
    already_there: int = 0
    """Left alone, because an earlier import or run had brought them."""
    failed_records: int = 0
    """Records of pictures that were never made: counted, not imported."""
    without_record: int = 0
    """Of the pictures taken in now, those known by their file name only."""
    not_recognised: int = 0
    """Picture files that are no output of a system that is known: left alone."""
    problems: list[ImportProblem] = Field(default_factory=list)
    batch_ids: list[str] = Field(default_factory=list)
    """The batches that hold the folder's pictures, new and old."""
    cost: Micros = 0
    """What the pictures taken in now cost, as far as it was noted."""
    cost_unknown: int = 0
    """Pictures taken in now for which no cost was noted."""
