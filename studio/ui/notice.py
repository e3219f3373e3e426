"""Telling people who look elsewhere that a batch is done: tab title, toast, sound, notification."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from studio.models import BatchState, BatchStatus, PauseReason
from studio.ui.words import PAUSED_IN_A_WORD, outcome, plain

APP = "Image Studio"
_HERE = Path(__file__).parent
_notice = st.components.v2.component(
    "studio_notice",
    html="<div class='notice'></div>",
    css=(_HERE / "notice.css").read_text(encoding="utf-8"),
    js=(_HERE / "notice.js").read_text(encoding="utf-8"),
)


def running_title(status: BatchStatus) -> str:
    """For the tab while a batch runs: ``(12/32) Image Studio``."""
    counts = status.counts
    return f"({counts.total - counts.unfinished:,}/{counts.total:,}) {APP}"


def stopped_title(status: BatchStatus) -> str:
    """For the tab of a batch that just stopped: ``✓ 32 done – Image Studio``."""
    counts = status.counts
    if status.batch.state is BatchState.PAUSED:
        return f"Paused, {counts.done:,} done – {APP}"
    missing = _missing(status)
    told = f", {missing:,} not" if missing else ""
    return f"{'!' if missing else '✓'} {counts.done:,} done{told} – {APP}"


def show_in_title(status: BatchStatus) -> None:
    """Let a tab in the background show how far the batch is."""
    st.set_page_config(page_title=running_title(status))


def say_done(status: BatchStatus) -> None:
    """A batch that was watched came to a stop: say so, unless the person stopped it."""
    if _by_hand(status):
        return
    st.set_page_config(page_title=stopped_title(status))
    icon = "error" if _missing(status) else "check_circle"
    if status.batch.state is BatchState.PAUSED:
        icon = "pause_circle"
    st.toast(plain(f"{status.batch.title}: {_told(status)}"), icon=f":material/{icon}:")


def sound_when_done(status: BatchStatus, *, moving: bool) -> None:
    """Offer a sound and a notification for the end of the batch. The browser does it all.

    Off until a person asks; remembered by the browser. It needs no run of the page: the piece
    in the browser sees the batch come to a stop.
    """
    _notice(
        data={
            "batch": status.batch.id,
            "moving": moving,
            "quiet": _by_hand(status),
            "title": stopped_title(status),
            "text": f"{status.batch.title}: {_told(status)}",
        },
        key=f"notice_{status.batch.id}",
        width="content",
    )


def _told(status: BatchStatus) -> str:
    """How it ended, or why it waits."""
    reason = status.batch.pause_reason
    if status.batch.state is BatchState.PAUSED and reason is not None:
        return f"paused ({PAUSED_IN_A_WORD[reason]}) · {outcome(status)}"
    return outcome(status)


def _missing(status: BatchStatus) -> int:
    counts = status.counts
    return counts.failed + counts.refused + counts.unknown


def _by_hand(status: BatchStatus) -> bool:
    """Whether the batch stands still because a person wanted it to."""
    batch = status.batch
    paused = batch.state is BatchState.PAUSED and batch.pause_reason is PauseReason.USER
    return paused or batch.state is BatchState.CANCELED
