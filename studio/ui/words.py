"""The studio's states in plain words, and a way to show other people's text as just text."""

from __future__ import annotations

import re

from studio.models import (
    BatchState,
    BatchStatus,
    Charged,
    JobState,
    PauseReason,
    Quote,
    format_usd,
)

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")

JOB_WORDS: dict[JobState, str] = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being made",
    JobState.RUNNING: "being made",
    JobState.FETCHING: "being saved",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.REFUSED: "refused",
    JobState.CANCELED: "canceled",
    JobState.UNKNOWN: "outcome unknown",
}
PAUSE_WORDS: dict[PauseReason, str] = {
    PauseReason.USER: "You paused this batch.",
    PauseReason.BUDGET: "The budget is reached.",
    PauseReason.FUNDS: "The provider's account has no funds.",
    PauseReason.KEY: "The provider refused the key.",
    PauseReason.DISK: "The disk cannot take more pictures.",
}
CHARGED_WORDS: dict[Charged, str] = {
    Charged.YES: "charged",
    Charged.NO: "not charged",
    Charged.MAYBE: "may have been charged",
}
BADGES: dict[BatchState, tuple[str, str]] = {
    BatchState.DRAFT: ("draft", "gray"),
    BatchState.RUNNING: ("running", "blue"),
    BatchState.PAUSED: ("paused", "orange"),
    BatchState.DONE: ("done", "green"),
    BatchState.CANCELED: ("canceled", "gray"),
}


def plain(text: str) -> str:
    """Text from a file or a person, made safe for places that read Streamlit's markdown."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def short(text: str, most: int) -> str:
    """The first whole words of a text, with an ellipsis where some are left out."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    whole = words[:most].rpartition(" ")[0] or words[: most - 1]
    return f"{whole.rstrip(' ,;:.')}…"


def count(number: int, thing: str = "picture") -> str:
    """``1 picture``, ``1,204 pictures``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def price(quote: Quote) -> str:
    """A quote in a few words: ``free``, ``about $1.20``, ``$1.00 to $1.40``, ``price unknown``."""
    if quote.is_free:
        return "free"
    if quote.expected is None or quote.low is None or quote.high is None:
        return "price unknown"
    if quote.low == quote.high:
        return format_usd(quote.expected)
    return f"{format_usd(quote.low)} to {format_usd(quote.high)}"


def time_left(seconds: float | None) -> str:
    """``about 3 min left``; empty while nothing honest can be said."""
    if seconds is None:
        return ""
    if seconds < 50:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {max(1, minutes)} min left"
    return f"about {round(minutes / 60)} hours left"


def outcome(status: BatchStatus) -> str:
    """How a batch stands, in one line: ``28 of 32 done · 2 failed · 2 waiting``."""
    counts = status.counts
    parts = [f"{counts.done:,} of {counts.total:,} done"]
    for number, words in (
        (counts.in_flight, "being made"),
        (counts.queued, "waiting"),
        (counts.failed, "failed"),
        (counts.refused, "refused"),
        (counts.unknown, "with unknown outcome"),
        (counts.canceled, "canceled"),
    ):
        if number:
            parts.append(f"{number:,} {words}")
    return " · ".join(parts)
