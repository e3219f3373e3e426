"""What holds for every generator, present and future: its cards, prices, keys and answers."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from studio.container import open_studio
from studio.engine.loop import LoopThread
from studio.images import Workers
from studio.models import (
    BatchSettings,
    Call,
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    FieldKind,
    Finished,
    Mode,
    ModelCard,
    NotThere,
    PictureRequest,
    Running,
    RunOptions,
)
from studio.providers import Context, Provider, discover

PROVIDERS = discover()
CARDS = [card for provider in PROVIDERS.values() for card in provider.cards]
FREE_CARDS = [card for card in CARDS if not PROVIDERS[card.provider].key_env]
every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=list(PROVIDERS))
every_card = pytest.mark.parametrize("card", CARDS, ids=lambda card: card.id)


def test_there_is_one_that_needs_no_key() -> None:
    assert FREE_CARDS
    assert all(card.price is not None and card.price.high == 0 for card in FREE_CARDS)


@every_provider
def test_a_provider_says_who_it_is(provider: Provider) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.id)
    assert type(provider).__module__.rpartition(".")[2] == provider.id, "one file, named as its id"
    assert provider.label
    assert provider.description.rstrip().endswith(".")
    assert provider.concurrency >= 1
    assert provider.starts_per_second is None or provider.starts_per_second > 0
    assert all(re.fullmatch(r"[A-Z][A-Z0-9_]+", name) for name in provider.key_env)
    assert provider.cards, "at least one listed model"


@every_provider
def test_a_fault_is_explained(provider: Provider) -> None:
    for kind in FaultKind:
        fault = Fault(kind=kind, charged=Charged.NO, message="It failed.", hint="Try again.")
        assert provider.explain(fault)


@every_card
def test_a_card_is_complete(card: ModelCard) -> None:
    assert card.id == f"{card.provider}:{card.name}"
    assert card.provider in PROVIDERS
    assert card.name
    assert card.label
    assert card.description
    assert card.source
    assert card.as_of is not None
    assert 64 <= card.default_width <= card.max_side
    assert 64 <= card.default_height <= card.max_side
    names = [field.name for field in card.fields]
    assert len(names) == len(set(names))


@every_card
def test_a_price_has_a_source_and_a_date(card: ModelCard) -> None:
    if card.price is not None:
        assert 0 <= card.price.low <= card.price.expected <= card.price.high
        assert card.price.source
        assert card.price.as_of is not None


@every_card
def test_every_field_can_be_drawn_and_has_a_fitting_default(card: ModelCard) -> None:
    for field in card.fields:
        assert field.label
        if field.kind is FieldKind.CHOICE:
            assert field.choices
            assert field.default is None or field.default in field.choices
        for bound in (field.minimum, field.maximum):
            if bound is not None and isinstance(field.default, int | float):
                assert (field.minimum or field.default) <= field.default
                assert field.default <= (field.maximum or field.default)


def test_no_two_models_share_a_name() -> None:
    names = [name for card in CARDS for name in (card.id, *card.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("card", FREE_CARDS, ids=lambda card: card.id)
def test_a_free_model_makes_a_picture_of_the_size_asked_for(
    card: ModelCard, tmp_path: Path
) -> None:
    options = RunOptions(
        model=card.id, width=96, height=64, images=2, seed=7, title="x", settings=BatchSettings()
    )
    with open_studio() as studio:
        plan = studio.planner.single("a red boat on a calm lake at dawn, soft light", options)
        assert plan.quote.is_free
        batch_id = studio.batches.start(plan)
        while studio.batches.wait(batch_id, 30).counts.unfinished:
            pass
        made = studio.batches.assets(batch_id)
        files = [studio.gallery.file(asset.id).read_bytes() for asset in made]
    assert len(made) == 2
    for data in files:
        with Image.open(BytesIO(data)) as picture:
            assert picture.size == (96, 64)
    assert files[0] != files[1], "two pictures of one prompt differ"


@pytest.mark.parametrize(
    "provider",
    [provider for provider in PROVIDERS.values() if not provider.key_env],
    ids=lambda provider: provider.id,
)
def test_a_free_provider_answers_within_the_contract(provider: Provider) -> None:
    card = next(card for card in provider.cards if Mode.IMAGE in card.modes)
    workers, thread = Workers(), LoopThread()
    ctx = Context(cpu=workers.run)
    request = PictureRequest(
        model=card.id, prompt="a lighthouse on a cliff at dusk, oil painting", width=64, height=64
    )
    call = Call(job_id="j_contract", attempt=1, request=request, seed=3)

    async def drive() -> tuple[list[bytes], object]:
        made: list[bytes] = []
        for _ in range(2):
            answer: Running | Finished = await provider.submit(
                await provider.prepare(call, ctx), ctx
            )
            async with asyncio.timeout(30):
                while isinstance(answer, Running):
                    answer = await provider.check(answer.ref, ctx)
            made.append(answer.outputs[0].data or b"")
        return made, await provider.find(call, ctx)

    try:
        made, found = thread.submit(drive()).result(timeout=60)
    finally:
        thread.close()
        workers.close()
    assert made[0]
    assert made[0] == made[1], "the same call makes the same bytes"
    assert isinstance(found, Running | Finished | NotThere | CannotTell)
