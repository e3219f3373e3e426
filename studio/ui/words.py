"""The studio's states in plain words, and a way to show other people's text as just text."""

from __future__ import annotations

import re

from studio.models import (
    BatchState,
    BatchStatus,
    JobState,
    PauseReason,
    PlannedModel,
    Quote,
    format_usd,
)
from studio.models.standing import STATE_WORDS, flight_words, price_origin, range_words
from studio.models.trouble import CHARGED_WORDS

__all__ = [
    "BADGES",
    "CHARGED_WORDS",
    "JOB_WORDS",
    "PAUSED_IN_A_WORD",
    "PAUSE_WORDS",
    "badge",
    "count",
    "model_price",
    "most",
    "outcome",
    "plain",
    "price",
    "short",
    "stages",
    "time_left",
]

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~:$&])")

JOB_WORDS: dict[JobState, str] = STATE_WORDS
PAUSE_WORDS: dict[PauseReason, str] = {
    PauseReason.USER: "You paused this batch.",
    PauseReason.BUDGET: "The budget is reached.",
    PauseReason.FUNDS: "The provider's account has no funds.",
    PauseReason.KEY: "The provider refused the key.",
    PauseReason.DISK: "The disk cannot take more pictures.",
}
PAUSED_IN_A_WORD: dict[PauseReason, str] = {
    PauseReason.USER: "by you",
    PauseReason.BUDGET: "budget",
    PauseReason.FUNDS: "no funds",
    PauseReason.KEY: "key",
    PauseReason.DISK: "disk",
}
BADGES: dict[BatchState, tuple[str, str]] = {
    BatchState.DRAFT: ("draft", "gray"),
    BatchState.RUNNING: ("running", "blue"),
    BatchState.PAUSED: ("paused", "orange"),
    BatchState.DONE: ("done", "green"),
    BatchState.CANCELED: ("canceled", "gray"),
}


def badge(status: BatchStatus) -> tuple[str, str]:
    """A batch's state in a word and its colour; one that ended with failures is not ``done``."""
    counts = status.counts
    if status.batch.state is BatchState.DONE and counts.failed + counts.refused + counts.unknown:
        return "ended", "orange"
    return BADGES[status.batch.state]


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
    """A quote in a few words: ``free``, ``$1.20``, ``$1.00 to $1.40``, ``price unknown``."""
    if quote.is_free:
        return "free"
    if quote.expected is None or quote.low is None or quote.high is None:
        return "price unknown"
    return range_words(quote.low, quote.high)


def most(quote: Quote) -> str:
    """The same as one figure, for narrow places: ``up to $1.40``."""
    if quote.high and quote.low != quote.high:
        return f"up to {format_usd(quote.high)}"
    return price(quote)


def model_price(part: PlannedModel) -> str:
    """What a model's share of a plan costs, and how that is known."""
    words = f"{part.label}: {count(part.pictures)}, {price(part.quote)}"
    quote = part.quote
    if quote.expected is not None and quote.low != quote.high:
        words += f", most likely {format_usd(quote.expected)}"
    origin = price_origin(part)
    return f"{words}. Price from {origin}." if origin else f"{words}."


def time_left(seconds: float | None) -> str:
    """``about 3 min left``; empty while nothing honest can be said.

    The longer it takes, the coarser the words: an estimate that jumps tells nothing.
    """
    if seconds is None:
        return ""
    if seconds < 50:
        return "less than a minute left"
    minutes = seconds / 60
    if minutes < 90:
        step = 1 if minutes < 10 else 5
        return f"about {max(1, round(minutes / step) * step)} min left"
    hours = round(minutes / 30) / 2 if minutes < 6 * 60 else round(minutes / 60)
    return f"about {int(hours)}{'½' if hours % 1 else ''} hours left"


def stages(status: BatchStatus, provider: str) -> list[str]:
    """Where the pictures of a batch are, stage by stage, from done to waiting here.

    Args:
        provider: What the provider is called.
    """
    counts = status.counts
    parts = [f"{counts.done:,} of {counts.total:,} done", *flight_words(status, provider)]
    waits = "waiting here" if counts.in_flight else "waiting"
    return parts + _numbered((counts.queued, waits), *_ended(status))


def outcome(status: BatchStatus) -> str:
    """How a batch stands, in one line: ``28 of 32 done · 2 failed · 2 waiting``."""
    counts = status.counts
    parts = [f"{counts.done:,} of {counts.total:,} done"]
    moving = ((counts.in_flight, "being made"), (counts.queued, "waiting"))
    return " · ".join(parts + _numbered(*moving, *_ended(status)))


def _ended(status: BatchStatus) -> tuple[tuple[int, str], ...]:
    counts = status.counts
    return (
        (counts.failed, "failed"),
        (counts.refused, "refused"),
        (counts.unknown, "with unknown outcome"),
        (counts.canceled, "canceled"),
    )


def _numbered(*numbers: tuple[int, str]) -> list[str]:
    return [f"{number:,} {words}" for number, words in numbers if number]
