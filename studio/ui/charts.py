"""The charts of the costs page: plain tables of numbers first, then how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from studio.models import CostGroup, CostReport, to_dollars

if TYPE_CHECKING:
    import altair
    import pandas

PADDING = {"left": 0, "top": 4, "right": 4, "bottom": 2}
ABOVE_LEGEND = 6
"""Pixels around a chart, and above its legend: without them much stays empty below both."""
OTHERS = "Others"
PARTS = ("Spent", "Set aside", "Pictures")
"""What lying bars are made of, from the left, in the legend too."""
MOST_SERIES = 5
"""As many colours as stay easy to tell apart; what is smaller is drawn as :data:`OTHERS`."""


@dataclass(frozen=True)
class Slice:
    """What one series amounts to on one day."""

    day: date
    series: str
    dollars: float
    pictures: int


def slices(days: Sequence[tuple[date, CostReport]]) -> list[Slice]:
    """One slice per day and series; the series beyond the largest few are added up."""
    totals: dict[str, tuple[int, int]] = {}
    for _, report in days:
        for group in report.groups:
            settled, pictures = totals.get(group.label, (0, 0))
            totals[group.label] = (settled + group.settled, pictures + group.pictures)
    kept = sorted(totals, key=lambda label: totals[label], reverse=True)
    named = set(kept[:MOST_SERIES] if len(kept) > MOST_SERIES + 1 else kept)
    made: list[Slice] = []
    for day, report in days:
        rest = [group for group in report.groups if group.label not in named]
        made += [
            _slice(day, group.label, [group]) for group in report.groups if group.label in named
        ]
        if rest:
            made.append(_slice(day, OTHERS, rest))
    return made


def _slice(day: date, series: str, groups: Sequence[CostGroup]) -> Slice:
    return Slice(
        day,
        series,
        to_dollars(sum(group.settled for group in groups)) or 0.0,
        sum(group.pictures for group in groups),
    )


def every_day(first: date, last: date) -> list[date]:
    """All days from first to last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def day_chart(parts: Sequence[Slice], days: Sequence[date], *, measure: str) -> altair.Chart:
    """Stacked columns, one per day; ``measure`` is ``dollars`` or ``pictures``."""
    import altair as alt
    import pandas as pd

    frame = pd.DataFrame(
        [(part.day.isoformat(), part.series, part.dollars, part.pictures) for part in parts],
        columns=["day", "series", "dollars", "pictures"],
    )
    series = sorted(set(frame["series"]), key=lambda name: (name == OTHERS, name))
    step = max(1, len(days) // 8)
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2)
        .encode(
            x=alt.X(
                "day:O",
                title=None,
                scale=alt.Scale(domain=[day.isoformat() for day in days]),
                axis=alt.Axis(
                    values=[day.isoformat() for day in days[::-step]][::-1],
                    labelExpr="timeFormat(datetime(datum.value + 'T00:00:00'), '%d %b')",
                    labelAngle=0,
                ),
            ),
            y=alt.Y(
                f"{measure}:Q",
                title=None,
                axis=_axis(measure, max((part.dollars for part in parts), default=0.0)),
            ),
            color=alt.Color(
                "series:N",
                title=None,
                sort=series,
                legend=alt.Legend(
                    orient="bottom", columns=2, labelLimit=170, offset=ABOVE_LEGEND, padding=0
                ),
            ),
            tooltip=[
                alt.Tooltip("day:O", title="Day"),
                alt.Tooltip("series:N", title="What"),
                alt.Tooltip("dollars:Q", title="Spent", format="$,.4~f"),
                alt.Tooltip("pictures:Q", title="Pictures", format=","),
            ],
        )
        .properties(height=300, padding=PADDING)
    )
    return chart


def _axis(measure: str, largest: float) -> altair.Axis:
    import altair as alt

    if measure == "pictures":
        return alt.Axis(format="~d", tickMinStep=1, tickCount=5)
    return alt.Axis(format="$,.2f" if largest >= 0.1 else "$~f", tickCount=5)


def group_frame(groups: Sequence[CostGroup]) -> pandas.DataFrame:
    """The groups as a table: label, pictures, spent, set aside, and spent per picture."""
    import pandas as pd

    return pd.DataFrame(
        {
            "key": [group.key for group in groups],
            "label": [group.label for group in groups],
            "pictures": [group.pictures for group in groups],
            "spent": [to_dollars(group.settled) for group in groups],
            "reserved": [to_dollars(group.reserved) for group in groups],
            "each": [
                to_dollars(group.settled // group.pictures) if group.pictures else None
                for group in groups
            ],
        }
    )


def group_chart(groups: Sequence[CostGroup], *, measure: str) -> altair.Chart:
    """Lying bars: spent and set aside per group, or pictures per group."""
    import altair as alt
    import pandas as pd

    rows: list[tuple[str, str, float]] = []
    for group in groups:
        if measure == "pictures":
            rows.append((group.label, "Pictures", float(group.pictures)))
        else:
            rows.append((group.label, "Spent", to_dollars(group.settled) or 0.0))
            if group.reserved:
                rows.append((group.label, "Set aside", to_dollars(group.reserved) or 0.0))
    frame = pd.DataFrame(rows, columns=["label", "what", "amount"])
    frame["place"] = [PARTS.index(what) for what in frame["what"]]
    shown = [what for what in PARTS if what in set(frame["what"])]
    money = measure == "dollars"
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=2, height=22)
        .encode(
            y=alt.Y(
                "label:N",
                title=None,
                sort=[group.label for group in groups],
                axis=alt.Axis(labelLimit=190),
            ),
            x=alt.X(
                "amount:Q",
                title=None,
                axis=_axis(measure, frame["amount"].max() if len(frame) else 0.0),
            ),
            color=alt.Color(
                "what:N",
                title=None,
                sort=shown,
                scale=alt.Scale(domain=shown),
                legend=alt.Legend(orient="bottom", offset=ABOVE_LEGEND, padding=0)
                if len(shown) > 1
                else None,
            ),
            order=alt.Order("place:Q"),
            tooltip=[
                alt.Tooltip("label:N", title="What"),
                alt.Tooltip("what:N", title="Kind"),
                alt.Tooltip("amount:Q", title="Amount", format="$,.4~f" if money else ","),
            ],
        )
        .properties(
            height=max(90, 36 * len(groups) + (70 if len(shown) > 1 else 40)), padding=PADDING
        )
    )
    return chart
