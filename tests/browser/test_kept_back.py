"""The password lets in where a host forwards not our cookie, or none of our routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from studio.access import COOKIE_NAME
from tests.browser.served import Served, served, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PASSWORD = "open s3same"


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, STUDIO_PASSWORD=PASSWORD) as running:
        yield running


def give_password(page: Page, app: Served) -> None:
    page.goto(f"{app.url}/gallery")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_without_our_cookie(visit: BrowserContext, app: Served) -> None:
    """Some hosts forward only the cookies that Streamlit itself sets."""

    def keep_back(route: Route) -> None:
        visit.clear_cookies(name=COOKIE_NAME)
        cookies = route.request.all_headers().get("cookie", "").split("; ")
        kept = "; ".join(cookie for cookie in cookies if cookie.startswith("_streamlit"))
        route.continue_(headers=route.request.headers | {"cookie": kept})

    visit.route("**/api/auth/session", keep_back)
    page = visit.new_page()
    give_password(page, app)
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
    names = {cookie.get("name") for cookie in visit.cookies()}
    assert COOKIE_NAME not in names
    assert "_streamlit_session" in names
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("input[type=password]")).to_be_visible()


def test_without_our_routes(visit: BrowserContext, app: Served) -> None:
    """Such a host answers with the start page instead; pictures then come Streamlit's own way."""
    page_text = "<!doctype html><title>Streamlit</title>"
    visit.route("**/api/**", lambda route: route.fulfill(body=page_text, content_type="text/html"))
    page = visit.new_page()
    give_password(page, app)
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Generate").click()
    expect(page.get_by_role("heading", name="Generate", level=1)).to_be_visible()
    page.get_by_label("Prompt").first.fill("a red boat on a calm lake")
    page.keyboard.press("Tab")
    settle(page)
    page.locator(".st-key-generate_go button").click()
    expect(page.get_by_test_id("stImage").locator("img").first).to_be_visible(timeout=120_000)
    assert "/media/" in str(
        page.get_by_test_id("stImage").locator("img").first.get_attribute("src")
    )
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("input[type=password]")).to_be_visible()


def test_an_open_app_finds_out_by_itself(visit: BrowserContext, tmp_path: Path) -> None:
    visit.route("**/api/**", lambda route: route.fulfill(status=404, body="no such page"))
    folder = tmp_path / "open"
    folder.mkdir()
    with served(folder) as app:
        page = visit.new_page()
        with page.expect_request("**/api/auth/session"):
            page.goto(app.url)
        page.get_by_label("Prompt").first.fill("a red boat on a calm lake")
        page.keyboard.press("Tab")
        settle(page)
        page.locator(".st-key-generate_go button").click()
        expect(page.get_by_test_id("stImage").locator("img").first).to_be_visible(timeout=120_000)
