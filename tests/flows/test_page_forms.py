"""The parts of the form: every kind of setting, shapes and sizes, listed and typed models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio.catalog import card_from_schema, load_cards
from studio.container import Studio
from studio.container.live import Live
from studio.errors import UnknownModel, Unreachable
from studio.models import ModelCard
from studio.ui.model_choice import found_name
from tests.flows.page_world import looked_at, open_page, page_world

TYPED = "fal:somebody/something"
ADDRESS = "https://example.com/a.png"
SCHEMA: dict[str, object] = {
    "required": ["prompt", "mask_url"],
    "properties": {
        "prompt": {"type": "string"},
        "mask_url": {"type": "string"},
        "steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 28},
        "many": {"type": "integer", "minimum": 0, "maximum": 4294967295},
        "open": {"type": "integer"},
        "strength": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.95},
        "scale": {"type": "number"},
        "few": {"enum": ["a", "b"], "default": "a"},
        "none_chosen": {"enum": ["a", "b"]},
        "lots": {"enum": [f"choice {number}" for number in range(12)]},
        "on": {"type": "boolean", "default": True},
        "perhaps": {"type": "boolean"},
        "words": {"type": "array", "items": {"type": "string"}},
        "styles": {"type": "array", "items": {"enum": ["ink", "oil"]}},
        "loras": {"type": "array", "items": {"type": "object"}},
        "system_prompt": {"type": "string"},
    },
}


def draw(schema: dict[str, object]) -> None:
    """Runs as a page: the form of one model."""
    import streamlit as st

    from studio.catalog import card_from_schema
    from studio.ui.forms import fill_fields, pick_size

    draft = st.session_state.setdefault("draft", {})
    card = card_from_schema("p:m", schema, label="M")
    st.session_state["size"] = pick_size(card, key="form", draft=draft)
    st.session_state["given"] = fill_fields(card, card.fields, key="form", draft=draft)


def form(schema: dict[str, object]) -> AppTest:
    """The form of a model after its first run."""
    return looked_at(AppTest.from_function(draw, args=(schema,), default_timeout=30))


def widget(app: AppTest, name: str) -> Any:
    """The widget of a setting."""
    return app.get_by_key(f"form_field_p:m_{name}")


def keyed(app: AppTest, key: str) -> Any:
    """Any widget, by its key."""
    return app.get_by_key(key)


def size_of(app: AppTest) -> tuple[int, int]:
    """The size that was picked."""
    found: tuple[int, int] = app.session_state["size"]
    return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


def test_every_kind_of_setting_gives_its_value() -> None:
    app = form(SCHEMA)
    assert app.session_state["given"] == {}
    assert widget(app, "mask_url").label == "Mask (needed)"
    assert widget(app, "many").value is None
    wishes = {
        "mask_url": ADDRESS, "steps": 30, "many": 7, "open": 8, "strength": 0.5, "scale": 1.5,
        "few": "b", "none_chosen": "a", "lots": "choice 11", "on": False, "perhaps": True,
        "styles": ["oil"], "system_prompt": "Be bold",
    }  # fmt: skip
    for name, value in wishes.items():
        widget(app, name).set_value(value)
    widget(app, "words").set_value("one\ntwo")
    widget(app, "loras").set_value('[{"path": "a"}]')
    looked_at(app)
    given = app.session_state["given"]
    assert given == wishes | {"words": ["one", "two"], "loras": [{"path": "a"}]}
    assert looked_at(app).session_state["given"] == given


def test_what_does_not_fit_is_said_beneath() -> None:
    app = form(SCHEMA)
    widget(app, "mask_url").set_value("my picture")
    widget(app, "loras").set_value("[oops")
    looked_at(app)
    said = " ".join(caption.value for caption in app.caption)
    assert "address of a picture" in said
    assert "JSON list" in said
    assert app.session_state["given"]["mask_url"] == "my picture"


def test_shapes_are_those_of_the_model() -> None:
    ratio = {"enum": ["auto", "16:9", "1:1"], "default": "auto"}
    app = form({"properties": {"prompt": {"type": "string"}, "aspect_ratio": ratio}})
    assert size_of(app) == (1024, 1024)
    assert app.session_state["given"] == {"aspect_ratio": "auto"}
    keyed(app, "form_size_p:m").set_value("16:9")
    looked_at(app)
    assert size_of(app) == (1368, 768)
    assert app.session_state["given"] == {}
    keyed(app, "form_size_p:m").set_value("1:1")
    assert size_of(looked_at(app)) == (1024, 1024)
    assert app.session_state["given"] == {}


def test_sizes_in_pixels_obey_the_model() -> None:
    side = {"type": "integer", "minimum": 256, "maximum": 1440, "multipleOf": 32}
    app = form({"properties": {"prompt": {"type": "string"}, "width": side, "height": side}})
    keyed(app, "form_size").set_value("Custom")
    looked_at(app)
    width = app.number_input(key="form_width_p:m")
    assert (width.min, width.max, width.step) == (256, 1440, 32)
    width.set_value(640)
    assert size_of(looked_at(app)) == (640, 1024)


def test_a_model_without_a_size_says_so() -> None:
    app = form({"properties": {"prompt": {"type": "string"}}})
    assert [caption.value for caption in app.caption] == ["This model has one size."]


def test_models_are_listed_with_provider_and_price(world: Studio) -> None:
    options = open_page("generate").selectbox(key="generate_model").options
    assert options[0] == world.models.card(None).label
    assert any("FLUX.1 schnell" in each and "about $0.003" in each for each in options)
    assert len(options) == len(world.models.cards())
    assert {card.label for card in load_cards("fal")} <= {each.split(" · ")[1] for each in options
                                                          if " · " in each}  # fmt: skip


def learned(live: Live, model_id: str, timeout: float = 15.0) -> ModelCard:
    """The provider tells that the model has one setting."""
    return card_from_schema(
        model_id, {"properties": {"prompt": {"type": "string"}, "style": {"enum": ["a", "b"]}}}
    )


def typed(model: str) -> AppTest:
    """Generate after a model's id was typed."""
    app = open_page("generate")
    box = app.selectbox(key="generate_model")
    box.options.append(model)  # the tester only knows how to choose, a browser can type
    box.set_value(model)
    return looked_at(app)


