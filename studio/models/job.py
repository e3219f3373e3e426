"""The life of a job: its states, the one table of allowed moves, and the record."""

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
    JobState.QUEUED: frozenset(
        {
            JobState.SUBMITTING,
            JobState.CANCELED,
            JobState.RUNNING,  # one look took it for absent, another one found it
            JobState.FETCHING,
        }
    ),
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
    closed_at: datetime | None = None
    """When a person took note that it was charged for nothing."""

    @property
    def seconds(self) -> float | None:
        """How long the last attempt took, from sending to the end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()
