"""What providers say about jobs beside their moves: how far they are, and what they were billed."""

from __future__ import annotations

from datetime import datetime

from studio.db import events
from studio.db.connect import Tx
from studio.models import Fault, Job, Progress


def progress(tx: Tx, job: Job, said: Progress) -> None:
    """Keep what the provider says about a running job; it is no move and leaves no event."""
    tx.execute(
        "update jobs set progress = ? where id = ? and state = 'running' and attempt = ?",
        [said.model_dump_json(exclude_none=True), job.id, job.attempt],
    )


def bill(
    tx: Tx, job: Job, fault: Fault | None, at: datetime, *, cost: int, source: str, changed: int
) -> None:
    """What the provider's bill says about an ended job; its pictures cost that from now on."""
    told = None if fault is None else fault.model_dump_json()
    tx.execute(
        "update jobs set cost = ?, cost_source = ?, fault = ? where id = ?",
        [cost, source, told, job.id],
    )
    tx.execute("update assets set cost = ? where job_id = ?", [cost, job.id])
    data = {"cost": cost, "changed": changed, "source": source}
    events.record(tx, "bill_told", batch_id=job.batch_id, job_id=job.id, at=at, data=data)
