"""Batch upload: a file in, its rows mended, the batch steered while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.container import Studio
from studio.models import BatchState, JobState
from studio.ui import review
from studio.ui.upload import Upload
from tests.flows.page_world import (
    click,
    component,
    looked_at,
    make_pictures,
    open_page,
    page_world,
    shown,
)

GOOD = (
    "prompt,section,description,size\n"
    "A lighthouse at dawn in soft watercolour with fine detail,Coast,Light,96x96\n"
    "A pine forest in the mist as a paper cut with layers,Woods,Pines,96x64\n"
)
BAD = GOOD + "A city street at night with neon signs and wet asphalt,City,Neon,huge\n"
NASTY = "<script>alert(1)</script> [x](javascript:alert(1)) :red[no] $x$"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


def dropped(text: str | bytes, name: str = "rows.csv") -> AppTest:
    app = open_page("batch_upload")
    data = text.encode("utf-8") if isinstance(text, str) else text
    app.file_uploader(key="prompt_file").upload(name, data)
    return looked_at(app)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in app.metric}


def trouble(rows: int, simulate: str) -> str:
    lines = [f"A lighthouse number {row} at dawn,96x96,{simulate}" for row in range(rows)]
    return "\n".join(["prompt,size,simulate", *lines])


def finish(studio: Studio, batch_id: str) -> None:
    while studio.batches.wait(batch_id, 30).counts.unfinished:
        pass


def started(studio: Studio, app: AppTest) -> str:
    batch_id = str(click(app, "start").query_params["batch"])
    assert studio.batches.status(batch_id).batch.id == batch_id
    return batch_id


def test_the_sample_batch_takes_two_clicks(world: Studio) -> None:
    app = click(open_page("batch_upload"), "sample")
    rows = len(world.planner.sample().records)
    assert metrics(app) == {
        "Rows": str(rows), "To mend": "0", "Pictures": str(rows), "Cost": "Free",
    }  # fmt: skip
    assert app.button(key="start").label == f"Start {rows} pictures · free"
    world.batches.cancel(started(world, app))
    assert component(app, "studio_grid") is not None


def test_a_file_becomes_pictures_that_outlive_the_tab(world: Studio) -> None:
    app = dropped(GOOD)
    assert "built in" in shown(app)
    batch_id = started(world, app)
    finish(world, batch_id)
    looked_at(app)
    drawn = component(app, "studio_grid")["items"]
    assert {item["title"] for item in drawn} == {"Light", "Pines"}
    second_tab = open_page("batch_upload", batch=batch_id)
    assert component(second_tab, "studio_grid")["items"] == drawn
    assert "2 of 2 done" in str([bar.proto.text for bar in second_tab.get("progress")])


def test_bad_rows_come_first_and_hold_the_start_back(world: Studio) -> None:
    app = dropped(BAD)
    assert metrics(app)["To mend"] == "1"
    assert app.button(key="start").disabled
    table = app.data_editor[0].value
    assert list(table["Row"]) == [3]
    assert "huge" in table["Problem"][0]
    app.checkbox(key="only_good").check()
    looked_at(app)
    assert app.button(key="start").label == "Start 2 pictures · free"
    assert not app.button(key="start").disabled


def test_a_row_is_mended_in_the_table(world: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    app = dropped(BAD)
    assert list(app.data_editor[0].proto.column_order)[:3] == ["Row", "Problem", "size"]
    upload: Upload = app.session_state["upload"]
    edits = {"edited_rows": {0: {"size": "96x96"}}, "added_rows": [], "deleted_rows": []}
    with monkeypatch.context() as patch:  # AppTest does not call an editor's callback
        patch.setattr(st, "session_state", {"editor": edits})
        review._mend(world, upload, [3], "editor")
    looked_at(app)
    assert metrics(app)["To mend"] == "0"
    assert app.button(key="start").label == "Start 3 pictures · free"
    assert len(app.data_editor) == 0


def test_a_file_without_a_prompt_column_is_mapped_by_hand(world: Studio) -> None:
    app = dropped("wish,place\nA lighthouse at dawn in watercolour,Coast\n")
    assert app.expander(key="mapping").proto.expanded
    assert app.button(key="start").disabled
    app.selectbox(key="map_rows.csv_0").set_value("prompt")
    looked_at(app)
    assert metrics(app)["Pictures"] == "1"
    assert not app.button(key="start").disabled


def test_options_reach_the_batch(world: Studio) -> None:
    app = dropped(GOOD.replace(",96x96", ",").replace(",96x64", ","))
    app.text_input(key="batch_title").set_value("Autumn")
    size: Any = app.get_by_key("batch_size")
    size.set_value("Small")
    app.toggle(key="batch_same").set_value(True)
    app.selectbox(key="batch_format").set_value("WebP")
    app.number_input(key="batch_budget").set_value(2.5)
    looked_at(app)
    app.number_input(key="batch_images").set_value(2)
    looked_at(app)
    assert app.button(key="start").label == "Start 4 pictures · free"
    batch_id = started(world, app)
    batch = world.batches.status(batch_id).batch
    assert (batch.title, batch.settings.format.value) == ("Autumn", "webp")
    assert batch.settings.budget == 2_500_000
    world.batches.cancel(batch_id)


def test_pause_resume_and_cancel(world: Studio) -> None:
    app = dropped(trouble(40, "slow"))
    batch_id = started(world, app)
    click(app, f"pause_{batch_id}")
    assert world.batches.status(batch_id).batch.state is BatchState.PAUSED
    assert app.button(key=f"resume_{batch_id}").label == "Resume"
    click(looked_at(app), f"resume_{batch_id}")
    assert world.batches.status(batch_id).batch.state is BatchState.RUNNING
    click(looked_at(app), f"cancel_{batch_id}")
    assert "will not be made and cost nothing" in shown(app).replace("\\", "")
    assert world.batches.status(batch_id).batch.state is BatchState.RUNNING, "only asked so far"
    world.batches.cancel(batch_id)
    finish(world, batch_id)
    assert app.button(key="cancel_now").label == "Cancel the batch"
    looked_at(app)
    canceled = world.batches.status(batch_id).counts.canceled
    assert app.button(key=f"retry_{batch_id}").label == f"Try {canceled} canceled again"


def test_failures_are_explained_and_tried_again(world: Studio) -> None:
    app = dropped(GOOD.replace("size\n", "size,simulate\n").replace("96x64", "96x64,refuse"))
    batch_id = started(world, app)
    finish(world, batch_id)
    text = shown(looked_at(app))
    (job,) = world.batches.jobs(batch_id, [JobState.REFUSED])
    assert "**Row 2** · Pines" in text
    assert "Not charged" in text
    click(app, f"retry_job_{job.id}")
    finish(world, batch_id)
    attempts = world.batches.job(job.id).attempt
    assert attempts == job.attempt + 1
    click(looked_at(app), f"retry_{batch_id}")
    finish(world, batch_id)
    assert world.batches.job(job.id).attempt == attempts + 1


def test_recent_batches_can_be_opened_again(world: Studio) -> None:
    (asset,) = make_pictures(world, "A quiet lake", 1)
    app = open_page("batch_upload")
    assert "A quiet lake" in [found.proto.label for found in app.get("page_link")]
    assert open_page("batch_upload", batch=asset.batch_id).markdown


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8),
        ("broken.json", b'{"prompts": ['),
        ("broken.xlsx", b"PK\x03\x04 nothing of the kind"),
    ],
)
def test_an_unreadable_file_is_told_and_harms_nothing(
    name: str, data: bytes, world: Studio
) -> None:
    app = dropped(data, name)
    assert len(app.error) == 1
    assert app.button(key="sample").label == "Try the sample batch"
    assert world.batches.list() == []


def test_text_of_a_file_is_never_read_as_markup(world: Studio) -> None:
    head = f'"{NASTY}",prompt,section,description\n'
    row = f'"{NASTY}","{NASTY}, a lighthouse at dawn","{NASTY}",../../etc/passwd\n'
    app = dropped(head + row, ":red[no] $x$.csv")
    for _ in range(2):
        text = shown(app)
        assert "<script>" not in text.replace(r"\<", "")
        assert ":red[no" not in text
        assert "](javascript" not in text
        if "start" in {button.key for button in app.button}:
            batch_id = started(world, app)
            finish(world, batch_id)
            looked_at(app)
    (tile,) = component(app, "studio_grid")["items"]
    assert tile["tag"] == NASTY, "the component shows it with textContent"
    (asset,) = world.batches.assets(batch_id)
    assert world.gallery.file(asset.id).is_relative_to(world.settings.studio_data_dir)


def test_an_unknown_batch_is_told_in_words(world: Studio) -> None:
    app = open_page("batch_upload", batch="b_nothing")
    assert len(app.error) == 1
    assert not app.exception
