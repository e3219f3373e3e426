"""What can be done with a batch: pause, go on, cancel, try again, look at it, take it home."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import streamlit as st

from studio.container import Studio
from studio.container.requeue import is_loss
from studio.db import budgets
from studio.models import (
    BatchState,
    BatchStatus,
    CancelReport,
    JobState,
    Micros,
    PauseReason,
    Quote,
    format_usd,
)
from studio.models.leaving import under_way_words
from studio.ui import nav
from studio.ui.session import friendly_errors
from studio.ui.words import count, plain

_HAS_ITS_OWN_WAY = (PauseReason.BUDGET, PauseReason.FUNDS, PauseReason.KEY)
"""Pauses whose box above says what comes before going on."""
_AGAIN = "_again_quote"
"""Session key of what trying again would mean: asked once for each state of a batch."""
_ENDED = (JobState.FAILED, JobState.REFUSED, JobState.CANCELED)


@dataclass(frozen=True, slots=True)
class Again:
    """The pictures of a batch that one press tries again: those that cost nothing so far."""

    number: int
    called: str
    """What they have in common: ``failed``, ``refused``, ``canceled`` or ``without a picture``."""
    quote: Quote


def draw_controls(studio: Studio, status: BatchStatus) -> None:
    """The buttons that fit how the batch stands, for a container that puts them in a row."""
    batch, counts = status.batch, status.counts
    if batch.state is BatchState.RUNNING and counts.unfinished:
        _button(studio, "pause", "Pause", "pause", batch.id, told=pause_words(status))
        _cancel(studio, batch.id)
    elif batch.state is BatchState.PAUSED:
        alone = batch.pause_reason not in _HAS_ITS_OWN_WAY
        _button(studio, "resume", "Resume", "play_arrow", batch.id, primary=alone,
                told=_resume_words(studio, batch.id))  # fmt: skip
        _cancel(studio, batch.id)
    if counts.failed + counts.refused + counts.canceled and not counts.in_flight:
        again = again_of(studio, status)
        label = f"Try {again.number:,} {again.called} again{again_price(again.quote)}"
        if again.number:
            _button(studio, "retry", label.replace("$", "\\$"), "refresh", batch.id)
    if counts.done:
        if st.button("Open in gallery", icon=":material/photo_library:", key=f"see_{batch.id}"):
            nav.go("gallery", batch=batch.id)
        if not counts.unfinished:
            _download(studio, status)


def _cancel(studio: Studio, batch_id: str) -> None:
    if st.button("Cancel", icon=":material/close:", key=f"cancel_{batch_id}"):
        _ask_cancel(studio, batch_id)


def again_of(studio: Studio, status: BatchStatus) -> Again:
    """What trying a resting batch again means; what was charged is decided about by itself."""
    now = (status.batch.id, status.batch.state, status.counts.model_dump_json(), status.settled)
    before: tuple[object, Again] | None = st.session_state.get(_AGAIN)
    if before is not None and before[0] == now:
        return before[1]
    ended = studio.batches.jobs(status.batch.id, _ENDED, limit=-1)
    free = [job for job in ended if not is_loss(job)]
    whole = Quote(low=0, expected=0, high=0)
    for job in free:
        whole = whole.plus(job.spec.quote)
    states = {job.state for job in free}
    called = states.pop().value if len(states) == 1 else "without a picture"
    again = Again(len(free), called, whole)
    st.session_state[_AGAIN] = (now, again)
    return again


def waits_words(studio: Studio, batch_id: str, number: int) -> str:
    """Said after trying again in a paused batch; empty in any other."""
    if studio.batches.status(batch_id).batch.state is not BatchState.PAUSED:
        return ""
    it = "It waits" if number == 1 else "They wait"
    return f"{it} until you resume the batch."


def tell_wait(studio: Studio, batch_id: str, number: int) -> None:
    """Say in passing that what is tried again waits, where its batch is paused."""
    words = waits_words(studio, batch_id, number)
    if words:
        st.toast(words, icon=":material/pause_circle:")


def again_price(quote: Quote) -> str:
    """To follow what is tried again: ``, about $0.35``; empty where it is free."""
    if quote.is_free:
        return ""
    return (
        ", price not known" if quote.expected is None else f", about {format_usd(quote.expected)}"
    )


def pause_words(status: BatchStatus) -> str:
    """What pausing means: nothing more is sent, and what is sent is still charged."""
    if not status.counts.in_flight:
        return "Nothing more is sent until you resume."
    return plain(
        f"Nothing more is sent until you resume. {count(status.counts.in_flight)} being made "
        f"will still be finished{'' if not status.reserved else ' and charged'}."
    )


def _resume_words(studio: Studio, batch_id: str) -> str | None:
    """What is left to make, and what it costs."""
    left = studio.parts.store.read(lambda tx: budgets.waiting(tx, batch_id))
    if not left.pictures:
        return None
    price = again_price(Quote(low=left.expected, expected=left.expected, high=left.high))
    return plain(f"{count(left.pictures)} left{price}.")


def _button(
    studio: Studio,
    action: str,
    label: str,
    icon: str,
    batch_id: str,
    *,
    primary: bool = False,
    told: str | None = None,
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        type="primary" if primary else "secondary",
        help=told,
        key=f"{action}_{batch_id}",
        on_click=_act,
        args=(studio, action, batch_id),
    )


def _act(studio: Studio, action: str, batch_id: str) -> None:
    with friendly_errors():
        done = getattr(studio.batches, action)(batch_id)
        if action == "retry":
            tell_wait(studio, batch_id, done)


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


def cancel_words(
    report: CancelReport, quote: Quote, unknown: int, held: Micros, in_line: int = 0
) -> list[str]:
    """What cancelling costs, in sentences.

    Args:
        in_line: How many of those sent wait in the provider's own queue.
        quote: That of the whole batch: where it is free or unknown, amounts are told accordingly.
        unknown: Pictures of unknown outcome; cancelling does not touch them.
        held: What is set aside for those, micro-dollars.
    """
    words = []
    if report.in_flight:
        words.append(f"{under_way_words(report, in_line, is_free=quote.is_free)}.")
    if report.waiting:
        will = "will not be made and costs" if report.waiting == 1 else "will not be made and cost"
        words.append(f"{count(report.waiting)} still waiting {will} nothing.")
    else:
        words.append("Nothing else is waiting.")
    if unknown:
        aside = f": {format_usd(held)} stays set aside until that is clear" if held else ""
        words.append(f"{count(unknown)} of unknown outcome {'is' if unknown == 1 else 'are'} not "
                     f"touched by this{aside}.")  # fmt: skip
    return words


@st.dialog("Cancel this batch?", icon=":material/close:")
def _ask_cancel(studio: Studio, batch_id: str) -> None:
    with friendly_errors():
        report = studio.batches.cancel_preview(batch_id)
        status = studio.batches.status(batch_id)
        lost = studio.lost.summary(batch_id)
        words = cancel_words(
            report, status.batch.quote, status.counts.unknown, lost.held, status.in_line
        )
        for sentence in words:
            st.markdown(plain(sentence))
    st.caption("What is still made is kept. You can make the canceled ones later.")
    with st.container(horizontal=True):
        if st.button("Cancel the batch", type="primary", key="cancel_now"):
            _act(studio, "cancel", batch_id)
            st.rerun()
        if st.button("Keep going", key="cancel_not"):
            st.rerun()