def test_any_model_can_be_typed(world: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Live, "learn", learned)
    app = typed(TYPED)
    assert app.selectbox(key="generate_model").value == TYPED
    assert app.get_by_key(f"generate_field_{TYPED}_style") is not None


def test_a_model_that_cannot_be_asked_about_is_used_as_it_is(
    world: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def learn(live: Live, model_id: str, timeout: float = 15.0) -> ModelCard:
        asked.append(model_id)
        raise Unreachable("fal cannot be reached.", "Try again later.")

    monkeypatch.setattr(Live, "learn", learn)
    app = typed(TYPED)
    assert any("cannot be reached" in each.value for each in app.warning)
    looked_at(app)
    assert asked == [TYPED]  # not at every click
    keyed(app, f"generate_ask_{TYPED}").click()
    looked_at(app)
    assert asked == [TYPED, TYPED]


def test_a_model_that_does_not_exist_leaves_the_choice_as_it_was(
    world: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def learn(live: Live, model_id: str, timeout: float = 15.0) -> ModelCard:
        raise UnknownModel(f"fal has no model {model_id!r}.", "Check its name.")

    monkeypatch.setattr(Live, "learn", learn)
    app = typed(TYPED)
    assert any("has no model" in each.value for each in app.error)
    app = typed("nonsense")
    assert any("There is no model" in each.value for each in app.error)
    assert app.get_by_key("generate_field_sketch:default_style") is not None
    assert app.selectbox(key="generate_model").value == world.models.card(None).id


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("FLUX.1 schnell", "fal:fal-ai/flux/schnell"),
        ("fal-ai/recraft/v3/text-to-image", "fal:fal-ai/recraft/v3/text-to-image"),
        ("https://fal.ai/models/fal-ai/ideogram/v3/api?x=1", "fal:fal-ai/ideogram/v3"),
        ("https://elsewhere.example/models/a/b", "https://elsewhere.example/models/a/b"),
        ("other:a/b", "other:a/b"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_model_is_found_by_what_people_copy(world: Studio, written: str, meant: str) -> None:
    assert found_name(world, written) == meant


def test_a_model_typed_without_its_provider_is_used(
    world: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Live, "learn", learned)
    app = typed(TYPED.partition(":")[2])
    assert app.selectbox(key="generate_model").value == TYPED


def test_a_model_that_needs_a_picture_asks_for_it_before_anything_is_made(world: Studio) -> None:
    app = open_page("generate")
    app.text_area(key="generate_prompt").set_value("a fox")
    app.selectbox(key="generate_model").set_value("fal:fal-ai/flux/dev/image-to-image")
    looked_at(app)
    assert any("Picture to start from" in each.value for each in app.info)
    assert app.button(key="generate_go").disabled
    assert not app.error
