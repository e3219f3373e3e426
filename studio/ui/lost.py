"""Lost and found: calls that may have cost money without a picture, and what to do about them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from zlib import crc32

import streamlit as st

from studio.container import Studio
from studio.container.standing import money
from studio.errors import NotFound
from studio.models import format_usd
from studio.models.lost import LostItem, LostKind, LostSummary
from studio.ui.facts import format_time
from studio.ui.lost_acts import draw_acts, draw_look_for_all, draw_question, draw_told, enter
from studio.ui.lost_words import (
    ICONS,
    MEANINGS,
    TITLES,
    amount_words,
    is_urgent,
    kept_words,
    span_words,
    stake_words,
    summary_words,
    time_words,
    told_once,
)
from studio.ui.nav import link
from studio.ui.words import count, plain

FEW = 4
"""Pictures of one kind that are shown one by one; more become a table to choose from."""
MOST = 500
"""Pictures that are listed."""
ROWS_SEEN = 10
_show_here = st.components.v2.component(
    "studio_show_here",
    html="<span></span>",
    js="""export default function({ parentElement, data }) {
  if (parentElement.dataset?.shown === data.asked) return;
  const place = parentElement.host ?? parentElement;
  setTimeout(() => place.scrollIntoView({ behavior: "smooth", block: "start" }), 400);
  if (parentElement.dataset) parentElement.dataset.shown = data.asked;
}""",
)


def draw_lost(studio: Studio) -> None:
    """The panel on the costs page; ``?lost=1`` leads to it, ``?lost=BATCH`` to those of a batch."""
    enter("costs")
    asked = st.query_params.get("lost", "")
    batch_id = None if asked in {"", "1"} else asked
    summary = studio.lost.summary(batch_id)
    if asked:
        _show_here(data={"asked": asked}, key="lost_here")
    if not summary.total:
        draw_told()
        words = plain(f"Lost & found: {_nothing_open(studio, batch_id)}")
        st.caption(f":material/task_alt: {words}")
        if batch_id:
            _whole_studio(studio)
        return
    items = studio.lost.items(batch_id, MOST)
    with st.container(border=True, key="lost_and_found"):
        _head(studio, summary, batch_id)
        draw_told()
        now = studio.parts.now()
        for kind in LostKind:
            found = [item for item in items if item.kind is kind]
            if found:
                with st.container(gap="small"):
                    _group(studio, kind, found, now)
        if summary.total > len(items):
            st.caption(f"The newest {len(items):,} of {summary.total:,} are listed.")
    draw_question(studio, items)


def _nothing_open(studio: Studio, batch_id: str | None) -> str:
    """Said where nothing is lost; money that went for no picture is not passed over."""
    spent = 0
    if batch_id is None:
        spent = studio.costs.report("provider").charged_without_picture
    else:
        with suppress(NotFound):
            spent = money(studio.parts, batch_id).without_picture
    if spent:
        where = "" if batch_id is None else " of this batch"
        told = f"{format_usd(spent)} was charged without a picture"
        return f"nothing{where} is open. {told}, and is written off or taken note of."
    return "nothing is open." if batch_id is None else "nothing of this batch is missing."


def draw_lost_notice(studio: Studio, batch_id: str) -> None:
    """One line where a batch has lost pictures, with the way to them; nothing otherwise."""
    summary = studio.lost.summary(batch_id)
    if not summary.total:
        return
    worrying = bool(summary.unknown or summary.paid)
    stake = stake_words(summary)
    words = f"{count(summary.total)} not here yet: {summary_words(summary)}."
    words += f" {stake[:1].upper()}{stake[1:]}." if stake else ""
    icon, color = ("search", "orange") if worrying else ("hourglass_top", "blue")
    with st.container(horizontal=True, vertical_alignment="center", key=f"lost_in_{batch_id}"):
        st.markdown(f":{color}[:material/{icon}:] {plain(words)}", width="stretch")
        if worrying:
            link("Lost & found", "costs", icon=":material/arrow_forward:", lost=batch_id)


def _head(studio: Studio, summary: LostSummary, batch_id: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**Lost & found**", width="content")
        stake = stake_words(summary)
        st.caption(plain(" · ".join(filter(None, [summary_words(summary), stake]))),
                   width="stretch")  # fmt: skip
        if summary.unknown or summary.paid:
            draw_look_for_all(studio, batch_id)
    if batch_id:
        _whole_studio(studio)


def _whole_studio(studio: Studio) -> None:
    """Said while only one batch is looked at."""
    if studio.lost.summary().total:
        st.button("Only one batch is shown. Show all", type="tertiary", key="lost_show_all",
                  icon=":material/filter_alt_off:", on_click=_show_all)  # fmt: skip


def _show_all() -> None:
    st.query_params["lost"] = "1"


def _group(studio: Studio, kind: LostKind, items: Sequence[LostItem], now: datetime) -> None:
    icon, color = ICONS[kind]
    number = f"{len(items):,}"
    st.markdown(f":{color}[:material/{icon}:] **{TITLES[kind]}** &nbsp;:{color}-badge[{number}]")
    st.caption(MEANINGS[kind])
    if len(items) <= FEW:
        for item in items:
            with st.container(border=True, gap="small", key=f"lost_{item.job_id}"):
                _card(studio, item, now)
        return
    chosen = _table(studio, kind, items, now)
    if len(chosen) == 1:
        with st.container(border=True, gap="small"):
            _card(studio, chosen[0], now)
    elif chosen:
        st.markdown(f"**{count(len(chosen))} chosen** · {_worth(chosen)}")
        draw_acts(studio, chosen, f"these_{kind.value}")
    elif kind is not LostKind.LATE:
        st.caption("Choose rows to look for them again, make them again, or let go of them.")


def _worth(items: Sequence[LostItem]) -> str:
    verb = "set aside" if items[0].kind is LostKind.UNKNOWN else "at stake"
    return plain(f"{format_usd(sum(item.amount for item in items))} {verb}")


def _card(studio: Studio, item: LostItem, now: datetime) -> None:
    """One lost picture: what it is, what is known, how long there is time, and what to do."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Row {item.row}** · {plain(item.name)}", width="stretch")
        st.badge(plain(amount_words(item)), color=ICONS[item.kind][1])  # type: ignore[arg-type]
    st.markdown(plain(told_once(item.known, item.hint)))
    model = next((c.label for c in studio.models.cards() if c.id == item.model), item.model)
    st.caption(plain(" · ".join([item.batch_title, model, *time_words(item, now)])))
    kept = kept_words(item, now)
    if kept:
        words = f":material/timer: {plain(kept[:1].upper() + kept[1:])}."
        st.caption(f":red[{words}]" if is_urgent(item, now) else words)
    if item.remote_id:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Request id", width="content")
            st.code(item.remote_id, language=None, width="content")
    draw_acts(studio, [item], item.job_id)


