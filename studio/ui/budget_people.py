"""The people's budgets on the costs page: who may spend how much a month, and how to change it."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.models import format_usd, to_micros
from studio.models.budget import Limit, person_name
from studio.ui.person import person, who
from studio.ui.session import friendly_errors
from studio.ui.words import plain

SMALLEST = 0.01


def draw_people(studio: Studio, stamp: str) -> None:
    """The months of all people, and a form for the limit of one.

    Args:
        stamp: New after each change of a budget: that empties the form.
    """
    people, usual = studio.budgets.people(), studio.budgets.for_each_person
    me = person()
    if me is None and usual is None and not people:
        return
    if me is None and (usual is not None or any(one.line.cap is not None for one in people)):
        st.caption(
            "You are not signed in by name, so no person's budget applies to what you start here; "
            "all the others do."
        )
    with st.expander("People", icon=":material/group:", key="people"):
        if usual is not None:
            told = (
                f"Everybody may spend {format_usd(usual)} a month, unless it says otherwise here."
            )
            st.caption(plain(told))
        if people:
            _table(people)
        _form(studio, stamp)


def _table(people: list[Limit]) -> None:
    import pandas as pd

    from studio.ui.budgets import set_words  # which draws this table in turn

    rows = [
        {
            "Person": one.line.label,
            "A month": "no limit" if one.line.cap is None else format_usd(one.line.cap),
            "Spent": format_usd(one.line.settled),
            "Set aside": format_usd(one.line.reserved),
            "Left": "" if one.line.left is None else format_usd(max(0, one.line.left)),
            "Set by": set_words(one) if one.set_on else one.set_by,
        }
        for one in people
    ]
    right = {
        name: st.column_config.TextColumn(alignment="right")
        for name in ("A month", "Spent", "Set aside", "Left")
    }
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        alt="People with what they may spend and spent this month",
        column_config=right,
    )


def _form(studio: Studio, stamp: str) -> None:
    """A person, an amount, and what to do with both."""
    with st.form("person_form", border=False):
        name = st.text_input(
            "E-mail address", placeholder="ada@studio.example", key=f"person_name_{stamp}"
        )
        given = st.number_input(
            "Most dollars a month",
            min_value=SMALLEST,
            value=None,
            step=1.0,
            placeholder="Such as 20",
            key=f"person_cap_{stamp}",
        )
        most = plain(format_usd(studio.budgets.highest("person")))
        st.caption(
            "It holds for what the person starts while signed in by name, and may be higher or "
            f"lower than everybody's. At most {most}."
        )
        with st.container(horizontal=True):
            saved = st.form_submit_button("Save", type="primary", key="give_person")
            back = st.form_submit_button("Take the limit back", key="take_back")
    if not (saved or back):
        return
    with friendly_errors():
        if back or given is not None:
            cap = None if back else to_micros(given or 0)
            studio.budgets.set_person(person_name(name), cap, who())
            st.rerun()
