"""The gallery page: found, opened, kept, compared, deleted and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from studio.container import Studio
from studio.ui.facts import name_of
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

HOSTILE = "a cat <script>alert(1)</script> :red[x] $y$ [link](http://example.org) *bold* `code`"


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
    oldest, middle, newest = make_pictures(studio, "a red fox", 3)
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


def test_one_picture_shows_everything_about_it(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox", seed=77)[0]
    page = open_page("gallery", picture=picture.id)
    facts = {row["name"]: row["cells"][0][0][1] for row in component(page, "table")["rows"]}
    assert facts["Prompt"] == "a red fox"
    assert facts["Seed"] == "77"
    assert facts["Size"] == "96 × 96 pixels"
    assert "Sent to the model" in shown(page)
    assert "Checked and stored" in shown(page)
    viewer = component(page, "viewer")
    assert viewer["mode"] == "single"
    assert viewer["images"][0]["src"] == studio.gallery.file_url(picture)


def test_uploaded_words_are_shown_literally(studio: Studio) -> None:
    picture = make_pictures(studio, HOSTILE)[0]
    page = open_page("gallery", picture=picture.id)
    facts = {row["name"]: row["cells"][0][0][1] for row in component(page, "table")["rows"]}
    assert facts["Prompt"] == HOSTILE
    for markup in (":red[x]", "$y$", "[link](", "*bold*", "`code`", "<script>"):
        assert markup not in shown(page)
    assert component(page, "viewer")["images"][0]["label"] == name_of(picture)


def test_star_rating_title_and_tags_are_kept(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox")[0]
    page = open_page("gallery", picture=picture.id)
    click(page, "star")
    assert studio.gallery.asset(picture.id).starred
    page.feedback(key=f"rating_{picture.id}").set_value(3)
    looked_at(page)
    assert studio.gallery.asset(picture.id).rating == 4
    page.text_input(key=f"title_{picture.id}").set_value("The fox")
    page.multiselect(key=f"tags_{picture.id}").set_value(["hero", "snow"])
    page.button(key=f"labels_{picture.id}_save").click()
    looked_at(page)
    kept = studio.gallery.asset(picture.id)
    assert (kept.title, kept.tags) == ("The fox", ["hero", "snow"])
    assert page.subheader[0].value == "The fox"


def test_an_unknown_picture_is_a_plain_message(studio: Studio) -> None:
    page = open_page("gallery", picture="a_nothing")
    assert "There is no picture" in shown(page)
    click(page, "not_found_back")
    assert page.title[0].value == "Gallery"


@pytest.mark.parametrize(("key", "same_seed"), [("vary", False), ("rerun", True)])
def test_a_picture_is_made_again(studio: Studio, key: str, same_seed: bool) -> None:
    picture = make_pictures(studio, "a red fox", seed=77)[0]
    page = open_page("gallery", picture=picture.id)
    click(page, key)
    newest = studio.batches.latest()
    assert newest is not None
    assert newest != picture.batch_id
    assert page.query_params["batch"] == newest
    while studio.batches.wait(newest, 30).counts.unfinished:
        pass
    child = studio.batches.assets(newest)[0]
    assert (child.seed == 77) is same_seed
    with (
        Image.open(studio.gallery.file(child.id)) as new,
        Image.open(studio.gallery.file(picture.id)) as old,
    ):
        assert (new.tobytes() == old.tobytes()) is same_seed


def test_another_prompt_is_run(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox", seed=77)[0]
    page = open_page("gallery", picture=picture.id)
    page.text_area(key=f"prompt_{picture.id}").set_value("a blue fox")
    page.button(key=f"edit_{picture.id}_run").click()
    looked_at(page)
    newest = studio.batches.latest()
    assert newest is not None
    job = studio.batches.jobs(newest)[0]
    assert job.spec.request.prompt == "a blue fox"
    assert job.seed == 77


def test_an_empty_prompt_is_not_run(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox")[0]
    page = open_page("gallery", picture=picture.id)
    page.text_area(key=f"prompt_{picture.id}").set_value("  ")
    page.button(key=f"edit_{picture.id}_run").click()
    looked_at(page)
    assert "The prompt is empty" in shown(page)
    assert studio.batches.latest() == picture.batch_id


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


def test_a_lost_file_is_said_and_the_rest_still_works(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox")[0]
    studio.gallery.file(picture.id).unlink()
    page = open_page("gallery", picture=picture.id)
    assert "missing" in shown(page)
    assert component(page, "table")["rows"][0]["name"] == "Prompt"
    click(page, "star")
    assert studio.gallery.asset(picture.id).starred
