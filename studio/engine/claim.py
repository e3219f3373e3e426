"""Claims: the next job of a batch gets its money and its intent in one transaction, or waits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from studio.db import Tx, batches, budgets, events, jobs, ledger
from studio.engine.parts import Parts
from studio.errors import BudgetReached, MoneyError
from studio.models import BatchState, Job, JobState, PauseReason, format_usd


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
        ledger.reserve(tx, attempt, job.spec.quote.high, parts.caps(tx, batch), now)
    except MoneyError as error:
        if not _may_get_money_back(tx, parts, batch_id, error):
            _pause(tx, job, error, now)
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
        remote=None,
        outputs=None,
        fault=None,
        cost=None,
        cost_source=None,
    )


def pause_without(tx: Tx, parts: Parts, batch_id: str, provider: str) -> None:
    """Pause a batch whose provider is not installed any more."""
    told = f"The provider {provider!r} is not installed. Install it again, then resume."
    reason = PauseReason.KEY
    batches.move(tx, batch_id, BatchState.PAUSED, parts.now(), reason=reason, message=told)


def _pause(tx: Tx, job: Job, error: MoneyError, at: datetime) -> None:
    """Pause the batch, with an event that says which cap or which model's price stopped it."""
    data: dict[str, Any] = {"model": job.spec.request.model, "needed": job.spec.quote.high}
    kind, step = budgets.PRICE_UNKNOWN, "Say what a picture costs, then resume the batch."
    if isinstance(error, BudgetReached):
        kind, step = budgets.BUDGET_REACHED, error.next_step
        data["scope"] = _SCOPES[error.scope]
    events.record(tx, kind, batch_id=job.batch_id, at=at, data=data)
    message = f"{error.message} {_what_is_left(tx, job.batch_id)} {step}"
    reason = PauseReason.BUDGET
    batches.move(tx, job.batch_id, BatchState.PAUSED, at, reason=reason, message=message)


_SCOPES = {
    "batch": budgets.BATCH,
    "personal": budgets.PERSON,
    "daily": budgets.DAY,
    "monthly": budgets.MONTH,
    "total": budgets.TOTAL,
}


def _may_get_money_back(tx: Tx, parts: Parts, batch_id: str, error: MoneyError) -> bool:
    """Whether work of this process that counts against the same cap is still in flight."""
    if not isinstance(error, BudgetReached):
        return False
    if error.scope == "personal":
        person = batches.get(tx, batch_id).created_by
        return budgets.in_flight_of_person(tx, parts.owner.id, person) > 0
    scope = batch_id if error.scope == "batch" else None
    return jobs.in_flight_of(tx, parts.owner.id, scope) > 0


def _what_is_left(tx: Tx, batch_id: str) -> str:
    done = batches.counts(tx, batch_id).done
    left = budgets.waiting(tx, batch_id)
    if left.expected is None:
        return f"{done} done, {left.pictures} left at a price that is not known."
    return f"{done} done, {left.pictures} left, needs about {format_usd(left.expected)}."
