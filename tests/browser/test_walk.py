"""A visitor's whole way through the real app in a real browser, from the sample to the costs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import Served, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]
LONG = 240_000
"""Milliseconds for a whole batch on a slow machine."""
TILES = ".tile:not(.waiting)"


def go(page: Page, title: str) -> None:
    """Choose a page in the navigation."""
    page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{title}$")).click()
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    settle(page)


def button(page: Page, key: str) -> None:
    """Press the button of that key."""
    page.locator(f".st-key-{key} button").first.click()


def start_sample(page: Page, app: Served) -> int:
    """Open the app, take the sample, start it small; returns how many pictures it will make."""
    page.goto(app.url)
    expect(page.get_by_role("heading", name="Generate", level=1)).to_be_visible()
    go(page, "Batch upload")
    button(page, "sample")
    page.get_by_role("radio", name="Small").click()
    start = page.locator(".st-key-start button")
    expect(start).to_be_enabled()
    settle(page)
    match = re.search(r"Start ([\d,]+) pictures", start.inner_text())
    assert match, start.inner_text()
    start.click()
    return int(match[1].replace(",", ""))


def test_from_the_sample_to_the_costs(page: Page, app: Served) -> None:
    pictures = start_sample(page, app)
    assert pictures >= 2

    tiles = page.locator(TILES)
    expect(tiles.first).to_be_visible(timeout=60_000)
    expect(page.locator(".tile.waiting").first).to_be_visible()  # it is still running
    expect(page.locator(f"{TILES} img.here").first).to_be_visible()
    expect(page).to_have_url(re.compile("batch="))
    expect(tiles).to_have_count(min(pictures, 60), timeout=LONG)
    expect(page.locator(".tile.waiting")).to_have_count(0)

    page.get_by_role("button", name="Open in gallery").click()
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
    settle(page)
    expect(tiles).to_have_count(min(pictures, 60))
    loaded = page.locator(f"{TILES} img.here").first
    expect(loaded).to_be_visible()
    assert loaded.evaluate("image => image.naturalWidth") > 0
    for number in (0, 1):
        tiles.nth(number).hover()
        tiles.nth(number).get_by_role("checkbox").click()
        settle(page)
    button(page, "compare_many")
    expect(page.get_by_role("heading", name="Compare", level=1)).to_be_visible()
    page.get_by_role("radio", name="Side by side").click()
    expect(page).to_have_url(re.compile("mode=side"))
    settle(page)
    expect(page.get_by_role("heading", name="What differs")).to_be_visible()

    go(page, "Costs")
    expect(page.get_by_test_id("stMetric").filter(has_text="Pictures")).to_contain_text(
        f"{pictures:,}"
    )
    expect(page.get_by_test_id("stVegaLiteChart").first).to_be_visible()


def test_a_second_tab_and_a_reload_show_the_same_batch(
    page: Page, app: Served, browser: Browser
) -> None:
    pictures = start_sample(page, app)
    expect(page.locator(TILES).first).to_be_visible(timeout=60_000)
    other = browser.new_page()
    other.goto(page.url)
    page.reload()
    for tab in (page, other):
        expect(tab.locator(TILES).first).to_be_visible(timeout=60_000)
        expect(tab.locator(TILES)).to_have_count(min(pictures, 60), timeout=LONG)
    other.close()


@pytest.mark.parametrize("name", ["batch_upload", "gallery", "compare", "costs", "settings"])
def test_a_deep_link_opens_its_page_first(name: str, page: Page, app: Served) -> None:
    page.goto(f"{app.url}/{name}")
    title = name.replace("_", " ").capitalize()
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(6)
