"""What did not work in a batch: equal faults together, charged or not, and what to do next."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from studio.container import Studio
from studio.container.standing import troubles
from studio.errors import Conflict
from studio.models import Batch, BatchState, BatchStatus, Charged, FaultKind, JobState, Quote
from studio.models.trouble import Failure, Trouble
from studio.ui.nav import go
from studio.ui.session import friendly_errors
from studio.ui.steering import again_price
from studio.ui.words import JOB_WORDS, count, plain, short

SHOWN = 30
"""Kinds of trouble shown."""
STORIES = 50
"""Failures of one kind whose stories are offered."""
SEEN = "_seen_troubles"
Prices = dict[str, Quote]
"""Job id → what trying it again is expected to cost; empty while the batch moves."""
ICONS = {
    JobState.QUEUED: "autorenew",
    JobState.REFUSED: "block",
    JobState.UNKNOWN: "help",
}


def draw_failures(studio: Studio, status: BatchStatus) -> None:
    """The pictures that failed, were refused, are unknown, or are tried again by themselves."""
    found, prices = _troubles(studio, status)
    if not found:
        return
    for trouble in found:
        if trouble.state is JobState.QUEUED:
            _tried_again(trouble, status.batch)
    ended = [trouble for trouble in found if trouble.state is not JobState.QUEUED]
    if not ended:
        return
    number = sum(len(trouble.failures) for trouble in ended)
    with st.expander(
        f"{count(number)} without a result",
        icon=":material/report:",
        expanded=not status.counts.unfinished,
        key=f"failures_{status.batch.id}_{'now' if status.counts.unfinished else 'ended'}",
    ):
        for index, trouble in enumerate(ended[:SHOWN]):
            _draw(studio, trouble, f"{status.batch.id}_{index}", prices)
        if len(ended) > SHOWN:
            st.caption(f"And {len(ended) - SHOWN:,} more kinds of trouble.")


def _troubles(studio: Studio, status: BatchStatus) -> tuple[list[Trouble], Prices]:
    """The troubles; looked up again only when the batch has changed since the last look."""
    now = (status.batch.id, status.batch.state, status.counts.model_dump_json())
    before = st.session_state.get(SEEN)
    if before is not None and before[0] == now:
        known: tuple[list[Trouble], Prices] = before[1:]
        return known
    found, prices = troubles(studio.parts, status.batch.id), {}
    if found and not status.counts.unfinished:  # every second would be too often
        ended = (JobState.FAILED, JobState.REFUSED)
        for job in studio.batches.jobs(status.batch.id, ended, limit=-1):
            prices[job.id] = job.spec.quote
    st.session_state[SEEN] = (now, found, prices)
    return found, prices


def _tried_again(trouble: Trouble, batch: Batch) -> None:
    """Pictures that went back to the queue: tried again by themselves, or with the batch."""
    paused = batch.state is BatchState.PAUSED
    then = "made when you resume" if paused else "tried again by itself"
    advice = _advice(trouble)
    if advice == batch.pause_message:  # it stands above already
        advice = ""
    advice = advice.replace("It is tried again by itself.", "").strip()  # said here
    told = f"{trouble.headline} ({trouble.charged}): {then}. {advice}"
    st.caption(f":material/autorenew: {plain(told)}")


def _draw(studio: Studio, trouble: Trouble, key: str, prices: Prices) -> None:
    with st.container(border=True):
        icon = ICONS.get(trouble.state, "error")
        color = "orange" if trouble.state is JobState.UNKNOWN else "red"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**:material/{icon}: {plain(trouble.headline)}**", width="stretch")
            st.badge(JOB_WORDS[trouble.state], color=color)  # type: ignore[arg-type]
        if trouble.fault is not None:
            st.write(plain(_advice(trouble)))
        told = f"{trouble.charged[:1].upper()}{trouble.charged[1:]}"
        if len(trouble.failures) == 1:
            only = trouble.failures[0]
            st.markdown(f"**Row {only.row}** · {plain(only.name)}")
        else:
            told += f" · {trouble.rows}"
        st.caption(plain(told))
        _buttons(studio, trouble, key, prices)


def _advice(trouble: Trouble) -> str:
    if trouble.fault is None:
        return ""
    hint = trouble.fault.hint
    if trouble.fault.kind is FaultKind.BAD_OUTPUT and hint.startswith("Use a "):
        hint = "The provider sent that instead of a picture; retry to have one made."
    return f"{trouble.fault.message} {hint}".strip()


def _buttons(studio: Studio, trouble: Trouble, key: str, prices: Prices) -> None:
    ids = [failure.job_id for failure in trouble.failures]
    with st.container(horizontal=True):
        if trouble.state is JobState.UNKNOWN:  # decided in one place, which asks first
            if st.button("Look for it or decide", icon=":material/search:", key=f"lost_{key}"):
                go("costs", lost=key.rpartition("_")[0])
        else:
            name = f"retry_job_{ids[0]}" if len(ids) == 1 else f"retry_these_{key}"
            label = "Try again" if len(ids) == 1 else f"Try these {len(ids):,} again"
            label += _price_words(trouble, [prices[job_id] for job_id in ids if job_id in prices])
            _button(studio, "retry_job", label, ids, name)
        _stories(trouble.failures, key)


def _price_words(trouble: Trouble, quotes: list[Quote]) -> str:
    """What trying again costs, or at least that it is charged again."""
    if len(quotes) == len(trouble.failures):
        whole = Quote(low=0, expected=0, high=0)
        for quote in quotes:
            whole = whole.plus(quote)
        return again_price(whole)
    charged = trouble.fault is not None and trouble.fault.charged is Charged.YES
    return " (is charged again)" if charged else ""


def _stories(failures: list[Failure], key: str) -> None:
    """The way to the whole story of each."""
    if len(failures) == 1:
        if st.button("What happened", icon=":material/history:", type="tertiary",
                     key=f"story_{failures[0].job_id}"):  # fmt: skip
            go("gallery", job=failures[0].job_id)
        return
    names = {
        one.job_id: f"{number}. Row {one.row} · {short(one.name, 40)}"  # labels must be unique
        for number, one in enumerate(failures[:STORIES], 1)
    }
    chosen = st.menu_button(
        "What happened", list(names), format_func=lambda job_id: plain(names[job_id]),
        icon=":material/history:", type="tertiary", key=f"stories_{key}",
    )  # fmt: skip
    if chosen:
        go("gallery", job=chosen)


def _button(studio: Studio, action: str, label: str, job_ids: list[str], key: str) -> None:
    st.button(label.replace("$", "\\$"), key=key, on_click=_act, args=(studio, action, job_ids))


def _act(studio: Studio, action: str, job_ids: list[str]) -> None:
    """Do it for each; what meanwhile went on by itself is left alone."""
    with friendly_errors():
        if len(job_ids) == 1:
            getattr(studio.batches, action)(job_ids[0])
            return
        for job_id in job_ids:
            with suppress(Conflict):
                getattr(studio.batches, action)(job_id)
