"""What happened to one picture: its page, whatever became of it, and the story to take away."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.models import Charged, FaultKind, Job, JobState
from studio.ui.timeline import story_file
from tests.fakes import FakeProvider, fault
from tests.flows.page_world import click, make_pictures, open_page, page_world, shown
from tests.studio_fixture import finish, plan_of

LOST_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
REFUSED = fault(FaultKind.REFUSED, charged=Charged.YES, cost=5_000)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


@pytest.fixture
def paid(world: Studio) -> Studio:
    """The process's studio with a provider that refuses the first and makes all others."""
    close_runtime()
    provider = FakeProvider(REFUSED, FakeProvider.picture())
    slot().studio = open_studio(providers={provider.id: provider})
    studio = slot().studio
    assert studio is not None
    return studio


def read(app: AppTest) -> str:
    return shown(app).replace("\\", "")


def links(app: AppTest) -> dict[str, tuple[str, str]]:
    """What leads elsewhere: label → page and query."""
    found = (link.proto for link in app.get("page_link"))
    return {link.label: (link.page, link.query_string) for link in found}


def jobs_of(studio: Studio, number: int = 1) -> list[Job]:
    """The jobs of a finished batch, by their state."""
    batch_id = studio.batches.start(plan_of(studio, number))
    finish(studio, batch_id)
    return sorted(studio.batches.jobs(batch_id), key=lambda job: job.state)


def test_a_refused_picture_has_a_page_that_tells_all(paid: Studio) -> None:
    (job,) = jobs_of(paid)
    app = open_page("gallery", job=job.id)
    text = read(app)
    for words in ("What happened", "Sent to the model.", "$0.01 set aside",
                  "Refused by the provider: It went wrong.", "$0.005 charged without a picture",
                  "In all: $0.005 spent.", job.spec.request.prompt,
                  "It went wrong. Try again.", "**Charged $0.005.**"):  # fmt: skip
        assert words in text, words
    assert job.id in [code.value for code in app.code]
    assert "story_picture" not in {button.key for button in app.button}
    click(app, "story_back")
    assert app.title[0].value == "Gallery"


def test_trying_again_is_told_as_a_second_try(paid: Studio) -> None:
    (job,) = jobs_of(paid)
    paid.lost.retry(job.id)
    finish(paid, job.batch_id)
    app = open_page("gallery", job=job.id)
    text = read(app)
    for words in ("**Try 1**", "**Try 2**", "$0.01 paid", "In all: $0.015 spent."):
        assert words in text, words
    click(app, "story_picture")
    (asset,) = paid.batches.assets(job.batch_id)
    assert app.query_params["picture"] == asset.id
    assert "$0.01 paid" in read(app), "the picture tells the same story"


def test_failures_lead_to_their_stories(paid: Studio) -> None:
    _, refused = jobs_of(paid, 2)
    assert refused.state is JobState.REFUSED
    app = open_page("batch_upload", batch=refused.batch_id)
    assert links(app)["What happened"] == ("gallery", f"job={refused.id}")
    app = open_page("gallery", job=refused.id)
    assert links(app)["Open its batch"][1] == f"batch={refused.batch_id}"


def test_many_failures_lead_to_their_stories(world: Studio) -> None:
    close_runtime()
    provider = FakeProvider(REFUSED)
    slot().studio = studio = open_studio(providers={provider.id: provider})
    jobs = jobs_of(studio, 2)
    app = open_page("batch_upload", batch=jobs[0].batch_id)
    assert "What happened" not in links(app), "one press more: there may be many"
    app.session_state[f"stories_{jobs[0].batch_id}_0"] = True
    app.run()
    led_to = {link.proto.query_string for link in app.get("page_link")}
    assert {f"job={job.id}" for job in jobs} <= led_to


def test_a_picture_written_off_says_so(world: Studio) -> None:
    close_runtime()
    provider = FakeProvider(LOST_ANSWER)
    slot().studio = studio = open_studio(providers={provider.id: provider})
    (job,) = jobs_of(studio)
    studio.lost.write_off(job.id)
    text = read(open_page("gallery", job=job.id))
    assert "-badge[written off]" in text
    assert "**Written off, counted as $0.01.**" in text
    for stale in ("ay have been charged", "Try again."):
        assert stale not in text.split("What was asked for", 1)[0].rsplit("Step by step")[0]
    told = json.loads(story_file(studio, job.id, "json"))["story"][0]["data"]
    assert (told["state"], told["fault"]["kind"]) == ("failed", "unknown_outcome")


def test_a_free_picture_has_a_story_too(world: Studio) -> None:
    (asset,) = make_pictures(world, "a red fox")
    text = read(open_page("gallery", job=asset.job_id))
    assert "nothing set aside" in text
    assert "In all: $0.00 spent." in text


def test_no_such_picture_is_a_plain_message(world: Studio) -> None:
    app = open_page("gallery", job="j_nothing")
    assert len(app.error) == 1
    click(app, "no_story_back")
    assert app.title[0].value == "Gallery"


def test_the_story_is_taken_away_as_json_and_csv(paid: Studio) -> None:
    (job,) = jobs_of(paid)
    told = json.loads(story_file(paid, job.id, "json"))
    assert told["job_id"] == job.id
    rows = told["story"]
    assert {row["record"] for row in rows} == {"job", "event", "ledger"}
    asked = rows[0]["data"]
    assert (asked["prompt"], asked["seed"]) == (job.spec.request.prompt, job.seed)
    assert (rows[0]["model"], asked["fault"]["message"]) == ("fake:one", "It went wrong.")
    assert asked["params"] == job.spec.request.params
    assert sum(row["settled_usd"] or 0 for row in rows) == pytest.approx(0.005)
    table = csv.DictReader(io.StringIO(story_file(paid, job.id, "csv").decode("utf-8-sig")))
    assert [row["kind"] for row in table] == [row["kind"] for row in rows]
