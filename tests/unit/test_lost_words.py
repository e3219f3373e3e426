"""Lost and found, cancelling and trying again, in words: one and many, known and unknown prices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.models import BatchState, CancelReport, Charged, Place, Quote
from studio.models.lost import Found, LookedAt, LostItem, LostKind, LostSummary, Reconciled
from studio.ui.lost_words import (
    ICONS,
    MEANINGS,
    TITLES,
    Again,
    again_label,
    again_words,
    amount_words,
    is_urgent,
    kept_words,
    looked_words,
    reconciled_words,
    span_words,
    stake_words,
    summary_words,
    time_words,
    told_once,
)
from studio.ui.steering import again_price, cancel_words, pause_words
from studio.ui.turns import alive_of, place_of
from tests.unit.test_ui_plain_words import status

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
FREE = Quote(low=0, expected=0, high=0)
UNKNOWN = Quote(low=None, expected=None, high=None)
CENT = Quote(low=10_000, expected=10_000, high=10_000)


def item(kind: LostKind = LostKind.UNKNOWN, **changes: Any) -> LostItem:
    given: dict[str, Any] = {
        "kind": kind, "job_id": "j", "batch_id": "b", "batch_title": "Autumn", "row": 1,
        "name": "A boat", "model": "fal:x", "provider": "fal", "amount": 25_000,
        "charged": Charged.MAYBE, "known": "k", "hint": "h", "remote_id": None, "sent_at": None,
    }  # fmt: skip
    return LostItem(**(given | changes))


def test_every_kind_has_its_words() -> None:
    for words in (TITLES, MEANINGS, ICONS):
        assert set(words) == set(LostKind)
    for found in Found:
        assert looked_words([LookedAt(job_id="j", found=found, message="")]).count(":") >= 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"), (59, "less than a minute"), (60, "1 minute"),
        (2_040, "34 minutes"), (3_600, "1 hour"), (7_300, "2 hours"), (200_000, "2 days"),
    ],
)  # fmt: skip
def test_spans_of_time(seconds: float, words: str) -> None:
    assert span_words(seconds) == words


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (item(), "$0.025 set aside"),
        (item(amount=0), "nothing set aside"),
        (item(LostKind.PAID), "$0.025 may have been charged"),
        (item(LostKind.PAID, charged=Charged.YES), "$0.025 charged"),
        (item(LostKind.PAID, charged=Charged.YES, amount=0), "charged, amount not told"),
        (item(LostKind.LATE, charged=Charged.NO), "not charged"),
    ],
)
def test_what_is_at_stake(made: LostItem, words: str) -> None:
    assert amount_words(made) == words


@pytest.mark.parametrize(
    ("known", "hint", "words"),
    [
        ("It is lost. Look at https://fal.ai/dashboard/requests.",
         "fal lists its requests at https://fal.ai/dashboard/requests.",
         "It is lost. Look at https://fal.ai/dashboard/requests."),
        ("No answer.", "Look at fal.ai/keys. No answer.", "No answer. Look at fal.ai/keys."),
        ("", "", ""),
    ],
)  # fmt: skip
def test_an_address_is_told_once(known: str, hint: str, words: str) -> None:
    assert told_once(known, hint) == words


def test_how_long_there_is_time() -> None:
    soon = item(kept_until=NOW + timedelta(minutes=34))
    assert kept_words(soon, NOW) == "about 34 minutes until fal may delete it"
    assert is_urgent(soon, NOW)
    past = item(kept_until=NOW - timedelta(seconds=1))
    assert kept_words(past, NOW) == "fal may have deleted it by now"
    assert not is_urgent(past, NOW)
    assert kept_words(item(), NOW) == ""
    assert not is_urgent(item(kept_until=NOW + timedelta(days=2)), NOW)


def test_when_it_was_and_will_be_looked_for() -> None:
    known = item(sent_at=NOW - timedelta(hours=2), looks=1, next_look=NOW + timedelta(minutes=12))
    assert time_words(known, NOW) == [
        "sent 2 hours ago", "looked for 1 time", "is looked for again in 12 minutes",
    ]  # fmt: skip
    assert time_words(item(), NOW) == ["not looked for again by itself"]
    assert time_words(item(LostKind.PAID), NOW) == []
    assert time_words(item(next_look=NOW), NOW) == ["is looked for again now"]


def test_sums_leave_out_what_is_nothing() -> None:
    some, money = LostSummary(unknown=2, late=1), LostSummary(held=75_000, charged=50_000)
    assert summary_words(some) == "2 of unknown outcome, 1 still on the way"
    assert stake_words(money) == "$0.075 set aside, $0.05 charged"
    assert (summary_words(LostSummary()), stake_words(LostSummary())) == ("", "")


def test_what_looking_brought() -> None:
    looked = [
        LookedAt(job_id=str(n), found=found, message="")
        for n, found in enumerate([Found.IN_GALLERY, Found.IN_GALLERY, Found.STILL_UNKNOWN])
    ]
    told = "Looked for 3 pictures: 2 are in the gallery now; 1 is still unknown."
    assert reconciled_words(Reconciled(looked=looked)) == told
    assert reconciled_words(Reconciled(looked=[])) == "There was nothing to look for."
    bills = reconciled_words(Reconciled(looked=[], bills_asked=1, bills_waiting=2))
    assert bills.startswith("1 cost compared with the provider's own bill. 2 bills cannot be")


@pytest.mark.parametrize(
    ("again", "words", "label"),
    [
        (Again((CENT,), 25_000, 1),
         ["Making it again costs $0.01.",
          "If it was made the first time after all, you pay twice.",
          "The $0.025 set aside for the first time counts as spent."],
         "Make again, about $0.01"),
        (Again((CENT, CENT), 0, 0),
         ["Making them again costs $0.02.", "That comes on top of what was charged before."],
         "Make again, about $0.02"),
        (Again((CENT,), 0, 0, paid=50_000),
         ["Making it again costs $0.01.", "That comes on top of the $0.05 charged before."],
         "Make again, about $0.01"),
        (Again((UNKNOWN, CENT), 0, 2),
         ["Making them again is charged at an unknown price.",
          "If they were made the first time after all, you pay twice."],
         "Make again, price not known"),
        (Again((FREE,), 0, 1), ["Making it again is free."], "Make again"),
    ],
)  # fmt: skip
def test_what_making_again_costs(again: Again, words: list[str], label: str) -> None:
    assert again_words(again) == words
    assert again_label(again) == label


def report(waiting: int, in_flight: int, may_charge: int | None = None) -> CancelReport:
    return CancelReport(waiting=waiting, in_flight=in_flight, may_charge=may_charge)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (cancel_words(report(300, 12, 480_000), CENT, 0, 0),
         ("12 being made will be charged, about $0.48. "
          "300 pictures still waiting will not be made and cost nothing.")),
        (cancel_words(report(1, 1, 40_000), CENT, 0, 0),
         ("1 being made will be charged, about $0.04. "
          "1 picture still waiting will not be made and costs nothing.")),
        (cancel_words(report(300, 0, 0), CENT, 0, 0),
         "300 pictures still waiting will not be made and cost nothing."),
        (cancel_words(report(0, 2, 0), UNKNOWN, 0, 0),
         ("2 being made will be charged, at a price that is not known. "
          "Nothing else is waiting.")),
        (cancel_words(report(0, 9, 81_000), CENT, 0, 0, in_line=8),
         ("1 being made will be charged, about $0.009; 8 in the provider's line are taken out and "
          "are free if that is in time (at most $0.072). Nothing else is waiting.")),
        (cancel_words(report(0, 1, 0), FREE, 0, 0, in_line=1),
         "1 in the provider's line is taken out. Nothing else is waiting."),
        (cancel_words(report(5, 2, 0), FREE, 0, 0),
         ("2 being made will be finished, at no cost. "
          "5 pictures still waiting will not be made and cost nothing.")),
        (cancel_words(report(5, 1, 40_000), CENT, 2, 25_000),
         ("1 being made will be charged, about $0.04. "
          "5 pictures still waiting will not be made and cost nothing. 2 pictures of unknown "
          "outcome are not touched by this: $0.025 stays set aside until that is clear.")),
    ],
)  # fmt: skip
def test_cancelling_says_what_it_costs(words: list[str], told: str) -> None:
    assert " ".join(words) == told


@pytest.mark.parametrize(
    ("quote", "words"), [(FREE, ""), (CENT, ", about $0.01"), (UNKNOWN, ", price not known")]
)
def test_what_trying_again_costs(quote: Quote, words: str) -> None:
    assert again_price(quote) == words


def test_what_pausing_means() -> None:
    running = status(running=2, queued=3)
    assert "2 pictures being made will still be finished" in pause_words(running)
    paying = running.model_copy(update={"reserved": 20_000})
    assert "finished and charged" in pause_words(paying)
    assert pause_words(status(queued=3)) == "Nothing more is sent until you resume."


def test_batches_that_are_alive_stand_in_the_order_of_their_turns() -> None:
    statuses = []
    for number, (state, priority, queued) in enumerate(
        [(BatchState.RUNNING, -1, 1), (BatchState.PAUSED, 0, 1), (BatchState.DONE, 0, 0),
         (BatchState.RUNNING, 2, 1), (BatchState.RUNNING, 0, 0), (BatchState.RUNNING, 0, 2)]
    ):  # fmt: skip
        found = status(state, queued=queued, done=1)
        changes = {"id": f"b_{number}", "priority": priority,
                   "created_at": NOW + timedelta(seconds=number)}  # fmt: skip
        statuses.append(found.model_copy(update={"batch": found.batch.model_copy(update=changes)}))
    alive = alive_of(statuses)
    assert [s.batch.id for s in alive] == ["b_3", "b_1", "b_5", "b_0"]
    places = [place_of(s.batch) for s in alive]
    assert places == [Place.FIRST, Place.NORMAL, Place.NORMAL, Place.LAST]
