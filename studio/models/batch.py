"""A batch: its states, what holds for all of its jobs, and how it stands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from studio.models.money import Micros, Quote


class BatchState(StrEnum):
    """Where a batch stands."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELED = "canceled"


class PauseReason(StrEnum):
    """Why a batch waits."""

    USER = "user"
    BUDGET = "budget"
    FUNDS = "funds"
    KEY = "key"
    DISK = "disk"


class Place(StrEnum):
    """Which batches are served before which: those of one place share in turn."""

    FIRST = "first"
    NORMAL = "normal"
    LAST = "last"


class PictureFormat(StrEnum):
    """How pictures are kept: as they came, or re-encoded."""

    ORIGINAL = "original"
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"


class BatchSettings(BaseModel):
    """What holds for every job of a batch."""

    model_config = ConfigDict(frozen=True)

    format: PictureFormat = PictureFormat.ORIGINAL
    embed_metadata: bool = True
    output: str | None = None
    """Folder that receives a copy of each picture as it lands."""
    layout: str | None = None
    budget: Micros | None = None
    """Cap for this batch."""
    max_retries: int | None = Field(default=None, ge=0)
    """Tries after the first; ``None`` follows the installation's setting."""
    timeout: float | None = Field(default=None, gt=0)
    """Seconds that sending one attempt may take; ``None`` follows the installation's setting."""
    workers: int | None = None
    """Most jobs of this batch in flight at once; ``None`` leaves it to the lane."""


class Batch(BaseModel):
    """A set of jobs started together."""

    id: str
    title: str
    state: BatchState
    pause_reason: PauseReason | None = None
    pause_message: str | None = None
    source: str
    """Where the rows came from: a file name, ``generate`` or ``sample``."""
    model: str
    settings: BatchSettings
    quote: Quote
    created_by: str | None = None
    priority: int = 0
    """0 is normal; batches with more are served first, those with less last."""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None


class BatchCounts(BaseModel):
    """How many jobs stand where: always derived from the jobs."""

    queued: int = 0
    submitting: int = 0
    running: int = 0
    fetching: int = 0
    done: int = 0
    failed: int = 0
    refused: int = 0
    canceled: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All jobs of the batch."""
        return sum(self.model_dump().values())

    @property
    def in_flight(self) -> int:
        """Jobs being worked on now."""
        return self.submitting + self.running + self.fetching

    @property
    def unfinished(self) -> int:
        """Jobs that will still move by themselves."""
        return self.queued + self.in_flight


class BatchStatus(BaseModel):
    """A batch, its counts and its money at one moment: what every face shows."""

    batch: Batch
    counts: BatchCounts
    settled: Micros
    reserved: Micros
    eta_seconds: float | None = None
    """Honest estimate from the durations seen in this batch; ``None`` until there are some."""
    pictures_per_minute: float | None = None
    in_line: int = 0
    """Running jobs that wait in the provider's queue."""
    next_in_line: int | None = None
    """The best place among those; 0 is next."""
    skipped: int = 0
    """Pictures of a rerun that already existed."""
