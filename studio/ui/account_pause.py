"""A batch that waits for an account: which one, what is wrong with it, and the ways on."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.container.accounts import Standing, look, standings
from studio.models import AccountState, BatchState, BatchStatus, FaultKind, Job, JobState
from studio.models import PauseReason as Reason
from studio.ui import nav
from studio.ui.connect import ASKED_FOR
from studio.ui.session import friendly_errors
from studio.ui.words import plain

LOOK_SECONDS = 8.0
_KINDS = {Reason.KEY: FaultKind.BAD_KEY, Reason.FUNDS: FaultKind.NO_FUNDS}
_WAITING = (JobState.QUEUED, JobState.RUNNING)
_LOOKED = "_account_looked"


def draw_account_pause(studio: Studio, status: BatchStatus) -> None:
    """Where a batch is paused for its key or for funds: settings, funds, and going on."""
    batch = status.batch
    if batch.state is not BatchState.PAUSED or batch.pause_reason not in _KINDS:
        return
    found = _account(studio, status)
    if found is None:
        return
    line, label = found.line, plain(found.line.label)
    if st.session_state.get(_LOOKED) == batch.id and found.state is not AccountState.READY:
        said = plain(f"{found.message} {found.fix}")
        st.caption(f":material/info: **{label}: {plain(found.words)}.** {said}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if line.funds_url and batch.pause_reason is Reason.FUNDS:
            st.link_button(f"Put money on {label}", line.funds_url, icon=":material/open_in_new:")
        nav.link(f"Settings of {label}", "settings", icon=":material/key:",
                 **{ASKED_FOR: line.provider})  # fmt: skip
        st.button(
            "Check the account and resume", icon=":material/verified_user:", type="primary",
            key=f"account_resume_{batch.id}", on_click=_resume,
            args=(studio, batch.id, line.provider),
        )  # fmt: skip


def _account(studio: Studio, status: BatchStatus) -> Standing | None:
    """The account that the batch waits for."""
    accounts = {each.line.provider: each for each in standings(studio) if each.line.needed}
    reason = status.batch.pause_reason
    wanted = _KINDS[reason] if reason else None
    waiting = studio.batches.jobs(status.batch.id, _WAITING, limit=200)
    at_fault = [_provider(job) for job in waiting if job.fault and job.fault.kind is wanted]
    others = [_provider(job) for job in waiting]
    return next((accounts[name] for name in at_fault + others if name in accounts), None)


def _provider(job: Job) -> str:
    return job.spec.request.model.partition(":")[0]


def _resume(studio: Studio, batch_id: str, provider: str) -> None:
    """Go on where the account is in order; otherwise the box says how it stands."""
    with friendly_errors():
        found = look(studio, provider, LOOK_SECONDS)
        st.session_state[_LOOKED] = batch_id
        if found.state is AccountState.READY:
            studio.batches.resume(batch_id)
