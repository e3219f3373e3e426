"""A studio of its own for each page test: made of small sketches, opened page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, runtime
from studio.container.process import slot
from studio.models import Asset, AssetFilter, AssetSort, RunOptions

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def page_world(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, routes: bool = True, **settings: str
) -> Iterator[Studio]:
    """The process-wide studio over an empty data folder, closed afterwards.

    Args:
        routes: Whether the pages believe that our own HTTP routes are served.
    """
    close_runtime()
    monkeypatch.setattr(slot(), "routes", routes)
    monkeypatch.setenv("STUDIO_DATA_DIR", str(folder / "data"))
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    try:
        yield runtime()
    finally:
        close_runtime()


def make_pictures(studio: Studio, prompt: str, count: int = 1, *, seed: int = 1) -> list[Asset]:
    """A finished batch of small sketches, in the order of their seeds."""
    options = RunOptions(
        model="sketch:default", width=96, height=96, images=count, seed=seed, title=prompt[:40]
    )
    batch_id = studio.batches.start(studio.planner.single(prompt, options))
    while studio.batches.wait(batch_id, 30).counts.unfinished:
        pass
    wanted = AssetFilter(batch_id=batch_id, sort=AssetSort.SHEET)
    made = studio.gallery.page(wanted, 1, 200).items
    assert len(made) == count
    return made


def open_page(name: str, **query: str) -> AppTest:
    """The page after its first run, opened by its address."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception
    app.switch_page(f"pages/{name}.py")
    for key, value in query.items():
        app.query_params[key] = value
    return looked_at(app)


def looked_at(app: AppTest) -> AppTest:
    """The page after one more run, which must not have raised."""
    app.run()
    assert not app.exception
    return app


def click(app: AppTest, key: str) -> AppTest:
    """The page after a click on the button of that key."""
    app.button(key=key).click()
    return looked_at(app)


def component(app: AppTest, name: str) -> Any:
    """What the component of that name was given to draw, or ``None``."""
    for element in app.get("bidi_component"):
        if element.proto.component_name.endswith(name):
            return json.loads(element.proto.json)
    return None


def component_key(app: AppTest, name: str) -> str:
    """The session key of the component of that name."""
    keys = [
        element.key
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith(name)
    ]
    assert len(keys) == 1
    return str(keys[0])


def shown(app: AppTest) -> str:
    """Every text on the page, as Streamlit was given it."""
    parts = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.warning, *app.error]
    return "\n".join(str(part.value) for part in parts)
