"""One picture in the gallery: everything about it, what is kept of it, and making it again."""

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


def test_a_lost_file_is_said_and_the_rest_still_works(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox")[0]
    studio.gallery.file(picture.id).unlink()
    page = open_page("gallery", picture=picture.id)
    assert "missing" in shown(page)
    assert component(page, "table")["rows"][0]["name"] == "Prompt"
    click(page, "star")
    assert studio.gallery.asset(picture.id).starred


def test_a_picture_is_the_start_of_another(studio: Studio) -> None:
    picture = make_pictures(studio, "a red fox")[0]
    page = open_page("gallery", picture=picture.id)
    page.text_area(key=f"onto_{picture.id}").set_value("a red fox at night")
    page.button(key=f"from_{picture.id}_run").click()
    looked_at(page)
    newest = studio.batches.latest()
    assert newest is not None
    request = studio.batches.jobs(newest)[0].spec.request
    assert request.references == (picture.id,)
    assert request.prompt == "a red fox at night"


def test_compare_keeps_the_picture_that_was_open(studio: Studio) -> None:
    first, second = make_pictures(studio, "a red fox", 2)
    page = open_page("gallery", picture=first.id)
    click(page, "compare")
    assert page.title[0].value == "Compare"
    assert page.query_params["pictures"] == first.id
    assert "One picture is chosen" in shown(page)
    offered = {item["id"] for item in component(page, "grid")["items"]}
    assert offered == {first.id, second.id}


def test_an_unknown_picture_has_a_heading(studio: Studio) -> None:
    page = open_page("gallery", picture="nothing")
    assert [title.value for title in page.title] == ["Picture"]
