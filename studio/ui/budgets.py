"""The budgets on the costs page: a bar for each, a form to change it, and what was changed."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from studio.container import Studio
from studio.db.budgets import BudgetChange
from studio.models import BudgetLine, Micros, format_usd, to_micros
from studio.models.budget import Limit
from studio.ui.budget_people import draw_people
from studio.ui.facts import format_time
from studio.ui.person import PAGE, person, who
from studio.ui.session import friendly_errors, show_error
from studio.ui.spending import budget_words
from studio.ui.words import plain

FIELDS = {
    "day": "Most dollars for a day",
    "month": "Most dollars for a month",
    "total": "Most dollars for all time",
    "person": "Most dollars for your month",
}
SCOPES = {"day": "A day", "month": "A month", "total": "All time"}
SMALLEST = 0.01


def draw_budgets(studio: Studio) -> None:
    """Each budget with its bar and its button, and below them the people's."""
    limits = studio.budgets.limits(person())
    with st.container(border=True, gap="small"):
        st.markdown("**Budgets**")
        if all(limit.line.cap is None for limit in limits):
            st.caption(
                "No budget is set. With one, batches pause before a picture would go above it, "
                "and say what they need to go on."
            )
        if (problem := studio.budgets.problem) is not None:
            show_error(problem)
            st.caption("The budgets from before hold until the file is corrected.")
        changes = studio.budgets.changes()
        stamp = "".join(filter(str.isdigit, changes[0].at)) if changes else "0"
        for limit in limits:
            _draw(studio, limit, stamp)
        draw_people(studio, stamp)
        if changes:
            _history(studio, changes)


def label_of(line: BudgetLine) -> str:
    """What a budget is called where it belongs to the person at the page."""
    return line.label if line.person is None else "Your budget this month"


def most_words(limit: Limit) -> str:
    """How high a budget can be set."""
    return f"At most {format_usd(limit.highest)}: this installation allows no more."


def most_help(limit: Limit) -> str:
    """The setting that says so, for who runs the app."""
    return plain(f"It is set by {limit.highest_by}.")


def set_words(limit: Limit) -> str:
    """Who set the cap in force, and when: ``Set here on 21 November 2026.``"""
    if limit.set_on is None:
        return "Set for this installation."
    name = limit.set_by.rpartition(", ")[0]
    by = {PAGE: "here", "the command line": "on the command line"}.get(name, f"by {name}")
    return f"Set {by} on {limit.set_on.day} {limit.set_on:%B %Y}."


def _draw(studio: Studio, limit: Limit, stamp: str) -> None:
    line, name = limit.line, label_of(limit.line)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width="stretch", gap=None):
            if line.cap is None:
                spent = f"{format_usd(line.settled)} spent, no limit"
                st.markdown(f":small[**{plain(name)}**: {plain(spent)}]")
            else:
                share, words = budget_words(line)
                st.progress(share, text=f"**{plain(name)}**: {plain(words)}")
                st.caption(
                    plain(f"{_state(line, share)}{set_words(limit)}"),
                    help=None if limit.set_on else plain(f"It is set by {limit.set_by}."),
                )
        label = "Set a limit" if line.cap is None else "Change"
        opened = f"budget_{line.scope}_{stamp}"  # anew after each change: that closes it
        with st.popover(label, icon=":material/edit:", key=opened):
            _form(studio, limit, stamp)


def _state(line: BudgetLine, share: float) -> str:
    """What is said of a budget that nothing is left of."""
    until = "it is raised" if line.scope == "total" else "it is raised or renewed"
    if line.over:
        return (
            f"Above the limit by {format_usd(line.over)}: a charge counts in full even where it "
            f"is more than was set aside. Batches wait until {until}. "
        )
    return f"Used up: batches wait until {until}. " if share >= 1 else ""


def _form(studio: Studio, limit: Limit, stamp: str) -> None:
    """The field for a cap, with how high it may go."""
    scope = limit.line.scope
    now = limit.line.cap if limit.chosen is None else limit.chosen
    with st.form(f"budget_form_{scope}", border=False):
        given = st.number_input(
            FIELDS[scope],
            min_value=SMALLEST,
            value=None if now is None else max(SMALLEST, now / 1_000_000),
            step=1.0,
            placeholder="No limit",
            help=most_help(limit),
            key=f"cap_{scope}_{stamp}",
        )
        st.caption(
            f"{plain(most_words(limit))} When it is reached, batches pause: nothing more is sent, "
            "and pictures on their way are finished."
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button("Save", type="primary", key=f"save_{scope}")
            usual = "Lift this limit" if limit.usual is None else "Back to the usual limit"
            lifted = limit.chosen is not None and st.form_submit_button(usual, key=f"lift_{scope}")
    with friendly_errors():
        if lifted:
            set_limit(studio, limit, None)
            st.rerun()
        elif saved and given is not None:
            set_limit(studio, limit, to_micros(given))
            st.rerun()


def set_limit(studio: Studio, limit: Limit, cap: Micros | None) -> None:
    """Set or lift a cap of whichever scope, in the name of the person at this page."""
    if limit.batch_id is not None:
        studio.budgets.set_batch(limit.batch_id, cap, who())
    elif limit.line.person is not None:
        studio.budgets.set_person(limit.line.person, cap, who())
    else:
        studio.budgets.set(limit.line.scope, cap, who())


def _history(studio: Studio, changes: list[BudgetChange]) -> None:
    import pandas as pd

    titles = {status.batch.id: status.batch.title for status in studio.batches.list(200)}
    zone = studio.settings.timezone
    rows = [
        {
            "When": format_time(datetime.fromisoformat(change.at), zone),
            "Budget": _scope_words(change, titles),
            "New limit": "lifted" if change.cap is None else format_usd(change.cap),
            "By": change.set_by or "",
        }
        for change in changes
    ]
    with st.expander("What was changed", icon=":material/history:", key="budget_history"):
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Changes of budgets, newest first")


def _scope_words(change: BudgetChange, titles: dict[str, str]) -> str:
    kind, _, name = change.scope.partition(":")
    if kind == "batch":
        return f"Batch {titles.get(name, name)}"
    return f"{name}, a month" if kind == "person" else SCOPES[kind]
