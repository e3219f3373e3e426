"""States, prices and times in words; and text of others that stays just text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from studio.models import (
    Batch,
    BatchCounts,
    BatchSettings,
    BatchState,
    BatchStatus,
    Charged,
    JobState,
    PauseReason,
    Quote,
)
from studio.ui.progress import FEW_PLACES, MOST_PLACES, _places
from studio.ui.words import (
    BADGES,
    CHARGED_WORDS,
    JOB_WORDS,
    PAUSE_WORDS,
    count,
    outcome,
    plain,
    price,
    time_left,
)

MARKUP = "\\`*_{}[]()#+-.!|<>~:$&"


def status(state: BatchState = BatchState.RUNNING, **counts: int) -> BatchStatus:
    free = Quote(low=0, expected=0, high=0)
    batch = Batch(
        id="b_1", title="Autumn", state=state, source="a.csv", model="sketch:default",
        settings=BatchSettings(), quote=free, created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )  # fmt: skip
    return BatchStatus(batch=batch, counts=BatchCounts(**counts), settled=0, reserved=0)


def test_every_state_and_reason_has_words() -> None:
    assert set(JOB_WORDS) == set(JobState)
    assert set(PAUSE_WORDS) == set(PauseReason)
    assert set(CHARGED_WORDS) == set(Charged)
    assert set(BADGES) == set(BatchState)


@given(some.text())
def test_no_markup_survives_and_no_word_is_lost(text: str) -> None:
    safe = plain(text)
    bare = safe.replace("\\\\", "")
    for place, letter in enumerate(bare):
        if letter in MARKUP and letter != "\\":
            assert bare[place - 1] == "\\"
    undone, escaped = "", False
    for letter in safe:
        if letter == "\\" and not escaped:
            escaped = True
            continue
        undone, escaped = undone + letter, False
    assert undone == " ".join(text.split())


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        (Quote(low=0, expected=0, high=0), "free"),
        (Quote(low=None, expected=None, high=None), "price unknown"),
        (Quote(low=40_000, expected=40_000, high=40_000), "$0.04"),
        (Quote(low=0, expected=500_000, high=1_000_000), "up to $1.00"),
        (Quote(low=750, expected=3_000, high=3_000), "$0.0007 to $0.003"),
        (Quote(low=96_000, expected=96_000, high=192_000), "$0.09 to $0.20"),
    ],
)
def test_a_price_in_words(quote: Quote, words: str) -> None:
    assert price(quote) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (5, "less than a minute left"),
        (61, "about 1 min left"),
        (190, "about 3 min left"),
        (3 * 3600, "about 3 hours left"),
    ],
)
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_numbers_and_outcomes_in_words() -> None:
    assert [count(1), count(1204), count(2, "row")] == ["1 picture", "1,204 pictures", "2 rows"]
    told = outcome(status(done=3, failed=2, queued=4, running=1))
    assert told == "3 of 10 done · 1 being made · 4 waiting · 2 failed"


def test_places_wait_only_for_pictures_that_are_coming() -> None:
    assert _places(status(queued=2, running=2)) == 4
    assert _places(status(BatchState.PAUSED, queued=2, running=1)) == 1
    assert _places(status(queued=500)) == FEW_PLACES
    assert _places(status(queued=500, running=5)) == 5
    assert _places(status(queued=500, running=40)) == MOST_PLACES
    assert _places(status(BatchState.DONE, done=4)) == 0
