"""The packaged fal cards: true to fal's own record, sourced, and linked to each other."""

from __future__ import annotations

import pytest

from studio.catalog import body_for, card_from_schema, check_params, load_cards, quote_for
from studio.models import FieldKind, Mode, ModelCard, PictureRequest
from tests.emulator import fal_catalog
from tests.emulator.fal_schema import problems

CARDS = load_cards("fal")
BY_ID = {card.id: card for card in CARDS}
WANTED = (
    "fal-ai/flux/schnell", "fal-ai/flux/dev", "fal-ai/flux/dev/image-to-image",
    "fal-ai/z-image/turbo", "fal-ai/nano-banana-2", "fal-ai/nano-banana-2/edit",
    "fal-ai/nano-banana-pro", "openai/gpt-image-2",
)  # fmt: skip
RECORDED = [card for card in CARDS if fal_catalog.openapi(card.name)]


def wish(card: ModelCard, **params: object) -> PictureRequest:
    """A request for a picture of the card's usual size."""
    return PictureRequest(
        model=card.id, prompt="p", params=params, width=card.default_width,
        height=card.default_height,
    )  # fmt: skip


def test_the_models_that_need_no_search() -> None:
    assert {f"fal:{name}" for name in WANTED} <= BY_ID.keys()
    assert len(RECORDED) == len(CARDS) - 1  # the record has no gpt-image-2
    names = [name for card in CARDS for name in (card.id, *card.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_fact_has_its_source_and_date(card: ModelCard) -> None:
    assert card.source
    assert card.as_of
    assert card.inputs is not None
    assert not card.guessed
    if card.price is not None:
        assert card.price.source
        assert card.price.as_of
        assert quote_for(card, wish(card)).low


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_model_that_cannot_start_from_a_picture_names_one_that_can(card: ModelCard) -> None:
    if card.edit_with is not None:
        assert card.modes == (Mode.IMAGE,)
        assert Mode.EDIT in BY_ID[card.edit_with].modes


@pytest.mark.parametrize("card", RECORDED, ids=lambda card: card.name)
def test_it_takes_what_the_record_says(card: ModelCard) -> None:
    document = fal_catalog.openapi(card.name)
    assert document is not None
    told = card_from_schema(card.id, document)
    assert card.inputs is not None
    assert told.inputs is not None
    assert {f.name for f in card.fields} <= {f.name for f in told.fields}
    unsized = {"size": None}
    assert card.inputs.model_copy(update=unsized) == told.inputs.model_copy(update=unsized)
    assert (card.modes, card.default_width) == (told.modes, told.default_width)
    for field in card.fields:
        theirs = next(each for each in told.fields if each.name == field.name)
        assert (field.kind, field.required) == (theirs.kind, theirs.required)
        assert set(field.choices) == set(theirs.choices)


@pytest.mark.parametrize("card", RECORDED, ids=lambda card: card.name)
def test_its_bodies_pass_the_emulated_fal(card: ModelCard) -> None:
    document = fal_catalog.openapi(card.name)
    assert document is not None
    content = document["paths"][f"/{card.name}"]["post"]["requestBody"]["content"]
    start = {f.name: "https://example.com/a.png" for f in card.fields if f.start}
    defaults = {f.name: f.default for f in card.fields if f.default is not None}
    clean, found = check_params(card.fields, start | defaults)
    assert found == []
    body, _ = body_for(card, wish(card, **clean))
    assert problems(document, content["application/json"]["schema"], body) == []


def test_prices_follow_size_and_settings() -> None:
    schnell, banana = BY_ID["fal:fal-ai/flux/schnell"], BY_ID["fal:fal-ai/nano-banana-2"]
    pro, gpt = BY_ID["fal:fal-ai/nano-banana-pro"], BY_ID["fal:openai/gpt-image-2"]
    assert quote_for(schnell, wish(schnell)).expected == 3_000
    assert quote_for(banana, wish(banana)).high == 80_000
    assert quote_for(banana, wish(banana, resolution="4K")).high == 160_000
    assert quote_for(banana, wish(banana, enable_web_search=True)).high == 100_000
    assert quote_for(pro, wish(pro, resolution="2K")).high == 150_000
    assert quote_for(pro, wish(pro, resolution="4K")).high == 300_000
    assert quote_for(gpt, wish(gpt)).expected is None


def test_a_live_document_keeps_our_words() -> None:
    card = BY_ID["fal:fal-ai/nano-banana-2"]
    document = fal_catalog.openapi(card.name)
    assert document is not None
    live = card_from_schema(card.id, document, label="theirs", listed=card)
    assert (live.label, live.price, live.edit_with) == (card.label, card.price, card.edit_with)
    search = next(field for field in live.fields if field.name == "enable_web_search")
    assert search.label == "Search the web"
    assert search.kind is FieldKind.BOOLEAN
