"""Asking the provider's own bill about calls whose cost was not told when they ended."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from studio.db import Tx, followups, jobs, ledger, notes
from studio.db.followups import Followup
from studio.engine.parts import Parts
from studio.errors import Unreachable
from studio.models import Charged, Job, format_usd

ASK_BILL = "ask_bill"
LONGEST_QUESTION = 30.0

log = structlog.get_logger("studio.engine")


def ask_later(tx: Tx, parts: Parts, job: Job, at: datetime) -> None:
    """Remember to ask the bill, once it must be complete, about a cost that is only assumed."""
    provider = parts.providers.get(job.spec.request.model.partition(":")[0])
    if provider is None or not provider.keeps_bill or not job.remote:
        return
    later = at + timedelta(seconds=parts.settings.studio_settle_seconds)
    followups.add(tx, ASK_BILL, batch_id=job.batch_id, job_id=job.id, at=at, not_before=later)


async def ask_bill(parts: Parts, due: Followup) -> None:
    """Book what the bill says instead of what was assumed.

    Raises:
        Unreachable: it cannot be asked now; it is asked again later.
    """
    if due.job_id is None:
        return
    job = parts.store.read(lambda tx: jobs.get(tx, str(due.job_id)))
    settled = timedelta(seconds=parts.settings.studio_settle_seconds)
    if job.finished_at is not None and parts.now() < job.finished_at + settled:
        raise Unreachable("The bill may not show this call yet.", "It is asked again by itself.")
    provider = parts.provider_of(job)
    try:
        async with asyncio.timeout(LONGEST_QUESTION):
            billed = await provider.bill(job.remote or {}, parts.context(provider))
    except TimeoutError as error:
        told = f"{provider.label} did not show its bill."
        raise Unreachable(told, "It is asked again by itself.") from error
    if billed is None:
        log.info("bill_says_nothing", job_id=job.id)
        return
    await parts.store.awrite(lambda tx: _book(tx, parts, job, billed))


def _book(tx: Tx, parts: Parts, job: Job, billed: int) -> None:
    now = jobs.get(tx, job.id)
    if now.attempt != job.attempt or not now.state.is_terminal:
        return  # a later attempt lives: the figure is about the one before
    at, zone = parts.now(), parts.settings.timezone
    source = f"{parts.provider_of(job).label}'s own bill: {format_usd(billed)}"
    changed = ledger.correct(tx, now, billed, at, zone, source=source)
    fault = now.fault
    if fault is not None:
        charged = Charged.YES if billed else Charged.NO
        fault = fault.model_copy(update={"charged": charged, "cost": billed or None})
    notes.bill(tx, now, fault, at, cost=billed, source=source, changed=changed)
