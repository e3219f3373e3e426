"""The batch page while pictures are made: where each is, what it costs, and how one hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.models import (
    BatchState,
    BatchStatus,
    Call,
    FaultKind,
    Finished,
    JobState,
    PauseReason,
    Quote,
    Running,
)
from studio.models.standing import BatchMoney, flight_words, ordinal, speed_words
from studio.models.trouble import number_ranges
from studio.providers import Context
from studio.ui import notice
from studio.ui.quote_bar import bar_shares
from tests.fakes import CENT, FakeProvider, fault
from tests.flows.page_world import (
    ROOT,
    click,
    component,
    looked_at,
    open_page,
    page_world,
    shown,
)
from tests.flows.test_page_batch_upload import dropped, finish, started
from tests.studio_fixture import plan_of, wait_until
from tests.unit.test_ui_plain_words import status as status_with

PROMPT = "A lighthouse at dawn in soft watercolour with fine detail"


class Queue(FakeProvider):
    """Accepts everything, and keeps each call where ``places`` says until it is let go."""

    def __init__(self, *places: int | None, cost: int | None = CENT) -> None:
        super().__init__()
        self.places = list(places)
        self.answer = self.picture(cost)
        self.go = False

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """In line, or being made."""
        self.submits.append(call)
        place = self.places[(len(self.submits) - 1) % len(self.places)]
        return Running(ref={"place": place}, queue_position=place)

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        """Done when it was let go."""
        return self.answer if self.go else Running(ref=dict(ref), queue_position=ref["place"])


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


def bar(app: AppTest) -> str:
    """The words above the first bar of the page itself."""
    return str(app.main.get("progress")[0].proto.text).replace("\\", "")


def read(app: AppTest) -> str:
    return shown(app).replace("\\", "")


def test_each_picture_tells_where_it_is(world: Studio) -> None:
    provider = Queue(2, None, 5)
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 3))
    wait_until(studio, batch_id, lambda s: s.counts.running == 3 and s.in_line == 2)
    app = open_page("batch_upload", batch=batch_id)
    assert bar(app) == "0 of 3 done · 2 in line at Fake, next is 3rd · 1 being made"
    tiles = component(app, "studio_grid")["items"]
    told = sorted(tile["meta"] for tile in tiles)  # calls may overtake each other on their way
    assert told == ["being made", "in line, 3rd", "in line, 6th"]
    assert "Quoted $0.03 · nothing spent yet · $0.03 set aside" in read(app)
    provider.go = True
    finish(studio, batch_id)
    assert bar(looked_at(app)) == "3 of 3 done"
    assert "Quoted $0.03 · spent $0.03 for 3 pictures" in read(app)
    assert component(app, "studio_quote_bar")["over"] is False


def test_unknown_prices_are_said_and_never_shown_as_nothing(world: Studio) -> None:
    provider = FakeProvider(FakeProvider.picture(None), price=None)
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 2))
    finish(studio, batch_id)
    app = open_page("batch_upload", batch=batch_id)
    assert "Quoted at an unknown price · 2 pictures of unknown price" in read(app)
    assert "$0.00" not in read(app).replace("This month: $0.00 spent", "")
    assert component(app, "studio_quote_bar") is None


def test_a_free_batch_says_nothing_about_money(world: Studio) -> None:
    app = dropped(f"prompt,size\n{PROMPT},96x96\n")
    finish(world, started(world, app))
    looked_at(app)
    assert "Quoted" not in read(app)
    assert component(app, "studio_quote_bar") is None


def test_good_rows_show_their_prices(world: Studio) -> None:
    served_by(FakeProvider())
    app = dropped(f"prompt,images\n{PROMPT},1\n{PROMPT} again,3\n")
    table = next(frame.value for frame in app.dataframe if "Price" in frame.value.columns)
    assert list(table["Price"]) == ["$0.01", "$0.03"]
    assert "Fake one: 4 pictures, $0.04. Price from test" in read(app)


def test_a_row_of_unknown_price_says_so(world: Studio) -> None:
    served_by(FakeProvider(price=None))
    app = dropped(f"prompt\n{PROMPT}\n")
    table = next(frame.value for frame in app.dataframe if "Price" in frame.value.columns)
    assert list(table["Price"]) == ["price unknown"]
    assert "Fake one: 1 picture, price unknown" in read(app)


def test_a_picture_tells_what_it_cost_and_who_says_so(world: Studio) -> None:
    studio = served_by(FakeProvider())
    batch_id = studio.batches.start(plan_of(studio, 1))
    finish(studio, batch_id)
    (asset,) = studio.batches.assets(batch_id)
    app = open_page("gallery", picture=asset.id)
    assert "$0.01 · told by the fake" in str(component(app, "studio_table"))


def test_equal_failures_are_told_together_and_retried_together(world: Studio) -> None:
    told = fault(FaultKind.REFUSED)
    provider = FakeProvider(*[told] * 12, FakeProvider.picture())
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 14))
    finish(studio, batch_id)
    app = open_page("batch_upload", batch=batch_id)
    assert "12 refused by the safety filter" in read(app)
    assert "Not charged" in read(app)
    labels = {button.label.replace("\\", "") for button in app.button}
    assert {"Try these 12 again, about $0.12", "Try 12 refused again, about $0.12"} <= labels
    click(app, f"retry_these_{batch_id}_0")
    finish(studio, batch_id)
    assert studio.batches.status(batch_id).counts.done == 14
    assert "refused" not in read(looked_at(app))


def test_the_sidebar_says_in_a_word_why_a_batch_waits(world: Studio) -> None:
    studio = served_by(Queue(0))
    batch_id = studio.batches.start(plan_of(studio, 30))
    studio.batches.pause(batch_id)
    app = looked_at(AppTest.from_file(str(ROOT / "app.py"), default_timeout=30))
    texts = [str(found.proto.text) for found in app.sidebar.get("progress")]
    assert texts == ["0 of 30 · paused: by you"]


def stopped(state: BatchState, reason: PauseReason | None = None, **counts: int) -> BatchStatus:
    status = status_with(state, **counts)
    batch = status.batch.model_copy(update={"pause_reason": reason})
    return status.model_copy(update={"batch": batch})


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (stopped(BatchState.DONE, done=32), "✓ 32 done – Image Studio"),
        (stopped(BatchState.DONE, done=30, refused=1, unknown=1),
         "! 30 done, 2 not – Image Studio"),
        (stopped(BatchState.PAUSED, PauseReason.BUDGET, done=3, queued=2),
         "Paused, 3 done – Image Studio"),
    ],
)  # fmt: skip
def test_a_tab_in_the_background_shows_how_it_went(status: BatchStatus, title: str) -> None:
    assert notice.stopped_title(status) == title


def test_a_running_batch_counts_in_the_tab() -> None:
    assert notice.running_title(stopped(BatchState.RUNNING, done=11, failed=1, queued=20)) == (
        "(12/32) Image Studio"
    )


@pytest.mark.parametrize(
    ("status", "heard"),
    [
        (stopped(BatchState.DONE, done=2), True),
        (stopped(BatchState.PAUSED, PauseReason.FUNDS, done=1, queued=1), True),
        (stopped(BatchState.PAUSED, PauseReason.USER, done=1, queued=1), False),
        (stopped(BatchState.CANCELED, done=1, canceled=1), False),
    ],
)
def test_only_what_one_did_not_do_oneself_is_announced(
    status: BatchStatus, heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    toasts: list[str] = []
    monkeypatch.setattr(st, "toast", lambda text, icon: toasts.append(text))
    monkeypatch.setattr(st, "set_page_config", lambda page_title: None)
    notice.say_done(status)
    assert bool(toasts) is heard


def test_the_browser_is_told_when_a_batch_stops(world: Studio) -> None:
    provider = Queue(None)
    studio = served_by(provider)
    batch_id = studio.batches.start(plan_of(studio, 1))
    wait_until(studio, batch_id, lambda s: s.counts.running == 1)
    app = open_page("batch_upload", batch=batch_id)
    told = component(app, "studio_notice")
    assert (told["moving"], told["quiet"], told["batch"]) == (True, False, batch_id)
    provider.go = True
    finish(studio, batch_id)
    told = component(looked_at(app), "studio_notice")
    assert (told["moving"], told["title"]) == (False, "✓ 1 done – Image Studio")


def test_places_and_speeds_in_words() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 1102)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "1,102nd",
    ]  # fmt: skip
    status = status_with(running=5, submitting=1, fetching=2).model_copy(
        update={"in_line": 4, "next_in_line": 0, "pictures_per_minute": 0.5}
    )
    assert flight_words(status, "fal") == [
        "4 in line at fal, next is 1st", "2 being made", "2 being saved",
    ]  # fmt: skip
    assert speed_words(status) == "30 an hour"
    assert speed_words(status.model_copy(update={"pictures_per_minute": 8.2})) == "8 a minute"
    assert JobState.RUNNING.holds_reservation


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([], ""),
        ([3], "3"),
        ([3, 4], "3, 4"),
        ([1, 2, 3, 7], "1–3 and 7"),
        ([3, 5, 6, 7, 12], "3, 5–7 and 12"),
        (list(range(1, 41, 2)), "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 8 more"),
    ],
)
def test_rows_in_few_words(numbers: list[int], words: str) -> None:
    assert number_ranges(numbers) == words


def paid(**changes: Any) -> BatchMoney:
    quote = Quote(low=800_000, expected=900_000, high=1_000_000)
    return BatchMoney(**({"quote": quote, "settled": 860_000, "reserved": 0} | changes))


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (paid(pictures=35, without_picture=20_000, unknown_price=3),
         ("Quoted $0.80 to $1.00 · spent $0.84 for 32 pictures, $0.02 without one · "
          "3 pictures of unknown price")),
        (paid(settled=0, reserved=25_000),
         "Quoted $0.80 to $1.00 · nothing spent yet · $0.025 set aside"),
        (paid(settled=20_000, without_picture=20_000),
         "Quoted $0.80 to $1.00 · spent $0.02 without a picture"),
        (paid(quote=Quote(low=0, expected=0, high=0), settled=0), ""),
    ],
)  # fmt: skip
def test_quote_against_actual_in_one_line(known: BatchMoney, words: str) -> None:
    assert known.words == words


def test_the_money_bar_holds_every_figure() -> None:
    for known in (paid(), paid(settled=2_000_000), paid(reserved=300_000)):
        shares = bar_shares(known)
        assert 0 < shares["low"] < shares["high"] <= 100
        assert shares["spent"] <= shares["committed"] <= 100
    assert bar_shares(paid(settled=2_000_000))["over"] is True
    assert bar_shares(paid(quote=Quote(low=None, expected=None, high=None))) == {}
