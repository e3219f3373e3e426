"""The body of a call: wishes in the model's own words, and notes where they cannot be met."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.catalog import body_for, card_from_schema, picture_problem
from studio.models import Call, FieldKind, FormField, Mode, ModelCard, PictureRequest

TEXT = {"type": "string"}
SIDES = {side: {"type": "integer"} for side in ("width", "height")}
BOX = {"anyOf": [{"type": "object", "properties": SIDES}, {"enum": ["auto"]}], "default": "auto"}
RATIO = {"enum": ["auto", "21:9", "16:9", "3:2", "1:1", "2:3", "9:16"], "default": "auto"}
PRESET = {"enum": ["1024x1024", "1536x1024", "1024x1536", "auto"], "default": "auto"}


def card_of(required: tuple[str, ...] = (), **properties: Any) -> ModelCard:
    """A card of a model with a prompt and these inputs."""
    schema = {"required": list(required), "properties": {"prompt": TEXT, **properties}}
    return card_from_schema("p:m", schema, label="M")


def wish(width: int = 1024, height: int = 1024, **changes: Any) -> PictureRequest:
    """A request for a picture of that size."""
    return PictureRequest(model="p:m", prompt="a cat", width=width, height=height, **changes)


def body(card: ModelCard, request: PictureRequest) -> dict[str, Any]:
    """The body, without its notes."""
    return body_for(card, request)[0]


def test_everything_under_the_models_own_names() -> None:
    card = card_of(
        negative_prompt=TEXT, seed={"type": "integer"}, num_images={"type": "integer"},
        image_size=BOX, steps={"type": "integer"},
    )  # fmt: skip
    request = wish(640, 480, negative_prompt="fog", seed=7, params={"steps": 4})
    assert body_for(card, request) == (
        {
            "prompt": "a cat",
            "negative_prompt": "fog",
            "num_images": 1,
            "image_size": {"width": 640, "height": 480},
            "steps": 4,
        },
        [],
    )


def test_the_call_fills_in_the_seed_and_the_picture() -> None:
    card = card_of(seed={"type": "integer"}, image_url=TEXT)
    request = wish(mode=Mode.EDIT, references=("x",))
    call = Call(
        job_id="j", attempt=1, request=request, seed=9, body=body(card, request), names=card.inputs
    )
    sent = call.input(["https://example.com/a.png"])
    assert sent == {"prompt": "a cat", "seed": 9, "image_url": "https://example.com/a.png"}


def test_two_sides_are_multiples_within_bounds() -> None:
    side = {"type": "integer", "minimum": 256, "maximum": 1440, "multipleOf": 16}
    card = card_of(width=side, height=side)
    assert body_for(card, wish(1024, 768)) == (
        {"prompt": "a cat", "width": 1024, "height": 768},
        [],
    )
    sent, notes = body_for(card, wish(1000, 2000))
    assert (sent["width"], sent["height"]) == (1008, 1440)
    assert len(notes) == 1
    assert "multiples of 16" in notes[0]
    assert "at most 1440" in notes[0]


@given(st.integers(64, 4096), st.integers(64, 4096), st.sampled_from([1, 8, 16, 64]))
def test_sides_always_obey_the_model(width: int, height: int, step: int) -> None:
    side = {"type": "integer", "minimum": 128, "maximum": 2000, "multipleOf": step}
    sent, notes = body_for(card_of(width=side, height=side), wish(width, height))
    for name, asked in (("width", width), ("height", height)):
        assert 128 <= sent[name] <= 2000
        assert sent[name] % step == 0
        if 128 <= asked <= 2000 // step * step:
            assert abs(sent[name] - asked) <= step / 2
    assert bool(notes) == ((sent["width"], sent["height"]) != (width, height))


@pytest.mark.parametrize(
    ("width", "height", "ratio", "noted"),
    [
        (1024, 1024, "1:1", False), (1280, 720, "16:9", False), (1216, 832, "3:2", True),
        (720, 1280, "9:16", False), (4000, 400, "21:9", True), (1365, 768, "16:9", False),
    ],
)  # fmt: skip
def test_the_nearest_ratio(width: int, height: int, ratio: str, noted: bool) -> None:
    sent, notes = body_for(card_of(aspect_ratio=RATIO), wish(width, height))
    assert sent["aspect_ratio"] == ratio
    assert bool(notes) == noted
    assert not noted or repr(ratio) in notes[0]


@given(st.integers(64, 4096), st.integers(64, 4096))
def test_turning_the_picture_turns_the_ratio(width: int, height: int) -> None:
    card = card_of(aspect_ratio={"enum": ["16:9", "3:2", "1:1", "2:3", "9:16"]})
    there = body(card, wish(width, height))["aspect_ratio"].split(":")
    back = body(card, wish(height, width))["aspect_ratio"].split(":")
    assert there == back[::-1]


def test_a_free_ratio_is_exact() -> None:
    card = card_of(aspect_ratio={"type": "string", "default": "16:9"})
    assert body_for(card, wish(1216, 832)) == ({"prompt": "a cat", "aspect_ratio": "19:13"}, [])


@pytest.mark.parametrize(
    ("width", "height", "preset", "noted"),
    [
        (1024, 1024, "1024x1024", False), (512, 512, "1024x1024", True),
        (1600, 900, "1536x1024", True), (1024, 1536, "1024x1536", False),
    ],
)  # fmt: skip
def test_the_nearest_preset(width: int, height: int, preset: str, noted: bool) -> None:
    sent, notes = body_for(card_of(image_size=PRESET), wish(width, height))
    assert sent["image_size"] == preset
    assert bool(notes) == noted


@pytest.mark.parametrize(
    ("name", "spec"), [("aspect_ratio", RATIO), ("image_size", PRESET), ("image_size", BOX)]
)
def test_a_changed_picture_keeps_its_own_size_unless_one_is_wished(
    name: str, spec: dict[str, Any]
) -> None:
    card = card_of(("image_url",), image_url=TEXT, **{name: spec})
    edit = {"mode": Mode.EDIT, "references": ("x",)}
    usual = wish(card.default_width, card.default_height, **edit)
    assert name not in body(card, usual)
    assert name in body(card, wish(1536, 640, **edit))
    assert name in body(card_of((), **{name: spec}), wish(card.default_width, card.default_height))


def test_a_named_choice_holds_while_the_size_is_the_usual_one() -> None:
    card = card_of(aspect_ratio=RATIO)
    auto = {"aspect_ratio": "auto"}
    assert body(card, wish(params=auto))["aspect_ratio"] == "auto"
    assert body(card, wish(1280, 720, params=auto))["aspect_ratio"] == "16:9"


def test_a_required_size_is_always_sent() -> None:
    ratio = {"enum": ["1:1", "16:9"]}
    card = card_of(("image_url", "aspect_ratio"), image_url=TEXT, aspect_ratio=ratio)
    assert body(card, wish(references=("x",)))["aspect_ratio"] == "1:1"


def test_nothing_known_means_the_prompt_and_what_was_given() -> None:
    guess = ModelCard(id="p:m", label="M", guessed=True)
    assert body_for(guess, wish()) == ({"prompt": "a cat"}, [])
    sent, notes = body_for(
        guess, wish(640, 480, params={"style": "ink", "num_images": 4, "sync_mode": True},
                    negative_prompt="fog"),
    )  # fmt: skip
    assert sent == {
        "prompt": "a cat", "style": "ink", "image_size": {"width": 640, "height": 480},
    }  # fmt: skip
    assert "negative prompt" in notes[0]


def test_where_nothing_is_translated_the_body_is_empty() -> None:
    assert body_for(ModelCard(id="p:m", label="M"), wish()) == ({}, [])


def test_what_a_model_demands_and_has_a_default_for_is_sent() -> None:
    card = card_of(("mode",), mode={"enum": ["a", "b"], "default": "b"})
    assert body(card, wish())["mode"] == "b"
    assert body(card, wish(params={"mode": "a"}))["mode"] == "a"


def test_wishes_without_an_input_are_noted() -> None:
    _, notes = body_for(card_of(), wish(seed=3, negative_prompt="fog"))
    assert [word for note in notes for word in ("seed", "negative") if word in note] == [
        "negative", "seed",
    ]  # fmt: skip


def test_several_pictures_for_one_job_are_never_asked_for() -> None:
    card = card_of(num_images={"type": "integer"}, max_images={"type": "integer"})
    sent = body(card, wish(params={"num_images": 4, "max_images": 4, "sync_mode": True}))
    assert sent == {"prompt": "a cat", "num_images": 1}


def test_the_request_is_never_changed() -> None:
    card = card_of(loras={"type": "array", "items": {"type": "object"}})
    request = wish(params={"loras": [{"path": "a"}]})
    before = copy.deepcopy(request)
    sent = body(card, request)
    sent["loras"][0]["path"] = "b"
    assert request == before


def test_a_model_that_changes_pictures_says_that_it_needs_one() -> None:
    card = card_of(("image_url",), image_url=TEXT)
    problem = picture_problem(card, wish())
    assert problem is not None
    assert "needs one" in problem.message
    assert picture_problem(card, wish(references=("x",))) is None
    assert picture_problem(card, wish(params={"image_url": "https://a.b/c.png"})) is None
    assert picture_problem(card_of(image_url=TEXT), wish()) is None


def test_a_field_that_is_no_size_is_left_alone() -> None:
    field = FormField(name="size", kind=FieldKind.TEXT, label="Size")
    guess = ModelCard(id="p:m", label="M", guessed=True, fields=(field,))
    assert body(guess, wish(params={"size": "big"}))["size"] == "big"
