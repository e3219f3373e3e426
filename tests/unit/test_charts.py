"""The numbers behind the charts: nothing is lost between the books and what is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.models import CostGroup, CostReport
from studio.ui.charts import (
    MOST_SERIES,
    OTHERS,
    day_chart,
    every_day,
    group_chart,
    group_frame,
    slices,
)

DAY = date(2026, 11, 21)
groups = st.lists(
    st.builds(
        CostGroup,
        key=st.just("k"),
        label=st.sampled_from([f"model {n}" for n in range(9)]),
        pictures=st.integers(0, 50),
        settled=st.integers(0, 9_000_000),
        reserved=st.just(0),
    ),
    max_size=9,
    unique_by=lambda group: group.label,
)


def report(made: Sequence[CostGroup]) -> CostReport:
    return CostReport(
        by="model",
        settled=sum(group.settled for group in made),
        reserved=sum(group.reserved for group in made),
        charged_without_picture=0,
        groups=list(made),
    )


@given(st.lists(groups, max_size=5))
def test_slices_add_up_to_the_books(reports: list[list[CostGroup]]) -> None:
    days = [(DAY - timedelta(days=n), report(made)) for n, made in enumerate(reports)]
    parts = slices(days)
    assert sum(part.pictures for part in parts) == sum(
        group.pictures for made in reports for group in made
    )
    for day, books in days:
        drawn = sum(part.dollars for part in parts if part.day == day)
        assert drawn == pytest.approx(books.settled / 1_000_000)


@given(groups)
def test_never_more_series_than_colours(made: list[CostGroup]) -> None:
    names = {part.series for part in slices([(DAY, report(made))])}
    assert len(names) <= MOST_SERIES + 1


def test_the_smallest_series_become_others() -> None:
    made = [
        CostGroup(key=str(n), label=f"m{n}", pictures=1, settled=n * 1_000_000, reserved=0)
        for n in range(1, 9)
    ]
    parts = {part.series: part.dollars for part in slices([(DAY, report(made))])}
    assert parts[OTHERS] == 1.0 + 2.0 + 3.0
    assert parts["m8"] == 8.0


def test_every_day_has_both_ends() -> None:
    assert every_day(DAY, DAY) == [DAY]
    assert len(every_day(DAY - timedelta(days=29), DAY)) == 30


@pytest.mark.parametrize("measure", ["dollars", "pictures"])
def test_the_charts_are_drawn_with_and_without_money(measure: str) -> None:
    made = [CostGroup(key="a", label="a", pictures=3, settled=0, reserved=0)]
    drawn = day_chart(slices([(DAY, report(made))]), [DAY], measure=measure).to_dict()
    assert drawn["encoding"]["y"]["field"] == measure
    bars = group_chart(made, measure=measure).to_dict()
    assert bars["encoding"]["y"]["sort"] == ["a"]


def test_the_table_has_exact_figures_and_no_division_by_zero() -> None:
    frame = group_frame(
        [
            CostGroup(key="a", label="a", pictures=4, settled=134_400, reserved=33_600),
            CostGroup(key="b", label="b", pictures=0, settled=10_000, reserved=0),
        ]
    )
    assert list(frame["spent"]) == [0.1344, 0.01]
    assert list(frame["reserved"]) == [0.0336, 0.0]
    assert frame["each"][0] == 0.0336
    assert frame["each"].isna()[1]


def test_what_is_set_aside_is_drawn_after_what_was_spent_as_in_the_legend() -> None:
    made = [CostGroup(key="a", label="a", pictures=1, settled=30_000, reserved=20_000)]
    drawn = group_chart(made, measure="dollars").to_dict()
    (rows,) = drawn["datasets"].values()
    in_order = [row["what"] for row in sorted(rows, key=lambda row: row["place"])]
    assert in_order == drawn["encoding"]["color"]["scale"]["domain"] == ["Spent", "Set aside"]
    assert drawn["encoding"]["order"]["field"] == "place"
