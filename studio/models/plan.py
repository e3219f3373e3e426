"""Planned work before a person says go: options, jobs to be, and what they will cost."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from studio.models.batch import BatchSettings
from studio.models.job import JobSpec
from studio.models.money import Quote
from studio.models.prompt import PlannedModel


class RunOptions(BaseModel):
    """What holds for a whole run. A row's own values win over these."""

    model_config = ConfigDict(frozen=True)

    model: str
    params: dict[str, Any] = Field(default_factory=dict)
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    """Base seed: copy *n* of a row uses ``seed + n``; ``None`` gives each picture its own."""
    images: int | None = Field(default=None, ge=1, le=100)
    """Pictures per row; ``None`` follows the rows."""
    title: str = "Untitled"
    source: str = "generate"
    settings: BatchSettings = BatchSettings()
    continue_key: str | None = None
    """Identity of the prompt file for reruns; ``None`` always starts a new batch."""
    again: bool = False
    """True makes new pictures even where the same ones exist."""
    created_by: str | None = None


class Plan(BaseModel):
    """Everything that ``Batches.start`` needs, and what the person sees before saying go."""

    id: str = Field(default_factory=lambda: uuid4().hex)
    """A plan starts once: starting it again gives the batch that it became."""
    options: RunOptions
    specs: list[JobSpec]
    """The jobs that would be made or tried again; pictures that exist are not among them."""
    models: list[PlannedModel]
    quote: Quote
    notes: list[str] = Field(default_factory=list)
    """What the models cannot meet exactly, in plain words."""
    skipped: int = 0
    """Pictures that exist already from an earlier run of the same file."""
    batch_id: str | None = None
    """The earlier batch that would be continued."""

    @property
    def pictures(self) -> int:
        """How many pictures would be made."""
        return len(self.specs)


class CancelReport(BaseModel):
    """What cancelling means for money, before or after it is done."""

    waiting: int
    """Pictures that had not been sent: never charged."""
    in_flight: int
    """Pictures already sent: they may still be charged."""
    may_charge: int | None
    """Micro-dollars reserved for those in flight."""
