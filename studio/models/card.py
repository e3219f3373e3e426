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
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: float | None = None
    choices: tuple[Any, ...] = ()
    """What can be chosen; of a list, what each of its entries can be."""
    shape: str = ""
    """For ``json``: ``object`` or ``array``; empty where anything may be written."""
    items: FieldKind | None = None
    """For a list: the kind of its entries; ``None`` where they are not described."""
    min_items: int | None = None
    max_items: int | None = None
    start: bool = False
    """The picture to start from: the studio fills in its own pictures where it has some."""
    advanced: bool = False


class SizeKind(StrEnum):
    """The ways in which models take a size."""

    OBJECT = "object"
    """One input that takes ``{"width": 1024, "height": 768}``."""
    SIDES = "sides"
    """Two inputs, for width and height."""
    RATIO = "ratio"
    """One input with a choice of aspect ratios, such as ``16:9``."""
    PRESET = "preset"
    """One input with a choice of named sizes, such as ``square_hd`` or ``1024x1024``."""


class SizeInput(BaseModel):
    """How a model takes a size."""

    model_config = ConfigDict(frozen=True)

    kind: SizeKind
    name: str
    """Name of the input; of the width for ``sides``."""
    height_name: str = ""
    """Name of the height for ``sides``."""
    choices: tuple[str, ...] = ()
    """What can be chosen, for ``ratio`` and ``preset``; empty where any can be written."""
    default: str | None = None
    """What the model chooses itself, such as ``auto`` or ``landscape_4_3``."""
    required: bool = False
    minimum: int = 1
    """The shortest side in pixels, for ``object`` and ``sides``."""
    maximum: int | None = None
    """The longest side in pixels, for ``object`` and ``sides``."""
    multiple_of: int = 1
    """Sides are multiples of this many pixels, for ``object`` and ``sides``."""


class InputNames(BaseModel):
    """What a model calls the inputs that the studio handles itself; ``None`` is not taken."""

    model_config = ConfigDict(frozen=True)

    prompt: str = "prompt"
    """Empty where the model takes no prompt."""
    negative_prompt: str | None = None
    seed: str | None = None
    size: SizeInput | None = None
    count: str | None = None
    """How many pictures one call makes: always sent as 1, for a job is one picture."""
    images: str | None = None
    """Pictures to start from, as addresses."""
    many_images: bool = False
    """Whether ``images`` takes a list."""


class ModelCard(BaseModel):
    """Everything the studio knows about one model before calling it."""

    model_config = ConfigDict(frozen=True)

    id: str
    """``provider:model-id-at-the-provider``."""
    label: str
    description: str = ""
    modes: tuple[Mode, ...] = (Mode.IMAGE,)
    fields: tuple[FormField, ...] = ()
    """Inputs beyond prompt, negative prompt, number of pictures and seed."""
    inputs: InputNames | None = None
    """How the common inputs are called at the provider; ``None`` where nothing is translated."""
    edit_with: str | None = None
    """Id of the model that starts from a picture, where this one cannot."""
    guessed: bool = False
    """True while nobody has told us what this model takes."""
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
