"""What the studio reports about itself: budgets, health, keys, settings, disk use."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel

from studio.models.money import Micros


class BudgetLine(BaseModel):
    """Spend against one cap. ``cap`` is ``None`` where no cap is set."""

    scope: str
    """``day``, ``month`` or ``batch``."""
    label: str
    cap: Micros | None
    settled: Micros
    reserved: Micros

    @property
    def left(self) -> Micros | None:
        """What may still be spent; ``None`` without a cap."""
        return None if self.cap is None else self.cap - self.settled - self.reserved


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


class Check(BaseModel):
    """One health check in words."""

    name: str
    verdict: Verdict
    message: str
    fix: str = ""


class KeyLine(BaseModel):
    """Whether a provider's key is there. Never the key."""

    provider: str
    label: str
    env: tuple[str, ...]
    needed: bool
    present: bool
    source: str = ""


class SettingLine(BaseModel):
    """One setting with its source; secrets are masked before they get here."""

    name: str
    value: str
    source: str
    description: str


class StorageUse(BaseModel):
    """What lies on the disk, in bytes."""

    folder: str
    pictures: int
    picture_bytes: int
    thumbnail_bytes: int
    database_bytes: int
    other_bytes: int
    free_bytes: int


class ProviderLine(BaseModel):
    """A provider as the settings page and ``studio models`` show it."""

    id: str
    label: str
    description: str
    needs_key: bool
    ready: bool
