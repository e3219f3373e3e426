"""What looking for lost pictures brought: followed to its end, in words, and as data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from studio.cli.follow import Stop
from studio.cli.outcomes import Target
from studio.cli.rows import count_words
from studio.cli.screen import say, waiting
from studio.models import JobState, format_usd
from studio.models.lost import Found, LookedAt, LostSummary

if TYPE_CHECKING:
    from studio.container import Studio

_LOOK = 0.5
"""Seconds between two looks at a batch in which nothing changes."""

_BECAME = {
    JobState.DONE: Found.IN_GALLERY,
    JobState.FAILED: Found.ENDED,
    JobState.REFUSED: Found.ENDED,
    JobState.CANCELED: Found.ENDED,
    JobState.QUEUED: Found.NEVER_ARRIVED,
    JobState.UNKNOWN: Found.STILL_UNKNOWN,
}
_WORDS = {
    Found.IN_GALLERY: "found and stored",
    Found.BEING_MADE: "being made",
    Found.NEVER_ARRIVED: "never reached the provider and wait again",
    Found.ENDED: "ended without a picture",
    Found.NOT_FOUND: "not at the provider any more",
    Found.STILL_UNKNOWN: "still unknown",
}


def see_through(studio: Studio, looked: Sequence[LookedAt], stop: Stop) -> list[LookedAt]:
    """Wait until what was found is in the gallery, or a stop is asked for; write its files.

    Returns:
        The same looks, as the pictures stand now.
    """
    stop.armed = True
    found = [look.job_id for look in looked if look.found is Found.BEING_MADE]
    if found:
        told = f"{count_words(len(found), 'picture')} found and on the way home"
        say(f"{told}. Ctrl-C stops waiting; nothing is lost.")
        with waiting(told):
            for job_id in found:
                _wait_for(studio, job_id, stop)
    ended = [_now(studio, look) for look in looked]
    if not stop.asked:
        _deliver(studio, ended)
    return ended


def _wait_for(studio: Studio, job_id: str, stop: Stop) -> None:
    while not stop.asked:
        job = studio.batches.job(job_id)
        if job.state in _BECAME:
            return
        studio.batches.wait(job.batch_id, _LOOK)


def _now(studio: Studio, look: LookedAt) -> LookedAt:
    if look.found is not Found.BEING_MADE:
        return look
    job = studio.batches.job(look.job_id)
    became = _BECAME.get(job.state)
    if became is None:
        return look
    told = "Its picture is in the gallery." if became is Found.IN_GALLERY else look.message
    if job.fault is not None and became is not Found.IN_GALLERY:
        told = job.fault.message
    return LookedAt(job_id=look.job_id, found=became, message=told)


def _deliver(studio: Studio, looked: Sequence[LookedAt]) -> None:
    """Write what came home into the output folders of its batches."""
    home = [look.job_id for look in looked if look.found is Found.IN_GALLERY]
    for batch_id in batches_of(studio, home):
        place = Target.of(studio.batches.status(batch_id))
        if place.folder is not None:
            studio.exports.folder(batch_id, place.folder, place.layout)


def batches_of(studio: Studio, job_ids: Sequence[str]) -> list[str]:
    """The batches of some jobs, each once."""
    return list(dict.fromkeys(studio.batches.job(job_id).batch_id for job_id in job_ids))


def looked_words(looked: Sequence[LookedAt]) -> str:
    """``Looked up 5: 2 found and stored, 3 still unknown.``"""
    if not looked:
        return "There is nothing to look up: no outcome is unknown."
    counts = {found: sum(look.found is found for look in looked) for found in _WORDS}
    told = [f"{count:,} {_WORDS[found]}" for found, count in counts.items() if count]
    return f"Looked up {len(looked):,}: {', '.join(told)}."


def found_counts(looked: Sequence[LookedAt]) -> dict[str, int]:
    """How many looks ended how, under the names that JSON documents use."""
    return {found.value: sum(look.found is found for look in looked) for found in Found}


def look_document(look: LookedAt, state: JobState) -> dict[str, Any]:
    """One look as data."""
    return {
        "id": look.job_id,
        "found": look.found.value,
        "message": look.message,
        "state": state.value,
    }


def held_words(lost: LostSummary) -> str:
    """``3 outcomes unknown, $0.12 held``; empty where none is."""
    if not lost.unknown:
        return ""
    return f"{count_words(lost.unknown, 'outcome')} unknown, {format_usd(lost.held)} held"


def lost_hints(lost: LostSummary) -> list[str]:
    """What is open, each with the command that helps."""
    hints = [f"{held_words(lost)}: studio reconcile"] if lost.unknown else []
    if lost.paid:
        paid = count_words(lost.paid, "picture")
        hints.append(f"{paid} charged but not there, {format_usd(lost.charged)}: studio lost")
    if lost.late:
        files = count_words(lost.late, "paid picture")
        hints.append(f"{files} on the way home for long: studio lost")
    return hints
