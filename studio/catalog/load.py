"""Model cards from the packaged YAML files: one file per provider, facts beside their sources."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

from studio.catalog.cards import known_inputs
from studio.catalog.forms import fields_from_schema
from studio.catalog.prices import price_from_entry
from studio.models import InputNames, Mode, ModelCard


@cache
def load_cards(provider: str) -> tuple[ModelCard, ...]:
    """The packaged cards of a provider, in the order of its file; none when it has no file."""
    entry = resources.files("studio.catalog") / "data" / f"{provider}.yaml"
    if not entry.is_file():
        return ()
    document = yaml.safe_load(entry.read_text(encoding="utf-8"))
    return tuple(card_from_entry(model) for model in document["models"])


def card_from_entry(entry: dict[str, Any]) -> ModelCard:
    """A card from one entry of a catalog file (its keys are those of :class:`ModelCard`).

    What the model takes, makes and calls its inputs follows from ``input_schema``; whatever the
    entry says itself wins.
    """
    special = {"fields", "price", "modes", "inputs"}
    said = {key: entry[key] for key in set(ModelCard.model_fields) - special if key in entry}
    facts = {"fields": fields_from_schema(entry.get("input_schema", {})), **known_inputs(entry)}
    facts["price"] = price_from_entry(entry.get("price"))
    if "modes" in entry:
        facts["modes"] = tuple(Mode(mode) for mode in entry["modes"])
    if "inputs" in entry:
        facts["inputs"] = InputNames.model_validate(entry["inputs"])
    return ModelCard(**facts | said)


@cache
def load_presets() -> dict[str, dict[str, Any]]:
    """The packaged presets: name → what each sets."""
    entry = resources.files("studio.catalog") / "data" / "presets.yaml"
    presets: dict[str, dict[str, Any]] = yaml.safe_load(entry.read_text(encoding="utf-8"))[
        "presets"
    ]
    return presets
