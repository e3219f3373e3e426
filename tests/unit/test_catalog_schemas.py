"""Input schemas as providers write them: every spelling ends in the same plain description."""

from __future__ import annotations

from typing import Any

import pytest

from studio.catalog import card_from_schema, fields_from_schema
from studio.catalog.schemas import read_inputs
from studio.models import FieldKind, FormField, InputNames, Mode, ModelCard, Price, SizeKind


def field_of(spec: dict[str, Any], **definitions: Any) -> FormField:
    """The field that one property becomes."""
    [field] = fields_from_schema({"properties": {"x": spec}, "$defs": definitions})
    return field


def fal_document(properties: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """A document as fal serves it: the input is one of several paths away."""
    taken = {"type": "object", "required": ["prompt"], "properties": properties}
    taken["x-fal-order-properties"] = ["prompt", *(n for n in properties if n != "prompt")]
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}}
    return {
        "openapi": "3.0.4",
        "paths": {
            "/a/b/requests/{request_id}/cancel": {"put": {}, "post": {"requestBody": body}},
            "/a/b": {"post": {"requestBody": body}},
            "/a/b/requests/{request_id}": {"get": {}},
        },
        "components": {"schemas": {"In": taken, **schemas}},
    }


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ({"type": "string"}, FieldKind.TEXT),
        ({"type": "integer"}, FieldKind.INTEGER),
        ({"type": "number"}, FieldKind.NUMBER),
        ({"type": "boolean"}, FieldKind.BOOLEAN),
        ({"type": ["integer", "null"]}, FieldKind.INTEGER),
        ({"type": "integer", "nullable": True}, FieldKind.INTEGER),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, FieldKind.NUMBER),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, FieldKind.NUMBER),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, FieldKind.TEXT),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, FieldKind.JSON),
        ({"const": "a"}, FieldKind.CHOICE),
        ({"enum": [1, 2]}, FieldKind.CHOICE),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, FieldKind.CHOICE),
        ({"anyOf": [{"enum": ["a"]}, {"type": "string"}]}, FieldKind.TEXT),
        ({"type": "object"}, FieldKind.JSON),
        ({"properties": {"a": {"type": "string"}}}, FieldKind.JSON),
        ({"type": "array", "items": {"type": "string"}}, FieldKind.JSON),
        ({"$ref": "#/$defs/Wide"}, FieldKind.NUMBER),
        ({"allOf": [{"$ref": "#/$defs/Style"}], "default": "b"}, FieldKind.CHOICE),
        ({}, FieldKind.JSON),
        ("nonsense", FieldKind.JSON),
        ({"$ref": "#/nowhere"}, FieldKind.JSON),
        ({"type": "string", "format": "uri", "ui": {"field": "image"}}, FieldKind.IMAGE),
    ],
)  # fmt: skip
def test_every_spelling_of_a_type(spec: Any, kind: FieldKind) -> None:
    definitions = {"Wide": {"type": "number"}, "Style": {"type": "string", "enum": ["a", "b"]}}
    assert field_of(spec, **definitions).kind is kind


def test_what_a_property_says_itself_wins_over_its_reference() -> None:
    shared = {"type": "string", "enum": ["a", "b"], "title": "Shared", "description": "old"}
    field = field_of({"allOf": [{"$ref": "#/$defs/S"}], "default": "b", "title": "Own"}, S=shared)
    assert (field.label, field.help, field.default) == ("Own", "old", "b")
    assert field.choices == ("a", "b")
    assert field_of({"$ref": "#/$defs/S"}, S=shared).label == "X"


def test_null_is_no_choice() -> None:
    assert field_of({"enum": ["a", None]}).choices == ("a",)


