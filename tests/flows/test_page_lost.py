"""Lost and found on the costs page: what is told, what is asked first, and what is then done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.errors import Conflict, Unreachable
from studio.models import Charged, FaultKind, Job, JobState
from studio.models.lost import Found, LostKind
from studio.ui.lost_acts import ASKED
from tests.fakes import CENT, FakeProvider, fault
from tests.flows.lost_desk import LostDesk, lost_item, with_desk
from tests.flows.page_world import click, looked_at, open_page, page_world, shown
from tests.studio_fixture import finish, plan_of

LOST_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch):
        yield served_by(FakeProvider())


def served_by(provider: FakeProvider) -> Studio:
    """The process's studio with that provider only."""
    close_runtime()
    slot().studio = open_studio(providers={provider.id: provider})
    studio = slot().studio
    assert studio is not None
    return studio


def made(studio: Studio, number: int) -> Sequence[Job]:
    """So many jobs, all done: what is lost about them is up to the desk."""
    batch_id = studio.batches.start(plan_of(studio, number))
    finish(studio, batch_id)
    return studio.batches.jobs(batch_id)


def desk_of(studio: Studio, number: int, kind: LostKind = LostKind.UNKNOWN) -> LostDesk:
    """A desk with so many lost calls of one kind, in the process's studio."""
    desk = LostDesk(*(lost_item(studio, job, kind) for job in made(studio, number)))
    with_desk(studio, desk)
    return desk


def read(app: AppTest) -> str:
    """The words on the page as a person reads them."""
    boxes = [str(box.value) for box in (*app.info, *app.success)]
    return "\n".join([shown(app), *boxes]).replace("\\", "")


def choose(app: AppTest, kind: LostKind, rows: list[int]) -> AppTest:
    """The page after choosing rows of the table of one kind."""
    keys = [frame.proto.id for frame in app.dataframe if f"lost_{kind.value}_" in frame.proto.id]
    assert len(keys) == 1
    key = f"lost_{kind.value}_{keys[0].rpartition('_')[2]}"
    app.session_state[key] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    return looked_at(app)


def test_nothing_lost_is_one_quiet_sentence(world: Studio) -> None:
    app = open_page("costs")
    assert "Lost & found: nothing is open." in read(app)
    assert "lost_all" not in {button.key for button in app.button}
    assert not app.warning


def test_each_kind_is_told_with_all_that_is_known(world: Studio) -> None:
    jobs = made(world, 3)
    desk = LostDesk(*(lost_item(world, *pair) for pair in zip(jobs, LostKind, strict=True)))
    with_desk(world, desk)
    text = read(app := open_page("costs", lost="1"))
    for words in (
        "Nobody knows whether these were made", "Paid for, but no picture",
        "Made, still on its way", "**Row 1** · A boat 0",
        "sent 2 hours ago · looked for 3 times · is looked for again in 12 minutes",
        "About 34 minutes until Fake may delete it",
        "1 of unknown outcome, 1 paid for without a picture, 1 still on the way",
        "$0.025 set aside, $0.05 charged",
    ):  # fmt: skip
        assert words in text, words
    assert [code.value for code in app.code] == ["req-0", "req-1", "req-2"]
    keys = {button.key for button in app.button}
    assert {f"look_{jobs[0].id}", f"again_{jobs[0].id}", f"write_off_{jobs[0].id}"} <= keys
    assert {f"look_{jobs[1].id}", f"again_{jobs[1].id}", f"note_{jobs[1].id}"} <= keys
    assert not [key for key in keys if key and jobs[2].id in key and not key.startswith("more")]


def test_where_nothing_can_be_there_nobody_looks(world: Studio) -> None:
    refused, broken = made(world, 2)
    desk = LostDesk(lost_item(world, refused, LostKind.PAID, can_look=False),
                    lost_item(world, broken, LostKind.PAID))  # fmt: skip
    with_desk(world, desk)
    keys = {button.key for button in open_page("costs").button}
    assert f"look_{refused.id}" not in keys
    assert {f"again_{refused.id}", f"note_{refused.id}", f"look_{broken.id}"} <= keys


def test_looking_again_tells_what_was_found(world: Studio) -> None:
    desk = desk_of(world, 2)
    job_id = desk.all[0].job_id
    app = click(open_page("costs"), f"look_{job_id}")
    assert desk.calls == [("adopt", job_id, None)]
    assert "Its picture is in the gallery." in read(app)
    assert job_id not in str([button.key for button in app.button])
    click(app, "lost_told_ok")
    assert "Its picture is in the gallery." not in read(app)


