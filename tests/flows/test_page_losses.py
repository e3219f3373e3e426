"""Failures that were paid for: fetched for free first, made again only after a question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.models import BatchState, Charged, FaultKind, JobState
from studio.ui.lost_acts import ASKED
from tests.fakes import CENT, FakeProvider, fault
from tests.flows.page_world import click, open_page, page_world, shown
from tests.studio_fixture import finish, plan_of, wait_until

FREE = fault(FaultKind.BAD_REQUEST)
REFUSED = fault(FaultKind.REFUSED, charged=Charged.YES, cost=5_000)
BROKEN = fault(FaultKind.BAD_OUTPUT, charged=Charged.YES, cost=CENT)
LOST_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
PICTURE = FakeProvider.picture()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


def served_by(provider: FakeProvider) -> Studio:
    """The process's studio with that provider only."""
    close_runtime()
    slot().studio = open_studio(providers={provider.id: provider})
    studio = slot().studio
    assert studio is not None
    return studio


def ended(studio: Studio, number: int) -> str:
    """A batch of so many pictures, as far as it comes by itself."""
    batch_id = studio.batches.start(plan_of(studio, number))
    finish(studio, batch_id)
    return batch_id


def read(app: AppTest) -> str:
    boxes = [str(box.value) for box in (*app.info, *app.success)]
    return "\n".join([shown(app), *boxes]).replace("\\", "")


def labels(app: AppTest) -> set[str]:
    return {button.label.replace("\\", "") for button in app.main.button}


def pressed(app: AppTest, start: str) -> AppTest:
    """The page after a click on the only button whose label begins so."""
    (key,) = [one.key for one in app.button if one.label.replace("\\", "").startswith(start)]
    return click(app, str(key))


def test_a_button_for_all_leaves_what_was_charged_alone(world: Studio) -> None:
    provider = FakeProvider(FREE, FREE, BROKEN, REFUSED, PICTURE)
    studio = served_by(provider)
    batch_id = ended(studio, 5)
    app = open_page("batch_upload", batch=batch_id)
    assert "Try 2 failed again, about $0.02" in labels(app)
    assert "Try these 2 again, about $0.02" in labels(app)
    assert "Fetch the paid picture again (free)" in labels(app)
    pressed(app, "Try these 2")
    finish(studio, batch_id)
    counts = studio.batches.status(batch_id).counts
    assert (counts.done, counts.failed, counts.refused) == (3, 1, 1)
    assert len(provider.submits) == 7, "what was paid for was not sent a second time"


def test_the_label_counts_what_the_button_does(world: Studio) -> None:
    provider = FakeProvider(FREE, FREE, BROKEN, REFUSED, PICTURE)
    studio = served_by(provider)
    batch_id = ended(studio, 5)
    pressed(open_page("batch_upload", batch=batch_id), "Try 2 failed again")
    finish(studio, batch_id)
    assert len(provider.submits) == 7


def test_nothing_is_offered_for_all_where_all_was_charged(world: Studio) -> None:
    studio = served_by(FakeProvider(REFUSED))
    app = open_page("batch_upload", batch=ended(studio, 12))
    assert "12 refused by the safety filter" in read(app)
    assert "Charged $0.005 each" in read(app)
    assert not {label for label in labels(app) if label.startswith(("Try", "Fetch", "Look"))}
    assert "Make again …" in labels(app)


def test_a_paid_picture_is_fetched_for_free(world: Studio) -> None:
    provider = FakeProvider(BROKEN)
    studio = served_by(provider)
    batch_id = ended(studio, 2)
    provider.found = lambda call: PICTURE
    app = open_page("batch_upload", batch=batch_id)
    pressed(app, "Fetch the 2 paid pictures again (free)")
    assert "Looked for 2 pictures: 2 are in the gallery now." in read(app)
    assert studio.batches.status(batch_id).counts.done == 2
    assert (len(provider.submits), studio.costs.report("model").settled) == (2, 2 * CENT)
    assert "without a result" not in str([each.label for each in app.expander])


def test_making_again_names_the_second_charge_first(world: Studio) -> None:
    provider = FakeProvider(BROKEN, PICTURE)
    studio = served_by(provider)
    batch_id = ended(studio, 1)
    app = pressed(open_page("batch_upload", batch=batch_id), "Make again …")
    warning = "".join(str(box.value) for box in app.warning).replace("\\", "")
    assert "Making it again costs $0.01. That comes on top of the $0.01 charged before." in warning
    assert len(provider.submits) == 1, "only asked so far"
    click(app, "again_now")
    finish(studio, batch_id)
    assert "1 picture will be made again in turn." in read(app)
    assert ASKED not in app.session_state
    assert studio.costs.report("model").settled == 2 * CENT


def test_a_question_left_open_does_not_follow_to_another_place(world: Studio) -> None:
    studio = served_by(FakeProvider(BROKEN))
    app = pressed(open_page("batch_upload", batch=ended(studio, 1)), "Make again …")
    app.switch_page("pages/costs.py")
    app.run()
    assert ASKED not in app.session_state


def test_what_was_written_off_is_told_and_can_still_be_found(world: Studio) -> None:
    provider = FakeProvider(LOST_ANSWER)
    studio = served_by(provider)
    batch_id = ended(studio, 1)
    (job,) = studio.batches.jobs(batch_id, [JobState.UNKNOWN])
    studio.lost.write_off(job.id)
    app = open_page("batch_upload", batch=batch_id)
    text = read(app)
    assert "1 written off, counted as $0.01" in text
    assert "unknown outcome" not in text
    assert "ay have been charged" not in text
    assert not {label for label in labels(app) if label.startswith("Try")}
    provider.found = lambda call: PICTURE
    pressed(app, "Look for it again (free)")
    assert "Its picture is in the gallery." in read(app)
    text = read(open_page("gallery", job=job.id))
    assert "$0.01 now counts as its price" in text
    assert "than was booked" not in text


def test_in_a_paused_batch_it_is_said_that_the_picture_waits(world: Studio) -> None:
    studio = served_by(FakeProvider(FREE, LOST_ANSWER, PICTURE))
    batch_id = studio.batches.start(plan_of(studio, 3, budget=CENT, workers=1))
    wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
    failed = studio.batches.jobs(batch_id, [JobState.FAILED])
    assert len(failed) == 1
    app = pressed(open_page("batch_upload", batch=batch_id), "Try again")
    told = [toast.value.replace("\\", "") for toast in app.toast]
    assert told == ["It waits until you resume the batch."]
    assert studio.batches.status(batch_id).counts.queued == 2
