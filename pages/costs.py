"""Costs: what was spent on what, what is set aside, the budgets, and every line of the ledger."""

from functools import partial
from typing import Literal, TypeVar

import streamlit as st

from studio.container import Studio
from studio.models import format_usd
from studio.ui.bill_check import draw_bill_check
from studio.ui.budgets import draw_budgets
from studio.ui.charts import day_chart, group_chart, group_frame, slices
from studio.ui.filters import draw_page_numbers, page_count, put
from studio.ui.lost import draw_lost
from studio.ui.nav import go
from studio.ui.session import friendly_errors, guard
from studio.ui.spending import (
    By,
    Totals,
    daily,
    dollar_format,
    ledger_rows,
    spend_by,
    totals,
    usual_span,
)

PAGE = {"title": "Costs", "icon": "payments", "section": "Account", "order": 50}

Choice = TypeVar("Choice", bound=str)
PER_PAGE = 50
RECORDS: dict[Literal["events", "ledger"], str] = {
    "ledger": "Ledger: every move of money",
    "events": "Event log: everything that happened",
}
FORMS: tuple[Literal["csv", "json"], ...] = ("csv", "json")
MOST_GROUPS = 12
SPANS = {"7": "7 days", "30": "30 days", "90": "90 days"}
MEASURES = {"dollars": "Money", "pictures": "Pictures"}
SPLITS: dict[By, str] = {"model": "By model", "provider": "By provider"}
GROUPS: dict[By, str] = {"model": "Models", "provider": "Providers", "batch": "Batches"}


def draw_costs(studio: Studio) -> None:
    """The whole page, from the sums to the single entries."""
    report = studio.costs.report("provider")
    sums = totals(studio.costs.budgets(), report)
    entries = studio.costs.ledger_count()
    draw_metrics(sums)
    draw_budgets(studio)
    draw_lost(studio)
    if not entries:
        draw_empty()
        return
    if sums.free:
        st.caption(
            f"Everything so far was free: {sums.pictures:,} pictures for {format_usd(0)}. "
            "The charts show pictures until there is money to show."
        )
    measure = draw_days(studio, sums)
    draw_groups(studio, measure)
    draw_bill_check(studio)
    draw_ledger(studio, entries)


def draw_metrics(sums: Totals) -> None:
    """The head figures as cards."""
    with st.grid("auto", min_column_width=150):
        st.metric("Today", format_usd(sums.today), border=True)
        st.metric("This month", format_usd(sums.month), border=True)
        st.metric("All time", format_usd(sums.everything), border=True)
        st.metric(
            "Set aside",
            format_usd(sums.reserved),
            border=True,
            help="Reserved for pictures on their way. What is not needed is given back.",
        )
        st.metric("Pictures", f"{sums.pictures:,}", border=True)
        st.metric(
            "Wasted",
            format_usd(sums.without_picture),
            border=True,
            help="Charged without a picture: the provider took money although none came. "
            "It is part of all time.",
        )


