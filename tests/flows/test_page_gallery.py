"""The gallery page: found, opened, kept, compared, deleted and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio
from studio.models import RunOptions
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


def test_an_empty_gallery_leads_to_the_first_picture(studio: Studio) -> None:
    page = open_page("gallery")
    assert "No pictures yet" in shown(page)
    labels = [button.label for button in page.button]
    assert "Make your first picture" in labels
    assert "Try the sample batch" in labels


def test_pictures_are_counted_and_shown(studio: Studio) -> None:
    made = make_pictures(studio, "a red fox", 3)
    page = open_page("gallery")
    assert "3 pictures" in shown(page)
    assert {item["id"] for item in component(page, "grid")["items"]} == {a.id for a in made}


def test_filters_come_from_the_address_and_can_be_cleared(studio: Studio) -> None:
    make_pictures(studio, "a red fox in snow")
    make_pictures(studio, "an owl in a library", 2)
    page = open_page("gallery", q="owl")
    assert "2 pictures" in shown(page)
    assert page.text_input(key="gallery_q").value == "owl"
    page.button(key="clear_filters").click()
    looked_at(page)
    assert "3 pictures" in shown(page)
    assert "q" not in page.query_params


def test_a_filter_that_is_set_goes_into_the_address(studio: Studio) -> None:
    fox, owl = make_pictures(studio, "a red fox"), make_pictures(studio, "an owl", 2)
    page = open_page("gallery")
    page.selectbox(key="gallery_batch").set_value(owl[0].batch_id)
    looked_at(page)
    assert page.query_params["batch"] == owl[0].batch_id
    assert "2 pictures" in shown(page)
    page.text_input(key="gallery_q").set_value("fox")
    looked_at(page)
    assert "No picture matches" in shown(page)
    click(page, "clear_all")
    assert "3 pictures" in shown(page)
    studio.gallery.star(fox[0].id, True)
    page.toggle(key="gallery_starred").set_value(True)
    looked_at(page)
    assert "1 picture" in shown(page)
    assert page.query_params["starred"] == "1"


@pytest.mark.parametrize(
    "query",
    [{"page": "999"}, {"page": "x"}, {"from": "never"}, {"sort": "odd"}, {"batch": "b_none"},
     {"section": "<script>"}, {"q": '"\'(*'}],
)  # fmt: skip
def test_no_address_breaks_the_gallery(studio: Studio, query: dict[str, str]) -> None:
    make_pictures(studio, "a red fox")
    assert open_page("gallery", **query).title[0].value == "Gallery"


def test_long_galleries_have_pages(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.ui.neighbours.PER_PAGE", 2)
    make_pictures(studio, "a red fox", 5)
    page = open_page("gallery", page="3")
    assert "5 pictures · page 3 of 3" in shown(page)
    assert len(component(page, "grid")["items"]) == 1


def test_a_tile_opens_the_picture_and_its_neighbours(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.neighbours.PER_PAGE", 2)
    oldest, middle, newest = (make_pictures(studio, "a red fox", seed=n)[0] for n in (1, 2, 3))
    page = open_page("gallery")
    page.session_state[component_key(page, "grid")] = {"picked": middle.id}
    looked_at(page)
    assert page.query_params["picture"] == middle.id
    click(page, "go_Next")  # on the second page of the gallery
    assert page.query_params["picture"] == oldest.id
    assert page.query_params["page"] == "2"
    assert page.button(key="go_Next").disabled
    click(page, "go_Previous")
    click(page, "go_Previous")
    assert page.query_params["picture"] == newest.id
    assert page.button(key="go_Previous").disabled
    click(page, "back")
    assert "picture" not in page.query_params


def test_deleting_can_be_undone(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("gallery", picture=first.id)
    click(page, "delete")
    assert "1 picture deleted" in shown(page)
    assert {item["id"] for item in component(page, "grid")["items"]} == {second.id}
    click(page, "undo")
    assert "1 picture deleted" not in shown(page)
    assert len(component(page, "grid")["items"]) == 2


def test_deleted_pictures_have_a_place_of_their_own(studio: Studio) -> None:
    first, _ = make_pictures(studio, "a red fox", 2)
    studio.gallery.delete([first.id])
    page = open_page("gallery", show="deleted")
    assert "1 picture, deleted" in shown(page)
    chosen = open_page("gallery", show="deleted", picture=first.id)
    assert "This picture is deleted" in shown(chosen)
    click(chosen, "restore")
    assert studio.gallery.asset(first.id).deleted_at is None


def test_many_at_once(studio: Studio) -> None:
    made = make_pictures(studio, "a red fox", 3)
    ids = [asset.id for asset in made]
    page = open_page("gallery")
    page.session_state[component_key(page, "grid")] = {"selected": ids[:2]}
    looked_at(page)
    assert "2 pictures chosen" in shown(page)
    click(page, "star_many")
    assert [asset.starred for asset in studio.gallery.many(ids)] == [True, True, False]
    page.session_state[component_key(page, "grid")] = {"selected": ids[:2]}
    looked_at(page)
    click(page, "delete_many")
    assert "2 pictures deleted" in shown(page)


def test_two_chosen_pictures_go_side_by_side(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("gallery")
    page.session_state[component_key(page, "grid")] = {"selected": [first.id, second.id]}
    looked_at(page)
    click(page, "compare_many")
    assert page.title[0].value == "Compare"
    assert page.query_params["pictures"] == f"{first.id},{second.id}"


def test_without_our_own_routes_the_pages_still_show_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, routes=False) as studio:
        picture = make_pictures(studio, "a red fox")[0]
        assert "1 picture" in shown(open_page("gallery"))
        page = open_page("gallery", picture=picture.id)
        assert component(page, "viewer")["images"][0]["src"].startswith("data:image/png;base64,")


def arrivals() -> None:
    """Nothing is drawn yet, and the batches run."""
    from studio.container import runtime
    from studio.models import AssetFilter
    from studio.ui.arrivals import draw_arrivals

    draw_arrivals(runtime(), AssetFilter(), 0)


def test_pictures_that_arrive_while_batches_run_are_offered(studio: Studio) -> None:
    make_pictures(studio, "a red fox")
    assert not looked_at(AppTest.from_function(arrivals)).button  # nothing runs
    options = RunOptions(
        model="sketch:default", width=96, height=96, images=3, params={"simulate": "slow"}
    )
    running = studio.batches.start(studio.planner.single("an owl in a library", options))
    page = looked_at(AppTest.from_function(arrivals, default_timeout=30))
    assert page.button(key="show_new").label.startswith("Show ")
    studio.batches.cancel(running)