def test_what_stays_unknown_is_said_to_be_so(world: Studio) -> None:
    desk = desk_of(world, 1)
    desk.found, desk.message = Found.STILL_UNKNOWN, "Its list does not go back so far."
    app = click(open_page("costs"), f"look_{desk.all[0].job_id}")
    assert "Still unknown. Its list does not go back so far." in read(app)
    assert len(desk.all) == 1


def test_a_provider_that_is_away_is_told_and_nothing_is_changed(world: Studio) -> None:
    desk = desk_of(world, 1)
    desk.error = Unreachable("Fake did not answer.", "Try again in a minute.")
    app = click(open_page("costs"), f"look_{desk.all[0].job_id}")
    assert "Try again in a minute." in read(app)
    assert len(desk.all) == 1


def test_everything_is_looked_for_at_once(world: Studio) -> None:
    desk = desk_of(world, 3)
    app = click(open_page("costs"), "lost_all")
    assert desk.calls == [("reconcile", None)]
    assert "Looked for 3 pictures: 3 are in the gallery now." in read(app)
    assert "3 costs compared with the provider's own bill." in read(app)


def test_one_batch_alone_is_shown_and_looked_for(world: Studio) -> None:
    one, other = made(world, 1)[0], made(world, 1)[0]
    items = [lost_item(world, job, LostKind.UNKNOWN) for job in (one, other)]
    desk = LostDesk(*items)
    with_desk(world, desk)
    app = open_page("costs", lost=one.batch_id)
    keys = {button.key for button in app.button}
    assert f"look_{one.id}" in keys
    assert f"look_{other.id}" not in keys
    click(app, "lost_show_all")
    assert app.query_params["lost"] == "1"
    assert f"look_{other.id}" in {button.key for button in app.button}
    click(open_page("costs", lost=one.batch_id), "lost_all")
    assert desk.calls == [("reconcile", one.batch_id)]


def test_making_again_says_first_that_it_may_be_paid_twice(world: Studio) -> None:
    desk = desk_of(world, 1)
    job_id = desk.all[0].job_id
    app = click(open_page("costs"), f"again_{job_id}")
    warning = str(app.warning[0].value).replace("\\", "")
    assert "Making it again costs $0.01." in warning
    assert "If it was made the first time after all, you pay twice." in warning
    assert "The $0.025 set aside for the first time counts as spent." in warning
    assert app.button(key="again_now").label.replace("\\", "") == "Make again, about $0.01"
    assert not desk.calls, "only asked so far"
    click(app, "again_now")
    assert desk.calls == [("retry", job_id)]
    assert "1 picture will be made again in turn." in read(app)
    assert ASKED not in app.session_state


def test_a_question_can_be_left_unanswered(world: Studio) -> None:
    desk = desk_of(world, 1)
    app = click(open_page("costs"), f"write_off_{desk.all[0].job_id}")
    assert "The $0.025 set aside counts as spent. It is not looked for any more." in read(app)
    click(app, "lost_leave")
    assert not desk.calls
    assert "write_off_now" not in {button.key for button in looked_at(app).button}


def test_writing_off_and_taking_note(world: Studio) -> None:
    first, second = made(world, 2)
    desk = LostDesk(
        lost_item(world, first, LostKind.UNKNOWN), lost_item(world, second, LostKind.PAID)
    )
    with_desk(world, desk)
    app = click(click(open_page("costs"), f"write_off_{first.id}"), "write_off_now")
    assert "1 picture written off." in read(app)
    click(app, f"note_{second.id}")
    assert desk.calls == [("write_off", first.id), ("write_off", second.id)]
    assert "stays counted as charged without a picture" in read(app)
    assert "nothing is open." in read(app)


def test_what_was_written_off_is_not_passed_over(world: Studio) -> None:
    studio = served_by(FakeProvider(LOST_ANSWER, FakeProvider.picture()))
    batch_id = studio.batches.start(plan_of(studio, 1))
    other = studio.batches.start(plan_of(studio, 1))
    finish(studio, batch_id)
    finish(studio, other)
    unknown = [one for one in (batch_id, other) if studio.batches.status(one).counts.unknown]
    good = ({batch_id, other} - set(unknown)).pop()
    (job,) = studio.batches.jobs(unknown[0], [JobState.UNKNOWN])
    studio.lost.write_off(job.id)
    told = "is open. $0.01 was charged without a picture, and is written off or taken note of."
    assert f"nothing {told}" in read(open_page("costs"))
    assert f"nothing of this batch {told}" in read(open_page("costs", lost=unknown[0]))
    assert "nothing of this batch is missing." in read(open_page("costs", lost=good))
    assert "nothing of this batch is missing." in read(open_page("costs", lost="b_none"))


