"""A prompt file as the studio understands it: rows, what is wrong with them, and the mapping."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.models.money import Quote


class Severity(StrEnum):
    """An ``error`` keeps the row from running; a ``warning`` does not."""

    ERROR = "error"
    WARNING = "warning"


class RowIssue(BaseModel):
    """One thing that is wrong with one cell, in words for a non-technical person."""

    model_config = ConfigDict(frozen=True)

    row: int
    """Row number as the user counts: the first data row is 1."""
    column: str | None
    """The column as it is called in the user's file; ``None`` for the whole row."""
    severity: Severity
    code: str
    """Stable machine name, such as ``prompt_missing`` or ``prompt_short``."""
    message: str
    fix: str
    """What would be right."""


class Sheet(BaseModel):
    """A file after reading, before any meaning is given to its columns."""

    name: str
    kind: str
    """``csv``, ``xlsx``, ``json``, ``jsonl`` or ``yaml``."""
    columns: list[str]
    records: list[dict[str, Any]]
    """One mapping of column → cell per data row; cells of tables are text, others JSON values."""
    notes: list[str] = Field(default_factory=list)
    """What was noticed while reading: encoding, delimiter, renamed duplicate headers …"""


class PromptRow(BaseModel):
    """One row with its meaning: what to draw, how often, and what it is called."""

    number: int
    """Row number as the user counts: the first data row is 1."""
    prompt_id: str
    """Stable name of the row within its file, from an ``id`` column or the row number."""
    prompt: str
    negative_prompt: str | None = None
    section: str = ""
    image_number: int
    description: str = ""
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None
    model: str | None = None
    images: int = Field(default=1, ge=1)
    params: dict[str, Any] = Field(default_factory=dict)
    variables: dict[str, Any] = Field(default_factory=dict)
    """Columns with no known meaning: usable as ``{column}`` in the prompt, kept as metadata."""


class CheckedSheet(BaseModel):
    """A sheet after mapping, template expansion and checks."""

    sheet: Sheet
    mapping: dict[str, str]
    """Column in the file → field name (``prompt``, ``section``, ``param:steps``, ``ignore`` …)."""
    rows: list[PromptRow]
    """Rows without errors, expanded: one row with ``{a|b}`` becomes two."""
    issues: list[RowIssue]

    @property
    def errors(self) -> list[RowIssue]:
        """The issues that keep their rows from running."""
        return [issue for issue in self.issues if issue.severity is Severity.ERROR]

    @property
    def warnings(self) -> list[RowIssue]:
        """The issues that are worth a look."""
        return [issue for issue in self.issues if issue.severity is Severity.WARNING]

    @property
    def bad_rows(self) -> set[int]:
        """Numbers of the rows that cannot run."""
        return {issue.row for issue in self.errors}

    @property
    def pictures(self) -> int:
        """How many pictures the good rows ask for."""
        return sum(row.images for row in self.rows)


class PlannedModel(BaseModel):
    """How much of a plan goes to one model, and what that costs."""

    model: str
    label: str
    pictures: int
    quote: Quote
    price_source: str | None
    price_as_of: date | None = None
    """The day on which the price was true."""
