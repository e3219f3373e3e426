"""Booking what a provider's bill says of an attempt: equal, different, silent, or free after all.

Every booking is computed in its own transaction from what the ledger holds by then, and only while
the question is open: two processes that asked the same bill book it once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from studio.db import Tx, assets, bill_checks, followups, jobs, ledger, notes
from studio.db.followups import DueBill
from studio.engine.overruns import flag_overrun
from studio.engine.parts import Parts
from studio.engine.resilience import MAYBE_CHARGED, WRITTEN_OFF
from studio.models import Charged, Job, JobState, Micros, format_usd

FREE_AFTER = 5
"""A failure that is on no bill after so many settle times was free."""
TOLD_AFTER = 5
"""A cost that was told is held against the bill after so many settle times."""
PERHAPS = (MAYBE_CHARGED, WRITTEN_OFF)
"""Sources of settlements for calls of which nobody knew whether they were charged."""
ASSUMED = (*PERHAPS, "charged by the provider, at the reserved price")
"""Sources of settlements whose amount nobody had told."""
GIVE_UP = timedelta(hours=48)
"""An attempt that is on no bill after that keeps the cost that was told or assumed."""
MOST_FREE_LOOKS = 2
"""So often a bill is asked again about what was said to be free."""
_ON_ITS_WAY = {JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHING, JobState.UNKNOWN}
_MADE = {JobState.DONE}

log = structlog.get_logger("studio.engine")


def note_equal(
    tx: Tx, pairs: Sequence[tuple[DueBill, Micros | None]], at: datetime
) -> list[tuple[DueBill, Micros | None]]:
    """Note the attempts that were billed as they had been told; returns all others."""
    others: list[tuple[DueBill, Micros | None]] = []
    for item, billed in pairs:
        job_id = str(item.job_id)
        same = billed is not None and ledger.booked(tx, job_id, item.attempt) == billed
        job = jobs.get(tx, job_id) if same and followups.is_open(tx, item.id) else None
        if billed is None or job is None or not _is_as_told(job, item.attempt, billed):
            others.append((item, billed))
            continue
        bill_checks.record(tx, job_id, item.attempt, at, booked=billed, billed=billed)
        followups.finish(tx, item.id, at)
    return others


def _is_as_told(job: Job, attempt: int, billed: Micros) -> bool:
    """Whether a bill is no news to the row of its job."""
    if job.attempt != attempt:
        return True  # a later attempt lives: the row tells about that one
    assumed = (job.cost_source or "").startswith(ASSUMED)
    return job.state.is_terminal and job.cost == billed and not assumed


def conclude(
    tx: Tx, parts: Parts, item: DueBill, billed: Micros | None, at: datetime, *, is_proof: bool
) -> None:
    """Book what the bill says of one attempt, or put the question off, or give it up.

    Args:
        is_proof: A bill of 0 is not written there: it was concluded from its silence.
    """
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    entry = ledger.settlement(tx, str(item.job_id), item.attempt)
    if not followups.is_open(tx, item.id):
        return  # another process was faster
    job = jobs.get(tx, str(item.job_id))
    if entry is None:
        _was_taken_for_free(tx, parts, item, billed=billed, at=at)
        return
    age = at - entry.at
    if job.attempt == item.attempt and job.state in _ON_ITS_WAY:
        _later(tx, item, at + max(settle, timedelta(seconds=1)), "its picture is on its way")
    elif billed is not None and (billed or not is_proof or may_be_free(tx, parts, item)):
        _book(tx, parts, job, item.attempt, billed)
        followups.finish(tx, item.id, at)
    elif age < GIVE_UP:  # its line may be late, or another process has the key to read it
        least = settle if entry.source.startswith(ASSUMED) else settle * TOLD_AFTER
        wait = max(least, age / 2, timedelta(seconds=1))
        _later(tx, item, at + wait, "the bill has no line about it yet")
    else:
        followups.finish(tx, item.id, at, followups.GIVEN_UP)
        log.info("bill_says_nothing", job_id=item.job_id)


def _was_taken_for_free(
    tx: Tx, parts: Parts, item: DueBill, *, billed: Micros | None, at: datetime
) -> None:
    """An attempt for which nothing was booked: what is on the bill all the same was charged."""
    job = jobs.get(tx, str(item.job_id))
    if job.attempt == item.attempt and job.state in _ON_ITS_WAY:
        followups.wait(tx, item.id, at + timedelta(seconds=60), "its picture is on its way")
    elif billed:
        asked = job.model_copy(update={"attempt": item.attempt})
        source = f"{parts.provider_of(job).label}'s own bill: {format_usd(billed)}"
        ledger.book_late(tx, asked, billed, at, parts.settings.timezone, source=source)
        bill_checks.record(tx, job.id, item.attempt, at, booked=0, billed=billed)
        followups.finish(tx, item.id, at)
        if job.attempt == item.attempt and job.state.is_terminal:
            fault = job.fault and job.fault.model_copy(
                update={"charged": Charged.YES, "cost": billed}
            )
            notes.bill(tx, job, fault, at, cost=billed, source=source, changed=billed)
    elif billed == 0 or item.attempts >= MOST_FREE_LOOKS:
        followups.finish(tx, item.id, at)
    else:
        settle = max(parts.settings.studio_settle_seconds, 1.0)
        wait = timedelta(seconds=settle * FREE_AFTER * 2**item.attempts)
        _later(tx, item, at + wait, "the bill has no line about it, and it was told to be free")


def _later(tx: Tx, item: DueBill, until: datetime, why: str) -> None:
    followups.postpone(tx, item.id, until, why)


def may_be_free(tx: Tx, parts: Parts, item: DueBill) -> bool:
    """Whether a bill that has nothing for an attempt means that it was free.

    What was made is never free because its line is late; what may have failed is, after a while.
    """
    job_id = str(item.job_id)
    entry = ledger.settlement(tx, job_id, item.attempt)
    if entry is None or entry.picture or not entry.source.startswith(PERHAPS):
        return False
    job = jobs.get(tx, job_id)
    if job.attempt == item.attempt and (
        job.state in _MADE or job.state in _ON_ITS_WAY or assets.of_jobs(tx, [job_id])
    ):
        return False  # it was found after all
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    return parts.now() - entry.at >= FREE_AFTER * settle


def _book(tx: Tx, parts: Parts, job: Job, attempt: int, billed: Micros) -> None:
    """Bring an attempt to what the bill says, and note what had been booked before."""
    at, zone = parts.now(), parts.settings.timezone
    source = f"{parts.provider_of(job).label}'s own bill: {format_usd(billed)}"
    asked = job.model_copy(update={"attempt": attempt})
    booked = ledger.booked(tx, job.id, attempt) or 0
    changed = ledger.correct(tx, asked, billed, at, zone, source=source)
    bill_checks.record(tx, job.id, attempt, at, booked=booked, billed=billed)
    if changed > 0:
        flag_overrun(tx, parts, job, billed, job.spec.quote.high or 0)
    if job.attempt != attempt or not job.state.is_terminal:
        return  # a later attempt lives: the row tells about that one
    if not changed and _is_as_told(job, attempt, billed):
        return
    fault = job.fault
    if fault is not None:
        charged = Charged.YES if billed else Charged.NO
        fault = fault.model_copy(update={"charged": charged, "cost": billed or None})
    notes.bill(tx, job, fault, at, cost=billed, source=source, changed=changed)
