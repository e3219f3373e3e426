"""What did not work in a batch: equal faults together, charged or not, and what to do next."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from studio.container import Studio
from studio.container.standing import troubles
from studio.errors import Conflict
from studio.models import Batch, BatchState, BatchStatus, FaultKind, Job, JobState, Quote
from studio.models.trouble import Failure, Trouble
from studio.ui.losses import Group, Standing, groups_of, loss_of
from studio.ui.lost_acts import (
    ASKED,
    draw_make_again,
    draw_question,
    draw_told,
    enter,
    look_for,
)
from studio.ui.lost_words import told_once
from studio.ui.nav import link
from studio.ui.session import friendly_errors
from studio.ui.steering import again_price, tell_wait
from studio.ui.words import count, plain, short

SHOWN = 30
"""Kinds of trouble shown."""
STORIES = 50
"""Failures of one kind whose stories are offered."""
SEEN = "_seen_troubles"
Jobs = dict[str, Job]
"""Those that were read: all that ended badly once a batch rests."""
ICONS = {
    JobState.QUEUED: "autorenew",
    JobState.REFUSED: "block",
    JobState.UNKNOWN: "help",
}


def draw_failures(studio: Studio, status: BatchStatus) -> None:
    """The pictures that failed, were refused, are unknown, or are tried again by themselves."""
    enter(status.batch.id)
    draw_told()
    found, jobs = _troubles(studio, status)
    for trouble in found:
        if trouble.state is JobState.QUEUED:
            _tried_again(trouble, status.batch)
    ended = groups_of((one for one in found if one.state is not JobState.QUEUED), jobs)
    _question(studio)
    if not ended:
        return
    number = sum(len(group.ids) for group in ended)
    with st.expander(
        f"{count(number)} without a result",
        icon=":material/report:",
        expanded=not status.counts.unfinished,
        key=f"failures_{status.batch.id}_{'now' if status.counts.unfinished else 'ended'}",
    ):
        for index, group in enumerate(ended[:SHOWN]):
            _draw(studio, group, f"{status.batch.id}_{index}")
        if len(ended) > SHOWN:
            st.caption(f"And {len(ended) - SHOWN:,} more kinds of trouble.")


def _troubles(studio: Studio, status: BatchStatus) -> tuple[list[Trouble], Jobs]:
    """The troubles; looked up again only when the batch has changed since the last look."""
    now = (status.batch.id, status.batch.state, status.counts.model_dump_json(), status.settled)
    before = st.session_state.get(SEEN)
    if before is not None and before[0] == now:
        known: tuple[list[Trouble], Jobs] = before[1:]
        return known
    found = troubles(studio.parts, status.batch.id)
    jobs: Jobs = {}
    if found and not status.counts.unfinished:  # every second would be too often
        ended = (JobState.FAILED, JobState.REFUSED)
        jobs = {job.id: job for job in studio.batches.jobs(status.batch.id, ended, limit=-1)}
    for failure in (one for trouble in found for one in trouble.failures):
        if failure.job_id not in jobs and _may_be_written_off(failure):
            jobs[failure.job_id] = studio.batches.job(failure.job_id)
    st.session_state[SEEN] = (now, found, jobs)
    return found, jobs


def _may_be_written_off(failure: Failure) -> bool:
    """Few are: whatever else becomes of an unknown outcome brings a fault of its own."""
    fault = failure.fault
    unknown = fault is not None and fault.kind is FaultKind.UNKNOWN_OUTCOME
    return failure.state is JobState.FAILED and unknown


def _question(studio: Studio) -> None:
    """The dialog that asks before something is made and charged a second time."""
    asked: tuple[str, list[str]] | None = st.session_state.get(ASKED)
    if asked is not None:
        about = [loss_of(studio, job_id) for job_id in asked[1]]
        draw_question(studio, [item for item in about if item is not None])


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


def _draw(studio: Studio, group: Group, key: str) -> None:
    trouble = group.trouble
    with st.container(border=True):
        icon = ICONS.get(trouble.state, "error")
        color = "orange" if group.standing in {Standing.OPEN, Standing.WRITTEN_OFF} else "red"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**:material/{icon}: {plain(group.headline)}**", width="stretch")
            st.badge(group.state_words, color=color)  # type: ignore[arg-type]
        if group.standing is Standing.WRITTEN_OFF:
            st.write("The answer was lost on the way. What was set aside counts as spent.")
        elif trouble.fault is not None:
            st.write(plain(_advice(trouble)))
        told = f"{trouble.charged[:1].upper()}{trouble.charged[1:]}"
        told = "" if group.standing is Standing.WRITTEN_OFF else told
        if len(trouble.failures) == 1:
            only = trouble.failures[0]
            st.markdown(f"**Row {only.row}** · {plain(only.name)}")
        else:
            told = " · ".join(filter(None, [told, trouble.rows]))
        if told:
            st.caption(plain(told))
        _buttons(studio, group, key)


def _advice(trouble: Trouble) -> str:
    if trouble.fault is None:
        return ""
    hint = trouble.fault.hint
    if trouble.fault.kind is FaultKind.BAD_OUTPUT and hint.startswith("Use a "):
        hint = "The provider sent that instead of a picture; retry to have one made."
    return told_once(trouble.fault.message, hint)


def _buttons(studio: Studio, group: Group, key: str) -> None:
    looking = False
    with st.container(horizontal=True, vertical_alignment="center"):
        match group.standing:
            case Standing.OPEN:  # decided in one place, which asks first
                link("Look for it or decide", "costs", icon=":material/search:",
                     lost=key.rpartition("_")[0])  # fmt: skip
            case Standing.FREE:
                _try_again(studio, group, key)
            case _:
                looking = _fetch_again(group, key)
                draw_make_again(group.ids, key)
        _stories(group.trouble.failures, key)
    if looking:
        look_for(studio, group.findable)


def _try_again(studio: Studio, group: Group, key: str) -> None:
    """For what cost nothing so far, with what it will cost then."""
    ids = group.ids
    name = f"retry_job_{ids[0]}" if len(ids) == 1 else f"retry_these_{key}"
    label = "Try again" if len(ids) == 1 else f"Try these {len(ids):,} again"
    if all(job_id in group.jobs for job_id in ids):
        whole = Quote(low=0, expected=0, high=0)
        for job_id in ids:
            whole = whole.plus(group.jobs[job_id].spec.quote)
        label += again_price(whole)
    st.button(label.replace("$", "\\$"), key=name, on_click=_retry, args=(studio, ids))


def _fetch_again(group: Group, key: str) -> bool:
    """The free way to a picture that was paid for, before it is paid for again."""
    number = len(group.findable)
    if not number:
        return False
    if group.is_sure:
        these = "the paid picture" if number == 1 else f"the {number:,} paid pictures"
        label = f"Fetch {these} again (free)"
    else:
        label = f"Look for {'it' if number == 1 else f'these {number:,}'} again (free)"
    return st.button(label, icon=":material/travel_explore:", key=f"fetch_{key}",
                     help="Asks the provider whether it still has what was made.")  # fmt: skip


def _stories(failures: list[Failure], key: str) -> None:
    """The way to the whole story of each: links, so that the browser's way back works."""
    if len(failures) == 1:
        link("What happened", "gallery", icon=":material/history:", job=failures[0].job_id)
        return
    with st.popover("What happened", icon=":material/history:", type="tertiary",
                    key=f"stories_{key}", on_change="rerun") as opened:  # fmt: skip
        if opened.open:
            for number, one in enumerate(failures[:STORIES], 1):
                name = plain(f"{number}. Row {one.row} · {short(one.name, 40)}")
                link(name, "gallery", icon=":material/history:", job=one.job_id)


def _retry(studio: Studio, job_ids: list[str]) -> None:
    """Try each again; what meanwhile went on by itself is left alone."""
    with friendly_errors():
        batch_id = studio.batches.job(job_ids[0]).batch_id
        if len(job_ids) == 1:
            studio.batches.retry_job(job_ids[0])
        for job_id in job_ids if len(job_ids) > 1 else ():
            with suppress(Conflict):
                studio.batches.retry_job(job_id)
        tell_wait(studio, batch_id, len(job_ids))
