"""What happened, when: the append-only event log, and the ledger's entries."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from studio.models.money import Micros


class Event(BaseModel):
    """One thing that happened to a batch or a job."""

    id: int
    at: datetime
    batch_id: str
    job_id: str | None = None
    kind: str
    data: dict[str, Any] = Field(default_factory=dict)


class EntryKind(StrEnum):
    """The three moves of money."""

    RESERVE = "reserve"
    RELEASE = "release"
    SETTLE = "settle"


class LedgerEntry(BaseModel):
    """One append-only line of the ledger. Every entry names its job."""

    id: int
    at: datetime
    day: int = 0
    """The budget day it counts for, as ``datetime.date.toordinal`` numbers days."""
    job_id: str
    batch_id: str
    attempt: int
    kind: EntryKind
    reserved: Micros
    """Change of the reserved sum."""
    settled: Micros
    """Change of the settled sum."""
    provider: str
    model: str
    picture: bool
    """True when the settlement paid for a picture in hand."""
    source: str
    """Where the figure comes from."""
    corrects: bool = False
    """True where a provider's bill changed what had been settled before."""


class CostGroup(BaseModel):
    """Spend of one day, model, provider or batch."""

    key: str
    label: str
    pictures: int
    settled: Micros
    reserved: Micros


class CostReport(BaseModel):
    """Spend, grouped. Totals are sums of the ledger, never of the groups shown."""

    by: str
    settled: Micros
    reserved: Micros
    charged_without_picture: Micros
    groups: list[CostGroup]
