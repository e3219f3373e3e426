"""Which inputs of a model are the prompt, the size, the seed, the count and the picture."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.catalog.schemas import Spec
from studio.catalog.sizes import pixels_of, ratio_of
from studio.models import InputNames, SizeInput, SizeKind

PROMPTS = ("prompt", "text_prompt", "prompt_text", "instruction", "instructions", "text")
NEGATIVES = ("negative_prompt", "negative", "neg_prompt")
SEEDS = ("seed", "random_seed", "noise_seed")
COUNTS = (
    "num_images", "num_outputs", "n", "number_of_images", "num_results", "image_count",
    "images_count", "num_samples", "samples", "number_of_results", "batch_size", "max_images",
)  # fmt: skip
"""A job is one picture: each of these is left at 1 or out, and never drawn."""

PICTURES = (
    "image_url", "image_urls", "input_image_url", "input_image_urls", "input_image",
    "input_images", "image", "images", "start_image_url", "start_image", "first_frame_url",
    "first_frame_image", "first_image_url", "init_image_url", "init_image", "source_image_url",
    "source_image", "subject_image_url", "subject_image", "reference_image_urls",
    "reference_image_url", "reference_images", "reference_image", "ref_image_urls",
    "ref_image_url", "inpaint_image_url", "uov_image_url", "initial_image_url",
)  # fmt: skip
"""Names of the picture to start from, best first; a required one comes before all others."""

HIDDEN = re.compile(
    r"sync_mode|result_type|series_amount|request_id|.*webhook.*|callback_url|response_format|(return|output|enable)_?base64.*"
    r"|.*_?base64_output|return_data_uri|.*data_uris?"
)
"""Inputs of no use to people, and those that bring series, or pictures as text."""

_SIZES = ("image_size", "size", "output_size", "image_dimensions", "resolution", "dimensions")
_RATIOS = ("aspect_ratio", "ratio", "aspect", "resolution_mode", "image_aspect_ratio")
_SIDES = (("width", "height"), ("image_width", "image_height"), ("target_width", "target_height"))
_PICTURE_NAME = re.compile(r"(.*_)?(image|mask|photo|face|frame|picture)(_\d+)?")
_ADDRESS_ENDING = re.compile(r"(_url|_urls|_uri|_uris)(_\d+)?$")


@dataclass(frozen=True, slots=True)
class Roles:
    """The inputs that the studio handles itself, and those nobody sees."""

    names: InputNames
    picture: Spec | None
    """The input for the picture to start from."""
    handled: frozenset[str]
    """Names of inputs that are no setting of the model."""


def find_roles(inputs: Sequence[Spec]) -> Roles:
    """Find out what each input is for, by its name and its type."""
    by_name = {spec.name: spec for spec in inputs}
    counts = [name for name in COUNTS if name in by_name and by_name[name].type in _NUMBERS]
    picture = _picture(inputs)
    names = InputNames(
        prompt=_first(by_name, PROMPTS, ("string",)) or "",
        negative_prompt=_first(by_name, NEGATIVES, ("string",)),
        seed=_first(by_name, SEEDS, _NUMBERS),
        size=find_size(by_name),
        count=counts[0] if counts else None,
        images=picture.name if picture else None,
        many_images=picture is not None and picture.type == "array",
    )
    taken = {names.prompt, names.negative_prompt, names.seed, *counts}
    if names.size and names.size.kind is SizeKind.SIDES:
        taken |= {names.size.name, names.size.height_name}
    handled = {name for name in by_name if name in taken or HIDDEN.fullmatch(name)}
    return Roles(names, picture, frozenset(handled))


_NUMBERS = ("integer", "number")


def _first(by_name: Mapping[str, Spec], wanted: Sequence[str], types: Sequence[str]) -> str | None:
    return next((name for name in wanted if name in by_name and by_name[name].type in types), None)


def is_picture(spec: Spec) -> bool:
    """Whether an input takes the address of a picture, or a list of such addresses."""
    one = spec.items if spec.type == "array" and spec.items is not None else spec
    if one.type != "string" or one.choices:
        return False
    if spec.ui.get("field") in ("image", "mask"):
        return True
    stem = _ADDRESS_ENDING.sub(r"\2", spec.name)
    if spec.type == "array":
        stem = stem.removesuffix("s")
    is_address = stem != spec.name or one.text("format") == "uri"
    return is_address and _PICTURE_NAME.fullmatch(stem) is not None


def _picture(inputs: Sequence[Spec]) -> Spec | None:
    """The picture to start from: a required one first, then by its name."""
    found = [spec for spec in inputs if spec.name in PICTURES and is_picture(spec)]
    return min(found, key=lambda spec: (not spec.required, PICTURES.index(spec.name)), default=None)


def find_size(by_name: Mapping[str, Spec]) -> SizeInput | None:
    """How a model takes a size; ``None`` where it takes none."""
    named = [by_name[name] for name in _SIZES if name in by_name]
    shaped = [by_name[name] for name in _RATIOS if name in by_name]
    for spec in named:
        if spec.child("width") and spec.child("height"):
            return _object(spec)
    for spec in named:
        if _share(spec, pixels_of) > 0.3:
            return _chosen(spec, SizeKind.PRESET)
    sides = _two_sides(by_name)
    if sides and not any("custom" in spec.choices for spec in shaped):
        return sides
    for spec in shaped:
        pixels = pixels_of(str(spec.default)) or _share(spec, pixels_of) > 0.3
        if spec.type == "string" and (not spec.choices or pixels or _share(spec, ratio_of) > 0.3):
            return _chosen(spec, SizeKind.PRESET if pixels else SizeKind.RATIO)
    for spec in named:
        if _share(spec, ratio_of) > 0.3:
            return _chosen(spec, SizeKind.RATIO)
    return None


def _share(spec: Spec, read: object) -> float:
    """Which share of the choices can be read as a size or a shape, by ``read``."""
    if not spec.choices or not callable(read):
        return 0.0
    return sum(read(str(choice)) is not None for choice in spec.choices) / len(spec.choices)


def _chosen(spec: Spec, kind: SizeKind) -> SizeInput:
    return SizeInput(
        kind=kind,
        name=spec.name,
        choices=tuple(str(choice) for choice in spec.choices),
        default=spec.default if isinstance(spec.default, str) else None,
        required=spec.required,
    )


def _object(spec: Spec) -> SizeInput:
    width, height = spec.child("width"), spec.child("height")
    found = _chosen(spec, SizeKind.OBJECT)
    return found.model_copy(update=_limits(width, height))


def _two_sides(by_name: Mapping[str, Spec]) -> SizeInput | None:
    for names in _SIDES:
        width, height = (by_name.get(name) for name in names)
        if width and height and {width.type, height.type} <= set(_NUMBERS):
            return SizeInput(
                kind=SizeKind.SIDES,
                name=width.name,
                height_name=height.name,
                required=width.required or height.required,
                **_limits(width, height),
            )
    return None


def _limits(*sides: Spec | None) -> dict[str, int]:
    """The bounds that hold for both sides, in pixels."""
    specs = [side for side in sides if side is not None]
    lows = [int(low) for side in specs if (low := side.number("minimum")) is not None]
    lows += [int(low) + 1 for s in specs if (low := s.number("exclusiveMinimum")) is not None]
    highs = [int(high) for side in specs if (high := side.number("maximum")) is not None]
    highs += [int(high) - 1 for s in specs if (high := s.number("exclusiveMaximum")) is not None]
    steps = [int(step) for side in specs if (step := side.number("multipleOf")) is not None]
    limits = {"minimum": max([1, *lows]), "multiple_of": max([1, *steps])}
    return limits | ({"maximum": min(highs)} if highs else {})
