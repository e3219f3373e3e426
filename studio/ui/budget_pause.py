"""A batch that is paused for money: what is done, what is left, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from studio.container import Studio
from studio.models import BatchStatus, BudgetLine, Micros, PauseReason, format_usd, to_micros
from studio.models.budget import Limit, Stop, span_words
from studio.models.money import format_together
from studio.ui.budgets import most_help, most_words, set_limit
from studio.ui.person import person, who
from studio.ui.session import friendly_errors
from studio.ui.words import PAUSE_WORDS, count, plain

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
            _answer(stop, status.batch.id, "The price is still not known.")
            _give_price(studio, status.batch.id, stop)
        else:
            limits = stop.short or (stop.limit,)
            st.warning(_words(stop, limits), icon=":material/pause_circle:")
            _answer(stop, status.batch.id, "Too little is left for it." if stop.short else "")
            if len(limits) > 1:
                _raise_together(studio, status.batch.id, stop, limits)
            else:
                _raise(studio, status.batch.id, stop, limits[0])
    return True


def _answer(stop: Stop, batch_id: str, why: str) -> None:
    """Say that going on was of no use, where it was tried and nothing could be made."""
    name = f"stop_seen_{batch_id}"
    event, done, vain = st.session_state.get(name, (stop.event_id, -1, False))
    if event != stop.event_id:
        vain = done == stop.done
    st.session_state[name] = (stop.event_id, stop.done, vain)
    if vain and why:
        told = f"You resumed the batch, and it paused again before the next picture. {why}"
        st.error(plain(told), icon=":material/block:")


def _words(stop: Stop, limits: Sequence[Limit]) -> str:
    """``Of the $0.02 for this batch, $0.00 is left. 2 done, 8 left: they need about $0.08.``"""
    left, told = stop.left, [_state(limit.line) for limit in limits]
    needs = "" if left.expected is None else f": they need about {format_usd(left.expected)}"
    pictures = f"{count(stop.done)} done, {left.pictures:,} left{needs}."
    if len(limits) == 1:
        return f"**{PAUSE_WORDS[PauseReason.BUDGET]}** {plain(f'{told[0]} {pictures}')}"
    head = f"**{len(limits)} budgets are too small for what is left.** {plain(pictures)}"
    return "\n".join([head, "", *(f"- {plain(each)}" for each in told)])


def _state(line: BudgetLine) -> str:
    """How much is left of one cap."""
    if line.cap is None:
        return f"There is no limit for {_span(line)} any more."
    free, cap, over = format_together(max(0, line.left or 0), line.cap, line.over)
    if line.over:
        return (
            f"Of the {cap} for {_span(line)}, nothing is left: {over} more is spent or set aside."
        )
    return f"Of the {cap} for {_span(line)}, {free} is left."


def _span(line: BudgetLine) -> str:
    mine = line.person is not None and line.person == person()
    return "you this month" if mine else span_words(line)


def _raise(studio: Studio, batch_id: str, stop: Stop, limit: Limit) -> None:
    """The amount that is enough, ready to be agreed to."""
    scope, cap = limit.line.scope, limit.line.cap
    if cap is None or (limit.line.left or 0) >= (stop.left.high or 0):
        st.caption("There is enough now: resume the batch.")
        return
    if cap >= limit.highest:
        _tell_fixed(limit)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        amount = _field(stop, limit, f"raise_to_{stop.event_id}")
        label = f"Raise to {format_usd(amount)} and go on".replace("$", "\\$")
        pressed = st.button(label, type="primary", key=f"raise_{batch_id}")
        free = limit.chosen is not None and limit.usual is None
        lifted = free and st.button("Go on without a limit", key=f"lift_{batch_id}")
    if (wanted := stop.enough(limit) or cap) > limit.highest:
        told = f"All of it needs {format_usd(wanted)}. {most_words(limit)}"
        st.caption(plain(told), help=most_help(limit))
    elif scope == "person":
        whose = "yours" if limit.line.person == person() else str(limit.line.person)
        st.caption(plain(f"It holds for every batch of {whose}."))
    elif scope != "batch":
        st.caption("It holds for every batch.")
    if pressed or lifted:
        new = None if lifted else amount
        _go_on(studio, batch_id, lambda: set_limit(studio, limit, new))


def _raise_together(studio: Studio, batch_id: str, stop: Stop, limits: Sequence[Limit]) -> None:
    """Every cap that is too small with the amount that is enough, agreed to in one step."""
    fixed = [limit for limit in limits if (limit.line.cap or 0) >= limit.highest]
    for limit in fixed:
        _tell_fixed(limit, named=True)
    mine = [limit for limit in limits if limit not in fixed]
    if not mine or any((limit.line.left or 0) <= 0 for limit in fixed):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = [
            (limit, _field(stop, limit, f"raise_to_{stop.event_id}_{limit.line.scope}"))
            for limit in mine
        ]
        several = "both" if len(mine) == 2 else f"all {len(mine)}"
        label = f"Raise {several if len(mine) > 1 else 'it'} and go on"
        pressed = st.button(label, type="primary", key=f"raise_{batch_id}")
    if any(limit.line.scope != "batch" for limit in mine):
        st.caption("A budget of a day, a month or all time holds for every batch.")
    if pressed:
        _go_on(studio, batch_id, lambda: studio.budgets.set_together(wanted, who()))


def _field(stop: Stop, limit: Limit, key: str) -> Micros:
    """The new cap: as much as is needed, or as may be set, unless a person says otherwise."""
    cap = limit.line.cap or 0
    start = min(max(stop.enough(limit) or cap, cap), limit.highest)
    given = st.number_input(
        FIELDS.get(limit.line.scope, f"New budget for {_span(limit.line)}, in dollars"),
        min_value=0.01,
        value=_first(f"first_{key}", start),
        step=0.01,
        key=key,
        width=260,
    )
    return to_micros(given)


def _tell_fixed(limit: Limit, *, named: bool = False) -> None:
    """A cap that cannot be raised at this page, and when there is money again."""
    what = f"The budget for {_span(limit.line)}" if named else "It"
    told = f"{what} cannot be raised here. {most_words(limit)} Ask the person who runs this app."
    st.caption(plain(told), help=most_help(limit))
    if limit.line.scope in RENEWED:
        st.caption(RENEWED[limit.line.scope])


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
