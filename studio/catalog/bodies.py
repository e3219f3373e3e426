"""The body of a call: our wishes under the names that the model has for them."""

from __future__ import annotations

import copy
from typing import Any

from studio.catalog.checks import ParamProblem
from studio.catalog.roles import COUNTS, HIDDEN
from studio.catalog.sizes import fit_size
from studio.models import InputNames, Mode, ModelCard, PictureRequest


def body_for(card: ModelCard, request: PictureRequest) -> tuple[dict[str, Any], list[str]]:
    """The model's own input for a request, but for the seed and stored pictures.

    ``Call.input`` fills in those two at the last moment. Where the card translates nothing, the
    body is empty; where nobody knows what the model takes, it holds the prompt and what was given.

    Returns:
        The body, and plain sentences about wishes that cannot be met exactly.
    """
    if card.guessed:
        return _guessed_body(card, request)
    if card.inputs is None:
        return {}, []
    names, notes = card.inputs, _not_taken(card, request)
    body: dict[str, Any] = {}
    if names.prompt:
        body[names.prompt] = request.prompt
    if names.negative_prompt and request.negative_prompt:
        body[names.negative_prompt] = request.negative_prompt
    if names.count:
        body[names.count] = 1
    size = fit_size(card, request)
    body |= size.inputs
    body |= _settings(card, names, request)
    return copy.deepcopy(body), [*notes, *size.notes]


def _settings(card: ModelCard, names: InputNames, request: PictureRequest) -> dict[str, Any]:
    """The model's other inputs: what was given, and what it demands and has a default for."""
    own = {names.prompt, names.negative_prompt, names.seed, names.count}
    own.add(names.size.name if names.size else None)
    needed = {f.name: f.default for f in card.fields if f.required and f.default is not None}
    given = needed | _usable(request.params)
    return {name: value for name, value in given.items() if name not in own}


def _usable(params: dict[str, Any]) -> dict[str, Any]:
    """Without what would bring several pictures for one job, or pictures as text."""
    return {
        name: value
        for name, value in params.items()
        if name not in COUNTS and not HIDDEN.fullmatch(name)
    }


def _not_taken(card: ModelCard, request: PictureRequest) -> list[str]:
    names = card.inputs
    notes = []
    if request.negative_prompt and (names is None or not names.negative_prompt):
        notes.append(f"{card.label} takes no negative prompt; it is left out.")
    if request.seed is not None and names is not None and not names.seed:
        notes.append(f"{card.label} takes no seed; a picture cannot be made again exactly.")
    return notes


def _guessed_body(card: ModelCard, request: PictureRequest) -> tuple[dict[str, Any], list[str]]:
    body: dict[str, Any] = {"prompt": request.prompt}
    if (request.width, request.height) != (card.default_width, card.default_height):
        body["image_size"] = {"width": request.width, "height": request.height}
    return body | copy.deepcopy(_usable(request.params)), _not_taken(card, request)


def picture_problem(card: ModelCard, request: PictureRequest) -> ParamProblem | None:
    """What is missing where a model changes pictures and was given none; ``None`` if nothing."""
    if Mode.IMAGE in card.modes or Mode.EDIT not in card.modes or request.references:
        return None
    name = card.inputs.images if card.inputs else None
    if name is None or request.params.get(name):
        return None
    return ParamProblem(
        name,
        f"{card.label} changes a picture and needs one to start from.",
        f"Give the address of a picture as {name!r}, or choose a model that draws from text.",
    )
