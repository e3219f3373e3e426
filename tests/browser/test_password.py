"""Behind a password the real app shows nothing, on any address, until it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.served import served

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PASSWORD = "open s3same"


def test_a_deep_link_asks_first_and_remembers(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path, STUDIO_PASSWORD=PASSWORD) as app:
        page = browser.new_page()
        page.set_default_timeout(30_000)
        page.goto(f"{app.url}/gallery")
        expect(page.get_by_text("This studio is protected by a password.")).to_be_visible()
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)
        expect(page.get_by_role("heading", name="Gallery")).to_have_count(0)

        page.get_by_label("Password").fill("something else")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("That password is not right.")).to_be_visible()

        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
        page.close()
        assert PASSWORD not in app.log.read_text(encoding="utf-8")
