"""What open pages cost at rest: the parts that draw themselves again, and how often."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.container.standing import alive, news
from studio.errors import DatabaseError
from studio.ui import progress
from tests.fakes import FakeProvider
from tests.flows.page_world import ROOT, looked_at, make_pictures, open_page, page_world
from tests.flows.test_page_progress import Queue
from tests.studio_fixture import finish, plan_of, wait_until

AT_REST = 10.0
"""Seconds between two looks of a page at rest: the sidebar's, for what is done elsewhere."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """An empty studio."""
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds after which the browser is asked to let parts of the page draw themselves."""
    asked: list[float] = []
    enqueue = ScriptRunContext.enqueue

    def noted(self: ScriptRunContext, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "auto_rerun":
            asked.append(message.auto_rerun.interval)
        enqueue(self, message)

    monkeypatch.setattr(ScriptRunContext, "enqueue", noted)
    return asked


def served_by(provider: FakeProvider) -> Studio:
    """The process's studio with that provider only."""
    close_runtime()
    studio = slot().studio = open_studio(providers={provider.id: provider})
    return studio


def in_its_frame(batch_id: str = "") -> AppTest:
    """The first page with the sidebar beside it; pages opened by name are drawn without it."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    if batch_id:
        app.query_params["batch"] = batch_id
    return looked_at(app)


@pytest.mark.parametrize("page", ["generate", "batch_upload"])
def test_a_finished_batch_is_not_drawn_again(world: Studio, ticks: list[float], page: str) -> None:
    batch_id = make_pictures(world, "A quiet lake", 2)[0].batch_id
    app = open_page(page, batch=batch_id)
    ticks.clear()
    looked_at(app)
    assert ticks == []


def test_where_nothing_runs_only_the_sidebar_looks_and_seldom(
    world: Studio, ticks: list[float]
) -> None:
    batch_id = make_pictures(world, "A quiet lake", 2)[0].batch_id
    in_its_frame(batch_id)
    assert ticks == [AT_REST]


def test_a_running_batch_is_drawn_every_second_until_it_rests(
    world: Studio, ticks: list[float]
) -> None:
    provider = Queue(0)
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 2))
    wait_until(studio, batch_id, lambda s: s.counts.running == 2)
    in_its_frame(batch_id)
    assert sorted(ticks) == [1.0, 2.0]
    provider.go = True
    finish(studio, batch_id)
    ticks.clear()
    in_its_frame(batch_id)
    assert ticks == [AT_REST]


def test_a_paused_batch_is_watched_and_drawn_again_only_for_news(
    world: Studio, ticks: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Queue(0)
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 30))
    studio.batches.pause(batch_id)
    provider.go = True  # what was sent before the pause is finished
    wait_until(studio, batch_id, lambda s: s.counts.in_flight == 0)
    drawn: list[str] = []
    monkeypatch.setattr(progress, "_draw", lambda *what: drawn.append(what[1]))
    in_its_frame(batch_id)
    assert (sorted(ticks), drawn) == ([2.0, AT_REST], [batch_id])

    reruns: list[bool] = []
    monkeypatch.setattr(st, "rerun", lambda: reruns.append(True))
    monkeypatch.setattr(st, "session_state", {})
    look, seen = progress._watch.__wrapped__, news(studio.parts, batch_id)  # type: ignore[attr-defined]
    look(studio, batch_id, seen)
    assert (reruns, len(drawn)) == ([], 1)
    studio.batches.resume(batch_id)  # perhaps in another tab
    look(studio, batch_id, seen)
    assert reruns == [True]
    monkeypatch.setattr(st, "session_state", {progress.LOOKING: "a_1"})
    look(studio, batch_id, seen)
    assert reruns == [True], "a picture that is looked at closer stays open"


def test_what_is_news_about_a_batch_at_rest(world: Studio) -> None:
    batch_id = make_pictures(world, "A quiet lake", 2)[0].batch_id

    def now() -> Hashable:
        return news(world.parts, batch_id)

    before = now()
    make_pictures(world, "A loud street", 1)
    assert now() == before, "another batch is none"
    world.budgets.set("day", 5_000_000)
    after = now()
    assert after != before
    world.parts.refusals.note("somebody", None, DatabaseError("The disk is full.", "Make room."))
    assert now() != after


def test_the_batches_that_are_alive_running_ones_first(world: Studio) -> None:
    make_pictures(world, "A quiet lake", 1)
    studio = served_by(Queue(0))
    assert alive(studio.parts, 10) == []
    running, paused = (studio.batches.start(plan_of(studio, 30)) for _ in range(2))
    studio.batches.pause(paused)
    assert [each.batch.id for each in alive(studio.parts, 10)] == [running, paused]
    assert [each.batch.id for each in alive(studio.parts, 1)] == [paused]
