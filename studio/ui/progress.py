"""A batch as it happens: bar, time left, money, pictures, failures, and what to do about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import timedelta

import streamlit as st

from studio.container import Studio
from studio.container.standing import news, under_way
from studio.models import BatchState, BatchStatus, PauseReason
from studio.models.standing import speed_words
from studio.ui import nav
from studio.ui.account_pause import draw_account_pause
from studio.ui.budget_pause import draw_budget_pause
from studio.ui.failures import draw_failures
from studio.ui.grid import picture_grid, tiles, waiting_tiles
from studio.ui.lost import draw_lost_notice
from studio.ui.notice import say_done, show_in_title, sound_when_done
from studio.ui.quote_bar import draw_money
from studio.ui.session import friendly_errors
from studio.ui.steering import draw_controls
from studio.ui.words import PAUSE_WORDS, badge, plain, stages, time_left

SHOWN = 60
FEW_PLACES, MOST_PLACES = 3, 8
"""Empty tiles of a running batch; a batch of up to the most shows every place from the start."""
SETTLES = timedelta(seconds=15)
"""So long the speed of a batch that just began says nothing: a few pictures came at once."""
FINISHED = "_finished_batch"
LOOKING = "_looking_closer"
"""Set while a picture is open above the page: a finished batch must not close it."""


Pick = Callable[[Studio, str], None]


def draw_batch(
    studio: Studio, batch_id: str, *, size: int = 170, on_pick: Pick | None = None
) -> None:
    """Draw a batch; while it moves, this part of the page refreshes itself every second. Once it
    rests nothing is drawn again, and of a paused one it is only looked whether there are news.

    Args:
        size: Smallest width of a picture's tile, in pixels.
        on_pick: What opens a picture; by default the gallery does.
    """
    st.session_state.pop(LOOKING, None)  # the page runs as a whole: no dialog is open any more
    seen = news(studio.parts, batch_id)  # before the rest: what happens meanwhile is news
    status = studio.batches.status(batch_id)
    moving = _moves(status)
    if not moving and st.session_state.pop(FINISHED, None) == batch_id:
        say_done(status)
    live = st.fragment(run_every=_pace(status))(_draw)
    live(studio, batch_id, moving, size, on_pick or _open)
    if not moving and status.batch.state is BatchState.PAUSED:
        _watch(studio, batch_id, seen)


@st.fragment(run_every="2s")
def _watch(studio: Studio, batch_id: str, seen: Hashable) -> None:
    """Draw the page again once a paused batch was resumed or changed, such as in another tab."""
    with friendly_errors():
        if LOOKING not in st.session_state and news(studio.parts, batch_id) != seen:
            st.rerun()


def _draw(studio: Studio, batch_id: str, was_moving: bool, size: int, on_pick: Pick) -> None:
    with friendly_errors():
        status = studio.batches.status(batch_id)
        moving = _moves(status)
        if was_moving != moving and LOOKING not in st.session_state:
            if was_moving:
                st.session_state[FINISHED] = batch_id
            st.rerun()  # only a run of the whole page changes how often this part refreshes
        _headline(status)
        _bar(studio, status)
        draw_money(studio, status)
        if not draw_budget_pause(studio, status):
            _pause_reason(status)
            draw_account_pause(studio, status)
        with st.container(horizontal=True, vertical_alignment="center"):
            draw_controls(studio, status)
            sound_when_done(status, moving=moving)
        draw_lost_notice(studio, batch_id)
        draw_failures(studio, status)
        _pictures(studio, status, size, on_pick)
        if moving:
            show_in_title(status)


def _moves(status: BatchStatus) -> bool:
    running = status.batch.state is BatchState.RUNNING and status.counts.unfinished > 0
    return running or status.counts.in_flight > 0


def _pace(status: BatchStatus) -> str | None:
    """How often to draw again; what rests is left as it is."""
    return "1s" if _moves(status) else None


def _headline(status: BatchStatus) -> None:
    words, color = badge(status)
    st.markdown(f"#### {plain(status.batch.title)} &nbsp;:{color}-badge[{words}]")


def _bar(studio: Studio, status: BatchStatus) -> None:
    counts = status.counts
    share = counts.done / max(1, counts.total)  # full only when every picture is there
    parts = stages(status, _provider(studio, status))
    began = status.batch.started_at
    young = began is None or studio.parts.now() - began < SETTLES
    if not young or (status.eta_seconds or 0) > SETTLES.total_seconds() * 6:
        parts.append(time_left(status.eta_seconds))
    if _moves(status) and status.batch.state is BatchState.RUNNING and not young:
        parts.append(speed_words(status))
    st.progress(share, text=plain(" · ".join(filter(None, parts))))


def _provider(studio: Studio, status: BatchStatus) -> str:
    """What the provider of a batch is called."""
    name = status.batch.model.partition(":")[0]
    adapter = studio.parts.providers.get(name)
    return adapter.label if adapter else name


def _pause_reason(status: BatchStatus) -> None:
    batch = status.batch
    if batch.state is not BatchState.PAUSED or batch.pause_reason in (None, PauseReason.USER):
        return
    assert batch.pause_reason is not None  # noqa: S101  (narrowed above; mypy cannot see it)
    words = PAUSE_WORDS[batch.pause_reason]
    st.warning(f"**{words}** {plain(batch.pause_message or '')}", icon=":material/pause_circle:")


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
    batch_id, places = status.batch.id, _places(status)
    coming = under_way(studio.parts, batch_id) if places else []
    items = waiting_tiles(coming, places) + tiles(studio, studio.batches.assets(batch_id, SHOWN))
    if not items:
        return
    result = picture_grid(items, key=f"live_{batch_id}", size=size)
    if result.picked:
        on_pick(studio, result.picked)
    if status.counts.done > SHOWN:
        st.caption(f"The newest {SHOWN} are shown. All are in the gallery.")
