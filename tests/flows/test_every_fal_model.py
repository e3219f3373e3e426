"""Every prompt → image model of fal's own record, from its document to a drawn form and a body."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio import intake
from studio.catalog import body_for, card_from_schema, check_params, picture_problem, quote_for
from studio.models import (
    Call,
    CheckedSheet,
    FieldKind,
    FormField,
    Mode,
    ModelCard,
    PictureRequest,
    Sheet,
)
from tests.emulator import fal_catalog
from tests.emulator.fal_schema import problems

ENDPOINTS = [name for name in fal_catalog.endpoints() if fal_catalog.is_prompt_to_image(name)]
PICTURE = "https://example.com/picture.png"
PER_RUN = 44
WIDGETS = (
    "text_input", "text_area", "number_input", "slider", "selectbox", "toggle", "multiselect",
    "segmented_control",
)  # fmt: skip
JARGON = re.compile(r"error|exception|traceback|none\b|dict|pydantic|schema", re.IGNORECASE)


@cache
def card_of(endpoint: str) -> ModelCard:
    """The card that follows from the endpoint's document."""
    document = fal_catalog.openapi(endpoint)
    assert document is not None
    return card_from_schema(f"fal:{endpoint}", document)


def sample(field: FormField) -> Any:
    """Something that fits a field."""
    if field.default is not None:
        return field.default
    if field.kind is FieldKind.JSON and field.shape == "array":
        one = {"kind": field.items or FieldKind.TEXT, "shape": "", "items": None}
        return [sample(field.model_copy(update=one))]
    if field.kind is FieldKind.JSON:
        return {}
    if field.choices:
        return field.choices[0]
    return {
        FieldKind.INTEGER: 1, FieldKind.NUMBER: 0.5, FieldKind.BOOLEAN: True,
        FieldKind.IMAGE: PICTURE,
    }.get(field.kind, "x")  # fmt: skip


def wrong(field: FormField) -> list[Any]:
    """Values that do not fit a field."""
    values: dict[FieldKind, list[Any]] = {
        FieldKind.INTEGER: ["many", "1.5", "nan"],
        FieldKind.NUMBER: ["much", "inf"],
        FieldKind.BOOLEAN: ["perhaps"],
        FieldKind.CHOICE: ["no such choice"],
        FieldKind.SIZE: ["no such size"],
        FieldKind.IMAGE: ["my picture", "C:\\picture.png"],
        FieldKind.JSON: ["{", *(["[1]"] if field.shape == "object" else [])],
        FieldKind.TEXT: [["a", "b"]],
        FieldKind.LONG_TEXT: [{"a": 1}],
    }
    found = values[field.kind]
    if field.maximum is not None:
        found = [*found, field.maximum + 1]
    if field.minimum is not None:
        found = [*found, field.minimum - 1]
    if field.exclusive_minimum is not None:
        found = [*found, field.exclusive_minimum]
    return found


def needed(card: ModelCard) -> dict[str, Any]:
    """What the model demands, with something that fits."""
    return {f.name: sample(f) for f in card.fields if f.required and f.default is None}


def wish(card: ModelCard, params: dict[str, Any], **changes: Any) -> PictureRequest:
    """A request with every common wish."""
    size = {"width": card.default_width, "height": card.default_height}
    return PictureRequest(
        model=card.id, prompt="a cat", params=params, **{**size, "seed": 7, **changes}
    )


def complaints(endpoint: str, body: dict[str, Any]) -> list[Any]:
    """What the emulated fal has against a body, by the model's own document."""
    document = fal_catalog.openapi(endpoint)
    assert document is not None
    content = document["paths"][f"/{endpoint}"]["post"]["requestBody"]["content"]
    return problems(document, content["application/json"]["schema"], body)


def test_the_record_has_352_of_them() -> None:
    assert len(ENDPOINTS) == 352
    assert len(fal_catalog.endpoints()) == 1207
    shapes = {fal_catalog.output_shape(endpoint) for endpoint in fal_catalog.endpoints()}
    assert shapes == {"images", "image", "video", "other"}
    assert fal_catalog.openapi("nobody/nothing") is None


