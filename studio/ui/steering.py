"""What can be done with a batch: pause, go on, cancel, try again, look at it, take it home."""

from __future__ import annotations

from io import BytesIO

import streamlit as st

from studio.container import Studio
from studio.models import BatchState, BatchStatus, PauseReason, format_usd
from studio.ui import nav
from studio.ui.session import friendly_errors
from studio.ui.words import count, plain

_HAS_ITS_OWN_WAY = (PauseReason.BUDGET, PauseReason.FUNDS, PauseReason.KEY)
"""Pauses whose box above says what comes before going on."""


def draw_controls(studio: Studio, status: BatchStatus) -> None:
    """The buttons that fit how the batch stands, for a container that puts them in a row."""
    batch, counts = status.batch, status.counts
    again = counts.failed + counts.refused + counts.canceled
    if batch.state is BatchState.RUNNING and counts.unfinished:
        _button(studio, "pause", "Pause", "pause", batch.id)
        _cancel(studio, batch.id)
    elif batch.state is BatchState.PAUSED:
        alone = batch.pause_reason not in _HAS_ITS_OWN_WAY
        _button(studio, "resume", "Resume", "play_arrow", batch.id, primary=alone)
        _cancel(studio, batch.id)
    if again and not counts.in_flight:
        kinds = {counts.canceled: "canceled", counts.refused: "refused", counts.failed: "failed"}
        label = f"Retry {again:,} {kinds.get(again, 'that failed')}"
        _button(studio, "retry", label, "refresh", batch.id)
    if counts.done:
        if st.button("Open in gallery", icon=":material/photo_library:", key=f"see_{batch.id}"):
            nav.go("gallery", batch=batch.id)
        if not counts.unfinished:
            _download(studio, status)


def _cancel(studio: Studio, batch_id: str) -> None:
    if st.button("Cancel", icon=":material/close:", key=f"cancel_{batch_id}"):
        _ask_cancel(studio, batch_id)


def _button(
    studio: Studio, action: str, label: str, icon: str, batch_id: str, *, primary: bool = False
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        type="primary" if primary else "secondary",
        key=f"{action}_{batch_id}",
        on_click=_act,
        args=(studio, action, batch_id),
    )


def _act(studio: Studio, action: str, batch_id: str) -> None:
    with friendly_errors():
        getattr(studio.batches, action)(batch_id)


def _download(studio: Studio, status: BatchStatus) -> None:
    def build() -> bytes:
        target = BytesIO()
        studio.exports.zip_batch(status.batch.id, target)
        return target.getvalue()

    st.download_button(
        "Download all",
        data=build,
        file_name=f"{status.batch.title}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"zip_{status.batch.id}",
    )


@st.dialog("Cancel this batch?")
def _ask_cancel(studio: Studio, batch_id: str) -> None:
    report = studio.batches.cancel_preview(batch_id)
    words = [f"{count(report.waiting)} still waiting will not be made and cost nothing."]
    if report.in_flight:
        cost = f", about {format_usd(report.may_charge)}" if report.may_charge else ""
        words.append(
            f"{count(report.in_flight)} being made will still finish{plain(cost)} and be kept."
        )
    st.write(plain(" ".join(words)))
    st.caption("You can retry the canceled ones later.")
    with st.container(horizontal=True):
        if st.button("Cancel the batch", type="primary", key="cancel_now"):
            _act(studio, "cancel", batch_id)
            st.rerun()
        if st.button("Keep going", key="cancel_not"):
            st.rerun()
