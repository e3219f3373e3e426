"""What a person decides about single pictures: try it again, or count it as spent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from studio.db import Tx, batches, events, jobs, ledger, lost
from studio.engine import Parts
from studio.engine.bills import ask_later
from studio.engine.resilience import WRITTEN_OFF
from studio.errors import Conflict
from studio.models import BatchState, Charged, Job, JobState, Micros

TRY_AGAIN = frozenset({JobState.FAILED, JobState.REFUSED, JobState.CANCELED})
LOSSES = TRY_AGAIN
"""Where a job can end charged and without a picture."""
MADE_BY_A_RERUN = TRY_AGAIN - {JobState.REFUSED}
"""The same words would be refused, and perhaps charged, again."""


def requeue(tx: Tx, parts: Parts, batch_id: str, again: Sequence[Job]) -> None:
    """Put ended jobs back into the queue of their batch, which runs again unless it is paused.

    What one was charged for nothing is taken note of: it is made again on purpose.
    """
    at = parts.now()
    for job in again:
        if is_loss(job):
            _note_loss(tx, job, at)
        if job.state is JobState.UNKNOWN and job.spec.request.seed is None:
            jobs.reseed(tx, job.id, parts.ids.seed())  # so that nobody takes one for the other
        jobs.move(
            tx, job, JobState.QUEUED, at, retries=0, not_before=None, fault=None, closed_at=None
        )
    if again and batches.get(tx, batch_id).state not in {BatchState.RUNNING, BatchState.PAUSED}:
        batches.move(tx, batch_id, BatchState.RUNNING, at)


def write_off(tx: Tx, parts: Parts, job_id: str) -> str:
    """End what is open about a job: an unknown outcome counts as spent, a loss is taken note of.

    Returns:
        The id of its batch.

    Raises:
        NotFound: there is no such job.
        Conflict: nothing about it is open.
    """
    job, at = jobs.get(tx, job_id), parts.now()
    if is_loss(job) and _note_loss(tx, job, at):
        return job.batch_id
    held = count_as_spent(tx, parts, job)
    jobs.move(
        tx, job, JobState.FAILED, at, event={"why": "written off"},
        cost=held, cost_source=WRITTEN_OFF, closed_at=at,
    )  # fmt: skip
    return job.batch_id


def is_loss(job: Job) -> bool:
    """Whether a job ended charged, or perhaps so, and without a picture."""
    if job.state not in LOSSES:
        return False
    charged = job.fault is not None and job.fault.charged is not Charged.NO
    return bool(job.cost) or (job.cost is None and charged)


def _note_loss(tx: Tx, job: Job, at: datetime) -> bool:
    """A person knows of it; false where that is on record already."""
    noted = lost.take_note(tx, job.id, at)
    if noted:
        events.record(
            tx, "loss_noted", batch_id=job.batch_id, job_id=job.id, at=at, data={"cost": job.cost}
        )
    return noted


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
    held = ledger.reserved_for(tx, job.id) or ledger.booked(tx, job.id, job.attempt) or 0
    ledger.settle(
        tx, job, held, parts.now(), parts.settings.timezone,
        picture=False, source=WRITTEN_OFF,
    )  # fmt: skip
    ask_later(tx, parts, job, parts.now())
    return held
