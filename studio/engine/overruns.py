"""A charge above what was set aside: booked in full, flagged, and the batch waits for a person."""

from __future__ import annotations

from studio.db import Tx, batches, events
from studio.engine.parts import Parts
from studio.models import BatchState, Job, Micros, PauseReason, format_usd


def flag_overrun(tx: Tx, parts: Parts, job: Job, cost: Micros, reserved: Micros) -> None:
    """Note that a call cost more than its quote, and pause what is left of the batch."""
    if job.spec.quote.high is None or cost <= reserved:
        return
    at = parts.now()
    data = {"cost": cost, "reserved": reserved}
    events.record(tx, "cost_above_quote", batch_id=job.batch_id, job_id=job.id, at=at, data=data)
    batch = batches.get(tx, job.batch_id)
    if batch.state is BatchState.RUNNING or batch.pause_reason is PauseReason.DISK:
        told = (
            f"A picture cost {format_usd(cost)}, more than the {format_usd(reserved)} set "
            "aside for it. Check the price of the model, then resume."
        )
        reason = PauseReason.BUDGET
        batches.move(tx, job.batch_id, BatchState.PAUSED, at, reason=reason, message=told)
