"""Model cards from what a provider tells about a model's input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.catalog.forms import form_fields
from studio.catalog.roles import Roles, find_roles
from studio.catalog.schemas import Spec, read_inputs
from studio.catalog.sizes import sides_for
from studio.models import FormField, Mode, ModelCard

MAX_SIDE = 4096
"""The longest side in pixels that the studio asks any model for."""


def card_from_schema(
    model_id: str,
    document: Mapping[str, Any],
    *,
    label: str = "",
    description: str = "",
    listed: ModelCard | None = None,
) -> ModelCard:
    """The card of a model, from its OpenAPI document or JSON Schema object.

    Args:
        model_id: ``provider:model-id-at-the-provider``.
        document: What the provider serves; where it describes no input the card stays a guess.
        label: The provider's name for the model; its id where empty.
        description: What the provider says about it.
        listed: What is known already. It wins for everything but the inputs, unless it is a
            guess itself: then only its label, price and description count.
    """
    inputs = read_inputs(document)
    known = listed or ModelCard(
        id=model_id, label=label or model_id.partition(":")[2], description=description
    )
    if inputs is None:
        return known.model_copy(update={"guessed": known.inputs is None})
    roles = find_roles(inputs)
    learned = known.model_copy(update=_inputs(inputs, roles, known.fields))
    if listed is not None and not listed.guessed:
        return learned
    return learned.model_copy(update=model_facts(inputs, roles))


def _inputs(
    inputs: Sequence[Spec], roles: Roles, known: Sequence[FormField] = ()
) -> dict[str, Any]:
    """The parts of a card that say what the model takes."""
    ours = {field.name: field for field in known}
    return {
        "guessed": False,
        "inputs": roles.names,
        "fields": tuple(
            _in_our_words(field, ours.get(field.name)) for field in form_fields(inputs, roles)
        ),
        "takes_seed": roles.names.seed is not None,
        "takes_negative_prompt": roles.names.negative_prompt is not None,
    }


def _in_our_words(field: FormField, known: FormField | None) -> FormField:
    """The field as the provider describes it, under the label that our catalog gives it."""
    if known is None:
        return field
    words = {"label": known.label, "help": known.help or field.help, "advanced": known.advanced}
    return field.model_copy(update=words)


def model_facts(inputs: Sequence[Spec], roles: Roles) -> dict[str, Any]:
    """What else the inputs tell: what the model makes, its usual size and its longest side."""
    facts: dict[str, Any] = {"modes": _modes(roles)}
    size = roles.names.size
    if size is not None:
        facts["max_side"] = min(MAX_SIDE, size.maximum or MAX_SIDE)
        sides = sides_for(size.default) if size.default else None
        if sides is not None and max(sides) <= facts["max_side"]:
            facts |= {"default_width": sides[0], "default_height": sides[1]}
        elif size.height_name:
            facts |= _usual_sides(inputs, size.name, size.height_name)
    return facts


def _modes(roles: Roles) -> tuple[Mode, ...]:
    if roles.picture is None:
        return (Mode.IMAGE,)
    return (Mode.EDIT,) if roles.picture.required else (Mode.IMAGE, Mode.EDIT)


def _usual_sides(inputs: Sequence[Spec], width: str, height: str) -> dict[str, int]:
    defaults = {spec.name: spec.number("default") for spec in inputs}
    found = {"default_width": defaults.get(width), "default_height": defaults.get(height)}
    return {name: int(side) for name, side in found.items() if side}


def known_inputs(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a card that follow from a catalog entry's ``input_schema``.

    Where the schema names no prompt, the entry only describes settings: nothing is translated.
    """
    inputs = read_inputs(entry.get("input_schema", {})) or ()
    roles = find_roles(inputs)
    if not roles.names.prompt:
        return {}
    return {**model_facts(inputs, roles), **_inputs(inputs, roles)}
