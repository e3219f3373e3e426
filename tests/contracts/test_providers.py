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
from studio.keys import addresses
from studio.models import (
    AccountState,
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
    ProviderFault,
    Running,
    RunOptions,
)
from studio.providers import Context, Provider, discover
from tests.architecture.sources import ROOT, text

PROVIDERS = discover()
CARDS = [card for provider in PROVIDERS.values() for card in provider.cards]
FREE_CARDS = [card for card in CARDS if not PROVIDERS[card.provider].key_env]
HOSTED = [provider for provider in PROVIDERS.values() if provider.key_env]
WITHOUT_FUNDS_PAGE: dict[str, str] = {}
"""Provider id → why there is no page where money is put on the account."""
MUST_OVERRIDE = ("submit", "check", "find", "account", "prices", "schema")
every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=list(PROVIDERS))
every_hosted = pytest.mark.parametrize("provider", HOSTED, ids=lambda provider: provider.id)
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


@every_hosted
def test_a_person_finds_the_key_and_the_funds(provider: Provider) -> None:
    assert provider.key_url.startswith("https://")
    reason = WITHOUT_FUNDS_PAGE.get(provider.id)
    assert provider.funds_url.startswith("https://") or reason, "a page, or why there is none"
    line = rf"^\| {re.escape(provider.label)} \| `{provider.key_env[0]}`.*{provider.key_url}"
    assert re.search(line, text(ROOT / "docs" / "settings.md"), re.MULTILINE), "run `just docs`"


@every_hosted
def test_an_emulator_can_stand_in(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider.base_urls, "without one, tests and proxies cannot take its place"
    settings = text(ROOT / "docs" / "settings.md")
    for base in provider.base_urls.values():
        assert base.default.startswith("https://")
        assert all(name.endswith("_BASE") for name in base.env)
        assert f"`{base.env[0]}`" in settings, "run `just docs`"
        monkeypatch.setenv(base.env[0], f"http://127.0.0.1:9/{base.env[0].lower()}")
    wanted = {name: (base.env, base.default) for name, base in provider.base_urls.items()}
    moved = addresses(wanted)
    assert set(moved) == set(provider.base_urls)
    assert all(url.startswith("http://127.0.0.1:9/") for url in moved.values())


@every_hosted
def test_a_hosted_provider_leaves_no_cautious_default(provider: Provider) -> None:
    own = type(provider)
    left = [name for name in MUST_OVERRIDE if getattr(own, name) is getattr(Provider, name)]
    assert left == [], "what the engine needs to know is answered by the provider itself"
    bills = own.bill is not Provider.bill
    assert bills == provider.keeps_bill, "`keeps_bill` says whether `bill` can tell"


@every_hosted
def test_a_hosted_provider_is_tested_on_its_wire(provider: Provider) -> None:
    assert list((ROOT / "tests" / "emulator").glob(f"{provider.id}_*.py")), "an emulator"
    assert list((ROOT / "tests" / "wire").glob(f"test_{provider.id}*.py")), "wire tests"
    assert list((ROOT / "tests" / "flows").glob(f"test_{provider.id}*.py")), "whole batches"


@every_hosted
@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_next_step_is_told_whatever_happened(provider: Provider, kind: FaultKind) -> None:
    silent = Fault(kind=kind, charged=Charged.NO, message="It failed.", hint="")
    told = Fault(kind=kind, charged=Charged.NO, message="It failed.", hint="Do this first.")
    assert "Do this first." in provider.explain(told), "its own hint is never swallowed"
    if kind in {FaultKind.BAD_KEY, FaultKind.NO_FUNDS}:
        page = provider.key_url if kind is FaultKind.BAD_KEY else provider.funds_url
        assert page in provider.explain(silent), "with the page where it is done"


@every_hosted
def test_without_a_key_nothing_is_sent(provider: Provider) -> None:
    """It is a typed fault and a state; a look that failed never ends work that may go on."""
    card = next(card for card in provider.cards if Mode.IMAGE in card.modes)
    request = PictureRequest(model=card.id, prompt="a lighthouse", width=512, height=512)
    call = Call(job_id="j_contract", attempt=1, request=request, seed=3)
    workers, thread = Workers(), LoopThread()
    ctx = Context(cpu=workers.run)  # no HTTP client: a request would be an error of its own

    async def drive() -> tuple[Fault, Fault, AccountState]:
        with pytest.raises(ProviderFault) as refused:
            await provider.submit(call, ctx)
        with pytest.raises(ProviderFault) as unseen:
            await provider.check({}, ctx)
        return refused.value.fault, unseen.value.fault, (await provider.account(ctx)).state

    try:
        fault, look, state = thread.submit(drive()).result(timeout=30)
    finally:
        thread.close()
        workers.close()
    assert (fault.kind, fault.charged, fault.looking) == (FaultKind.BAD_KEY, Charged.NO, False)
    assert (look.retry, look.looking) == (True, True), "a failed look is no failed work"
    assert state is AccountState.NO_KEY


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
