"""Generate: a prompt becomes pictures in place, and what was typed is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.container import Studio
from studio.models import BatchState
from studio.ui import session
from tests.flows.page_world import (
    ROOT,
    click,
    component,
    component_key,
    looked_at,
    make_pictures,
    open_page,
    page_world,
    shown,
)

NASTY = "[x](javascript:alert(1)) :red[no] $x^2$ <script>alert(1)</script>"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


def widget(app: AppTest, key: str) -> Any:
    return app.get_by_key(key)


def wished(prompt: str, pictures: int = 2) -> AppTest:
    app = open_page("generate")
    app.text_area(key="generate_prompt").set_value(prompt)
    app.number_input(key="generate_images").set_value(pictures)
    widget(app, "generate_size").set_value("Small")
    return looked_at(app)


def finish(studio: Studio, app: AppTest) -> str:
    batch_id = str(app.query_params["batch"])
    while studio.batches.wait(batch_id, 30).counts.unfinished:
        pass
    return batch_id


def test_the_empty_page_offers_ideas_and_no_button(world: Studio) -> None:
    app = open_page("generate")
    assert app.button(key="generate_go").disabled
    widget(app, "generate_idea").set_value("Lighthouse")
    looked_at(app)
    assert "lighthouse" in str(app.text_area(key="generate_prompt").value)
    assert not app.button(key="generate_go").disabled
    assert not app.warning


def test_the_button_says_how_many_and_what_they_cost(world: Studio) -> None:
    assert wished("A quiet lake", 3).button(key="generate_go").label == "Make 3 pictures · free"
    assert wished("A quiet lake", 1).button(key="generate_go").label == "Make 1 picture · free"


def test_pictures_arrive_in_place_and_a_refresh_shows_them_again(world: Studio) -> None:
    app = click(wished("A quiet lake at dawn, soft watercolour"), "generate_go")
    batch_id = finish(world, app)
    looked_at(app)
    drawn = component(app, "studio_grid")["items"]
    assert [item.get("waiting", False) for item in drawn] == [False, False]
    again = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    again.query_params["batch"] = batch_id
    looked_at(again)
    assert component(again, "studio_grid")["items"] == drawn
    assert again.text_area(key="generate_prompt").value == "A quiet lake at dawn, soft watercolour"
    assert again.number_input(key="generate_images").value == 2
    assert widget(again, "generate_size").value == "Small"


def test_a_size_of_its_own_and_a_seed_reach_the_picture(world: Studio) -> None:
    app = wished("A quiet lake", 1)
    widget(app, "generate_size").set_value("Custom")
    app.number_input(key="generate_seed").set_value(7)
    looked_at(app)
    app.number_input(key="generate_width_sketch:default").set_value(96)
    app.number_input(key="generate_height_sketch:default").set_value(128)
    batch_id = finish(world, click(looked_at(app), "generate_go"))
    (asset,) = world.batches.assets(batch_id)
    assert (asset.width, asset.height, asset.seed) == (96, 128, 7)


def test_settings_of_the_model_are_drawn_from_its_card(world: Studio) -> None:
    app = open_page("generate")
    for field in world.models.card(None).fields:
        assert widget(app, f"generate_field_sketch:default_{field.name}").label == field.label


def test_a_picture_opens_closer_and_can_be_varied(world: Studio) -> None:
    (asset,) = make_pictures(world, "A quiet lake", 1)
    app = open_page("generate", batch=asset.batch_id)
    app.session_state[component_key(app, "studio_grid")] = {"picked": asset.id}
    looked_at(app)
    assert app.button(key="closer_see").label == "Open in gallery"
    app.session_state[component_key(app, "studio_grid")] = {"picked": asset.id}
    click(app, "vary")
    batch_id = finish(world, app)
    assert batch_id != asset.batch_id
    (child,) = world.batches.assets(batch_id)
    assert (child.prompt, child.parent_asset_id) == (asset.prompt, asset.id)
    assert child.seed != asset.seed


def test_a_failure_says_what_happened_and_what_to_do(world: Studio) -> None:
    app = wished("A quiet lake", 1)
    app.text_input(key="generate_field_sketch:default_simulate").set_value("refuse")
    batch_id = finish(world, click(looked_at(app), "generate_go"))
    (job,) = world.batches.jobs(batch_id)
    assert job.fault is not None
    text = shown(looked_at(app))
    assert "Not charged" in text
    assert "1 refused" in str([bar.proto.text for bar in app.get("progress")])
    assert app.button(key=f"retry_job_{job.id}").label == "Try again"


def test_a_prompt_is_never_read_as_markup(world: Studio) -> None:
    app = click(wished(NASTY, 1), "generate_go")
    finish(world, app)
    text = shown(looked_at(app))
    assert r"\[x\]\(javascript" in text
    assert "<script>" not in text.replace(r"\<", "")
    assert ":red[" not in text


def test_the_draft_survives_a_visit_to_another_page(world: Studio) -> None:
    app = wished("A quiet lake", 5)
    app.switch_page("pages/costs.py")
    looked_at(app).switch_page("pages/generate.py")
    looked_at(app)
    assert app.text_area(key="generate_prompt").value == "A quiet lake"
    assert app.number_input(key="generate_images").value == 5


def test_an_unknown_batch_is_told_in_words(world: Studio) -> None:
    app = open_page("generate", batch="b_nothing")
    assert len(app.error) == 1
    assert app.button(key="generate_go").disabled, "the form is there all the same"


def test_a_deep_link_before_the_shell_ends_up_on_the_page(world: Studio) -> None:
    (asset,) = make_pictures(world, "A quiet lake", 1)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    app.session_state["_goto"] = "batch_upload"
    app.session_state["_goto_query"] = {"batch": asset.batch_id}
    looked_at(app)
    assert [title.value for title in app.title] == ["Batch upload"]
    assert world.batches.status(asset.batch_id).batch.state is BatchState.DONE
    assert app.query_params["batch"] == asset.batch_id


def test_the_password_opens_the_page_when_there_are_no_routes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(st.context), "cookies", property(lambda context: {}))
    with page_world(tmp_path, monkeypatch, routes=False, STUDIO_PASSWORD="s3same") as studio:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        assert not app.title
        assert [field.label for field in app.text_input] == ["Password"]
        state: dict[str, bool] = {}
        told: list[str] = []
        with monkeypatch.context() as patch:  # AppTest draws nothing again where a run stops early
            patch.setattr(st, "session_state", state)
            patch.setattr(st, "error", lambda text, **_: told.append(text))
            patch.setattr(st, "rerun", lambda: None)
            session.try_password(studio, "wrong")
            assert (len(told), state) == (1, {})
            session.try_password(studio, "s3same")
            assert (len(told), len(state)) == (1, 1)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for key, value in state.items():
            app.session_state[key] = value
        assert [title.value for title in looked_at(app).title] == ["Generate"]


def test_a_cookie_opens_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_PASSWORD="s3same") as studio:
        cookies = {studio.access.cookie_name: studio.access.open_session("s3same")}
        monkeypatch.setattr(type(st.context), "cookies", property(lambda context: cookies))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        assert [title.value for title in app.title] == ["Generate"]
        cookies.update({studio.access.cookie_name: "forged"})
        assert not looked_at(app).title
