"""One browser for a file of tests; skipped, with the reason, where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.served import NAMES, Complaints, Served, chromium, chromium_path, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if chromium_path() is None:
        pytest.skip(f"No browser found: install one of {', '.join(NAMES)}.")
    with chromium() as running:
        yield running


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Served]:
    """The app over an empty data folder."""
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def page(browser: Browser, app: Served) -> Iterator[Page]:
    """A page that has complained about nothing at the end."""
    opened = browser.new_page(viewport={"width": 1440, "height": 900})
    opened.set_default_timeout(30_000)
    complaints = Complaints(opened)
    yield opened
    boxes = opened.locator('[data-testid="stException"]').all_text_contents()
    opened.close()
    assert complaints.found == []
    assert boxes == []
    log = app.log.read_text(encoding="utf-8")
    assert "Traceback" not in log, log[-4000:]
