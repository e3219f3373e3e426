"""What did not work in a batch: why, whether it was charged, and what to do next."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.models import Job, JobState
from studio.ui.session import friendly_errors
from studio.ui.words import CHARGED_WORDS, JOB_WORDS, count, plain

TROUBLED = (JobState.FAILED, JobState.REFUSED, JobState.UNKNOWN)
SHOWN = 50


def draw_failures(studio: Studio, batch_id: str) -> None:
    """A list of the pictures that failed, were refused, or whose outcome is unknown."""
    troubled = studio.batches.jobs(batch_id, TROUBLED, limit=SHOWN + 1)
    if not troubled:
        return
    more = "more than " if len(troubled) > SHOWN else ""
    with st.expander(
        f"{more}{count(min(len(troubled), SHOWN))} without a result",
        icon=":material/report:",
        key=f"failures_{batch_id}",
    ):
        for job in troubled[:SHOWN]:
            _draw(studio, job)


def _draw(studio: Studio, job: Job) -> None:
    spec = job.spec
    name = spec.description or spec.request.prompt[:60]
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**Row {spec.row_number}** · {plain(name)}", width="stretch")
            st.badge(
                JOB_WORDS[job.state],
                color="orange" if job.state is JobState.UNKNOWN else "red",
            )
        if job.fault is not None:
            charged = CHARGED_WORDS[job.fault.charged]
            st.write(plain(f"{job.fault.message} {job.fault.hint}"))
            st.caption(f"{charged[:1].upper()}{charged[1:]} · tried {count(job.attempt, 'time')}")
        with st.container(horizontal=True):
            if job.state is JobState.UNKNOWN:
                _button(studio, "retry_job", "Retry (may be charged twice)", job)
                _button(studio, "write_off", "Write off", job)
            else:
                _button(studio, "retry_job", "Retry", job)


def _button(studio: Studio, action: str, label: str, job: Job) -> None:
    st.button(label, key=f"{action}_{job.id}", on_click=_act, args=(studio, action, job.id))


def _act(studio: Studio, action: str, job_id: str) -> None:
    with friendly_errors():
        getattr(studio.batches, action)(job_id)
