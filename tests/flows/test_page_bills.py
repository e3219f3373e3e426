"""Quotes and bills on the costs page and the command line: equal, different, not to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.container import Studio
from studio.models import EntryKind
from studio.models.bill import BillCheck, ModelDrift, ProviderBill
from studio.ui.bill_check import drift_words, headline, remarks, right_words
from tests.emulator.fal_prices import FalPrice
from tests.emulator.world import World
from tests.flows.cli_desk import Desk
from tests.flows.fal_world import MODEL, plan_rows
from tests.flows.page_world import click, make_pictures, open_page, page_world, shown
from tests.studio_fixture import finish, wait_until

ENDPOINT = MODEL.partition(":")[2]


@pytest.fixture
def studio(tmp_path: Path, fal: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch, STUDIO_SETTLE_SECONDS="0") as made:
        yield made


def made(studio: Studio, pictures: int, so: Callable[[BillCheck], bool]) -> None:
    """Pictures of an emulated fal, and the comparison as it is to be."""
    batch_id = studio.batches.start(plan_rows(studio, pictures))
    finish(studio, batch_id)
    wait_until(studio, batch_id, lambda _: so(studio.costs.bill_check()))


def all_compared(check: BillCheck) -> bool:
    return bool(check.bills) and not any(bill.waiting for bill in check.bills)


def text(studio: Studio) -> str:
    """The words of the page."""
    return shown(open_page("costs")).replace("\\", "")


def test_what_is_free_is_compared_with_nothing(studio: Studio) -> None:
    make_pictures(studio, "a red fox")
    assert "Quotes and bills" not in text(studio)


def test_a_bill_that_agrees(studio: Studio) -> None:
    made(studio, 4, all_compared)
    said = text(studio)
    assert "Checked against fal's bill: 4 charges, all equal." in said
    assert "All quotes were right: the last pictures of 1 model" in said


def test_a_changed_price_is_shown_with_its_charges_and_what_to_do(
    studio: Studio, fal: World
) -> None:
    made(studio, 2, all_compared)
    fal.fal.prices[ENDPOINT] = FalPrice(4_000, "megapixel")  # what one costs is remembered a while
    for count in (1, 2, 3):
        made(studio, 1, lambda check, wanted=count: len(check.rows) == wanted)  # type: ignore[misc]
    page = open_page("costs")
    said = shown(page).replace("\\", "")
    assert "Checked against fal's bill: 5 charges. 3 differ: $0.003 more than we had" in said
    assert "ledger and pictures were corrected" in said
    assert "FLUX.1 schnell: quoted $0.003, paid $0.004, 33 % more" in said
    rows = next(table.value for table in page.dataframe if "Billed" in table.value)
    assert set(zip(rows["Quoted"], rows["Booked"], rows["Billed"], strict=True)) == {
        ("$0.003", "$0.003", "$0.004")
    }
    told = "1 million pixels told by fal × our price of $0.003"
    assert set(rows["Booked figure from"]) == {told}
    assert "paid $0.004, 33 % more :small[:gray[(last 3 pictures)]]" in said
    assert "quotes were right" not in said
    page = click(page, "refresh_prices")
    assert "The prices were refreshed since" in shown(page)
    price = studio.models.card(MODEL).price
    assert price is not None
    assert price.expected == 4_000
    made(studio, 1, all_compared)
    newest = studio.batches.list(1)[0]
    (entry,) = [each for each in studio.costs.ledger() if each.batch_id == newest.batch.id
                and each.kind is EntryKind.SETTLE]  # fmt: skip
    assert entry.settled == 4_000, "what was refreshed is what is booked"
    assert entry.source == "1 megapixel told by fal × our price of $0.004"
    assert len(studio.costs.bill_check().rows) == 3, "the bill has nothing to correct"


def test_a_key_that_may_not_read_the_bill(studio: Studio, fal: World) -> None:
    fal.fal.account.platform_rights = False
    made(studio, 3, lambda check: any(not bill.readable for bill in check.bills))
    page = open_page("costs")
    said = shown(page).replace("\\", "")
    assert "fal's bill cannot be read with this key." in said
    assert "A key with admin rights can read it" in said
    assert "3 charges stay as they were booked" in said
    fal.fal.account.platform_rights = True
    click(page, "ask_bill_fal")
    batch_id = studio.batches.list(1)[0].batch.id
    wait_until(studio, batch_id, lambda _: all_compared(studio.costs.bill_check()))
    assert "Checked against fal's bill: 3 charges, all equal." in text(studio)


# the words ----------------------------------------------------------------------------------


def bill(**changes: int | bool | str) -> ProviderBill:
    """How a comparison with fal's bill stands."""
    return ProviderBill.model_validate({"provider": "fal", "label": "fal", **changes})


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (bill(equal=412, waiting=8), "Checked against fal's bill: 412 of 420 charges, all equal."),
        (bill(equal=1), "Checked against fal's bill: 1 charge, equal."),
        (
            bill(equal=412, different=8, difference=240_000),
            "Checked against fal's bill: 420 charges. 8 differ: $0.24 more than we had booked.",
        ),
        (
            bill(equal=1, different=1, difference=-50_000, waiting=1),
            "Checked against fal's bill: 2 of 3 charges. 1 differs: $0.05 less than we had booked.",
        ),
        (
            bill(different=2),
            "Checked against fal's bill: 2 charges. 2 differ: in sum exactly what we had booked.",
        ),
        (
            bill(waiting=3),
            "Nothing is compared with fal's bill yet: it takes a while to be complete.",
        ),
        (bill(waiting=3, readable=False, told="It is closed."), "It is closed."),
    ],
)
def test_how_a_bill_is_told(stands: ProviderBill, said: str) -> None:
    assert headline(stands) == said


