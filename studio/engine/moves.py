"""The job's moves as transactions: each settles or releases what the move means for money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from studio.db import Tx, batches, jobs, ledger, notes
from studio.engine.bills import ask_later
from studio.engine.parts import Parts, end_batch_if_finished, follow_up
from studio.engine.patience import Patience
from studio.engine.resilience import Decision, charge_for
from studio.models import BatchState, Fault, Job, JobState, Progress, Running, Usage

T = TypeVar("T")


class Moves:
    """Writes every move of a job and tells whoever waits."""

    def __init__(self, parts: Parts, patience: Patience) -> None:
        self._parts = parts
        self._patience = patience

    async def running(self, job: Job, answer: Running) -> Job:
        """The provider accepted the work: its id is saved in the step that read it."""
        return await self.write(
            job, lambda tx: self._move(tx, job, JobState.RUNNING, remote=answer.ref)
        )

    async def progress(self, job: Job, answer: Running) -> None:
        """What the provider says about accepted work, for everybody who watches."""
        said = Progress(queue_position=answer.queue_position, text=answer.progress)
        await self.write(job, lambda tx: notes.progress(tx, job, said))

    async def fetching(self, job: Job, outputs: list[dict[str, Any]], usage: Usage) -> Job:
        """The outputs are located, and what they cost is noted with them."""
        return await self.write(
            job,
            lambda tx: self._move(
                tx, job, JobState.FETCHING,
                outputs=outputs, cost=usage.cost, cost_source=usage.source,
            ),
        )  # fmt: skip

    async def requeued(self, job: Job, why: str) -> Job:
        """Provably nothing was made: the job waits again and its money is free."""

        def work(tx: Tx) -> Job:
            ledger.release(tx, job, self._parts.now(), self._parts.settings.timezone, why)
            moved = self._move(tx, job, JobState.QUEUED, event={"why": why})
            state = batches.get(tx, job.batch_id).state
            if state is BatchState.CANCELED:
                moved = self._move(tx, moved, JobState.CANCELED)
            elif state is BatchState.DONE:  # it had ended with this outcome unknown
                batches.move(tx, job.batch_id, BatchState.RUNNING, self._parts.now())
            return moved

        return await self.write(job, work)

    async def unknown(self, job: Job, fault: Fault) -> Job:
        """Nobody can tell whether it ran: the reservation stays, a person may decide."""

        def work(tx: Tx) -> Job:
            moved = self._move(tx, job, JobState.UNKNOWN, fault=fault)
            follow_up(tx, moved, self._parts.now())
            end_batch_if_finished(tx, job.batch_id, self._parts.now())
            return moved

        return await self.write(job, work)

    async def canceled(self, job: Job) -> Job:
        """The provider stopped in time and charges nothing."""

        def work(tx: Tx) -> Job:
            at = self._parts.now()
            ledger.release(tx, job, at, self._parts.settings.timezone, "canceled in time")
            canceled = batches.get(tx, job.batch_id).state is BatchState.CANCELED
            moved = self._move(tx, job, JobState.CANCELED if canceled else JobState.QUEUED)
            end_batch_if_finished(tx, job.batch_id, at)
            return moved

        return await self.write(job, work)

    async def after_fault(self, job: Job, fault: Fault, decision: Decision) -> Job:
        """Retry later, or end the job; pause the batch when every row would fail the same way."""

        def work(tx: Tx) -> Job:
            self._account(tx, job, fault, decision)
            changes: dict[str, Any] = {"fault": fault}
            if decision.state is JobState.QUEUED:
                changes["not_before"] = self._parts.now() + timedelta(seconds=decision.wait)
                changes["retries"] = job.retries + int(decision.counts_as_retry)
            moved = self._move(
                tx, job, decision.state,
                event={"kind": fault.kind, "message": fault.message}, **changes,
            )  # fmt: skip
            self._after(tx, moved, fault, decision)
            return moved

        return await self.write(job, work)

    def _account(self, tx: Tx, job: Job, fault: Fault, decision: Decision) -> None:
        at, zone = self._parts.now(), self._parts.settings.timezone
        charge = charge_for(fault, ledger.reserved_for(tx, job.id))
        if decision.state is JobState.UNKNOWN:
            return
        if charge is None:
            ledger.release(tx, job, at, zone, f"not charged: {fault.kind}")
        else:
            ledger.settle(tx, job, charge[0], at, zone, picture=False, source=charge[1])
            if fault.cost is None:
                ask_later(tx, self._parts, job, at)

    def _after(self, tx: Tx, job: Job, fault: Fault, decision: Decision) -> None:
        at = self._parts.now()
        batch = batches.get(tx, job.batch_id)
        if decision.pause and batch.state is BatchState.RUNNING:
            message = f"{fault.message} {fault.hint}"
            batches.move(
                tx, job.batch_id, BatchState.PAUSED, at, reason=decision.pause, message=message
            )
        elif batch.state is BatchState.CANCELED and job.state is JobState.QUEUED:
            self._move(tx, job, JobState.CANCELED)
        if job.state.is_terminal or job.state is JobState.UNKNOWN:
            follow_up(tx, job, at)
            end_batch_if_finished(tx, job.batch_id, at)

    def _move(self, tx: Tx, job: Job, state: JobState, **changes: Any) -> Job:
        return jobs.move(tx, job, state, self._parts.now(), **changes)

    async def write(self, job: Job, work: Callable[[Tx], T]) -> T:
        """One transaction about a job, insisted on until the disk takes it, then told to all."""
        store = self._parts.store
        result = await self._patience.insist(job.batch_id, lambda: store.awrite(work))
        self._parts.changes.notify(job.batch_id)
        return result
