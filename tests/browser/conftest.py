"""One browser for a file of tests; skipped, with the reason, where there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.served import NAMES, chromium, chromium_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    if chromium_path() is None:
        pytest.skip(f"No browser found: install one of {', '.join(NAMES)}.")
    with chromium() as running:
        yield running
