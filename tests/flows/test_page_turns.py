"""Whose turn it is: shown where several batches are alive, and changed with one press."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio
from studio.models import BatchSettings, Place, RunOptions
from studio.ui.turns import place_of
from tests.flows.page_world import looked_at, open_page, page_world, shown


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as made:
        yield made


def waiting(studio: Studio, title: str) -> str:
    """A paused batch with work left."""
    options = RunOptions(
        model="sketch:default", width=96, height=96, images=8, title=title,
        params={"simulate": "slow"}, settings=BatchSettings(),
    )  # fmt: skip
    batch_id = studio.batches.start(studio.planner.single("a red fox", options))
    studio.batches.pause(batch_id)
    return batch_id


def places(app: AppTest) -> dict[str, Place]:
    """Batch → its place, in the order of the page."""
    keys = [str(each.key) for each in app.get("button_group")]
    return {
        key.removeprefix("place_"): app.session_state[key]
        for key in keys
        if key.startswith("place_")
    }


def test_a_batch_alone_has_no_turns(studio: Studio) -> None:
    batch_id = waiting(studio, "Autumn")
    assert not places(open_page("batch_upload"))
    assert not open_page("batch_upload", batch=batch_id).get("expander")


def test_the_order_is_shown_and_changed(studio: Studio) -> None:
    first, second = waiting(studio, "Autumn"), waiting(studio, "Winter")
    app = open_page("batch_upload")
    assert places(app) == {first: Place.NORMAL, second: Place.NORMAL}
    assert list(places(app)) == [first, second]
    assert "take turns, picture by picture" in shown(app)
    app.segmented_control(key=f"place_{second}").set_value(Place.FIRST)
    looked_at(app)
    assert place_of(studio.batches.status(second).batch) is Place.FIRST
    assert list(places(app)) == [second, first]
    app.segmented_control(key=f"place_{first}").set_value(Place.LAST)
    looked_at(app)
    assert place_of(studio.batches.status(first).batch) is Place.LAST


def test_a_place_given_elsewhere_is_shown(studio: Studio) -> None:
    first, second = waiting(studio, "Autumn"), waiting(studio, "Winter")
    app = open_page("batch_upload")
    studio.batches.prioritise(second, Place.LAST)
    assert places(looked_at(app)) == {first: Place.NORMAL, second: Place.LAST}


def test_above_a_batch_the_turns_are_folded(studio: Studio) -> None:
    first, _ = waiting(studio, "Autumn"), waiting(studio, "Winter")
    app = open_page("batch_upload", batch=first)
    assert "2 batches share the work" in [each.label for each in app.expander]
    assert not places(app)
    app.session_state["turns"] = True
    assert len(places(looked_at(app))) == 2
