"""The costs page: its figures are the ledger's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from studio.container import Studio
from studio.models import EntryKind, LedgerEntry, format_usd
from studio.ui.spending import entry_words
from tests.flows.page_world import looked_at, make_pictures, open_page, page_world, shown


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as made:
        yield made


def test_nothing_spent_yet(studio: Studio) -> None:
    page = open_page("costs")
    assert "Nothing spent yet" in shown(page)
    assert {metric.value for metric in page.metric} == {"$0.00", "0"}


def test_free_pictures_are_shown_honestly(studio: Studio) -> None:
    make_pictures(studio, "a red fox", 3)
    page = open_page("costs")
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Pictures"] == "3"
    assert figures["All time"] == "$0.00"
    assert "Everything so far was free: 3 pictures for $0.00" in shown(page)
    assert page.segmented_control(key="costs_measure").value == "pictures"


def test_the_figures_are_those_of_the_books(studio: Studio) -> None:
    make_pictures(studio, "a red fox", 2)
    make_pictures(studio, "an owl")
    page = open_page("costs")
    figures = {metric.label: metric.value for metric in page.metric}
    books = studio.costs.report("model")
    budgets = {line.scope: line.settled for line in studio.costs.budgets()}
    assert figures["Today"] == format_usd(budgets["day"])
    assert figures["This month"] == format_usd(budgets["month"])
    assert figures["All time"] == format_usd(books.settled)
    assert figures["Set aside"] == format_usd(books.reserved)
    assert figures["Wasted"] == format_usd(books.charged_without_picture)
    groups = page.dataframe[0].value
    assert list(groups["pictures"]) == [group.pictures for group in books.groups]


@pytest.mark.parametrize("by", ["model", "provider", "batch"])
def test_spend_by_model_provider_and_batch(studio: Studio, by: str) -> None:
    make_pictures(studio, "a red fox", 2)
    make_pictures(studio, "an owl")
    page = open_page("costs", by=by)
    groups = page.dataframe[0].value
    assert sum(groups["pictures"]) == 3
    assert len(groups) == (2 if by == "batch" else 1)


def test_choices_go_into_the_address(studio: Studio) -> None:
    make_pictures(studio, "a red fox")
    page = open_page("costs", days="7", measure="nonsense")
    assert page.segmented_control(key="costs_days").value == "7"
    assert page.segmented_control(key="costs_measure").value == "pictures"
    page.segmented_control(key="costs_measure").set_value("dollars")
    looked_at(page)
    assert page.query_params["measure"] == "dollars"
    assert len(page.get("vega_lite_chart")) == 2


def test_the_ledger_is_listed_in_plain_words(studio: Studio) -> None:
    make_pictures(studio, "a red fox", 2)
    page = open_page("costs")
    count = studio.costs.ledger_count()
    assert f"{count} entries" in shown(page)
    lines = page.dataframe[1].value
    assert len(lines) == count
    assert set(lines["What"]) == {"Set aside", "Picture, free"}
    assert set(lines["Picture"]) == {"1: a red fox"}
    assert list(lines.columns)[-1] == "Job", "ids are for commands, and last"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settled": 6_000, "corrects": True, "source": "fal's own bill: $0.009"},
         "Corrected to the bill"),
        ({"settled": 3_000}, "Paid for a picture"),
        ({"settled": -3_000, "corrects": True, "picture": False,
          "source": "its picture was found after all"}, "Corrected: less was charged"),
        ({"settled": 3_000, "picture": False}, "Charged without a picture"),
    ],
)  # fmt: skip
def test_what_a_settlement_is_called(changes: dict[str, Any], said: str) -> None:
    entry = LedgerEntry(**{
        "id": 1, "at": datetime(2026, 11, 21, tzinfo=UTC), "job_id": "j_1", "batch_id": "b_1",
        "attempt": 1, "kind": EntryKind.SETTLE, "reserved": 0, "provider": "fal",
        "model": "fal:x", "picture": True, "source": "told", **changes,
    })  # fmt: skip
    assert entry_words(entry) == said


def test_a_long_ledger_has_pages(studio: Studio) -> None:
    make_pictures(studio, "a red fox", 30)
    page = open_page("costs", page="2")
    assert len(page.dataframe[1].value) == studio.costs.ledger_count() - 50
    assert open_page("costs", page="nonsense").title[0].value == "Costs"


def test_a_budget_has_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with page_world(tmp_path, monkeypatch):
        assert "No budget is set" in shown(open_page("costs"))
    (tmp_path / "second").mkdir()
    with page_world(tmp_path / "second", monkeypatch, STUDIO_DAILY_BUDGET="5"):
        page = open_page("costs")
        assert "No budget is set" not in shown(page)
        assert page.progress[0].value == 0
        assert "left of $5.00" in page.progress[0].text.replace("\\", "")
