"""Batch upload in trouble: bad files, a spent budget, lost answers, a page left and reopened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.models import BatchState, JobState, PauseReason
from studio.ui import progress
from studio.ui.words import short
from tests.fakes import FakeProvider
from tests.flows.page_world import looked_at, open_page, page_world, shown
from tests.flows.test_page_batch_upload import GOOD, dropped, finish, metrics, started, trouble
from tests.unit.test_ui_plain_words import status as status_with

PROMPT = "A lighthouse at dawn in soft watercolour with fine detail"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


@pytest.fixture
def paid(world: Studio) -> Studio:
    """The process's studio with one provider, which takes a cent for each picture."""
    close_runtime()
    provider = FakeProvider()
    slot().studio = open_studio(providers={provider.id: provider})
    studio = slot().studio
    assert studio is not None
    return studio


def read(app: AppTest) -> str:
    """The words on the page as a person reads them."""
    return shown(app).replace("\\", "")


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("big.csv", b"prompt\n" + b"a lighthouse at dawn\n" * 2_600_000, "MB"),
        ("blank.csv", b"  \n\n ", "is empty"),
    ],
    ids=["50 MB", "blank"],
)
def test_a_file_that_cannot_be_read_is_told(
    name: str, data: bytes, told: str, world: Studio
) -> None:
    app = dropped(data, name)
    assert [told in str(box.value).replace("\\", "") for box in app.error] == [True]
    assert not world.batches.list()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"prompt,prompt\n{PROMPT},again\n", "is there more than once"),
        (f"prompt,section\n{PROMPT},<script>\n", "<script>"),
        ("wish,place\nA boat,Sea\n", "prompt"),
    ],
    ids=["duplicate headers", "script as section", "no prompt column"],
)
def test_an_odd_file_is_told_and_waits_for_a_decision(text: str, told: str, world: Studio) -> None:
    app = dropped(text)
    frames = " ".join(str(frame.value.to_dict()) for frame in app.dataframe)
    errors = " ".join(str(box.value) for box in app.error)
    assert told in (errors or read(app) + frames)
    assert app.button(key="start")
    assert not world.batches.list()


def test_a_prompt_of_ten_thousand_characters_gets_an_answer(world: Studio) -> None:
    app = dropped(f"prompt\n{'lighthouse ' * 1000}\n")
    assert metrics(app)["Rows"] == "1"
    held_back = metrics(app)["To mend"] == "1"
    assert app.button(key="start").disabled is held_back


def test_a_file_in_another_encoding_is_read_and_says_so(world: Studio) -> None:
    app = dropped("prompt\nA café at dawn\n".encode("cp1252"))
    assert "Read as Windows-1252" in read(app)
    assert app.session_state["upload"].sheet.records == [{"prompt": "A café at dawn"}]


def test_a_spreadsheet_formula_is_only_text(world: Studio) -> None:
    formula = '=HYPERLINK("http://example.org"; "a lighthouse")'
    quoted = formula.replace('"', '""')
    app = dropped(f'prompt,size\n"{quoted}",96x96\n')
    batch_id = started(world, app)
    finish(world, batch_id)
    (job,) = world.batches.jobs(batch_id)
    assert (job.spec.request.prompt, job.state) == (formula, JobState.DONE)


def test_an_answer_that_was_lost_leads_to_lost_and_found(world: Studio) -> None:
    app = dropped(trouble(2, "lost"))
    batch_id = started(world, app)
    finish(world, batch_id)
    unknown = world.batches.jobs(batch_id, [JobState.UNKNOWN])
    assert len(unknown) == 2
    assert "outcome unknown" in str([badge.proto for badge in looked_at(app).markdown])
    keys = {button.key for button in app.button}
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["Look for it or decide"] == f"lost={batch_id}"
    assert not {key for key in keys if key and key.startswith(("retry_job_", "write_off_"))}, (
        "what may be charged twice is decided where it is asked first"
    )


def test_a_spent_budget_pauses_and_says_so(paid: Studio) -> None:
    app = dropped("prompt\n" + "\n".join(f"{PROMPT} {row}" for row in range(3)))
    assert metrics(app)["Cost"] == "$0.03"
    app.number_input(key="batch_budget").set_value(0.01)
    batch_id = started(paid, looked_at(app))
    while paid.batches.status(batch_id).batch.state is BatchState.RUNNING:
        paid.batches.wait(batch_id, 5)
    looked_at(app)
    assert paid.batches.status(batch_id).batch.pause_reason is PauseReason.BUDGET
    assert "The budget is reached." in str(app.warning[0].value)
    assert app.button(key=f"resume_{batch_id}").label == "Resume"


