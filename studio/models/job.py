"""The life of a job and of a batch: states, the one table of allowed moves, and the records."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import TransitionNotAllowed
from studio.models.card import InputNames
from studio.models.money import Micros, Quote
from studio.models.request import Fault, PictureRequest


class JobState(StrEnum):
    """Where a job stands. See ``docs/life-of-a-job.md`` for what each means for money."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    RUNNING = "running"
    FETCHING = "fetching"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Nothing more happens by itself (a person may still retry)."""
        return self in TERMINAL

    @property
    def holds_reservation(self) -> bool:
        """Money is set aside for a job in this state."""
        return self in {
            JobState.SUBMITTING,
            JobState.RUNNING,
            JobState.FETCHING,
            JobState.UNKNOWN,
        }


TERMINAL = frozenset({JobState.DONE, JobState.FAILED, JobState.REFUSED, JobState.CANCELED})
UNFINISHED = frozenset({JobState.QUEUED, JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHING})

TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.CANCELED}),
    JobState.SUBMITTING: frozenset(
        {
            JobState.RUNNING,
            JobState.FETCHING,
            JobState.QUEUED,  # provably nothing was sent, or the provider itself said "later"
            JobState.FAILED,
            JobState.REFUSED,
            JobState.CANCELED,
            JobState.UNKNOWN,
        }
    ),
    JobState.RUNNING: frozenset(
        {
            JobState.FETCHING,
            JobState.QUEUED,  # the provider gave the work up without charge
            JobState.FAILED,
            JobState.REFUSED,
            JobState.CANCELED,
            JobState.UNKNOWN,
        }
    ),
    JobState.FETCHING: frozenset({JobState.DONE, JobState.FAILED}),
    JobState.UNKNOWN: frozenset(
        {
            JobState.RUNNING,
            JobState.FETCHING,
            JobState.QUEUED,
            JobState.FAILED,
            JobState.REFUSED,  # it was found: the provider had declined it
            JobState.CANCELED,
        }
    ),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(
        {
            JobState.QUEUED,  # a person asked to try again
            JobState.FETCHING,  # what was charged was found at the provider after all
        }
    ),
    JobState.REFUSED: frozenset({JobState.QUEUED}),
    JobState.CANCELED: frozenset({JobState.QUEUED}),
}


def check_transition(old: JobState, new: JobState) -> None:
    """Raise unless the table allows the move.

    Raises:
        TransitionNotAllowed: the move is not in :data:`TRANSITIONS`.
    """
    if new not in TRANSITIONS[old]:
        raise TransitionNotAllowed(
            f"A picture that is {old.value!r} cannot become {new.value!r}.",
            "Look at how it stands now.",
        )


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


class JobSpec(BaseModel):
    """A job before it exists: one picture to make."""

    model_config = ConfigDict(frozen=True)

    request: PictureRequest
    copy_index: int = 0
    row_number: int = 1
    prompt_id: str = "1"
    section: str = ""
    image_number: int = 1
    description: str = ""
    variables: dict[str, Any] = Field(default_factory=dict)
    quote: Quote = Quote(low=None, expected=None, high=None)
    body: dict[str, Any] = Field(default_factory=dict)
    """The model's own input, complete but for the seed and the references."""
    names: InputNames | None = None
    """What the model calls the inputs that are filled in when it is sent."""
    parent_job_id: str | None = None
    parent_asset_id: str | None = None
    """The picture that this one varies or starts from."""
    round: int = 1

    @property
    def content_hash(self) -> str:
        """Identity of the picture that this job asks for."""
        return self.request.content_hash(self.copy_index)


class Progress(BaseModel):
    """What the provider last said about accepted work."""

    queue_position: int | None = None
    """Calls before this one in its queue; ``None`` once it is being made."""
    text: str | None = None


class Job(BaseModel):
    """One picture to make, as the database holds it."""

    id: str
    batch_id: str
    position: int
    spec: JobSpec
    seed: int
    file_stem: str
    """Name of its file without extension, unique within the batch."""
    state: JobState
    attempt: int
    retries: int
    not_before: datetime | None = None
    remote: dict[str, Any] | None = None
    outputs: list[dict[str, Any]] | None = None
    """Located outputs while fetching: spool file names or URLs."""
    progress: Progress | None = None
    """What the provider last said while running."""
    owner: str | None = None
    fault: Fault | None = None
    cost: Micros | None = None
    cost_source: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long the last attempt took, from sending to the end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


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
