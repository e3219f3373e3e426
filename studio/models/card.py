"""A model card: what a model is called, takes, makes and costs, with the source of each fact."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.models.money import Price


class Mode(StrEnum):
    """What a call asks a model to make."""

    IMAGE = "image"
    EDIT = "edit"
    VIDEO = "video"
    JUDGE = "judge"
    TEXT = "text"


class FieldKind(StrEnum):
    """The kinds of input that a form can draw."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    IMAGE = "image"
    SIZE = "size"
    JSON = "json"


class FormField(BaseModel):
    """One input of a model, described neutrally: drawn on Generate, checked per row."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: FieldKind
    label: str
    help: str = ""
    required: bool = False
    default: Any = None
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[Any, ...] = ()
    advanced: bool = False


class ModelCard(BaseModel):
    """Everything the studio knows about one model before calling it."""

    model_config = ConfigDict(frozen=True)

    id: str
    """``provider:model-id-at-the-provider``."""
    label: str
    description: str = ""
    modes: tuple[Mode, ...] = (Mode.IMAGE,)
    fields: tuple[FormField, ...] = ()
    """Inputs beyond prompt, negative prompt, size and seed."""
    takes_negative_prompt: bool = False
    takes_seed: bool = True
    max_side: int = 4096
    default_width: int = 1024
    default_height: int = 1024
    price: Price | None = None
    source: str = ""
    as_of: date | None = None
    aliases: tuple[str, ...] = Field(default_factory=tuple)

    @property
    def provider(self) -> str:
        """The part of the id before the colon."""
        return self.id.partition(":")[0]

    @property
    def name(self) -> str:
        """The model's id at its provider."""
        return self.id.partition(":")[2]