def test_what_was_chosen_survives_another_page(world: Studio) -> None:
    app = dropped(GOOD)
    app.text_input(key="batch_title").set_value("Autumn")
    app.toggle(key="batch_same").set_value(True)
    app.selectbox(key="batch_format").set_value("WebP")
    looked_at(app)
    app.number_input(key="batch_images").set_value(3)
    looked_at(app)
    for page in ("gallery", "batch_upload"):
        app.switch_page(f"pages/{page}.py")
        looked_at(app)
    assert app.text_input(key="batch_title").value == "Autumn"
    assert app.toggle(key="batch_same").value
    assert app.number_input(key="batch_images").value == 3
    assert app.selectbox(key="batch_format").value == "WebP"


def test_the_next_file_has_a_name_of_its_own(world: Studio) -> None:
    app = dropped(GOOD, "spring.csv")
    app.text_input(key="batch_title").set_value("Mine")
    looked_at(app)
    next(button for button in app.button if button.label == "Choose another file").click()
    looked_at(app)
    app.file_uploader(key="prompt_file").upload("autumn.csv", GOOD.encode())
    assert looked_at(app).text_input(key="batch_title").value == "autumn"


def test_the_live_part_wakes_up_and_falls_asleep_with_its_batch(
    world: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = dropped(trouble(8, "slow"))
    batch_id = started(world, app)
    reruns: list[bool] = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(True))
    monkeypatch.setattr(st, "session_state", {})
    monkeypatch.setattr(progress, "_pictures", lambda *drawn: None)
    status = world.batches.status(batch_id)
    assert progress._pace(status) == "1s"
    progress._draw(world, batch_id, True, 100, progress._open)
    assert not reruns
    progress._draw(world, batch_id, False, 100, progress._open)  # resumed, perhaps elsewhere
    assert len(reruns) == 1
    world.batches.cancel(batch_id)
    finish(world, batch_id)
    progress._draw(world, batch_id, True, 100, progress._open)
    assert len(reruns) == 2
    assert progress._pace(world.batches.status(batch_id)) is None


@pytest.mark.parametrize(
    ("text", "shortened"),
    [("Autumn", "Autumn"), ("a long  name indeed", "a long name…"), ("x" * 30, "x" * 11 + "…")],
)
def test_long_names_end_with_a_whole_word(text: str, shortened: str) -> None:
    assert short(text, 12) == shortened


def test_without_our_own_routes_pictures_still_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, routes=False) as studio:
        app = dropped(GOOD)
        batch_id = started(studio, app)
        finish(studio, batch_id)
        looked_at(app)
        assert len(app.get("image")) == 2
        titles = {button.label for button in app.button}
        assert titles >= {"Light", "Pines"}


def test_a_deep_link_into_a_new_session_goes_through_the_shell(world: Studio) -> None:
    assert open_page("batch_upload", sample="1").button(key="start").label.startswith("Start")


@pytest.mark.parametrize(
    ("age", "left", "told"),
    [(3, 20.0, ""), (3, 600.0, "about 10 min left"),
     (60, 20.0, "less than a minute left · 148 a minute")],
)  # fmt: skip
def test_a_batch_that_just_began_promises_nothing(
    age: int, left: float, told: str, world: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[float, str]] = []
    monkeypatch.setattr(st, "progress", lambda share, text: drawn.append((share, text)))
    status = status_with(BatchState.RUNNING, done=3, failed=1, queued=8)
    began = world.parts.now() - timedelta(seconds=age)
    batch = status.batch.model_copy(update={"started_at": began})
    changes = {"batch": batch, "eta_seconds": left, "pictures_per_minute": 148.0}
    progress._bar(world, status.model_copy(update=changes))
    ((share, text),) = drawn
    assert text.replace("\\", "") == " · ".join(
        filter(None, ["3 of 12 done", "8 waiting", "1 failed", told])
    )
    assert share == 3 / 12, "what failed is no progress"
