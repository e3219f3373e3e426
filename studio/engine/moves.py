"""The job's moves as transactions: each settles or releases what the move means for money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from studio.db import Tx, batches, jobs, ledger, notes, receipts, searches
from studio.engine.bills import ask_later
from studio.engine.overruns import flag_overrun
from studio.engine.parts import Parts, end_batch_if_finished, follow_up
from studio.engine.patience import Patience
from studio.engine.resilience import PRICE_UNKNOWN, Decision, charge_for
from studio.models import BatchState, Fault, FaultKind, Job, JobState, Progress, Running, Usage

LONGEST_SEARCH = timedelta(days=7)
"""For so long after its sending a call of unknown outcome is looked for by itself."""

T = TypeVar("T")


class Moves:
    """Writes every move of a job and tells whoever waits."""

    def __init__(self, parts: Parts, patience: Patience) -> None:
        self._parts = parts
        self._patience = patience

    async def running(self, job: Job, answer: Running) -> Job | None:
        """The provider accepted the work: its id is saved in the step that read it.

        Returns:
            The job; ``None`` where that work belongs to another picture, and nothing was changed.
        """

        def work(tx: Tx) -> Job | None:
            if not self._take_receipt(tx, job, answer.ref):
                return None
            self._open_again(tx, job)
            self._hold_again(tx, job)
            return self._move(
                tx, job, JobState.RUNNING,
                remote=answer.ref, owner=self._parts.owner.id, seed=job.seed,
            )  # fmt: skip

        return await self.write(job, work)

    def _hold_again(self, tx: Tx, job: Job) -> None:
        """Set the money aside again for work that was taken for absent and is there after all: it
        is under way already, whatever the caps say by now.
        """
        if job.state is JobState.QUEUED and ledger.booked(tx, job.id, job.attempt) is None:
            caps = ledger.Caps(None, None, None, self._parts.settings.timezone)
            ledger.reserve(tx, job, job.spec.quote.high, caps, self._parts.now())

    def _take_receipt(self, tx: Tx, job: Job, ref: Mapping[str, Any]) -> bool:
        """Note whose request it is; false where it is another picture's."""
        remote_id = self._parts.provider_of(job).identity(ref)
        return remote_id is None or receipts.take(tx, job, remote_id, ref, self._parts.now())

    async def keep_receipt(
        self, job: Job, ref: Mapping[str, Any] | None, *, ask_bill: bool = False
    ) -> None:
        """Note whose request that is.

        Args:
            ask_bill: The job went on without it: whether it was charged tells the bill.
        """

        def work(tx: Tx) -> None:
            if ref is None or not self._take_receipt(tx, job, ref):
                return
            if ask_bill:
                known = job.model_copy(update={"remote": dict(ref)})
                ask_later(tx, self._parts, known, self._parts.now())

        await self.write(job, work)

    async def progress(self, job: Job, answer: Running) -> None:
        """What the provider says about accepted work, for everybody who watches."""
        said = Progress(queue_position=answer.queue_position, text=answer.progress)
        await self.write(job, lambda tx: notes.progress(tx, job, said))

    async def fetching(
        self,
        job: Job,
        outputs: list[dict[str, Any]],
        usage: Usage,
        ref: Mapping[str, Any] | None = None,
    ) -> Job | None:
        """The outputs are located, and what they cost is noted with them.

        Args:
            ref: What finds the work, where it was found finished without having been followed.

        Returns:
            The job; ``None`` where that work belongs to another picture, and nothing was changed.
        """
        found = {} if ref is None else {"remote": dict(ref)}

        def work(tx: Tx) -> Job | None:
            if ref is not None and not self._take_receipt(tx, job, ref):
                return None
            self._open_again(tx, job)
            self._hold_again(tx, job)
            return self._move(
                tx, job, JobState.FETCHING, owner=self._parts.owner.id, seed=job.seed,
                outputs=outputs, cost=usage.cost, cost_source=usage.source, **found,
            )  # fmt: skip

        return await self.write(job, work)

    async def requeued(self, job: Job, why: str) -> Job:
        """Provably nothing was made: the job waits again and its money is free."""

        def work(tx: Tx) -> Job:
            ledger.release(tx, job, self._parts.now(), self._parts.settings.timezone, why)
            moved = self._move(tx, job, JobState.QUEUED, event={"why": why})
            if batches.get(tx, job.batch_id).state is BatchState.CANCELED:
                return self._move(tx, moved, JobState.CANCELED)
            self._open_again(tx, job)
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
            ask_later(tx, self._parts, job, at, told=True)
            canceled = batches.get(tx, job.batch_id).state is BatchState.CANCELED
            moved = self._move(tx, job, JobState.CANCELED if canceled else JobState.QUEUED)
            end_batch_if_finished(tx, job.batch_id, at)
            return moved

        return await self.write(job, work)

    async def after_fault(self, job: Job, fault: Fault, decision: Decision) -> Job:
        """Retry later, or end the job; pause the batch when every row would fail the same way."""

        def work(tx: Tx) -> Job:
            changes: dict[str, Any] = {"fault": fault}
            changes |= self._account(tx, job, fault, decision)
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

    def _account(self, tx: Tx, job: Job, fault: Fault, decision: Decision) -> dict[str, Any]:
        """Settle or release; returns what the row tells about the cost from now on."""
        at, zone = self._parts.now(), self._parts.settings.timezone
        booked = ledger.booked(tx, job.id, job.attempt)  # one that was found again
        reserved = ledger.reserved_for(tx, job.id) or booked or 0
        charge = charge_for(fault, reserved)
        if decision.state is JobState.UNKNOWN:
            return {}
        if charge is None and booked is not None:
            charge = 0, f"not charged: {fault.kind}"
        if charge is None:
            ledger.release(tx, job, at, zone, f"not charged: {fault.kind}")
            ask_later(tx, self._parts, job, at, told=True)
            return {"cost": 0, "cost_source": "not charged"} if decision.state.is_terminal else {}
        ledger.settle(tx, job, charge[0], at, zone, picture=False, source=charge[1])
        flag_overrun(tx, self._parts, job, charge[0], reserved)
        ask_later(tx, self._parts, job, at, told=fault.cost is not None)
        if fault.cost is None and reserved == 0 and job.spec.quote.high is None:
            return {"cost": None, "cost_source": PRICE_UNKNOWN}
        return {"cost": charge[0], "cost_source": charge[1]}

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
        elif job.state is JobState.QUEUED:
            self._open_again(tx, job)
        if job.state is JobState.FAILED and fault.kind is FaultKind.LOST:
            age = at - (job.started_at or at)  # doubled each time that it is lost again
            settle = timedelta(seconds=self._parts.settings.studio_settle_seconds)
            searches.add(tx, job, at, at + max(settle, age))
        if job.state.is_terminal or job.state is JobState.UNKNOWN:
            follow_up(tx, job, at)
            end_batch_if_finished(tx, job.batch_id, at)

    def _open_again(self, tx: Tx, job: Job) -> None:
        """A batch that had ended without a picture that turns up now is at work again."""
        if batches.get(tx, job.batch_id).state is BatchState.DONE:
            batches.move(tx, job.batch_id, BatchState.RUNNING, self._parts.now())

    def _move(self, tx: Tx, job: Job, state: JobState, **changes: Any) -> Job:
        at = self._parts.now()
        moved = jobs.move(tx, job, state, at, **changes)
        if state is JobState.UNKNOWN:  # nobody follows it any more: it is looked for instead
            settle = timedelta(seconds=self._parts.settings.studio_settle_seconds)
            age = at - (job.started_at or at)  # found and lost again: ever rarer, and not for ever
            if age < LONGEST_SEARCH:
                searches.add(tx, moved, at, at + max(settle, age))
        return moved

    async def write(self, job: Job, work: Callable[[Tx], T]) -> T:
        """One transaction about a job, insisted on until the disk takes it, then told to all."""
        store = self._parts.store
        result = await self._patience.insist(job.batch_id, lambda: store.awrite(work))
        self._parts.changes.notify(job.batch_id)
        return result
