"""Cards, prices and forms: strict about what is sent, sensible about how people write it."""

from __future__ import annotations

from typing import Any

import pytest

from studio.catalog import card_from_entry, check_params, fields_from_schema, load_cards
from studio.models import FieldKind, Mode

SCHEMA = {
    "type": "object",
    "required": ["image"],
    "properties": {
        "image": {"type": "string"},
        "steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 28},
        "guidance": {"type": "number", "minimum": 0, "title": "Guidance scale"},
        "safe": {"type": "boolean", "default": True},
        "style": {"type": "string", "enum": ["Auto", "Ink"], "x-advanced": True},
        "extra": {"type": "object"},
    },
}
FIELDS = fields_from_schema(SCHEMA)


def test_fields_follow_the_schema() -> None:
    by_name = {field.name: field for field in FIELDS}
    assert list(by_name) == list(SCHEMA["properties"])
    assert by_name["image"].required
    assert by_name["guidance"].label == "Guidance scale"
    assert by_name["steps"].label == "Steps"
    assert by_name["style"].kind is FieldKind.CHOICE
    assert by_name["style"].advanced
    assert by_name["extra"].kind is FieldKind.JSON


@pytest.mark.parametrize(
    ("name", "value", "clean"),
    [
        ("steps", "12", 12), ("steps", 12.0, 12), ("steps", " 7 ", 7), ("guidance", "7,5", 7.5),
        ("safe", "No", False), ("safe", True, True), ("safe", "1", True), ("style", "ink", "Ink"),
        ("image", 5, "5"), ("extra", '{"a": 1}', {"a": 1}), ("extra", {"a": 1}, {"a": 1}),
    ],
)  # fmt: skip
def test_sensible_values_are_understood(name: str, value: Any, clean: Any) -> None:
    found, problems = check_params(FIELDS, {"image": "x", name: value})
    assert not problems
    assert found[name] == clean


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("steps", "0", "from 1 to 50"), ("steps", "12.5", "whole number"),
        ("steps", True, "number"),
        ("guidance", "-1", "at least 0"), ("guidance", "nan", "number"),
        ("safe", "perhaps", "yes or no"),
        ("style", "oil", "Auto, Ink"), ("extra", "{", "JSON"), ("stepz", "1", "steps"),
    ],
)  # fmt: skip
def test_what_does_not_fit_says_what_would(name: str, value: Any, fix: str) -> None:
    found, problems = check_params(FIELDS, {"image": "x", name: value})
    assert name not in found
    assert [problem.name for problem in problems] == [name]
    assert fix in problems[0].fix


def test_empty_means_not_given_and_required_is_asked_for() -> None:
    found, problems = check_params(FIELDS, {"steps": "", "guidance": None})
    assert found == {}
    assert [problem.name for problem in problems] == ["image"]


def test_a_card_from_its_file_entry() -> None:
    card = card_from_entry(
        {"id": "x:y", "label": "Y", "modes": ["image", "edit"], "price": {"usd": 0.0336}}
    )
    assert (card.provider, card.name, card.modes) == ("x", "y", (Mode.IMAGE, Mode.EDIT))
    assert card.price is not None
    assert card.price.high == 33_600
    assert card_from_entry({"id": "x:y", "label": "Y"}).price is None
    assert load_cards("nobody") == ()