def test_what_went_on_by_itself_is_left_alone(world: Studio) -> None:
    desk = desk_of(world, 1)
    app = click(open_page("costs"), f"again_{desk.all[0].job_id}")
    desk.error = Conflict("It changed meanwhile.", "Look at how it stands now.")
    click(app, "again_now")
    assert "Nothing was changed" in read(app)


def test_a_request_id_from_the_provider_brings_a_picture_home(world: Studio) -> None:
    desk = desk_of(world, 1)
    job_id = desk.all[0].job_id
    app = open_page("costs")
    app.session_state[ASKED] = ("request", [job_id])
    looked_at(app)
    assert not app.button(key="request_now").disabled, "not grey until somebody presses Enter"
    click(app, "request_now")
    assert "Paste the request's id first." in read(app)
    assert not desk.calls
    desk.error = Conflict("'banana' is no id of a request at Fake.", "Copy it from its site.")
    app.text_input(key=f"request_id_{job_id}").set_value("banana")
    assert "'banana' is no id of a request at Fake." in read(click(app, "request_now"))
    desk.error, desk.calls = None, []
    app.text_input(key=f"request_id_{job_id}").set_value("  req-abc ")
    desk.found, desk.message = Found.STILL_UNKNOWN, "fal does not know that request."
    click(app, "request_now")
    assert "fal does not know that request." in read(app)
    desk.found, desk.message = Found.BEING_MADE, "It is on its way."
    click(app, "request_now")
    assert desk.calls == [("adopt", job_id, "req-abc")] * 2
    assert "It is on its way." in read(app)
    assert ASKED not in app.session_state


def test_many_are_a_table_to_choose_from(world: Studio) -> None:
    desk = desk_of(world, 60)
    ids = [item.job_id for item in desk.all]
    app = open_page("costs")
    table = next(frame.value for frame in app.dataframe if "What is known" in frame.value.columns)
    assert list(table["Picture"]) == [item.name for item in desk.all]
    assert "Choose rows" in read(app)
    app = choose(app, LostKind.UNKNOWN, [1, 4])
    assert "**2 pictures chosen** · $0.05 set aside" in read(app)
    click(app, "again_these_unknown")
    assert "Making them again costs $0.02." in read(app)
    click(app, "again_now")
    assert desk.calls == [("retry", ids[1]), ("retry", ids[4])]
    assert "Choose rows" in read(looked_at(app)), "nothing stays chosen in a list that has changed"


def test_one_of_many_is_shown_in_full(world: Studio) -> None:
    desk = desk_of(world, 6)
    app = choose(open_page("costs"), LostKind.UNKNOWN, [2])
    assert f"look_{desk.all[2].job_id}" in {button.key for button in app.button}
    assert [code.value for code in app.code] == [desk.all[2].remote_id]


def test_a_batch_says_that_some_of_it_is_lost(world: Studio) -> None:
    jobs = made(world, 2)
    assert "not here yet" not in read(open_page("batch_upload", batch=jobs[0].batch_id))
    with_desk(world, LostDesk(*(lost_item(world, job, LostKind.UNKNOWN) for job in jobs)))
    app = open_page("batch_upload", batch=jobs[0].batch_id)
    assert "2 pictures not here yet: 2 of unknown outcome. $0.05 set aside." in read(app)
    links = {found.proto.label for found in app.get("page_link")}
    assert "Lost & found" in links


def test_a_lost_answer_is_found_again(world: Studio) -> None:
    """The whole way with the studio's own lost and found."""
    provider = FakeProvider(LOST_ANSWER, FakeProvider.picture())
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 1))
    finish(studio, batch_id)
    (job,) = studio.batches.jobs(batch_id, [JobState.UNKNOWN])
    app = open_page("costs", lost=batch_id)
    assert "1 of unknown outcome" in read(app)
    assert "$0.01 set aside" in read(app)
    provider.found = lambda call: FakeProvider.picture()
    click(app, f"look_{job.id}")
    assert "Its picture is in the gallery." in read(app)
    assert studio.batches.job(job.id).state is JobState.DONE
    assert studio.costs.report("model").settled == CENT
