"""Facts, stories and sums in words for people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studio.models import (
    Asset,
    BudgetLine,
    CostGroup,
    CostReport,
    EntryKind,
    Event,
    LedgerEntry,
    StorageUse,
)
from studio.ui.facts import facts, format_bytes, format_seconds, format_time, spoken
from studio.ui.installation import (
    env_line,
    secrets_line,
    storage_chart,
    storage_words,
    versions,
)
from studio.ui.selection import file_stem
from studio.ui.spending import budget_words, dollar_format, entry_words, told_apart, totals
from studio.ui.story import story

NOW = datetime(2026, 11, 21, 14, 5, tzinfo=UTC)


def asset(**changes: Any) -> Asset:
    given: dict[str, Any] = {
        "id": "a_1", "job_id": "j_1", "batch_id": "b_1", "path": "pictures/x/One.png",
        "media_type": "image/png", "width": 96, "height": 64, "size": 12_400, "sha256": "0" * 64,
        "prompt": "a cat", "model": "sketch:default", "provider": "sketch", "seed": 7,
        "created_at": NOW, "cost": 0, "seconds": 0.84,
    }  # fmt: skip
    return Asset(**(given | changes))


def test_facts_name_what_is_known_and_leave_out_the_rest() -> None:
    known = facts(asset(params={"guidance_scale": 7.5, "tiled": True}), ZoneInfo("UTC"))
    assert known["Size"] == "96 × 64 pixels"
    assert known["Guidance scale"] == "7.5"
    assert known["Tiled"] == "Yes"
    assert known["Cost"] == "$0.00"
    assert known["File"] == "One.png (PNG, 12.4 kB)"
    assert "Negative prompt" not in known
    assert "Section" not in known


def test_an_unknown_cost_is_never_shown_as_nothing() -> None:
    assert facts(asset(cost=None), ZoneInfo("UTC"))["Cost"] == "unknown"


def test_parameters_are_called_as_in_the_form() -> None:
    known = facts(asset(params={"num_inference_steps": 28}), ZoneInfo("UTC"),
                  {"num_inference_steps": "Inference steps"})  # fmt: skip
    assert known["Inference steps"] == "28"


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (3_100_000_000, "3.1 GB"),
     (2_500_000_000_000, "2.5 TB")],
)  # fmt: skip
def test_bytes(size: int, words: str) -> None:
    assert format_bytes(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.84, "0.8 s"), (12.2, "12 s"), (59.7, "1 min 0 s"), (200, "3 min 20 s")],
)
def test_seconds(seconds: float, words: str) -> None:
    assert format_seconds(seconds) == words


def test_times_are_in_the_studio_zone() -> None:
    assert format_time(NOW, ZoneInfo("Europe/Berlin")) == "21 Nov 2026, 15:05 CET"


def test_spoken_names() -> None:
    assert spoken("guidance_scale") == "Guidance scale"
    assert spoken("") == ""


def test_a_story_tells_tries_waits_and_reasons() -> None:
    kinds = [("job_submitting", {"attempt": 1}), ("job_queued", {"from": "submitting"}),
             ("job_submitting", {"attempt": 2}), ("job_failed", {"message": "It is busy."}),
             ("job_something_new", {})]  # fmt: skip
    events = [
        Event(id=n, at=NOW + timedelta(seconds=n), batch_id="b", job_id="j", kind=kind, data=data)
        for n, (kind, data) in enumerate(kinds)
    ]
    steps = list(story(events))
    assert [step.text for step in steps] == [
        "Sent to the model.",
        "Goes back to the queue to be tried again.",
        "Sent to the model, try 2.",
        "Failed: It is busy.",
        "Something new.",
    ]
    assert [step.after for step in steps] == ["", *["after 1.0 s"] * 4]


def entry(kind: EntryKind, settled: int, picture: bool) -> LedgerEntry:
    return LedgerEntry(
        id=1, at=NOW, job_id="j", batch_id="b", attempt=1, kind=kind, reserved=0, settled=settled,
        provider="p", model="p:m", picture=picture, source="s",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (entry(EntryKind.RESERVE, 0, False), "Set aside"),
        (entry(EntryKind.RELEASE, 0, False), "Given back"),
        (entry(EntryKind.SETTLE, 5, True), "Paid for a picture"),
        (entry(EntryKind.SETTLE, 0, True), "Picture, free"),
        (entry(EntryKind.SETTLE, 5, False), "Charged without a picture"),
    ],
)
def test_ledger_entries_in_words(line: LedgerEntry, words: str) -> None:
    assert entry_words(line) == words


def test_a_budget_in_words() -> None:
    line = BudgetLine(scope="day", label="Today", cap=10_000_000, settled=4_000_000,
                      reserved=1_000_000)  # fmt: skip
    assert budget_words(line) == (0.5, "$4.00 spent, $1.00 set aside, $5.00 left of $10.00")
    over = line.model_copy(update={"settled": 12_000_000, "reserved": 0})
    assert budget_words(over) == (1.0, "$12.00 spent, $0.00 left of $10.00")


def test_totals_are_the_books_own_figures() -> None:
    groups = [CostGroup(key="a", label="a", pictures=2, settled=3, reserved=4)]
    books = CostReport(by="model", settled=3, reserved=4, charged_without_picture=1, groups=groups)
    day = BudgetLine(scope="day", label="Today", cap=None, settled=1, reserved=4)
    sums = totals([day, day.model_copy(update={"scope": "month", "settled": 2})], books)
    assert (sums.today, sums.month, sums.everything, sums.reserved) == (1, 2, 3, 4)
    assert (sums.without_picture, sums.pictures, sums.free) == (1, 2, False)


def test_equal_labels_are_told_apart_by_their_keys() -> None:
    groups = [
        CostGroup(key=key, label=label, pictures=1, settled=0, reserved=0)
        for key, label in [("b_0001", "Untitled"), ("b_0002", "Untitled"), ("b_0003", "Sea")]
    ]
    assert [group.label for group in told_apart(groups)] == [
        "Untitled · 0001", "Untitled · 0002", "Sea",
    ]  # fmt: skip


def test_fractions_of_a_cent_are_not_rounded_away() -> None:
    assert dollar_format([1.25, 0.0, None]) == "$%.2f"
    assert dollar_format([0.0336]) == "$%.4f"


def test_lines_for_a_key_never_hold_one() -> None:
    assert env_line("P_KEY") == "P_KEY=paste-the-key-here"
    assert secrets_line("P_KEY") == 'P_KEY = "paste-the-key-here"'


def test_storage_in_words_and_as_a_bar() -> None:
    use = StorageUse(
        folder="studio-data", pictures=1, picture_bytes=1_000_000, thumbnail_bytes=500_000,
        database_bytes=0, other_bytes=0, free_bytes=2_000_000_000,
    )  # fmt: skip
    assert storage_words(use) == "1 picture in 1.5 MB; 2.0 GB are free."
    assert storage_chart(use).to_dict()["mark"]["type"] == "bar"


def test_versions_name_the_studio() -> None:
    known = versions("1.2.3")
    assert known["Image Studio"] == "1.2.3"
    assert known["Streamlit"].startswith("1.")


def test_file_names_are_portable() -> None:
    assert file_stem("../../etc/Schöne <Bilder>") == "etc_Sch_ne_Bilder"
    assert file_stem("***") == "pictures"
