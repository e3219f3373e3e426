"""Below the navigation: the batches that run or wait for somebody, and what was spent."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.errors import StudioError
from studio.models import BatchState, BatchStatus, BudgetLine, format_usd
from studio.ui import nav
from studio.ui.budgets import label_of
from studio.ui.person import person
from studio.ui.words import PAUSED_IN_A_WORD, plain, short, time_left

RUNNING_SHOWN = 3
TITLE_LENGTH = 24


def draw(studio: Studio) -> None:
    """Draw the sidebar's lower part."""
    with st.sidebar:
        try:
            _live(studio)
        except StudioError as error:
            st.caption(plain(error.message))


@st.fragment(run_every="2s")
def _live(studio: Studio) -> None:
    """Batches and money; refreshes itself without the page around it."""
    _running(studio)
    _spent(studio)


def _running(studio: Studio) -> None:
    """Running and paused batches with a bar each."""
    recent = studio.batches.list(10)
    live = [status for status in recent if status.batch.state is BatchState.RUNNING]
    live += [status for status in recent if status.batch.state is BatchState.PAUSED]
    for status in live[:RUNNING_SHOWN]:
        done, total = status.counts.done, max(1, status.counts.total)
        page = "generate" if status.batch.source == "generate" else "batch_upload"
        title = plain(short(status.batch.title, TITLE_LENGTH))
        nav.link(title, page, batch=status.batch.id)
        words = " · ".join(filter(None, [f"{done} of {total}", _state(status)]))
        st.progress(done / total, text=words)


def _state(status: BatchStatus) -> str:
    """The time left, or in a word why the batch waits."""
    if status.batch.state is not BatchState.PAUSED:
        return time_left(status.eta_seconds)
    reason = status.batch.pause_reason
    return f"paused: {PAUSED_IN_A_WORD[reason]}" if reason else "paused"


def _spent(studio: Studio) -> None:
    for line in studio.budgets.lines(person()):
        if line.scope == "month" or line.cap is not None:
            _budget(line)


def _budget(line: BudgetLine) -> None:
    aside = f", {format_usd(line.reserved)} set aside" if line.reserved else ""
    if line.cap is None:
        st.caption(plain(f"{label_of(line)}: {format_usd(line.settled)} spent{aside}"))
        return
    share = min(1.0, (line.settled + line.reserved) / line.cap) if line.cap else 1.0
    told = f"{format_usd(line.settled)} of {format_usd(line.cap)} spent{aside}"
    st.progress(share, text=plain(f"{label_of(line)}: {told}"))