def _table(
    studio: Studio, kind: LostKind, items: Sequence[LostItem], now: datetime
) -> list[LostItem]:
    """Many lost pictures as rows; returns those that are chosen.

    A choice is made of row numbers: it is dropped as soon as the list changes, so that nobody acts
    on a picture that moved up into a chosen place.
    """
    import pandas as pd

    state = crc32(" ".join(item.job_id for item in items).encode())
    shown = st.dataframe(
        pd.DataFrame([_row(studio, item, now) for item in items]),
        hide_index=True,
        alt=TITLES[kind],
        height="content" if len(items) <= ROWS_SEEN else 400,
        column_config={
            "Row": st.column_config.NumberColumn(width=60),
            "Picture": st.column_config.TextColumn(width="medium"),
            "What is known": st.column_config.TextColumn(width="medium"),
        },
        on_select="rerun",
        selection_mode="multi-row",
        key=f"lost_{kind.value}_{state}",
    )
    rows: list[int] = shown.selection.rows
    return [items[row] for row in rows if row < len(items)]


def _row(studio: Studio, item: LostItem, now: datetime) -> dict[str, str | int]:
    ahead = "" if item.next_look is None else span_words((item.next_look - now).total_seconds())
    sent = "" if item.sent_at is None else format_time(item.sent_at, studio.settings.timezone)
    return {
        "Row": item.row,
        "Picture": item.name,
        "Money": amount_words(item),
        "Time left": kept_words(item, now),
        "Looked for again": f"in {ahead}" if ahead else "",
        "Sent": sent,
        "What is known": item.known,
        "Batch": item.batch_title,
        "Model": item.model,
        "Request id": item.remote_id or "",
    }
