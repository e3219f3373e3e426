"""Below the navigation: the batches that run or wait for somebody, and what was spent."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.container.standing import alive
from studio.errors import StudioError
from studio.models import BatchState, BatchStatus, BudgetLine, format_usd
from studio.models.money import format_together
from studio.ui import nav
from studio.ui.budgets import label_of
from studio.ui.person import person
from studio.ui.words import PAUSED_IN_A_WORD, plain, short, time_left

LOOKED_AT = 10
"""Newest batches among which those that are alive are looked for."""
RUNNING_SHOWN = 3
TITLE_LENGTH = 24


def draw(studio: Studio) -> None:
    """Draw the sidebar's lower part."""
    with st.sidebar:
        try:
            st.fragment(run_every=_pace(studio))(_live)(studio)
        except StudioError as error:
            st.caption(plain(error.message))


def _pace(studio: Studio) -> str:
    """How often to look again: where nothing runs, only what is done elsewhere can be news."""
    running = any(each.batch.state is BatchState.RUNNING for each in alive(studio.parts, LOOKED_AT))
    return "2s" if running else "10s"


def _live(studio: Studio) -> None:
    """Batches and money; refreshes itself without the page around it."""
    _running(studio)
    _spent(studio)


def _running(studio: Studio) -> None:
    """Running and paused batches with a bar each."""
    for status in alive(studio.parts, LOOKED_AT)[:RUNNING_SHOWN]:
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
    if line.cap is None:
        aside = f", {format_usd(line.reserved)} set aside" if line.reserved else ""
        st.caption(plain(f"{label_of(line)}: {format_usd(line.settled)} spent{aside}"))
        return
    share = min(1.0, (line.settled + line.reserved) / line.cap) if line.cap else 1.0
    spent, most, held = format_together(line.settled, line.cap, line.reserved)
    told = f"{spent} of {most} spent{f', {held} set aside' if line.reserved else ''}"
    st.progress(share, text=plain(f"{label_of(line)}: {told}"))
