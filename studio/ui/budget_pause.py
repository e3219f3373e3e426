"""A batch that is paused for money: what is done, what is left, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from studio.container import Studio
from studio.models import BatchStatus, BudgetLine, Micros, PauseReason, format_usd, to_micros
from studio.models.budget import Limit, Stop
from studio.ui.budgets import most_words, set_limit
from studio.ui.person import person, who
from studio.ui.session import friendly_errors
from studio.ui.words import PAUSE_WORDS, count, plain

LIMITS = {"batch": "this batch", "day": "today", "month": "this month", "total": "all time"}
FIELDS = {
    "batch": "New budget for this batch, in dollars",
    "day": "New budget for a day, in dollars",
    "month": "New budget for a month, in dollars",
    "total": "New budget for all time, in dollars",
}
RENEWED = {
    "day": "Tomorrow there is money again: resume the batch then.",
    "month": "Next month there is money again: resume the batch then.",
    "person": "Next month there is money again: resume the batch then.",
}
DOLLAR = 1_000_000


def draw_budget_pause(studio: Studio, status: BatchStatus) -> bool:
    """Draw the box of a batch that is paused for a budget or a price; false where it is not."""
    if status.batch.pause_reason is not PauseReason.BUDGET:
        return False
    stop = studio.budgets.stop_of(status.batch.id)
    if stop is None:
        return False
    with st.container(border=True, key=f"stopped_{status.batch.id}"):
        if stop.limit is None:
            st.warning(_price_words(studio, stop), icon=":material/pause_circle:")
            _give_price(studio, status.batch.id, stop)
        else:
            st.warning(_words(stop, stop.limit), icon=":material/pause_circle:")
            _raise(studio, status.batch.id, stop, stop.limit)
    return True


def _words(stop: Stop, limit: Limit) -> str:
    """``Of the $0.02 for this batch, $0.00 is left. 2 done, 8 left: they need about $0.08.``"""
    line, left = limit.line, stop.left
    told = f"There is no limit for {_span(line)} any more."
    if line.cap is not None:
        free = format_usd(max(0, line.left or 0))
        told = f"Of the {format_usd(line.cap)} for {_span(line)}, {free} is left."
        if line.over:
            told += f" {format_usd(line.over)} more than that is spent or set aside."
    needs = "" if left.expected is None else f": they need about {format_usd(left.expected)}"
    pictures = f"{count(stop.done)} done, {left.pictures:,} left{needs}."
    return f"**{PAUSE_WORDS[PauseReason.BUDGET]}** {plain(f'{told} {pictures}')}"


def _span(line: BudgetLine) -> str:
    if line.person is None:
        return LIMITS[line.scope]
    return "you this month" if line.person == person() else f"{line.person} this month"


def _raise(studio: Studio, batch_id: str, stop: Stop, limit: Limit) -> None:
    """The amount that is enough, ready to be agreed to."""
    scope, cap = limit.line.scope, limit.line.cap
    if cap is None or (limit.line.left or 0) >= (stop.left.high or 0):
        st.caption("There is enough now: resume the batch.")
        return
    if cap >= limit.highest:
        told = f"It cannot be raised here. {most_words(limit)} Ask the person who runs this app."
        st.caption(plain(told))
        if scope in RENEWED:
            st.caption(RENEWED[scope])
        return
    wanted = stop.raise_to or cap
    start = min(max(wanted, cap), limit.highest)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        given = st.number_input(
            FIELDS.get(scope, f"New budget for {_span(limit.line)}, in dollars"),
            min_value=0.01,
            value=_first(f"raise_{stop.event_id}", start),
            step=0.01,
            key=f"raise_to_{stop.event_id}",
            width=260,
        )
        amount = to_micros(given)
        label = f"Raise to {format_usd(amount)} and go on".replace("$", "\\$")
        pressed = st.button(label, type="primary", key=f"raise_{batch_id}")
        free = limit.chosen is not None and limit.usual is None
        lifted = free and st.button("Go on without a limit", key=f"lift_{batch_id}")
    if wanted > limit.highest:
        st.caption(plain(f"All of it needs {format_usd(wanted)}. {most_words(limit)}"))
    elif scope == "person":
        whose = "yours" if limit.line.person == person() else str(limit.line.person)
        st.caption(plain(f"It holds for every batch of {whose}."))
    elif scope != "batch":
        st.caption("It holds for every batch.")
    if pressed or lifted:
        new = None if lifted else amount
        _go_on(studio, batch_id, lambda: set_limit(studio, limit, new))


def _price_words(studio: Studio, stop: Stop) -> str:
    words = (
        f"{stop.done:,} done, {stop.left.pictures:,} left. A budget applies, and nobody tells "
        f"what a picture of {studio.models.card(stop.model).label} costs. "
        "Look it up on the model's page at its provider, and give it here."
    )
    return f"**The price is not known.** {plain(words)}"


def _give_price(studio: Studio, batch_id: str, stop: Stop) -> None:
    """A person's own figure for a picture of the model."""
    row = st.form(f"price_form_{batch_id}", border=False)
    with row, st.container(horizontal=True, vertical_alignment="bottom"):
        given = st.number_input(
            "Dollars for a picture",
            min_value=0.0001,
            value=None,
            step=0.01,
            format="%.4f",
            placeholder="Such as 0.04",
            key=f"price_{stop.event_id}",
            width=220,
        )
        pressed = st.form_submit_button(
            "Use this price and go on", type="primary", key=f"own_price_{batch_id}"
        )
    st.caption(
        f"It counts for the {count(stop.left.pictures)} that are left. "
        "Where the provider tells what it charged, that counts instead."
    )
    if pressed and given is not None:
        price = to_micros(given)
        _go_on(studio, batch_id, lambda: studio.budgets.set_own_price(stop.model, price, who()))


def _go_on(studio: Studio, batch_id: str, change: Callable[[], None]) -> None:
    """Change what stopped the batch, then resume it."""
    with friendly_errors():
        change()
        studio.batches.resume(batch_id)
        st.rerun()


def _first(name: str, amount: Micros) -> float:
    """The amount of the first look, in dollars: a field that changed by itself would start anew."""
    kept: int = st.session_state.setdefault(name, amount)
    return kept / DOLLAR
