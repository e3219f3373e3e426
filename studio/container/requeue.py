"""What a person decides about single pictures: try it again, or count it as spent."""

from __future__ import annotations

from collections.abc import Sequence

from studio.db import Tx, batches, jobs, ledger
from studio.engine import Parts
from studio.engine.bills import ask_later
from studio.engine.resilience import WRITTEN_OFF
from studio.errors import Conflict
from studio.models import BatchState, Job, JobState, Micros

TRY_AGAIN = frozenset({JobState.FAILED, JobState.REFUSED, JobState.CANCELED})
MADE_BY_A_RERUN = TRY_AGAIN - {JobState.REFUSED}
"""The same words would be refused, and perhaps charged, again."""


def requeue(tx: Tx, parts: Parts, batch_id: str, again: Sequence[Job]) -> None:
    """Put ended jobs back into the queue of their batch, which runs again."""
    at = parts.now()
    for job in again:
        jobs.move(tx, job, JobState.QUEUED, at, retries=0, not_before=None, fault=None)
    if again and batches.get(tx, batch_id).state is not BatchState.RUNNING:
        batches.move(tx, batch_id, BatchState.RUNNING, at)


def count_as_spent(tx: Tx, parts: Parts, job: Job) -> Micros:
    """Settle what is set aside for a job of unknown outcome; its bill is asked later.

    Returns:
        What was settled.

    Raises:
        Conflict: its outcome is known.
    """
    if job.state is not JobState.UNKNOWN:
        raise Conflict(
            "Only a picture whose outcome is unknown can be written off.",
            "Look at how it stands now.",
        )
    held = ledger.reserved_for(tx, job.id)
    ledger.settle(
        tx, job, held, parts.now(), parts.settings.timezone,
        picture=False, source=WRITTEN_OFF,
    )  # fmt: skip
    ask_later(tx, parts, job, parts.now())
    return held
