"""Lost answers in a real browser: told, led to, decided; a batch canceled, another moved."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.served import Served, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]


def start(page: Page, app: Served, rows: int, trouble: str, name: str) -> str:
    """Upload a file of sketches that meet a trouble, and start it; returns its address."""
    page.goto(f"{app.url}/batch_upload")
    title = page.get_by_role("heading", name="Batch upload", level=1)
    expect(title).to_be_visible(timeout=60_000)
    lines = [f"A red boat number {row} on a calm lake,{trouble},96x96" for row in range(rows)]
    data = "\n".join(["prompt,simulate,size", *lines]).encode()
    page.locator('input[type="file"]').set_input_files(
        {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": data}
    )
    begin = page.locator(".st-key-start button")
    expect(begin).to_be_enabled(timeout=30_000)
    settle(page)
    begin.click()
    expect(page).to_have_url(re.compile("batch="), timeout=30_000)
    return page.url


def test_lost_answers_are_told_and_decided_about(page: Page, app: Served) -> None:
    start(page, app, 2, "lost", "boats")
    expect(page.get_by_text("2 pictures not here yet")).to_be_visible(timeout=60_000)
    page.locator('[class*="st-key-stories_"]').get_by_role("button").click()
    page.get_by_role("link", name="1. Row").click()
    expect(page.get_by_text("Nobody can tell whether it ran")).to_be_visible()
    settle(page)
    page.go_back()
    expect(page).to_have_url(re.compile(r"batch_upload\?batch="))
    expect(page.get_by_text("2 pictures not here yet")).to_be_visible()
    page.go_forward()
    expect(page.get_by_text("Nobody can tell whether it ran")).to_be_visible()
    page.get_by_role("link", name="Open its batch").click()
    page.get_by_role("link", name="Lost & found").click()
    panel = page.locator(".st-key-lost_and_found")
    expect(panel.get_by_text("Nobody knows whether these were made")).to_be_visible()
    expect(panel).to_be_in_viewport()
    settle(page)

    panel.get_by_role("button", name="Look again now").first.click()
    expect(panel.get_by_test_id("stAlert")).to_be_visible(timeout=60_000)
    panel.get_by_role("button", name="Write off").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Leave as it is").click()
    expect(dialog).to_have_count(0)
    panel.get_by_role("button", name="Write off").first.click()
    dialog.get_by_role("button", name="Write off").click()
    expect(page.get_by_text("1 picture written off.")).to_be_visible()
    expect(panel.get_by_role("button", name="Write off")).to_have_count(1)

    panel.get_by_role("button", name="Make again").click()
    expect(dialog.get_by_text("Making it again is free.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settle(page)
    panel.get_by_role("button", name="Look again for all").click()
    expect(page.get_by_text("Looked for 1 picture")).to_be_visible(timeout=60_000)


def test_a_running_batch_is_canceled_and_another_moved(page: Page, app: Served) -> None:
    first = start(page, app, 30, "slow", "autumn")
    start(page, app, 30, "slow", "winter")
    page.get_by_text("2 batches share the work").click()
    row = page.locator('[class*="st-key-turn_"]').filter(has_text="winter")
    row.get_by_role("radio", name="Do first").click()
    expect(page.locator('[class*="st-key-turn_"]').first).to_contain_text("winter", timeout=15_000)

    page.goto(first)
    bars = page.get_by_test_id("stSidebar").get_by_test_id("stProgress").filter(visible=True).first
    before = bars.inner_text()
    page.get_by_role("button", name="Cancel").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("still waiting will not be made and cost nothing")).to_be_visible()
    # the page behind refreshes itself: the question must stay
    expect(bars).not_to_have_text(before, timeout=60_000)
    dialog.get_by_role("button", name="Cancel the batch").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("canceled", exact=True).first).to_be_visible(timeout=30_000)