def draw_days(studio: Studio, sums: Totals) -> str:
    """Spend or pictures by day; returns the measure that was chosen."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**By day**")
            st.space("stretch")
            measure = choice("measure", MEASURES, "pictures" if sums.free else "dollars")
            split = choice("split", SPLITS, "model")
            span = choice("days", SPANS, usual_span(studio))
        reports, days = daily(studio, split, int(span))
        if not reports:
            st.caption(f"Nothing was made in the last {SPANS[span]}. Choose a longer time.")
            return measure
        what = "Pictures" if measure == "pictures" else "Spend"
        st.altair_chart(
            day_chart(slices(reports), days, measure=measure),
            alt=f"{what} by day over the last {SPANS[span]}, stacked by {split}",
        )
    return measure


def draw_groups(studio: Studio, measure: str) -> None:
    """The same money by model, provider or batch: bars and the exact figures."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**What it went to**")
            st.space("stretch")
            by = choice("by", GROUPS, "model")
        groups = spend_by(studio, by).groups
        left, right = st.columns([1, 1], gap="medium")
        left.altair_chart(
            group_chart(groups[:MOST_GROUPS], measure=measure),
            alt=f"Spent and set aside by {by}",
        )
        frame = group_frame(groups)
        right.dataframe(
            frame,
            hide_index=True,
            alt=f"Spend by {by}",
            height="content" if len(frame) <= MOST_GROUPS else 420,
            column_config={
                "key": None,
                "label": GROUPS[by][:-1] if by != "batch" else "Batch",
                "pictures": st.column_config.NumberColumn("Pictures", format="localized"),
                "spent": st.column_config.NumberColumn(
                    "Spent", format=dollar_format(list(frame["spent"]))
                ),
                "reserved": st.column_config.NumberColumn(
                    "Set aside", format=dollar_format(list(frame["reserved"]))
                ),
                "each": st.column_config.NumberColumn(
                    "A picture",
                    format=dollar_format(list(frame["each"].dropna())),
                    help="Spent divided by pictures.",
                ),
            },
        )
        if len(groups) > MOST_GROUPS:
            left.caption(f"The {MOST_GROUPS} largest of {len(groups):,}; the table has them all.")


def draw_downloads(studio: Studio) -> None:
    """The whole ledger and the whole event log, for spreadsheets and for programs."""
    with st.popover("Download", icon=":material/download:"):
        st.caption("All of it, since the beginning. Amounts are US dollars, times are UTC.")
        for kind, label in RECORDS.items():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(label, width="stretch")
                for form in FORMS:
                    st.download_button(
                        form.upper(),
                        data=partial(studio.audit.export_bytes, kind, form),
                        file_name=f"{kind}.{form}",
                        mime="text/csv" if form == "csv" else "application/json",
                        on_click="ignore",
                        key=f"{kind}_{form}",
                    )


def draw_ledger(studio: Studio, entries: int) -> None:
    """Every move of money, newest first, and all of it as a file."""
    import pandas as pd

    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Ledger** · {entries:,} entries")
            st.space("stretch")
            draw_downloads(studio)
        pages = page_count(entries, PER_PAGE)
        asked = st.query_params.get("page", "1")
        page = min(pages, max(1, int(asked) if asked.isdecimal() else 1))
        rows = ledger_rows(studio.costs.ledger(PER_PAGE, (page - 1) * PER_PAGE), studio)
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            alt="Ledger entries, newest first",
            column_config={
                "Paid": st.column_config.TextColumn(alignment="right", width=90),
                "Set aside": st.column_config.TextColumn(
                    alignment="right", width=110, help="With a minus: no longer set aside."
                ),
                "Picture": st.column_config.TextColumn(help="Its row, and what it is to show."),
                "Job": st.column_config.TextColumn(
                    width=240, help="The job's id, as commands and downloads name it."
                ),
            },
        )
        draw_page_numbers(page, pages, key="costs_page")


def choice(name: str, options: dict[Choice, str], default: Choice) -> Choice:
    """A row of choices whose state is in the address."""
    asked = st.query_params.get(name)
    key = f"costs_{name}"
    st.session_state[key] = next((option for option in options if option == asked), default)
    chosen: Choice | None = st.segmented_control(
        name.capitalize(),
        list(options),
        format_func=options.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=lambda: put(**{name: st.session_state[key]}),
    )
    return chosen or default


def draw_empty() -> None:
    """Said when nothing was ever made."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown("### :material/payments: Nothing spent yet", width="content")
        st.caption(
            "Every cent is listed here, from the moment it is set aside. "
            "The built-in drawing engine is free.",
            width="content",
            text_alignment="center",
        )
        if st.button("Make your first picture", type="primary", icon=":material/brush:"):
            go("generate")
        st.space("small")


studio_now = guard("costs")
st.title("Costs")
with friendly_errors():
    draw_costs(studio_now)
