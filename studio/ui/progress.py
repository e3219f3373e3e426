"""A batch as it happens: bar, time left, spend, pictures, failures, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import streamlit as st

from studio.container import Studio
from studio.models import BatchState, BatchStatus, PauseReason, format_usd
from studio.ui import nav
from studio.ui.failures import draw_failures
from studio.ui.grid import picture_grid, tiles, waiting_tiles
from studio.ui.session import friendly_errors
from studio.ui.words import BADGES, PAUSE_WORDS, count, outcome, plain, time_left

SHOWN = 60
FEW_PLACES, MOST_PLACES = 3, 8
"""Empty tiles of a running batch; a batch of up to the most shows every place from the start."""
FINISHED = "_finished_batch"
LOOKING = "_looking_closer"
"""Set while a picture is open above the page: a finished batch must not close it."""


Pick = Callable[[Studio, str], None]


def draw_batch(
    studio: Studio, batch_id: str, *, size: int = 170, on_pick: Pick | None = None
) -> None:
    """Draw a batch; while it moves, this part of the page refreshes itself every second.

    Args:
        size: Smallest width of a picture's tile, in pixels.
        on_pick: What opens a picture; by default the gallery does.
    """
    st.session_state.pop(LOOKING, None)  # the page runs as a whole: no dialog is open any more
    status = studio.batches.status(batch_id)
    moving = _moves(status)
    if not moving and st.session_state.pop(FINISHED, None) == batch_id:
        st.toast(f"{plain(status.batch.title)}: {outcome(status)}", icon=":material/check_circle:")
    live = st.fragment(run_every=_pace(status))(_draw)
    live(studio, batch_id, moving, size, on_pick or _open)


def _draw(studio: Studio, batch_id: str, was_moving: bool, size: int, on_pick: Pick) -> None:
    with friendly_errors():
        status = studio.batches.status(batch_id)
        if was_moving != _moves(status) and LOOKING not in st.session_state:
            if was_moving:
                st.session_state[FINISHED] = batch_id
            st.rerun()  # only a run of the whole page changes how often this part refreshes
        _headline(status)
        _bar(status)
        _pause_reason(status)
        _controls(studio, status)
        draw_failures(studio, batch_id)
        _pictures(studio, status, size, on_pick)


def _moves(status: BatchStatus) -> bool:
    running = status.batch.state is BatchState.RUNNING and status.counts.unfinished > 0
    return running or status.counts.in_flight > 0


def _pace(status: BatchStatus) -> str | None:
    """How often to look again: a paused batch may be resumed in another tab."""
    if _moves(status):
        return "1s"
    return "4s" if status.batch.state is BatchState.PAUSED else None


def _headline(status: BatchStatus) -> None:
    words, color = BADGES[status.batch.state]
    st.markdown(f"#### {plain(status.batch.title)} &nbsp;:{color}-badge[{words}]")


def _bar(status: BatchStatus) -> None:
    counts = status.counts
    share = (counts.total - counts.unfinished) / max(1, counts.total)
    speed = status.pictures_per_minute
    parts = [
        outcome(status),
        time_left(status.eta_seconds),
        f"{speed:.0f} a minute" if speed and _moves(status) else "",
        f"{format_usd(status.settled)} spent" if status.settled else "",
        f"{format_usd(status.reserved)} set aside" if status.reserved else "",
    ]
    st.progress(share, text=plain(" · ".join(filter(None, parts))))


def _pause_reason(status: BatchStatus) -> None:
    batch = status.batch
    if batch.state is not BatchState.PAUSED or batch.pause_reason in (None, PauseReason.USER):
        return
    assert batch.pause_reason is not None  # noqa: S101  (narrowed above; mypy cannot see it)
    words = PAUSE_WORDS[batch.pause_reason]
    st.warning(f"**{words}** {plain(batch.pause_message or '')}", icon=":material/pause_circle:")


def _controls(studio: Studio, status: BatchStatus) -> None:
    batch, counts = status.batch, status.counts
    again = counts.failed + counts.refused + counts.canceled
    with st.container(horizontal=True):
        if batch.state is BatchState.RUNNING and counts.unfinished:
            _button(studio, "pause", "Pause", "pause", batch.id)
            if st.button("Cancel", icon=":material/close:", key=f"cancel_{batch.id}"):
                _ask_cancel(studio, batch.id)
        elif batch.state is BatchState.PAUSED:
            _button(studio, "resume", "Resume", "play_arrow", batch.id, primary=True)
            if st.button("Cancel", icon=":material/close:", key=f"cancel_{batch.id}"):
                _ask_cancel(studio, batch.id)
        if again and not counts.in_flight:
            words = "canceled" if again == counts.canceled else "failed"
            label = f"Retry {again:,} {words}"
            _button(studio, "retry", label, "refresh", batch.id)
        if counts.done:
            if st.button("Open in gallery", icon=":material/photo_library:", key=f"see_{batch.id}"):
                nav.go("gallery", batch=batch.id)
            if not counts.unfinished:
                _download(studio, status)


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


def _open(studio: Studio, asset_id: str) -> None:
    del studio
    nav.go("gallery", picture=asset_id)


def _places(status: BatchStatus) -> int:
    """How many tiles wait for their pictures: those being made, and a few that come next."""
    counts = status.counts
    if status.batch.state is not BatchState.RUNNING:
        return min(counts.in_flight, MOST_PLACES)
    coming = counts.unfinished if counts.total <= MOST_PLACES else max(counts.in_flight, FEW_PLACES)
    return min(counts.unfinished, coming, MOST_PLACES)


def _pictures(studio: Studio, status: BatchStatus, size: int, on_pick: Pick) -> None:
    assets = studio.batches.assets(status.batch.id, SHOWN)
    items = waiting_tiles(_places(status)) + tiles(studio, assets)
    if not items:
        return
    result = picture_grid(items, key=f"live_{status.batch.id}", size=size)
    if result.picked:
        on_pick(studio, result.picked)
    if status.counts.done > SHOWN:
        st.caption(f"The newest {SHOWN} are shown. All are in the gallery.")
