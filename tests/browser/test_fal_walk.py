"""Spending real money, from the key to the costs, in a real browser against the emulated fal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, served, settle
from tests.browser.test_walk import TILES, go
from tests.emulator.server import serve
from tests.emulator.world import World
from tests.flows.fal_world import csv_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
ROWS, EACH = 8, 3_000
"""Pictures, and micro-dollars for each: one megapixel of that model."""
MODEL = "FLUX.1 schnell"


@pytest.fixture
def fal() -> Iterator[World]:
    """The emulated fal, slow enough to be watched."""
    world = World()
    world.fal.account.seconds = 0.4
    with serve(world):
        yield world


@pytest.fixture
def app(tmp_path: Path, fal: World) -> Iterator[Served]:
    """The app, pointed at it; it has no key yet."""
    with served(
        tmp_path,
        FAL_QUEUE_BASE=f"{fal.base}/queue",
        FAL_PLATFORM_BASE=f"{fal.base}/platform/v1",
        FAL_REST_BASE=f"{fal.base}/rest",
    ) as running:
        yield running


def connect(page: Page, key: str) -> None:
    """Paste a key on the settings page."""
    page.get_by_placeholder("Paste the key").fill(key)
    page.get_by_role("button", name="Check and use it").click()


def choose_model(page: Page) -> None:
    """Take the cheap model of fal."""
    box = page.locator(".st-key-batch_model")
    box.get_by_role("combobox").click()
    page.get_by_role("option").filter(has_text=MODEL).first.click()
    settle(page)


def test_from_the_key_to_the_costs(page: Page, app: Served, fal: World, tmp_path: Path) -> None:
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Generate", level=1)).to_be_visible()

    # connect: a wrong key is refused, the right one shows what is on the account
    go(page, "Settings")
    page.get_by_text("Connect fal in three steps").click()
    connect(page, "not-the-key")
    expect(page.get_by_text("This key was refused.")).to_be_visible()
    connect(page, fal.fal.account.key)
    expect(page.get_by_text("Ready · balance $100.00")).to_be_visible()
    settle(page)
    assert fal.fal.account.key.partition(":")[2] not in page.content()

    # upload, and the quote of the live price
    go(page, "Batch upload")
    page.locator('input[type="file"]').set_input_files(
        {"name": "boats.csv", "mimeType": "text/csv", "buffer": csv_of(ROWS)}
    )
    settle(page)
    choose_model(page)
    page.get_by_role("radio", name="Small").click()
    settle(page)
    expect(page.get_by_text("fal pricing API").first).to_be_visible()
    start = page.locator(".st-key-start button")
    expect(start).to_contain_text(re.compile(rf"Start {ROWS} pictures"))

    # a budget that is too small stops the batch, and says what it needs
    page.get_by_text("More settings").click()
    budget = page.locator(".st-key-batch_budget input")
    budget.fill("0.01")  # three pictures and a little
    budget.press("Enter")
    settle(page)
    expect(start).to_be_enabled()
    start.click()
    expect(page.get_by_text("The budget is reached.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile(r"3 pictures done, 5 left"))).to_be_visible(timeout=60_000)
    assert fal.bill.total == 3 * EACH

    # raise it, and it goes on to the end
    page.get_by_role("button", name=re.compile("^Raise to .* and go on$")).click()
    expect(page.locator(TILES)).to_have_count(ROWS, timeout=120_000)
    expect(page.get_by_text(re.compile("Quoted"))).to_be_visible()
    settle(page)
    assert fal.bill.total == ROWS * EACH
    assert len(fal.bill.accepted) == ROWS

    # the costs are the provider's bill
    go(page, "Costs")
    today = page.get_by_test_id("stMetric").filter(has_text="Today")
    expect(today).to_contain_text("$0.024")
    told = "1 million pixels told by fal × our price of $0.003"
    expect(page.get_by_text(told).first).to_be_attached()
