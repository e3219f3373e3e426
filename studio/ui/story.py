"""The story of one picture: what happened and what it did to the money, as plain sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.models import EntryKind, Event, LedgerEntry, format_usd
from studio.ui.facts import format_seconds, source_words, spoken

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
    "job_found": "Found at the provider",
    "job_imported": "Imported",
    "look_up_done": "Looked for at the provider",
    "write_off": "Written off by a person: what was set aside counts as spent",
    "loss_noted": "Taken note of",
    "webhook_received": "The provider called back with news",
    "bill_told": "The provider's bill was read",
    "adopted": "Its file was found in the data folder and taken in",
    "repaired": "Put right when the database was repaired",
    "cost_above_quote": "It cost more than was set aside",
}
_ICONS = {
    "job_queued": ("schedule", "gray"),
    "job_submitting": ("send", "blue"),
    "job_running": ("brush", "blue"),
    "job_fetching": ("download", "blue"),
    "job_done": ("check_circle", "green"),
    "job_failed": ("error", "red"),
    "job_refused": ("block", "red"),
    "job_canceled": ("cancel", "gray"),
    "job_unknown": ("help", "orange"),
    "job_found": ("travel_explore", "green"),
    "job_imported": ("move_to_inbox", "gray"),
    "look_up_done": ("search", "gray"),
    "write_off": ("money_off", "orange"),
    "loss_noted": ("task_alt", "gray"),
    "webhook_received": ("notifications", "gray"),
    "bill_told": ("receipt_long", "gray"),
    "adopted": ("travel_explore", "green"),
    "repaired": ("build", "gray"),
    "cost_above_quote": ("trending_up", "orange"),
}
_TOLD_WITH = {
    EntryKind.RESERVE: {"job_submitting"},
    EntryKind.RELEASE: {"job_queued", "job_failed", "job_refused", "job_canceled"},
    EntryKind.SETTLE: {"job_done", "job_failed", "job_refused", "job_queued", "job_imported"},
}
"""Which events are written in the same step as a move of money."""
_MOVES = {
    EntryKind.RESERVE: "Money set aside",
    EntryKind.RELEASE: "Money given back",
    EntryKind.SETTLE: "Accounts settled",
}
_CORRECTED = {True: "Corrected to the bill", False: "Corrected"}
_RISE = {True: "green", False: "orange"}
_AT_ONCE = 0.05
_SAME_STEP = 2.0
"""Seconds between an event and a move of money up to which they are told together."""
_WORDS = ("message", "reason", "why", "told", "found")
"""Where events keep what a person can read."""


@dataclass(frozen=True)
class Money:
    """What a step did to the money. Texts are plain, not Markdown."""

    words: str
    """Such as ``$0.025 set aside``."""
    color: str
    source: str = ""
    """Where the figure comes from."""


@dataclass(frozen=True)
class Step:
    """One line of the story. Texts are plain, not Markdown."""

    at: datetime
    icon: str
    """Name of a Material symbol."""
    text: str
    after: str
    """Time since the line before, such as ``after 0.8 s``; empty for the first."""
    color: str = "gray"
    attempt: int | None = None
    """Which try it belongs to; ``None`` where the event does not say."""
    money: tuple[Money, ...] = ()


def story(events: Iterable[Event], entries: Sequence[LedgerEntry] = ()) -> Iterator[Step]:
    """The events in words, oldest first, with the moves of money beside them.

    Args:
        entries: The ledger's entries about the same job.
    """
    known = list(events)
    beside = _beside(known, entries)
    lines: list[tuple[datetime, int, Event | LedgerEntry]] = [
        (event.at, 0, event) for event in known
    ]
    lines += [(entry.at, 1, entry) for entry in beside.pop(None, [])]
    before: datetime | None = None
    for at, _, told in sorted(lines, key=lambda line: line[:2]):
        waited = "" if before is None else _after(_seconds_between(before, at))
        if isinstance(told, Event):
            yield _step(told, waited, beside.get(told.id, []))
        else:
            moved = money_of(told)
            text = _CORRECTED[" bill" in told.source] if told.corrects else _MOVES[told.kind]
            yield Step(at, "payments", f"{text}.", waited, moved.color, told.attempt, (moved,))
        before = at


def money_of(entry: LedgerEntry) -> Money:
    """One entry of the ledger in a few words."""
    words, color = _moved(entry)
    return Money(words, color, source_words(entry.source))


def _moves(entries: Sequence[LedgerEntry]) -> tuple[Money, ...]:
    """Moves of one step; what counted as a loss and now pays for the picture is told once."""
    back = next((one for one in entries if one.corrects and one.settled < 0 and not one.picture),
                None)  # fmt: skip
    paid = next((one for one in entries if one.corrects and one.settled > 0 and one.picture), None)
    if back is None or paid is None:
        return tuple(money_of(entry) for entry in entries)
    words = f"{format_usd(paid.settled)} now counts as its price"
    price = Money(words, "green", source_words(paid.source))
    others = [entry for entry in entries if entry is not back and entry is not paid]
    return (*(money_of(entry) for entry in others), price)


def _moved(entry: LedgerEntry) -> tuple[str, str]:
    """The words, and their colour."""
    paid = format_usd(abs(entry.settled))
    match entry.kind:
        case EntryKind.RESERVE:
            told = f"{_or_nothing(entry.reserved)} set aside", "gray"
        case EntryKind.RELEASE:
            given = f"{format_usd(-entry.reserved)} given back"
            told = given if entry.reserved else "nothing to give back", "gray"
        case _ if not entry.settled:
            told = "nothing more to pay" if entry.corrects else "free", "green"
        case _ if entry.corrects:
            less = entry.settled < 0
            told = f"{paid} {'less' if less else 'more'} than was booked", _RISE[less]
        case _ if entry.picture:
            told = f"{paid} paid", "green"
        case _:
            told = f"{paid} charged without a picture", "red"
    return told


def _or_nothing(amount: int) -> str:
    return format_usd(amount) if amount else "nothing"


def balance(entries: Iterable[LedgerEntry]) -> tuple[int, int]:
    """What one picture cost so far and what is still set aside for it, micro-dollars."""
    spent = held = 0
    for entry in entries:
        spent, held = spent + entry.settled, held + entry.reserved
    return spent, held


def tries(steps: Iterable[Step]) -> int:
    """How often the picture was tried."""
    return max((step.attempt or 0 for step in steps), default=0)


def _beside(
    events: Sequence[Event], entries: Iterable[LedgerEntry]
) -> dict[int | None, list[LedgerEntry]]:
    """Event id → the moves of money that belong to it; those of none are under ``None``."""
    found: dict[int | None, list[LedgerEntry]] = {}
    for entry in entries:
        kinds = {"bill_told", "job_done"} if entry.corrects else _TOLD_WITH[entry.kind]
        near = [
            (abs(_seconds_between(event.at, entry.at)), event.id)
            for event in events
            if event.kind in kinds and event.data.get("attempt") in (None, entry.attempt)
        ]
        apart, event_id = min(near, default=(_SAME_STEP + 1, None))
        found.setdefault(event_id if apart <= _SAME_STEP else None, []).append(entry)
    return found


def _step(event: Event, waited: str, entries: Iterable[LedgerEntry]) -> Step:
    icon, color = _ICONS.get(event.kind, ("circle", "gray"))
    attempt = event.data.get("attempt")
    moved = _moves(list(entries))
    return Step(event.at, icon, _sentence(event), waited, color,
                attempt if isinstance(attempt, int) else None, moved)  # fmt: skip


def _sentence(event: Event) -> str:
    data = event.data
    text = _SENTENCES.get(event.kind) or spoken(event.kind.removeprefix("job_"))
    if event.kind == "job_queued" and data.get("from") not in {None, "queued"}:
        text = "Goes back to the queue to be tried again"
    attempt = data.get("attempt")
    if event.kind == "job_submitting" and isinstance(attempt, int) and attempt > 1:
        text += f", try {attempt}"
    message = _figures(event.kind, data) or _message(data)
    return f"{text}: {message}" if message else f"{text}."


def _figures(kind: str, data: Mapping[str, Any]) -> str:
    """Events whose news is an amount."""
    cost, held = data.get("cost"), data.get("reserved")
    if kind == "cost_above_quote" and isinstance(cost, int) and isinstance(held, int):
        return f"{format_usd(cost)} instead of {format_usd(held)}."
    if kind == "bill_told" and isinstance(cost, int):
        changed = data.get("changed")
        agrees = "" if changed else ", as was booked"
        return f"{format_usd(cost)}{agrees}." if cost else f"nothing was charged{agrees}."
    if kind == "loss_noted" and isinstance(cost, int):
        return f"{format_usd(cost)} charged, and no picture came."
    return ""


def _message(data: Mapping[str, Any]) -> str:
    """What the event says for people; a code such as ``still_unknown`` is spelt out."""
    for name in _WORDS:
        said = data.get(name)
        if isinstance(said, str) and said.strip():
            words = said.strip()
            words = words.replace("_", " ") if " " not in words else words
            return words if words.endswith((".", "!", "?")) else f"{words}."
    return ""


def _after(seconds: float) -> str:
    """``after 0.8 s``; ``at once`` where it took no time worth telling."""
    return "at once" if seconds < _AT_ONCE else f"after {format_seconds(seconds)}"


def _seconds_between(start: datetime, end: datetime) -> float:
    return (end - start).total_seconds()
