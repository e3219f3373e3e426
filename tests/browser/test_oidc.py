"""Signing in at an identity provider opens pages and pictures; signing out closes both again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.oidc import oidc, secrets_toml
from tests.browser.served import Served, free_port, served, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
LONG = 120_000
PASSWORD = "open s3same"


@contextmanager
def app_with(folder: Path, issuer: str, **simple: str) -> Iterator[Served]:
    """The app with its secrets in the home folder, where only Streamlit looks for them.

    Args:
        simple: Lines above the section ``[auth]``.
    """
    port = free_port()
    secrets = folder / "home" / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir(parents=True)
    lines = "".join(f'{name} = "{value}"\n' for name, value in simple.items())
    auth = secrets_toml(issuer, f"http://127.0.0.1:{port}")
    secrets.write_text(lines + auth, encoding="utf-8")
    home = str(folder / "home")
    with served(folder, port=port, HOME=home, USERPROFILE=home, NO_PROXY="127.0.0.1") as app:
        yield app


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def sign_in(page: Page, person: str) -> None:
    """Go to the provider by the app's button and choose who one is."""
    page.get_by_role("button", name="Sign in with your account").click()
    page.get_by_role("link", name=person).click()


def make_a_picture(page: Page) -> str:
    """Make one picture on the start page; returns the address of its thumbnail."""
    page.get_by_label("Prompt").first.fill("a red boat on a calm lake")
    page.keyboard.press("Tab")
    settle(page)
    page.locator(".st-key-generate_go button").click()
    tile = page.locator(".tile:not(.waiting) img.here").first
    expect(tile).to_be_visible(timeout=LONG)
    return str(tile.evaluate("image => image.src"))


def test_in_by_name_and_out_again(visit: BrowserContext, issuer: str, tmp_path: Path) -> None:
    with app_with(tmp_path, issuer, STUDIO_ALLOWED_EMAILS="@studio.example") as app:
        page = visit.new_page()
        page.goto(app.url)
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.get_by_label("Password")).to_have_count(0)
        expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(0)

        sign_in(page, "Ada")
        expect(page.get_by_role("heading", name="Generate", level=1)).to_be_visible()
        expect(page.get_by_text("Signed in as ada@studio.example")).to_be_visible()
        picture = make_a_picture(page)
        assert "/api/v1/thumbs/" in picture
        assert visit.request.get(picture).status == 200
        assert page.request.get(f"{app.url}/api/auth/session").status == 204

        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        refused = visit.request.get(picture)
        assert refused.status == 401
        assert refused.json()["next_step"] == "Open the app and sign in."
        log = app.log.read_text(encoding="utf-8")
        assert "Traceback" not in log, log[-3000:]


def test_a_deep_link_survives_signing_in(
    visit: BrowserContext, issuer: str, tmp_path: Path
) -> None:
    with app_with(tmp_path, issuer) as app:
        page = visit.new_page()
        page.goto(f"{app.url}/costs?days=7")
        expect(page.get_by_role("heading", name="Costs")).to_have_count(0)
        sign_in(page, "Eve")  # no list: everybody whom the provider knows
        expect(page.get_by_role("heading", name="Costs", level=1)).to_be_visible()
        page.wait_for_url(f"{app.url}/costs?days=7")
        page.goto(app.url)
        expect(page.get_by_role("heading", name="Generate", level=1)).to_be_visible()


def test_a_wrong_or_unproven_address_is_refused_in_words_while_the_password_lets_in(
    visit: BrowserContext, issuer: str, tmp_path: Path
) -> None:
    allowed = "ada@studio.example"
    with app_with(tmp_path, issuer, STUDIO_ALLOWED_EMAILS=allowed, STUDIO_PASSWORD=PASSWORD) as app:
        page = visit.new_page()
        for person, words in (
            ("Eve", "is not on this studio's list"),
            ("Mallory", "Nobody has checked that"),
        ):
            page.goto(f"{app.url}/gallery")
            sign_in(page, person)
            expect(page.get_by_text(words)).to_be_visible()
            expect(page.get_by_role("heading", name="Gallery")).to_have_count(0)
            assert visit.request.get(f"{app.url}/api/auth/session").status == 401
            page.get_by_role("button", name="Use another address").click()
            expect(page.get_by_role("button", name="Sign in with your account")).to_be_visible()

        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert visit.request.get(f"{app.url}/api/auth/session").status == 204
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert visit.request.get(f"{app.url}/api/auth/session").status == 401
        assert PASSWORD not in app.log.read_text(encoding="utf-8")