def test_bounds_in_both_spellings() -> None:
    new = field_of({"type": "number", "exclusiveMinimum": 0, "maximum": 1, "multipleOf": 0.5})
    old = field_of({"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1})
    assert new.exclusive_minimum == old.exclusive_minimum == 0
    assert new.minimum is old.minimum is None
    assert new.maximum == old.maximum == 1
    assert new.multiple_of == 0.5
    plain = field_of({"type": "number", "minimum": 0, "exclusiveMinimum": False})
    assert (plain.minimum, plain.exclusive_minimum) == (0, None)


def test_lists_say_what_is_in_them() -> None:
    words = field_of({"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 1, "maxItems": 2})
    assert (words.shape, words.items, words.choices) == ("array", FieldKind.CHOICE, ("a", "b"))
    assert (words.min_items, words.max_items) == (1, 2)
    assert field_of({"type": "array", "items": {"type": "object"}}).items is FieldKind.JSON
    assert field_of({"type": "array"}).items is None


def test_schemas_that_go_in_circles_come_to_an_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    assert field_of({"$ref": "#/$defs/Node"}, Node=node).shape == "object"
    assert field_of({"$ref": "#/$defs/A"}, A={"$ref": "#/$defs/A"}).shape == "object"
    tree = {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
    assert field_of({"$ref": "#/$defs/Tree"}, Tree=tree).shape == "array"


def test_the_order_is_the_providers() -> None:
    fal = fal_document({"b": {"type": "string"}, "a": {"type": "string"}, "prompt": {}})
    assert [spec.name for spec in read_inputs(fal) or ()] == ["prompt", "b", "a"]
    inputs = {"a": {"type": "string", "x-order": 2}, "b": {"type": "string", "x-order": 0}, "c": {}}
    replicate = {"components": {"schemas": {"Input": {"type": "object", "properties": inputs}}}}
    assert [spec.name for spec in read_inputs(replicate) or ()] == ["b", "a", "c"]


def test_inputs_can_be_put_together_from_parts() -> None:
    common = {"required": ["prompt"], "properties": {"prompt": {"type": "string"}}}
    own = {"required": ["x"], "properties": {"x": {"type": "integer"}}}
    specs = read_inputs({"allOf": [{"$ref": "#/$defs/Common"}, own], "$defs": {"Common": common}})
    assert [(spec.name, spec.required) for spec in specs or ()] == [("prompt", True), ("x", True)]


@pytest.mark.parametrize("document", [{}, {"paths": {}}, {"paths": 3}, {"openapi": "3.0.4"}])
def test_a_document_without_inputs_leaves_a_guess(document: dict[str, Any]) -> None:
    card = card_from_schema("fal:a/b", document, label="B")
    assert card.guessed
    assert (card.label, card.fields, card.inputs) == ("B", (), None)


def test_a_document_without_inputs_takes_nothing_from_a_known_card() -> None:
    known = ModelCard(id="fal:a/b", label="B", inputs=InputNames())
    assert card_from_schema("fal:a/b", {}, listed=known) == known


def test_a_card_of_a_fal_document() -> None:
    size = {"type": "object", "properties": {s: {"type": "integer"} for s in ("width", "height")}}
    document = fal_document(
        {
            "prompt": {"type": "string"},
            "negative_prompt": {"type": "string", "default": ""},
            "image_size": {
                "anyOf": [{"$ref": "#/components/schemas/S"}, {"enum": ["square_hd", "auto"]}],
                "default": "square_hd",
            },
            "num_images": {"type": "integer", "default": 1},
            "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "sync_mode": {"type": "boolean"},
            "webhook_url": {"type": "string"},
            "output_format": {"enum": ["jpeg", "png"], "default": "jpeg"},
            "image_url": {"type": "string"},
            "loras": {"type": "array", "items": {"$ref": "#/components/schemas/L"}},
            "num_inference_steps": {"type": "integer", "title": "Num Inference Steps"},
            "fancy": {"type": "boolean", "ui": {"important": True}},
        },
        S=size,
        L={"type": "object", "properties": {"path": {"type": "string"}}},
    )
    card = card_from_schema("fal:a/b", document, description="D")
    assert (card.label, card.description, card.guessed) == ("a/b", "D", False)
    assert card.modes == (Mode.IMAGE, Mode.EDIT)
    names = card.inputs
    assert names is not None
    assert (names.prompt, names.negative_prompt, names.seed) == (
        "prompt", "negative_prompt", "seed",
    )  # fmt: skip
    assert (names.count, names.images, names.many_images) == ("num_images", "image_url", False)
    assert names.size is not None
    assert (names.size.kind, names.size.default) == (SizeKind.OBJECT, "square_hd")
    assert (card.default_width, card.default_height) == (1024, 1024)
    fields = {field.name: field for field in card.fields}
    assert list(fields) == [
        "image_url", "image_size", "output_format", "loras", "num_inference_steps", "fancy",
    ]  # fmt: skip
    assert fields["image_url"].start
    assert fields["num_inference_steps"].label == "Inference steps"
    rare = [name for name, field in fields.items() if field.advanced]
    assert rare == ["image_size", "output_format", "loras"]


def test_what_is_listed_wins_for_everything_but_the_inputs() -> None:
    price = Price(low=1, expected=1, high=1, source="s")
    ours = FormField(name="steps", kind=FieldKind.INTEGER, label="Ours", help="h", maximum=8)
    listed = ModelCard(
        id="fal:a/b", label="Listed", modes=(Mode.IMAGE,), price=price, edit_with="fal:a/e",
        inputs=InputNames(), fields=(ours,), default_width=640,
    )  # fmt: skip
    document = fal_document(
        {
            "prompt": {"type": "string"},
            "image_url": {"type": "string"},
            "steps": {"type": "integer", "maximum": 12, "description": "theirs"},
        }
    )
    card = card_from_schema("fal:a/b", document, label="Theirs", listed=listed)
    assert (card.label, card.price, card.edit_with) == ("Listed", price, "fal:a/e")
    assert (card.modes, card.default_width) == ((Mode.IMAGE,), 640)
    steps = next(field for field in card.fields if field.name == "steps")
    assert (steps.label, steps.help, steps.maximum) == ("Ours", "h", 12)
    guess = ModelCard(id="fal:a/b", label="Guess", price=price, guessed=True)
    learned = card_from_schema("fal:a/b", document, listed=guess)
    assert (learned.label, learned.price, learned.guessed) == ("Guess", price, False)
    assert learned.modes == (Mode.IMAGE, Mode.EDIT)


def test_a_card_of_a_replicate_document() -> None:
    inputs = {
        "prompt": {"type": "string", "x-order": 0},
        "aspect_ratio": {"allOf": [{"$ref": "#/components/schemas/R"}], "default": "1:1",
                         "x-order": 1},
        "num_outputs": {"type": "integer", "default": 1, "x-order": 2},
        "image": {"type": "string", "format": "uri", "x-order": 3},
    }  # fmt: skip
    schemas = {
        "Input": {"type": "object", "required": ["prompt"], "properties": inputs},
        "R": {"type": "string", "title": "aspect_ratio", "enum": ["1:1", "16:9"]},
    }
    card = card_from_schema("replicate:o/m", {"components": {"schemas": schemas}})
    assert card.inputs is not None
    assert card.inputs.size is not None
    assert (card.inputs.size.kind, card.inputs.size.choices) == (SizeKind.RATIO, ("1:1", "16:9"))
    assert (card.inputs.count, card.inputs.images) == ("num_outputs", "image")
    assert card.modes == (Mode.IMAGE, Mode.EDIT)
