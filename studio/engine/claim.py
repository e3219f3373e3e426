"""Claims: the next job of a batch gets its money and its intent in one transaction, or waits."""

from __future__ import annotations

from studio.db import Tx, batches, jobs, ledger
from studio.engine.parts import Parts
from studio.errors import MoneyError
from studio.models import BatchState, Job, JobState, PauseReason, Quote, format_usd


def claim(tx: Tx, parts: Parts, batch_id: str, provider: str) -> Job | None:
    """Take the next job of a batch for a provider, or ``None`` when none can start now.

    At a cap the batch is paused with a message that says what is done, what is left, and what
    the rest needs; while work in flight may still give money back, the batch just waits.
    """
    now = parts.now()
    batch = batches.get(tx, batch_id)
    if batch.state is not BatchState.RUNNING:
        return None
    job = jobs.next_queued(tx, batch_id, provider, now)
    if job is None:
        return None
    attempt = job.model_copy(update={"attempt": job.attempt + 1})
    try:
        ledger.reserve(tx, attempt, job.spec.quote.high, parts.caps(batch), now)
    except MoneyError as error:
        if not jobs.in_flight_count(tx):
            message = f"{error.message} {_what_is_left(tx, batch_id)} {error.next_step}"
            reason = PauseReason.BUDGET
            batches.move(tx, batch_id, BatchState.PAUSED, now, reason=reason, message=message)
        return None
    return jobs.move(
        tx,
        job,
        JobState.SUBMITTING,
        now,
        event={"seed": job.seed, "reserved": job.spec.quote.high},
        attempt=attempt.attempt,
        owner=parts.owner.id,
        not_before=None,
        fault=None,
    )


def _what_is_left(tx: Tx, batch_id: str) -> str:
    counts = batches.counts(tx, batch_id)
    needs = Quote(low=0, expected=0, high=0)
    for job in jobs.of_batch(tx, batch_id, [JobState.QUEUED], limit=100_000):
        needs = needs.plus(job.spec.quote)
    return f"{counts.done} done, {counts.queued} left, needs about {format_usd(needs.expected)}."
