"""Makes the pictures of docs/screenshots from a real run: ``python -m tests.browser.screenshots``.

With ``--all FOLDER`` it writes every page, empty and full, wide and narrow, light and dark, for a
person to look at.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, get_args

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.served import ROOT, Served, chromium, served, settle

Scheme = Literal["light", "dark"]
TARGET = ROOT / "docs" / "screenshots"
WIDE, NARROW = (1440, 900), (400, 860)
MOST_BYTES = 200_000
TILES = ".tile:not(.waiting)"
LONG = 600_000
PAGES = ("generate", "batch_upload", "gallery", "compare", "costs", "settings")
PROMPT = (
    "A red and white lighthouse on a rocky coast at sunset, golden light on a calm sea, "
    "layered watercolour, fine detail"
)
SEED, SHOWN = "11", "fox"
PICTURES_THERE = """() => {
  const found = [];
  const walk = (root) => root.querySelectorAll('*').forEach((element) => {
    if (element.tagName === 'IMG') found.push(element);
    if (element.shadowRoot) walk(element.shadowRoot);
  });
  walk(document);
  return found
    .filter((image) => {
      const box = image.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight && box.width > 0;
    })
    .every((image) => image.complete && image.naturalWidth > 0);
}"""


class Camera:
    """One look at the app: a size and a scheme of colours."""

    def __init__(
        self, browser: Browser, app: Served, size: tuple[int, int], scheme: Scheme
    ) -> None:
        width, height = size
        self._app = app
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=1
        )
        self.page = self._context.new_page()
        self.page.set_default_timeout(60_000)

    def open(self, path: str = "") -> Page:
        """Go to an address and wait until it is drawn."""
        self.page.goto(f"{self._app.url}/{path}")
        expect(self.page.locator("h1, h2, h3").first).to_be_visible()
        settle(self.page)
        return self.page

    def shoot(self, file: Path) -> None:
        """Save what is seen, small enough for a repository."""
        settle(self.page)
        expect(self.page.get_by_test_id("stToast")).to_have_count(0, timeout=20_000)
        self.page.wait_for_function(PICTURES_THERE)
        for chart in self.page.get_by_test_id("stVegaLiteChart").all():
            expect(chart.locator("canvas, svg").first).to_be_visible()
        self.page.mouse.move(0, 0)
        shot = Image.open(io.BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        file.parent.mkdir(parents=True, exist_ok=True)
        for quality in (88, 80, 70, 60, 50):
            shot.save(file, "WEBP", quality=quality, method=6)
            if file.stat().st_size <= MOST_BYTES:
                break
        sys.stdout.write(f"{file.name} {file.stat().st_size // 1000} kB\n")

    def close(self) -> None:
        """Close the window."""
        self._context.close()


@contextmanager
def camera(
    browser: Browser, app: Served, size: tuple[int, int] = WIDE, scheme: Scheme = "light"
) -> Iterator[Camera]:
    """A camera, closed at the end."""
    made = Camera(browser, app, size, scheme)
    try:
        yield made
    finally:
        made.close()


def make_pictures(look: Camera, folder: Path) -> tuple[str, str]:
    """Make pictures as a visitor would, photographing the way.

    Returns:
        The batch of one prompt, and the batch of the sample.
    """
    page = look.open()
    page.get_by_label("Prompt").first.fill(PROMPT)
    page.locator(".st-key-generate_seed input").fill(SEED)
    page.keyboard.press("Enter")
    settle(page)
    page.locator(".st-key-generate_go button").click()
    expect(page.get_by_role("button", name="Download all")).to_be_visible(timeout=LONG)
    look.shoot(folder / "generate.webp")
    single = batch_of(page)

    page = look.open("batch_upload?sample=1")
    expect(page.locator(".st-key-start button")).to_be_enabled()
    look.shoot(folder / "batch_review.webp")
    page.locator(".st-key-start button").click()
    expect(page.locator(TILES).nth(13)).to_be_visible(timeout=LONG)
    look.shoot(folder / "batch_upload.webp")
    expect(page.get_by_role("button", name="Download all")).to_be_visible(timeout=LONG)
    return single, batch_of(page)


def batch_of(page: Page) -> str:
    """The batch that the address names."""
    match = re.search(r"batch=(\w+)", page.url)
    assert match, page.url
    return match[1]


def pictures_of(look: Camera, batch: str, word: str = "") -> list[str]:
    """The ids of a batch's pictures, newest first; with a word, of those that are called so."""
    page = look.open(f"gallery?batch={batch}")
    expect(page.locator(TILES).first).to_be_visible()
    wanted = page.locator(TILES).filter(has_text=word)
    ids: list[str] = wanted.evaluate_all("all => all.map(tile => tile.dataset.id)")
    return ids


def addresses(look: Camera, single: str, sample: str) -> dict[str, str]:
    """Name of a view → its address, with something to see on it."""
    compared = ",".join(sorted(pictures_of(look, single))[:2])
    picture = pictures_of(look, sample, SHOWN)[0]
    return {
        "gallery": "gallery",
        "picture": f"gallery?picture={picture}",
        "compare": f"compare?pictures={compared}&mode=slider",
        "compare_side": f"compare?pictures={compared}&mode=side",
        "costs": "costs",
        "settings": "settings",
    }


def for_readme(browser: Browser, app: Served) -> None:
    """Every page wide and light, the gallery also dark and narrow."""
    with camera(browser, app) as look:
        known = addresses(look, *make_pictures(look, TARGET))
        for name in ("gallery", "picture", "compare", "costs", "settings"):
            look.open(known[name])
            look.shoot(TARGET / f"{name}.webp")
    with camera(browser, app, scheme="dark") as look:
        look.open(known["gallery"])
        look.shoot(TARGET / "gallery_dark.webp")
    with camera(browser, app, NARROW) as look:
        look.open(known["gallery"])
        look.shoot(TARGET / "gallery_narrow.webp")


def for_looking(browser: Browser, app: Served, folder: Path) -> None:
    """Every page in every state, size and scheme."""
    looks = [(size, scheme) for size in (WIDE, NARROW) for scheme in get_args(Scheme)]
    for size, scheme in looks:
        with camera(browser, app, size, scheme) as look:
            for page in PAGES:
                look.open("" if page == "generate" else page)
                look.shoot(folder / "empty" / _name(page, size, scheme))
    with camera(browser, app) as look:
        single, sample = make_pictures(look, folder / "full")
        known = addresses(look, single, sample)
        known["batch_done"] = f"batch_upload?batch={sample}"
    for size, scheme in looks:
        with camera(browser, app, size, scheme) as look:
            for name, address in known.items():
                look.open(address)
                look.shoot(folder / "full" / _name(name, size, scheme))


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description="Make pictures of every page from a real run.")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every look, into this folder")
    wanted: Path | None = parser.parse_args().all
    with tempfile.TemporaryDirectory() as data, chromium() as browser, served(Path(data)) as app:
        if wanted is None:
            for_readme(browser, app)
        else:
            for_looking(browser, app, wanted)


def _name(page: str, size: tuple[int, int], scheme: Scheme) -> str:
    return f"{page}_{'wide' if size == WIDE else 'narrow'}_{scheme}.webp"


if __name__ == "__main__":
    main()