def test_what_is_left_is_told() -> None:
    assert remarks(bill(equal=3), "") == []
    assert remarks(bill(equal=3, waiting=1), "") == [
        "1 charge will be compared when the bill is complete."
    ]
    (left,) = remarks(bill(equal=3, given_up=2), "")
    assert left.startswith("2 charges are on no bill that could be read within two days")
    closed = bill(equal=3, waiting=2, readable=False, told="It is closed.", fix="Open it.")
    assert remarks(closed, "noon") == [
        "It is closed.",
        "Open it.",
        "Until then 2 charges stay as they were booked. It is tried again at noon.",
    ]


@pytest.mark.parametrize(
    ("quoted", "actual", "flagged", "said"),
    [
        (25_000, 30_000, True, "dev: quoted $0.025, paid $0.03, 20 % more"),
        (25_000, 25_250, False, "dev: quoted $0.025, paid $0.02525, 1.0 % more"),
        (25_000, 20_000, True, "dev: quoted $0.025, paid $0.02, 20 % less"),
        (0, 20_000, True, "dev: quoted $0.00, paid $0.02, quoted as free"),
        (0, 0, False, "dev: quoted $0.00, paid $0.00, quoted as free"),
    ],
)
def test_how_drift_is_told(quoted: int, actual: int, flagged: bool, said: str) -> None:
    line = ModelDrift(model="fal:dev", pictures=3, quoted=quoted, actual=actual)
    assert (line.flagged, drift_words(line, "dev")) == (flagged, said)


@pytest.mark.parametrize("flagged", [True, False])
def test_all_quotes_were_right_only_where_no_charge_differed(flagged: bool) -> None:
    assert "by now" in right_words(2, flagged=flagged, differed=True).lower()
    assert "were right" not in right_words(2, flagged=flagged, differed=True)
    assert "were right: the last" in right_words(2, flagged=flagged, differed=False)


# the command line ---------------------------------------------------------------------------


def test_the_comparison_on_the_command_line(
    fal_desk: Desk, fal: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_SETTLE_SECONDS", "0")
    words = ("--model", MODEL, "--size", "256x256", "--yes", "--json")
    assert fal_desk.studio("run", fal_desk.prompts(3), *words).code == 0
    outcome = fal_desk.studio("costs", "--check", "--json")
    told = outcome.document["bill_check"]
    (mine,) = told["bills"]
    assert (mine["provider"], mine["checked"], mine["waiting"]) == ("fal", 3, 0)
    assert told["models"][0]["model"] == MODEL
    assert "Bill of fal: 3 of 3 charges" in fal_desk.studio("costs", "--check").out
    assert "bill_check" not in fal_desk.studio("costs", "--json").document


def test_the_command_line_says_that_a_bill_is_closed(
    fal_desk: Desk, fal: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_SETTLE_SECONDS", "0")
    fal.fal.account.platform_rights = False
    words = ("--model", MODEL, "--size", "256x256", "--yes", "--json")
    assert fal_desk.studio("run", fal_desk.prompts(2), *words).code == 0
    said = fal_desk.studio("costs", "--check").out
    assert "fal's bill cannot be read with this key. A key with admin rights can" in said
    assert "2 are compared later by themselves" in said


def test_nothing_to_compare_on_the_command_line(desk: Desk) -> None:
    outcome = desk.studio("costs", "--check")
    assert outcome.code == 0
    assert "nothing to compare" in outcome.out
