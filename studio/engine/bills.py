"""Asking the provider's own bill about calls whose cost was not told when they ended."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from studio.db import Tx, followups, jobs, ledger, notes, receipts
from studio.db.followups import Followup
from studio.engine.overruns import flag_overrun
from studio.engine.parts import Parts
from studio.engine.resilience import MAYBE_CHARGED, WRITTEN_OFF
from studio.errors import Unreachable
from studio.failpoints import reach
from studio.models import Charged, Job, LedgerEntry, format_usd

LONGEST_QUESTION = 30.0
FREE_AFTER = 5
"""A failure that is on no bill after so many settle times was free."""
PERHAPS = (MAYBE_CHARGED, WRITTEN_OFF)
"""Sources of settlements for calls of which nobody knew whether they were charged."""
GIVE_UP = timedelta(hours=48)
"""A picture that is on no bill after that keeps the cost that was assumed."""

log = structlog.get_logger("studio.engine")


class NotYet(Exception):
    """The bill may not be complete yet.

    Args:
        seconds: After how long to ask again.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"asked again in {seconds:g} s")
        self.seconds = seconds


def ask_later(tx: Tx, parts: Parts, job: Job, at: datetime) -> None:
    """Remember to ask the bill, once it must be complete, about a cost that is only assumed."""
    provider = parts.providers.get(job.spec.request.model.partition(":")[0])
    if provider is None or not provider.keeps_bill or not job.remote:
        return
    later = at + timedelta(seconds=parts.settings.studio_settle_seconds)
    kind = f"{followups.BILLS}:{job.attempt}"
    followups.add(tx, kind, batch_id=job.batch_id, job_id=job.id, at=at, not_before=later)


async def ask_bill(parts: Parts, due: Followup) -> None:
    """Book what the bill says instead of what was assumed.

    Raises:
        NotYet: it may still be incomplete.
        Unreachable: it cannot be asked now; it is asked again later.
    """
    if due.job_id is None:
        return
    attempt = int(due.kind.partition(":")[2] or 0)
    job = parts.store.read(lambda tx: jobs.get(tx, str(due.job_id)))
    ref = parts.store.read(lambda tx: receipts.of_attempt(tx, job.id, attempt))
    if ref is None and attempt == job.attempt:
        ref = job.remote
    if ref is None:
        return
    provider = parts.provider_of(job)
    try:
        async with asyncio.timeout(LONGEST_QUESTION):
            billed = await provider.bill(ref, parts.context(provider))
    except TimeoutError as error:
        told = f"{provider.label} did not show its bill."
        raise Unreachable(told, "It is asked again by itself.") from error
    reach("before_book")
    entry = parts.store.read(lambda tx: ledger.settlement(tx, job.id, attempt))
    if entry is None:
        return
    age = parts.now() - entry.at
    if billed is not None and (billed > 0 or _is_free(parts, entry, age)):
        await parts.store.awrite(lambda tx: _book(tx, parts, job, attempt, billed))
    elif age < GIVE_UP:  # its line may be late, or another process has the key to read it
        raise NotYet(max(parts.settings.studio_settle_seconds, age.total_seconds() / 2, 1.0))
    else:
        log.info("bill_says_nothing", job_id=job.id)


def _is_free(parts: Parts, entry: LedgerEntry, age: timedelta) -> bool:
    """Whether a bill that has nothing for an attempt means that it was free.

    What was made is never free because its line is late; what may have failed is, after a while.
    """
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    return entry.source.startswith(PERHAPS) and age >= FREE_AFTER * settle


def _book(tx: Tx, parts: Parts, job: Job, attempt: int, billed: int) -> None:
    now = jobs.get(tx, job.id)
    at, zone = parts.now(), parts.settings.timezone
    asked = now.model_copy(update={"attempt": attempt})
    source = f"{parts.provider_of(job).label}'s own bill: {format_usd(billed)}"
    changed = ledger.correct(tx, asked, billed, at, zone, source=source)
    if changed > 0:
        flag_overrun(tx, parts, now, billed, now.spec.quote.high or 0)
    if now.attempt != attempt or not now.state.is_terminal:
        return  # a later attempt lives: the row tells about that one
    fault = now.fault
    if fault is not None:
        charged = Charged.YES if billed else Charged.NO
        fault = fault.model_copy(update={"charged": charged, "cost": billed or None})
    notes.bill(tx, now, fault, at, cost=billed, source=source, changed=changed)
