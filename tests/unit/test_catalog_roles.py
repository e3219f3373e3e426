"""Which input is the size, the picture, the count: found by name and type."""

from __future__ import annotations

from typing import Any

import pytest

from studio.catalog import card_from_schema
from studio.models import InputNames, Mode, ModelCard, SizeInput, SizeKind

TEXT = {"type": "string"}
SIDE = {"type": "integer", "minimum": 256, "maximum": 1440, "multipleOf": 32, "default": 768}
RATIOS = {"type": "string", "enum": ["auto", "1:1", "16:9"]}


def card_of(required: tuple[str, ...] = (), **properties: Any) -> ModelCard:
    """A card of a model with a prompt and these inputs."""
    schema = {"required": list(required), "properties": {"prompt": TEXT, **properties}}
    return card_from_schema("p:m", schema)


def names_of(**properties: Any) -> InputNames:
    """How that model calls the common inputs."""
    names = card_of(**properties).inputs
    assert names is not None
    return names


def size_of(**properties: Any) -> SizeInput:
    """How that model takes a size."""
    size = names_of(**properties).size
    assert size is not None
    return size


def test_the_four_ways_to_take_a_size() -> None:
    both = {"type": "object", "properties": {"width": SIDE, "height": SIDE}}
    boxed = size_of(image_size={"anyOf": [both, {"enum": ["square_hd"]}], "default": "square_hd"})
    assert (boxed.kind, boxed.name, boxed.choices) == (
        SizeKind.OBJECT, "image_size", ("square_hd",),
    )  # fmt: skip
    assert (boxed.minimum, boxed.maximum, boxed.multiple_of) == (256, 1440, 32)
    sides = size_of(width=SIDE, height=SIDE)
    assert (sides.kind, sides.name, sides.height_name) == (SizeKind.SIDES, "width", "height")
    assert size_of(aspect_ratio=RATIOS).kind is SizeKind.RATIO
    for choices in (["1024x1024", "1536x1024", "auto"], ["square_hd", "square"]):
        assert size_of(image_size={"enum": choices}).kind is SizeKind.PRESET


def test_a_ratio_or_size_that_is_written_freely() -> None:
    assert size_of(aspect_ratio={"type": "string", "default": "16:9"}).kind is SizeKind.RATIO
    assert size_of(aspect_ratio={"type": "string", "default": "1024x1024"}).kind is SizeKind.PRESET


@pytest.mark.parametrize(
    "properties",
    [
        {"resolution": {"enum": ["480p", "720p"]}},
        {"resolution": {"enum": ["1K", "2K"]}},
        {"width": SIDE},
        {"size": {"enum": ["small", "large"]}},
    ],
)
def test_what_is_no_size_stays_a_setting(properties: dict[str, Any]) -> None:
    card = card_of(**properties)
    assert card.inputs is not None
    assert card.inputs.size is None
    assert [field.name for field in card.fields] == list(properties)


def test_sides_that_only_count_with_custom_give_way_to_the_ratio() -> None:
    custom = {"type": "string", "enum": ["1:1", "16:9", "custom"]}
    assert size_of(width=SIDE, height=SIDE, aspect_ratio=custom).kind is SizeKind.RATIO
    assert size_of(width=SIDE, height=SIDE, aspect_ratio=RATIOS).kind is SizeKind.SIDES


def test_usual_and_largest_sides_come_from_the_schema() -> None:
    card = card_of(width=SIDE, height=SIDE)
    assert (card.default_width, card.default_height, card.max_side) == (768, 768, 1440)
    wide = card_of(aspect_ratio={**RATIOS, "default": "16:9"})
    assert wide.default_width / wide.default_height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize(
    ("properties", "required", "name"),
    [
        ({"image_url": TEXT}, (), "image_url"),
        ({"reference_image_url": TEXT, "image_url": TEXT}, (), "image_url"),
        ({"reference_image_url": TEXT, "image_url": TEXT}, ("reference_image_url",),
         "reference_image_url"),
        ({"start_image_url": TEXT, "end_image_url": TEXT}, ("start_image_url",),
         "start_image_url"),
        ({"image": {"type": "string", "format": "uri"}}, (), "image"),
        ({"image": TEXT}, (), None),
        ({"mask_url": TEXT, "control_image_url": TEXT}, ("mask_url",), None),
        ({"image_url": {"type": "object"}}, (), None),
    ],
)  # fmt: skip
def test_the_picture_to_start_from(
    properties: dict[str, Any], required: tuple[str, ...], name: str | None
) -> None:
    card = card_of(required, **properties)
    assert card.inputs is not None
    assert card.inputs.images == name
    modes = (Mode.IMAGE,) if name is None else (Mode.IMAGE, Mode.EDIT)
    assert card.modes == ((Mode.EDIT,) if name in required else modes)
    assert [field.name for field in card.fields if field.start] == ([name] if name else [])


def test_a_list_of_pictures() -> None:
    many = {"type": "array", "items": {"type": "string"}}
    names = names_of(image_urls=many)
    assert (names.images, names.many_images) == ("image_urls", True)


def test_counts_and_what_nobody_should_set_are_no_settings() -> None:
    one = {"type": "integer"}
    hidden = ("sync_mode", "webhook_url", "request_id", "return_base64", "response_format")
    card = card_of((), num_images=one, max_images=one, **dict.fromkeys(hidden, TEXT), other=TEXT)
    assert card.inputs is not None
    assert card.inputs.count == "num_images"
    assert [field.name for field in card.fields] == ["other"]


def test_a_model_without_a_prompt_says_so() -> None:
    card = card_from_schema("p:m", {"properties": {"image_url": TEXT}, "required": ["image_url"]})
    assert card.inputs is not None
    assert card.inputs.prompt == ""
    assert not card.takes_seed
    assert not card.takes_negative_prompt
