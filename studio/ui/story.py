"""The story of one picture: its events as plain sentences with their times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from studio.models import Event
from studio.ui.facts import format_seconds, spoken

_SENTENCES = {
    "job_queued": "Waits for its turn",
    "job_submitting": "Sent to the model",
    "job_running": "The model is working on it",
    "job_fetching": "Made; the file is being fetched and checked",
    "job_done": "Checked and stored",
    "job_failed": "Failed",
    "job_refused": "Refused by the provider",
    "job_canceled": "Canceled",
    "job_unknown": "Nobody can tell whether it ran; the money stays set aside",
}
_ICONS = {
    "job_queued": "schedule",
    "job_submitting": "send",
    "job_running": "brush",
    "job_fetching": "download",
    "job_done": "check_circle",
    "job_failed": "error",
    "job_refused": "block",
    "job_canceled": "cancel",
    "job_unknown": "help",
}


@dataclass(frozen=True)
class Step:
    """One line of the story. Texts are plain, not Markdown."""

    at: datetime
    icon: str
    """Name of a Material symbol."""
    text: str
    after: str
    """Time since the line before, such as ``after 0.8 s``; empty for the first."""


def story(events: Iterable[Event]) -> Iterator[Step]:
    """The events in words, oldest first."""
    before: datetime | None = None
    for event in events:
        waited = "" if before is None else f"after {format_seconds(_seconds(before, event.at))}"
        yield Step(event.at, _ICONS.get(event.kind, "circle"), _sentence(event), waited)
        before = event.at


def _seconds(start: datetime, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds())


def _sentence(event: Event) -> str:
    text = _SENTENCES.get(event.kind) or spoken(event.kind.removeprefix("job_"))
    if event.kind == "job_queued" and event.data.get("from") not in {None, "queued"}:
        text = "Goes back to the queue to be tried again"
    attempt = event.data.get("attempt")
    if event.kind == "job_submitting" and isinstance(attempt, int) and attempt > 1:
        text += f", try {attempt}"
    message = event.data.get("message") or event.data.get("reason")
    return f"{text}: {message}" if message else f"{text}."
