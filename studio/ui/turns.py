"""Whose turn it is: the batches that run or wait, and which of them are served first."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from studio.container import Studio
from studio.models import Batch, BatchState, BatchStatus, Place
from studio.ui import nav
from studio.ui.session import friendly_errors
from studio.ui.words import PAUSED_IN_A_WORD, plain, short, time_left

LOOKED_AT = 50
"""Newest batches among which those that are alive are looked for."""
TITLE_LENGTH = 36
WORDS: dict[Place, str] = {
    Place.FIRST: "Do first",
    Place.NORMAL: "Normal",
    Place.LAST: "Do last",
}


def draw_turns(studio: Studio, *, folded: bool = False) -> None:
    """The batches that are alive with their places; nothing where there are fewer than two.

    Args:
        folded: Show one line that opens, where something else is the subject of the page.
    """
    alive = alive_of(studio.batches.list(LOOKED_AT))
    if len(alive) < 2:
        return
    if not folded:
        st.subheader("Whose turn it is", anchor=False)
        _live(studio)
        return
    with st.expander(f"{len(alive):,} batches share the work", icon=":material/low_priority:",
                     key="turns", on_change="rerun") as opened:  # fmt: skip
        if opened.open:
            _live(studio)


def alive_of(statuses: Sequence[BatchStatus]) -> list[BatchStatus]:
    """Those that run or are paused with work left, in the order in which they are served."""
    alive = [
        status
        for status in statuses
        if status.batch.state in {BatchState.RUNNING, BatchState.PAUSED}
        and status.counts.unfinished
    ]
    return sorted(alive, key=lambda s: (-s.batch.priority, s.batch.created_at))


def place_of(batch: Batch) -> Place:
    """Before, with or after the others."""
    if batch.priority == 0:
        return Place.NORMAL
    return Place.FIRST if batch.priority > 0 else Place.LAST


@st.fragment(run_every="3s")
def _live(studio: Studio) -> None:
    """The list; refreshes itself without the page around it."""
    with friendly_errors():
        alive = alive_of(studio.batches.list(LOOKED_AT))
        for status in alive:
            _row(studio, status)
        st.caption(" ".join(_rules(alive)))


def _rules(alive: Sequence[BatchStatus]) -> list[str]:
    """How turns are taken among these."""
    if len(alive) < 2:
        return ["Only one batch is left: nobody has to wait."]
    rules = ["Batches at Normal take turns, picture by picture."]
    places = [place_of(status.batch) for status in alive]
    if places.count(Place.FIRST) > 1:
        rules.append("Of those to do first, the one chosen last comes first.")
    if places.count(Place.LAST) > 1:
        rules.append("Of those to do last, the one chosen last comes last.")
    return [*rules, "What is being made already is finished."]


def _row(studio: Studio, status: BatchStatus) -> None:
    batch, counts = status.batch, status.counts
    page = "generate" if batch.source == "generate" else "batch_upload"
    with (
        st.container(border=True, key=f"turn_{batch.id}"),
        st.container(horizontal=True, vertical_alignment="center"),
    ):
        with st.container(width=300, gap=None):
            nav.link(plain(short(batch.title, TITLE_LENGTH)), page, batch=batch.id)
            if batch.created_by:
                st.caption(plain(f"by {batch.created_by}"))
        ended = counts.total - counts.unfinished
        with st.container(width="stretch"):
            st.progress(ended / max(1, counts.total), text=plain(_progress(status)))
        _choice(studio, batch)


def _progress(status: BatchStatus) -> str:
    """``12 of 300 · about 5 min left``, or why it waits."""
    batch, counts = status.batch, status.counts
    state = time_left(status.eta_seconds)
    if batch.state is BatchState.PAUSED:
        state = "paused"
        if batch.pause_reason is not None:
            state += f": {PAUSED_IN_A_WORD[batch.pause_reason]}"
    ended = counts.total - counts.unfinished
    return " · ".join(filter(None, [f"{ended:,} of {counts.total:,}", state]))


def _choice(studio: Studio, batch: Batch) -> None:
    key = f"place_{batch.id}"
    st.session_state[key] = place_of(batch)  # it may have been moved elsewhere
    st.segmented_control(
        "Place",
        list(WORDS),
        format_func=WORDS.__getitem__,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_prioritise,
        args=(studio, batch.id, key),
    )


def _prioritise(studio: Studio, batch_id: str, key: str) -> None:
    with friendly_errors():
        studio.batches.prioritise(batch_id, Place(st.session_state[key]))