@pytest.mark.parametrize("endpoint", fal_catalog.endpoints()[::7])
def test_any_endpoint_has_a_document_that_can_be_read(endpoint: str) -> None:
    card = card_of(endpoint)
    assert not card.guessed
    assert json.loads(json.dumps(fal_catalog.openapi(endpoint))) == fal_catalog.openapi(endpoint)
    assert len({field.name for field in card.fields}) == len(card.fields)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_its_defaults_make_a_body_that_fal_takes(endpoint: str) -> None:
    card = card_of(endpoint)
    assert card.inputs is not None
    defaults = {f.name: f.default for f in card.fields if f.default is not None}
    clean, found = check_params(card.fields, defaults | needed(card))
    assert found == []
    references = ("x",) if card.modes == (Mode.EDIT,) else ()
    for params in (clean, needed(card)):
        for width, height in ((card.default_width, card.default_height), (1536, 640)):
            request = wish(card, params, width=width, height=height, references=references)
            body, notes = body_for(card, request)
            call = Call(
                job_id="j", attempt=1, request=request, seed=7, body=body, names=card.inputs
            )
            sent = call.input([PICTURE] if references else [])
            assert complaints(endpoint, sent) == []
            assert sent["prompt"] == "a cat"
            assert "sync_mode" not in sent
            assert all(note.endswith(".") for note in notes)
            if card.inputs.count:
                assert sent[card.inputs.count] == 1
    assert quote_for(card, wish(card, {})).high is None


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_does_not_fit_is_refused_in_plain_words(endpoint: str) -> None:
    card = card_of(endpoint)
    fits = needed(card)
    for field in card.fields:
        for value in wrong(field):
            clean, found = check_params(card.fields, fits | {field.name: value})
            assert [problem.name for problem in found] == [field.name], value
            assert field.name not in clean
            assert field.label in found[0].message
            assert found[0].fix.endswith(".")
            words = found[0].message.replace(repr(value), "").replace(repr(field.label), "")
            assert not JARGON.search(words + found[0].fix.partition("one of: ")[0])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_model_that_needs_a_picture_says_so(endpoint: str) -> None:
    card = card_of(endpoint)
    problem = picture_problem(card, wish(card, {}))
    start = [field for field in card.fields if field.start]
    assert (problem is not None) == (card.modes == (Mode.EDIT,))
    assert bool(start) == (Mode.EDIT in card.modes)
    _, found = check_params(card.fields, {})
    named = {each.name for each in found}
    assert named == needed(card).keys()
    if problem is not None:
        assert start[0].name in named
        assert "picture" in problem.message
        _, rest = check_params(card.fields, {}, has_picture=True)
        assert start[0].name not in {each.name for each in rest}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_rows_of_a_file_are_checked(endpoint: str) -> None:
    card = card_of(endpoint)
    fields = {field.name: field for field in card.fields}
    good = {name: as_cell(sample(field)) for name, field in fields.items()}
    checked = sheet_of(card, good, *({name: str(wrong(f)[0])} for name, f in fields.items()))
    first = checked.rows[0]
    assert first.number == 1
    assert first.params.keys() == {name for name, cell in good.items() if cell.strip()}
    texts = {FieldKind.TEXT, FieldKind.LONG_TEXT}
    bad = {(issue.row, issue.column) for issue in checked.errors if issue.code == "bad_param"}
    for number, (name, field) in enumerate(fields.items(), start=2):
        assert ((number, f"param:{name}") in bad) == (field.kind not in texts)
        assert 1 not in checked.bad_rows


def as_cell(value: Any) -> str:
    """A value as people write it into a spreadsheet."""
    return value if isinstance(value, str) else json.dumps(value)


def sheet_of(card: ModelCard, *rows: dict[str, str]) -> CheckedSheet:
    """A file whose columns are named after the model's settings, checked against it."""
    columns = ["prompt", *(f"param:{field.name}" for field in card.fields)]
    fits = {name: as_cell(value) for name, value in needed(card).items()}
    records = [
        {"prompt": "a cat", **{f"param:{name}": cell for name, cell in (fits | row).items()}}
        for row in rows
    ]
    sheet = Sheet(name="rows.csv", kind="csv", columns=columns, records=records)
    mapping = {column: column for column in columns}
    return intake.check_sheet(sheet, mapping, card_for=lambda model: card)


def draw_forms(endpoints: list[str]) -> None:
    """Runs as a page: the form of each model, one below the other."""
    import streamlit as st

    from studio.ui.forms import fill_fields, pick_size
    from tests.flows.test_every_fal_model import card_of

    given: dict[str, Any] = {}
    for endpoint in endpoints:
        card = card_of(endpoint)
        draft: dict[str, Any] = {}
        size = pick_size(card, key=f"form_{endpoint}", draft=draft)
        given[endpoint] = (size, fill_fields(card, card.fields, key="form", draft=draft))
    st.session_state["given"] = given


@pytest.mark.parametrize("first", range(0, len(ENDPOINTS), PER_RUN))
def test_its_form_is_drawn(first: int) -> None:
    endpoints = ENDPOINTS[first : first + PER_RUN]
    app = AppTest.from_function(draw_forms, default_timeout=60, args=(endpoints,)).run()
    assert not app.exception
    drawn: dict[str | None, Any] = {
        element.key: element for kind in WIDGETS for element in app.get(kind)
    }
    for endpoint in endpoints:
        card = card_of(endpoint)
        for field in card.fields:
            widget = drawn.get(f"form_field_{card.id}_{field.name}")
            assert (widget is None) == (field.kind is FieldKind.SIZE), field
            assert widget is None or widget.label.removesuffix(" (needed)") == field.label
        (width, height), params = app.session_state["given"][endpoint]
        assert 64 <= min(width, height) <= max(width, height) <= card.max_side
        sizes = {field.name for field in card.fields if field.kind is FieldKind.SIZE}
        assert params.keys() <= sizes  # an untouched form leaves everything to the model
        assert check_params(card.fields, params | needed(card))[1] == []
