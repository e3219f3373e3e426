"""One picture's whole story on the page, also of one that failed, and the same to take away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import streamlit as st

from studio.container import Studio
from studio.db import assets, events
from studio.errors import StudioError
from studio.exports.tables import csv_bytes
from studio.models import Asset, Charged, Job, JobState, LedgerEntry, format_usd
from studio.ui.facts import format_time, source_words
from studio.ui.filters import put
from studio.ui.losses import is_written_off, written_off_words
from studio.ui.nav import link
from studio.ui.session import friendly_errors, show_error
from studio.ui.story import Step, balance, story, tries
from studio.ui.words import CHARGED_WORDS, JOB_WORDS, plain, short

_COLORS = {
    JobState.DONE: "green",
    JobState.FAILED: "red",
    JobState.REFUSED: "red",
    JobState.UNKNOWN: "orange",
    JobState.CANCELED: "gray",
}


def draw_story(studio: Studio, job_id: str, *, key: str = "story") -> None:
    """The events of one picture with times and money, what it came to, and the downloads."""
    entries = studio.costs.ledger_of(job_id)
    told = studio.parts.store.read(lambda tx: events.of_job(tx, job_id))
    steps = list(story(told, entries))
    if not steps:
        st.caption("Nothing is recorded for this picture.")
        return
    with st.container(gap="small", key=f"{key}_steps"):
        many, seen = tries(steps) > 1, 0
        for step in steps:
            if many and step.attempt is not None and step.attempt > seen:
                seen = step.attempt
                st.markdown(f":small[**Try {seen}**]")
            _draw(studio, step)
    _sum(entries)
    _downloads(studio, job_id, key)


def draw_story_page(studio: Studio, job_id: str) -> None:
    """The page of one job, whatever became of it: what it is, how it stands, and its story."""
    try:
        job = studio.batches.job(job_id)
    except StudioError as error:
        show_error(error)
        st.button("Back to the gallery", icon=":material/arrow_back:", on_click=_close,
                  key="no_story_back")  # fmt: skip
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Gallery", icon=":material/arrow_back:", on_click=_close, key="story_back")
        st.space("stretch")
        _ways_on(studio, job)
    name = job.spec.description or short(job.spec.request.prompt, 64)
    off = is_written_off(job)
    color = "orange" if off else _COLORS.get(job.state, "blue")
    state = "written off" if off else JOB_WORDS[job.state]
    st.subheader(f"{plain(name)} &nbsp;:{color}-badge[{state}]", anchor=False)
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        st.markdown("**Step by step**")
        draw_story(studio, job.id)
    with right:
        draw_fault(job)
        _about(studio, job)


def draw_fault(job: Job) -> None:
    """Why there is no picture, whether it was charged, and what to do next."""
    fault = job.fault
    if fault is None or job.state is JobState.DONE:
        return
    if is_written_off(job):
        words = written_off_words(job.cost or 0)
        told = "The answer was lost on the way. It can still be made again."
        st.warning(f"{told}\n\n**{plain(words.capitalize())}.**", icon=":material/money_off:")
        return
    charged = CHARGED_WORDS[fault.charged].capitalize()
    if fault.cost is not None and fault.charged is not Charged.NO:
        charged += f" {format_usd(fault.cost)}"
    told = plain(f"{fault.message} {fault.hint}".strip())
    st.warning(f"{told}\n\n**{plain(charged)}.**", icon=":material/report:")


def _ways_on(studio: Studio, job: Job) -> None:
    made = _picture_of(studio, job)
    if made is not None:
        st.button("Open the picture", icon=":material/image:", type="primary", key="story_picture",
                  on_click=st.query_params.from_dict,
                  args=({"picture": made.id},))  # fmt: skip
    status = studio.batches.status(job.batch_id)
    page = "generate" if status.batch.source == "generate" else "batch_upload"
    link("Open its batch", page, icon=":material/folder_open:", batch=job.batch_id)


def _picture_of(studio: Studio, job: Job) -> Asset | None:
    if job.state is not JobState.DONE:
        return None
    made = studio.parts.store.read(lambda tx: assets.of_jobs(tx, [job.id]))
    return next((asset for asset in made if asset.deleted_at is None), None)


def _about(studio: Studio, job: Job) -> None:
    """What was asked for, and the names under which the provider knows it."""
    request = job.spec.request
    with st.container(border=True, gap="small"):
        st.markdown("**What was asked for**")
        st.markdown(plain(request.prompt))
        facts = [f"Row {job.spec.row_number}", _label(studio, request.model),
                 f"{request.width} × {request.height} pixels", f"seed {job.seed}"]  # fmt: skip
        st.caption(plain(" · ".join(facts)))
        if job.cost is not None:
            told = " · ".join(filter(None, [format_usd(job.cost), source_words(job.cost_source)]))
            st.caption(plain(f"Cost: {told}"))
        _request_id(studio, job)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption("Job id", width="content")
            st.code(job.id, language=None, width="content")


def _request_id(studio: Studio, job: Job) -> None:
    """The provider's own id, where there is one: its site can be searched for it."""
    provider = studio.parts.providers.get(job.spec.request.model.partition(":")[0])
    found = provider.identity(job.remote) if provider is not None and job.remote else None
    if provider is not None and found is not None:
        st.caption(plain(f"Request id at {provider.label}"))
        st.code(found, language=None, wrap_lines=True)


def _draw(studio: Studio, step: Step) -> None:
    """One line: what happened, what it did to the money, and when."""
    chips = " ".join(f":{money.color}-badge[{plain(money.words)}]" for money in step.money)
    when = ", ".join(filter(None, [_clock(studio, step), step.after]))
    sources = "; ".join(dict.fromkeys(money.source for money in step.money if money.source))
    small = " · ".join(filter(None, [when, sources]))
    st.markdown(
        f":{step.color}[:material/{step.icon}:] {plain(step.text)} {chips}  \n"
        f":small[:gray[{plain(small)}]]"
    )


def _clock(studio: Studio, step: Step) -> str:
    """The moment: with its day at the beginning, to the second afterwards."""
    zone = studio.settings.timezone
    if not step.after:
        return format_time(step.at, zone)
    return f"{step.at.astimezone(zone):%H:%M:%S}"


def _sum(entries: Sequence[LedgerEntry]) -> None:
    """What it came to."""
    if not entries:
        return
    spent, held = balance(entries)
    aside = f", {format_usd(held)} still set aside" if held else ""
    st.markdown(f"**In all: {plain(format_usd(spent))} spent{plain(aside)}.**")


def _downloads(studio: Studio, job_id: str, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Take this story with you", width="content")
        for kind, mime in (("CSV", "text/csv"), ("JSON", "application/json")):
            st.download_button(
                kind, data=partial(story_file, studio, job_id, kind.lower()), mime=mime,
                file_name=f"story_{job_id}.{kind.lower()}", icon=":material/download:",
                on_click="ignore", type="tertiary", key=f"{key}_{kind.lower()}",
            )  # fmt: skip


def story_file(studio: Studio, job_id: str, kind: str) -> bytes:
    """The story as a file: ``csv`` for spreadsheets, or ``json``."""
    rows = studio.audit.story_rows(job_id)
    if kind == "json":
        text = json.dumps({"job_id": job_id, "story": rows}, ensure_ascii=False, indent=2,
                          default=str)  # fmt: skip
        return f"{text}\n".encode()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return csv_bytes(columns, ([row.get(name) for name in columns] for row in rows))


def _label(studio: Studio, model: str) -> str:
    with friendly_errors():
        return studio.models.card(model).label
    return model


def _close() -> None:
    put(job=None)
