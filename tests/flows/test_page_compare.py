"""The compare page: a link shows exactly one view, and what differs is said in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.container import Studio
from tests.flows.page_world import (
    click,
    component,
    component_key,
    looked_at,
    make_pictures,
    open_page,
    page_world,
    shown,
)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as made:
        yield made


def test_without_pictures_there_is_a_way_to_some(studio: Studio) -> None:
    assert "Nothing to compare yet" in shown(open_page("compare"))


@pytest.mark.parametrize(
    ("mode", "count", "drawn"),
    [("", 2, "slider"), ("", 3, "side"), ("flicker", 3, "flicker"), ("difference", 2, "difference"),
     ("side", 2, "side"), ("nonsense", 2, "slider")],
)  # fmt: skip
def test_a_link_shows_exactly_one_view(studio: Studio, mode: str, count: int, drawn: str) -> None:
    ids = [asset.id for asset in make_pictures(studio, "a red fox", count)]
    page = open_page("compare", pictures=",".join(ids), mode=mode)
    viewer = component(page, "viewer")
    assert viewer["mode"] == drawn
    assert [image["id"] for image in viewer["images"]] == ids


def test_the_way_of_looking_goes_into_the_address(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("compare", pictures=f"{first.id},{second.id}")
    page.segmented_control(key="compare_mode").set_value("difference")
    looked_at(page)
    assert page.query_params["mode"] == "difference"
    assert component(page, "viewer")["mode"] == "difference"
    click(page, "swap")
    assert page.query_params["pictures"] == f"{second.id},{first.id}"


def test_what_differs_is_said_word_by_word(studio: Studio) -> None:
    red = make_pictures(studio, "a red fox <b>", seed=5)[0]
    blue = make_pictures(studio, "a blue fox <b>", seed=5)[0]
    page = open_page("compare", pictures=f"{red.id},{blue.id}")
    table = component(page, "table")
    rows = {row["name"]: row["cells"] for row in table["rows"]}
    assert table["columns"] == ["A", "B"]
    assert rows["Prompt"] == [
        [["same", "a "], ["gone", "red"], ["same", " fox <b>"]],
        [["same", "a "], ["new", "blue"], ["same", " fox <b>"]],
    ]
    assert "Seed" not in rows
    assert "seed" in shown(page)  # among what is the same for all


def test_a_missing_picture_is_said(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("compare", pictures=f"{first.id},a_nothing,{second.id}")
    assert "1 picture of this link does not exist" in shown(page)
    assert len(component(page, "viewer")["images"]) == 2


def test_a_deleted_picture_can_be_restored(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    studio.gallery.delete([first.id])
    page = open_page("compare", pictures=f"{first.id},{second.id}")
    assert "1 picture of this link was deleted" in shown(page)
    assert component(page, "viewer") is None
    click(page, "restore")
    assert len(component(page, "viewer")["images"]) == 2


def test_the_winner_is_starred(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("compare", pictures=f"{first.id},{second.id}")
    click(page, f"star_{second.id}")
    assert studio.gallery.asset(second.id).starred
    assert page.button(key=f"star_{second.id}").label == "Winner"


def test_one_of_three_is_taken_out(studio: Studio) -> None:
    ids = [asset.id for asset in make_pictures(studio, "a red fox", 3)]
    page = open_page("compare", pictures=",".join(ids))
    click(page, f"out_{ids[1]}")
    assert page.query_params["pictures"] == f"{ids[0]},{ids[2]}"
    assert component(page, "viewer")["mode"] == "slider"


def test_the_pair_is_chosen_among_three(studio: Studio) -> None:
    ids = [asset.id for asset in make_pictures(studio, "a red fox", 3)]
    page = open_page("compare", pictures=",".join(ids), mode="slider")
    page.selectbox(key="compare_B").set_value(ids[2])
    looked_at(page)
    assert [image["id"] for image in component(page, "viewer")["images"]] == [ids[0], ids[2]]


def test_pictures_are_chosen_from_a_batch(studio: Studio) -> None:
    make_pictures(studio, "an owl")
    fox = make_pictures(studio, "a red fox", 2)
    page = open_page("compare", batch=fox[0].batch_id)
    assert "Click two pictures" in shown(page)
    ids = [asset.id for asset in fox]
    page.session_state[component_key(page, "grid")] = {"selected": ids}
    looked_at(page)
    click(page, "compare_go")
    assert set(page.query_params["pictures"].split(",")) == set(ids)
    assert component(page, "viewer")["mode"] == "slider"


def test_the_second_click_compares(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("compare")
    for asset in (first, second):
        page.session_state[component_key(page, "grid")] = {"picked": asset.id}
        looked_at(page)
    assert page.query_params["pictures"] == f"{first.id},{second.id}"
    assert component(page, "viewer")["mode"] == "slider"
