"""A picture's story: every kind of event in words, with what each step did to the money."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from studio.models import EntryKind, Event, JobState, LedgerEntry
from studio.ui.story import _ICONS, _SENTENCES, Step, balance, money_of, story, tries

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def event(number: int, kind: str, seconds: float | None = None, **data: Any) -> Event:
    at = NOW + timedelta(seconds=number * 10 if seconds is None else seconds)
    return Event(id=number, at=at, batch_id="b", job_id="j", kind=kind, data=data)


def entry(number: int, seconds: float, kind: EntryKind, **changes: Any) -> LedgerEntry:
    given: dict[str, Any] = {
        "id": number, "at": NOW + timedelta(seconds=seconds), "job_id": "j", "batch_id": "b",
        "attempt": 1, "kind": kind, "reserved": 0, "settled": 0, "provider": "p", "model": "p:m",
        "picture": False, "source": "told by p",
    }  # fmt: skip
    return LedgerEntry(**(given | changes))


def told(step: Step) -> list[str]:
    return [money.words for money in step.money]


def test_every_state_has_its_sentence_and_icon() -> None:
    assert {f"job_{state.value}" for state in JobState} <= set(_SENTENCES)
    assert set(_SENTENCES) == set(_ICONS)


def test_money_stands_beside_the_step_that_moved_it() -> None:
    events = [
        event(1, "job_submitting", 10, attempt=1),
        event(2, "job_failed", 20.3, attempt=1, message="It broke."),
        event(3, "job_queued", 30, attempt=1, **{"from": "failed"}),
        event(4, "job_submitting", 40, attempt=2),
        event(5, "job_done", 50.1, attempt=2),
        event(6, "bill_told", 900, cost=20_000, changed=-5_000, source="p's own bill"),
    ]
    entries = [
        entry(1, 10, EntryKind.RESERVE, reserved=30_000),
        entry(2, 20.2, EntryKind.SETTLE, reserved=-30_000, settled=10_000),
        entry(3, 40, EntryKind.RESERVE, reserved=30_000, attempt=2),
        entry(4, 50, EntryKind.SETTLE, reserved=-30_000, settled=25_000, picture=True, attempt=2),
        entry(5, 900, EntryKind.SETTLE, settled=-5_000, picture=True, attempt=2, corrects=True),
    ]
    steps = list(story(events, entries))
    assert [told(step) for step in steps] == [
        ["$0.03 set aside"], ["$0.01 charged without a picture"], [], ["$0.03 set aside"],
        ["$0.025 paid"], ["$0.005 less than was booked"],
    ]  # fmt: skip
    assert steps[5].text == "The provider's bill was read: $0.02."
    assert tries(steps) == 2
    assert balance(entries) == (30_000, 0)


def test_money_without_a_step_of_its_own_is_told_as_one() -> None:
    entries = [entry(1, 500, EntryKind.RELEASE, reserved=-30_000)]
    steps = list(story([event(1, "job_submitting", 10, attempt=1)], entries))
    assert [step.text for step in steps] == ["Sent to the model.", "Money given back."]
    assert told(steps[1]) == ["$0.03 given back"]


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (event(1, "job_something_odd"), "Something odd."),
        (event(1, "lane_opened", message="After 30 s."), "Lane opened: After 30 s."),
        (event(1, "look_up_done", found="still_unknown"),
         "Looked for at the provider: still unknown."),
        (event(1, "cost_above_quote", cost=50_000, reserved=30_000),
         "It cost more than was set aside: $0.05 instead of $0.03."),
        (event(1, "bill_told", cost=0, changed=0),
         "The provider's bill was read: nothing was charged, as was booked."),
        (event(1, "job_failed", why="written off"), "Failed: written off."),
        (event(1, "loss_noted", cost=50_000), "Taken note of: $0.05 charged, and no picture came."),
        (event(1, "job_unknown"), "Nobody can tell whether it ran; the money stays set aside."),
    ],
)  # fmt: skip
def test_any_event_reads_well(made: Event, text: str) -> None:
    assert next(story([made])).text == text


@given(
    kind=some.text(min_size=1),
    data=some.dictionaries(
        some.sampled_from(["message", "why", "attempt", "cost", "from", "found", "reserved"]),
        some.none() | some.text() | some.integers() | some.lists(some.integers()),
    ),
)
def test_no_event_breaks_the_story(kind: str, data: dict[str, Any]) -> None:
    (step,) = story([Event(id=1, at=NOW, batch_id="b", job_id="j", kind=kind, data=data)])
    assert step.text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (entry(1, 0, EntryKind.SETTLE), "free"),
        (entry(1, 0, EntryKind.SETTLE, corrects=True), "nothing more to pay"),
        (entry(1, 0, EntryKind.SETTLE, settled=5_000, corrects=True),
         "$0.005 more than was booked"),
        (entry(1, 0, EntryKind.RESERVE), "nothing set aside"),
        (entry(1, 0, EntryKind.RELEASE), "nothing to give back"),
    ],
)  # fmt: skip
def test_moves_of_money_in_words(line: LedgerEntry, words: str) -> None:
    assert money_of(line).words == words


@given(some.lists(some.tuples(some.integers(0, 9), some.sampled_from(list(EntryKind)))))
def test_no_move_of_money_is_left_out(moves: list[tuple[int, EntryKind]]) -> None:
    entries = [entry(n, at, kind, reserved=1) for n, (at, kind) in enumerate(moves)]
    steps = list(story([event(1, "job_submitting", 4), event(2, "job_done", 8)], entries))
    assert sum(len(step.money) for step in steps) == len(entries)
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_what_was_found_after_all_is_told_once() -> None:
    changes: dict[str, Any] = {"corrects": True}
    entries = [
        entry(1, 100, EntryKind.SETTLE, settled=-3_000, **changes),
        entry(2, 100, EntryKind.SETTLE, settled=3_000, picture=True, **changes),
    ]
    (step,) = story([event(1, "job_done", 100, attempt=1)], entries)
    assert told(step) == ["$0.003 now counts as its price"]


def test_a_correction_says_where_it_comes_from() -> None:
    bill = entry(1, 900, EntryKind.SETTLE, settled=-5, corrects=True, source="fal's own bill: $0.1")
    other = entry(2, 1_900, EntryKind.SETTLE, settled=-5, corrects=True, source="repaired")
    steps = list(story([event(1, "job_done", 10)], [bill, other]))
    assert [step.text for step in steps[1:]] == ["Corrected to the bill.", "Corrected."]
