"""A charge above what was set aside: booked in full, flagged, and the batch waits for a person."""

from __future__ import annotations

from datetime import datetime

from studio.db import Tx, batches, events, learned
from studio.engine.parts import Parts
from studio.models import BatchState, Job, Micros, PauseReason, format_usd

TOLD = "overrun"
"""Kind of the fact that a batch was paused for a charge above its quote, and for how much."""


def flag_overrun(tx: Tx, parts: Parts, job: Job, cost: Micros, reserved: Micros) -> None:
    """Note that a call cost more than its quote, and pause what is left of the batch.

    Who resumes a batch that was paused for it accepts what that model cost then: charges up to
    that amount pause it no more.
    """
    if job.spec.quote.high is None or cost <= max(reserved, job.spec.quote.high):
        return
    at, model = parts.now(), job.spec.request.model
    data = {"cost": cost, "reserved": reserved, "model": model}
    events.record(tx, "cost_above_quote", batch_id=job.batch_id, job_id=job.id, at=at, data=data)
    batch = batches.get(tx, job.batch_id)
    name = f"{job.batch_id} {model}"
    known = learned.recall(tx, TOLD, name)
    if known is not None and cost <= known.value["cost"]:
        return  # the batch waits for it, or somebody has resumed it since
    waits = batch.state is BatchState.PAUSED
    if batch.state is BatchState.RUNNING or batch.pause_reason is PauseReason.DISK:
        _pause(tx, job, cost, reserved, at)
    elif waits and known is not None and batch.pause_reason is PauseReason.BUDGET:
        _pause(tx, job, cost, reserved, at)  # one on its way was dearer still: say so
    else:
        return
    learned.remember(tx, TOLD, name, {"cost": cost}, source="cost above quote", at=at)


def _pause(tx: Tx, job: Job, cost: Micros, reserved: Micros, at: datetime) -> None:
    told = (
        f"A picture cost {format_usd(cost)}, more than the {format_usd(reserved)} set "
        "aside for it. Check the price of the model, then resume: it is not asked about again "
        "unless one costs even more."
    )
    batches.move(tx, job.batch_id, BatchState.PAUSED, at, reason=PauseReason.BUDGET, message=told)
