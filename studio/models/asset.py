"""A finished picture: the file, its thumbnail, and what a person made of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field


class Asset(BaseModel):
    """One stored file with everything the gallery shows about it."""

    id: str
    job_id: str
    batch_id: str
    path: str
    """Key in the storage, relative, with ``/``: ``pictures/<folder>/<file name>``."""
    media_type: str
    width: int
    height: int
    size: int
    """Bytes on disk."""
    sha256: str
    """Of the stored file; also names its thumbnail."""
    prompt: str
    negative_prompt: str | None = None
    model: str
    provider: str
    section: str = ""
    image_number: int = 1
    description: str = ""
    seed: int
    params: dict[str, Any] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict)
    parent_asset_id: str | None = None
    round: int = 1
    cost: int | None = None
    seconds: float | None = None
    starred: bool = False
    rating: int | None = None
    tags: list[str] = Field(default_factory=list)
    title: str | None = None
    created_at: datetime
    deleted_at: datetime | None = None

    @property
    def file_name(self) -> str:
        """The human file name."""
        return self.path.rpartition("/")[2]

    @property
    def caption(self) -> str:
        """A short name for people: title, description or the head of the prompt."""
        return self.title or self.description or self.prompt[:60]


class AssetSort(StrEnum):
    """Orders of the gallery."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SHEET = "sheet"
    """As in the prompt file: batch, then row."""


class AssetFilter(BaseModel):
    """What the gallery shows. Everything given must hold."""

    batch_id: str | None = None
    model: str | None = None
    section: str | None = None
    search: str | None = None
    """Words that the prompt, description or tags contain."""
    starred: bool | None = None
    since: date | None = None
    until: date | None = None
    """Inclusive days, UTC."""
    deleted: bool = False
    sort: AssetSort = AssetSort.NEWEST


class AssetPage(BaseModel):
    """One page of the gallery."""

    items: list[Asset]
    total: int
    page: int
    pages: int


class Facets(BaseModel):
    """What can be filtered by, with counts, largest first."""

    batches: list[tuple[str, str, int]]
    """(id, title, pictures)."""
    models: list[tuple[str, int]]
    sections: list[tuple[str, int]]
