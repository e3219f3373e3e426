"""The budgets on the costs page: a bar for each, a form to change it, and what was changed."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from studio.container import Studio
from studio.db.budgets import BudgetChange
from studio.models import Micros, format_usd, to_micros
from studio.models.budget import Limit
from studio.ui.facts import format_time
from studio.ui.session import friendly_errors, show_error
from studio.ui.spending import budget_words
from studio.ui.words import plain

SPANS = {"day": "a day", "month": "a month"}
SMALLEST = 0.01


def draw_budgets(studio: Studio) -> None:
    """Today's and this month's budget, each with its bar and its button."""
    limits = studio.budgets.limits()
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
        for limit in limits:
            _draw(studio, limit, len(changes))
        if changes:
            _history(studio, changes)


def who() -> str:
    """The person at this page, as the history of changes names them."""
    person = st.user.to_dict()
    known = person.get("email") or person.get("name") if person.get("is_logged_in") else None
    return str(known or "the web page")


def most_words(limit: Limit) -> str:
    """How high a budget can be set, and what says so."""
    return f"At most {format_usd(limit.highest)}: {limit.highest_by}."


def _draw(studio: Studio, limit: Limit, changes: int) -> None:
    line = limit.line
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width="stretch", gap=None):
            if line.cap is None:
                spent = f"{format_usd(line.settled)} spent, no limit"
                st.markdown(f":small[**{plain(line.label)}**: {plain(spent)}]")
            else:
                share, words = budget_words(line)
                st.progress(share, text=f"**{plain(line.label)}**: {plain(words)}")
                used_up = "Used up: batches wait until it is raised or renewed. " * (share >= 1)
                st.caption(plain(f"{used_up}Set by {limit.set_by}."))
        label = "Set a limit" if line.cap is None else "Change"
        opened = f"budget_{line.scope}_{changes}"  # anew after each change: that closes it
        with st.popover(label, icon=":material/edit:", key=opened):
            _form(studio, limit, changes)


def _form(studio: Studio, limit: Limit, changes: int) -> None:
    """The field for a cap, with how high it may go."""
    scope = limit.line.scope
    now = limit.line.cap if limit.chosen is None else limit.chosen
    with st.form(f"budget_form_{scope}", border=False):
        given = st.number_input(
            f"Most dollars for {SPANS[scope]}",
            min_value=SMALLEST,
            value=None if now is None else max(SMALLEST, now / 1_000_000),
            step=1.0,
            placeholder="No limit",
            key=f"cap_{scope}_{changes}",
        )
        st.caption(
            f"{plain(most_words(limit))} When it is reached, batches pause: nothing more is sent, "
            "and pictures on their way are finished."
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button("Save", type="primary", key=f"save_{scope}")
            lifted = limit.chosen is not None and st.form_submit_button(
                "Lift this limit", key=f"lift_{scope}"
            )
    with friendly_errors():
        if lifted:
            _set(studio, scope, None)
        elif saved and given is not None:
            _set(studio, scope, to_micros(given))


def _set(studio: Studio, scope: str, cap: Micros | None) -> None:
    studio.budgets.set(scope, cap, who())
    st.rerun()


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
    kind, _, batch_id = change.scope.partition(":")
    if batch_id:
        return f"Batch {titles.get(batch_id, batch_id)}"
    return {"day": "A day", "month": "A month"}[kind]
