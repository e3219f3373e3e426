"""From rows to job specifications: size, parameters, seed and copies of each picture."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from studio import intake
from studio.catalog import body_for, check_params, quote_for
from studio.errors import BadParameter
from studio.models import JobSpec, ModelCard, PictureRequest, PromptRow, Quote, RunOptions
from studio.storage import picture_name

SMALLEST_SIDE, NAME_FROM_PROMPT = 64, 48


def specs_of(row: PromptRow, options: RunOptions, card: ModelCard) -> list[JobSpec]:
    """The pictures that one row asks for.

    Raises:
        BadParameter: a size or setting that the model does not take.
    """
    width, height = _size(row, options, card)
    params = _params(row, options, card)
    base = options.seed if row.seed is None else row.seed
    first = PictureRequest(
        model=card.id,
        prompt=row.prompt,
        negative_prompt=row.negative_prompt if card.takes_negative_prompt else None,
        width=width,
        height=height,
        seed=base,
        params=params,
    )
    wire = wire_of(card, first)
    return [
        JobSpec(
            request=first.model_copy(update={"seed": None if base is None else base + copy}),
            row_number=row.number,
            prompt_id=row.prompt_id,
            section=row.section,
            image_number=row.image_number,
            description=row.description,
            variables=row.variables,
            **wire,
        )
        for copy in range(options.images or row.images)
    ]


def wire_of(card: ModelCard, request: PictureRequest) -> dict[str, Any]:
    """What a job takes along to its provider: the model's own input, its names, and the quote."""
    body = body_for(card, request)[0] if card.inputs or card.guessed else {}
    return {"body": body, "names": card.inputs, "quote": quote_for(card, request)}


def notes_of(card: ModelCard, specs: Sequence[JobSpec]) -> list[str]:
    """Wishes that the model cannot meet exactly, each said once."""
    if not card.inputs:
        return []
    different = {_wish(spec): spec.request for spec in specs}
    found = (note for request in different.values() for note in body_for(card, request)[1])
    return list(dict.fromkeys(found))


def _wish(spec: JobSpec) -> str:
    """What a request asks for but for its words: requests alike in that get the same notes."""
    wish = spec.request
    rest = (
        wish.negative_prompt is None,
        wish.seed is None,
        wish.params,
        wish.references,
        wish.mode,
    )
    return repr((wish.width, wish.height, *rest))


def _params(row: PromptRow, options: RunOptions, card: ModelCard) -> dict[str, Any]:
    own = card.id == options.model
    names = {field.name for field in card.fields}
    shared = {k: v for k, v in options.params.items() if own or k in names}
    if not card.fields:
        return shared | row.params
    clean, problems = check_params(card.fields, shared | row.params)
    if problems:
        raise BadParameter(problems[0].message, problems[0].fix)
    return clean


def rerun_key(options: RunOptions) -> str | None:
    """Identity of a run for continuing it: the file, and everything that holds for all its rows."""
    if options.continue_key is None:
        return None
    parts = [
        options.continue_key, options.model, options.params,
        options.width, options.height, options.seed,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def numbered(specs: Sequence[JobSpec]) -> list[JobSpec]:
    """Tell equal requests apart by counting them, so that each is a picture of its own."""
    seen: Counter[str] = Counter()
    numbered = []
    for spec in specs:
        identity = spec.request.content_hash()
        numbered.append(spec.model_copy(update={"copy_index": seen[identity]}))
        seen[identity] += 1
    return numbered


def _size(row: PromptRow, options: RunOptions, card: ModelCard) -> tuple[int, int]:
    ratio = intake.parse_ratio(row.aspect_ratio) if row.aspect_ratio else None
    if ratio and options.width and options.height:
        like = intake.Size(options.width, options.height)
        width, height = intake.fit_ratio(ratio, like, card.max_side)
    else:
        width = _first(row.width, options.width, card.default_width)
        height = _first(row.height, options.height, card.default_height)
    for side in (width, height):
        if not SMALLEST_SIDE <= side <= card.max_side:
            raise BadParameter(
                f"A size of {width}×{height} is not possible with {card.label}.",
                f"Each side can be {SMALLEST_SIDE} to {card.max_side} pixels.",
            )
    return width, height


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def total(specs: Sequence[JobSpec]) -> Quote:
    """What some pictures cost together."""
    total = Quote(low=0, expected=0, high=0)
    for spec in specs:
        total = total.plus(spec.quote)
    return total


def stem_of(spec: JobSpec) -> str:
    """The file name that a picture asks for, without extension; others may have it already."""
    description = spec.description or spec.request.prompt[:NAME_FROM_PROMPT]
    return picture_name(spec.section, spec.image_number, description, "")
