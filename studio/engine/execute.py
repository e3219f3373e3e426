"""The way of one job: submit once, look until it is done, deliver. Faults become state here.

This file is the job boundary: whatever happens inside ends as a state of the job, never as a
failure of the batch. Cancellation (the process is shutting down) leaves the job where it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx
import structlog

from studio.db import Tx, batches, jobs
from studio.engine.deliver import Delivery
from studio.engine.limits import Lane
from studio.engine.moves import Moves
from studio.engine.parts import Parts, call_of, end_batch_if_finished, internal_fault
from studio.engine.resilience import Decision, decide
from studio.errors import DatabaseError, StorageError
from studio.models import (
    BatchState,
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Job,
    JobState,
    NotThere,
    PauseReason,
    ProviderFault,
    Running,
)
from studio.providers import Provider

T = TypeVar("T")
FIRST_LOOK, LONGEST_LOOK, LOOK_GROWTH = 0.5, 2.0, 1.3
DISK_LOOK = 2.0
FETCH_TRIES = 6
LONGEST_CHECK = 30.0

_COULD_NOT_LOOK = {FaultKind.UNAVAILABLE, FaultKind.RATE_LIMITED}
_LEFT_BEHIND = Fault(
    kind=FaultKind.UNKNOWN_OUTCOME,
    charged=Charged.MAYBE,
    message="The studio stopped while this request was on its way.",
    hint="Retry it, or write it off.",
)

log = structlog.get_logger("studio.engine")


class Executor:
    """Takes claimed jobs to their end."""

    def __init__(self, parts: Parts, backlog: asyncio.Semaphore) -> None:
        self._parts = parts
        self._moves = Moves(parts)
        self._delivery = Delivery(parts, self._moves)
        self._backlog = backlog

    async def run(self, job: Job, lane: Lane, *, recovered: bool = False) -> None:
        """Work on a job that this process owns until it rests.

        The lane is freed as soon as the provider is done; a place in the bounded backlog is taken
        first, so that slow storage slows the claims.

        Args:
            recovered: The process that worked on it died: where a request may be out it is looked
                up, never sent again.
        """
        held = True
        try:
            if recovered and job.state is JobState.SUBMITTING:
                located = await self._look_up(job, lane, _LEFT_BEHIND)
            else:
                located = await self._make(job, lane)
            if located is not None:
                async with self._backlog:
                    lane.finish()
                    held = False
                    await self._bring_home(located)
        except Exception as error:  # the job boundary: one of the three broad places
            log.exception("job_failed", job_id=job.id, batch_id=job.batch_id)
            await self._give_up(job, error)
        finally:
            if held:
                lane.finish()

    async def _make(self, job: Job, lane: Lane) -> Job | None:
        """Bring a job to ``fetching``, or let it rest elsewhere and return ``None``."""
        if job.state is JobState.FETCHING:
            return job
        provider = self._parts.provider_of(job)
        try:
            if job.state is JobState.SUBMITTING:
                answer = await self._submit(job, provider)
            else:
                answer = await self._check(job.remote or {}, provider)
            return await self._follow(job, provider, answer, lane)
        except ProviderFault as problem:
            lane.failed(problem.fault, self._parts.clock.monotonic())
            return await self._after_fault(job, problem.fault, lane)

    async def _submit(self, job: Job, provider: Provider) -> Running | Finished:
        ctx = self._parts.context(provider)
        limit = self._batch_timeout(job)
        try:
            call = await provider.prepare(await asyncio.to_thread(call_of, self._parts, job), ctx)
            async with asyncio.timeout(limit):
                return await provider.submit(call, ctx)
        except TimeoutError:
            raise ProviderFault(
                Fault(
                    kind=FaultKind.UNKNOWN_OUTCOME,
                    charged=Charged.MAYBE,
                    message=f"{provider.label} did not answer within {limit:g} seconds.",
                    hint="It may still have made the picture. Look it up, retry, or write it off.",
                )
            ) from None

    async def _follow(
        self, job: Job, provider: Provider, answer: Running | Finished, lane: Lane
    ) -> Job | None:
        """Note what the provider says until it is finished."""
        wait = FIRST_LOOK
        while isinstance(answer, Running):
            if job.state is not JobState.RUNNING:
                job = await self._moves.running(job, answer)
            if await self._stopped_in_time(job, provider):
                return None
            await self._parts.clock.sleep(wait)
            wait = min(LONGEST_LOOK, wait * LOOK_GROWTH)
            answer = await self._check(answer.ref, provider)
        lane.succeeded()
        finished = answer
        return await self._insist(job, lambda: self._delivery.locate(job, finished))

    async def _check(self, ref: Mapping[str, Any], provider: Provider) -> Running | Finished:
        """Look at accepted work until the provider can be asked; never send it again for that."""
        wait = FIRST_LOOK
        while True:
            try:
                return await provider.check(ref, self._parts.context(provider))
            except ProviderFault as problem:
                if not problem.fault.retry or problem.fault.kind not in _COULD_NOT_LOOK:
                    raise
                await self._parts.clock.sleep(max(wait, problem.fault.retry_after or 0.0))
                wait = min(LONGEST_CHECK, wait * 2)

    async def _stopped_in_time(self, job: Job, provider: Provider) -> bool:
        """Cancel at the provider once the batch is canceled; true when nothing is charged."""
        batch = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id))
        if batch.state is not BatchState.CANCELED:
            return False
        if await provider.cancel(job.remote or {}, self._parts.context(provider)):
            return False
        await self._moves.canceled(job)
        return True

    async def _after_fault(self, job: Job, fault: Fault, lane: Lane) -> Job | None:
        job = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
        if fault.kind is FaultKind.UNKNOWN_OUTCOME:
            return await self._look_up(job, lane, fault)
        settings = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id)).settings
        decision = decide(
            fault, attempt=job.attempt, retries=job.retries, max_retries=settings.max_retries
        )
        log.warning("job_fault", job_id=job.id, kind=fault.kind, becomes=decision.state)
        await self._moves.after_fault(job, fault, decision)
        return None

    async def _look_up(self, job: Job, lane: Lane, fault: Fault) -> Job | None:
        """Find out what became of a call whose answer was lost. Never sends it again blindly."""
        provider = self._parts.provider_of(job)
        try:
            call = await asyncio.to_thread(call_of, self._parts, job)
            found = await provider.find(call, self._parts.context(provider))
        except ProviderFault as problem:
            found = CannotTell(known=problem.fault.message, ask_again=True)
        if isinstance(found, NotThere):
            await self._moves.requeued(job, "it never reached the provider")
            return None
        if isinstance(found, CannotTell):
            told = f"{fault.message} {found.known}".strip()
            await self._moves.unknown(job, fault.model_copy(update={"message": told}))
            return None
        return await self._follow(job, provider, found, lane)

    async def _bring_home(self, job: Job) -> None:
        for attempt in range(FETCH_TRIES):
            try:
                await self._insist(job, lambda: self._delivery.deliver(job))
            except httpx.HTTPError as error:
                if attempt == FETCH_TRIES - 1:
                    await self._lost(job, error)
                    return
                await self._parts.clock.sleep(2.0**attempt)
            else:
                return

    async def _lost(self, job: Job, error: httpx.HTTPError) -> None:
        fault = Fault(
            kind=FaultKind.LOST,
            charged=Charged.YES,
            cost=job.cost,
            message=f"The finished picture could not be downloaded ({type(error).__name__}).",
            hint="It was charged. Look at the provider's site whether it is still kept there.",
        )
        await self._moves.after_fault(job, fault, Decision(JobState.FAILED))

    async def _insist(self, job: Job, step: Callable[[], Awaitable[T]]) -> T:
        """Repeat a step until the disk takes it; meanwhile the batch is paused, nothing is lost."""
        refused = False
        while True:
            try:
                result = await step()
            except (StorageError, DatabaseError) as error:
                refused = True
                log.warning("disk_refused", job_id=job.id, message=error.message)
                await self._pause_for_disk(job, error)
                await self._parts.clock.sleep(DISK_LOOK)
            else:
                if refused:
                    await self._go_on_after_disk(job)
                return result

    async def _go_on_after_disk(self, job: Job) -> None:
        """The disk takes files again: a batch that waited only for that goes on by itself."""

        def work(tx: Tx) -> None:
            if batches.get(tx, job.batch_id).pause_reason is PauseReason.DISK:
                batches.move(tx, job.batch_id, BatchState.RUNNING, self._parts.now())
                end_batch_if_finished(tx, job.batch_id, self._parts.now())

        await self._parts.store.awrite(work)
        self._parts.changes.notify(job.batch_id)

    async def _pause_for_disk(self, job: Job, error: StorageError | DatabaseError) -> None:
        def work(tx: Tx) -> None:
            if batches.get(tx, job.batch_id).state is BatchState.RUNNING:
                batches.move(
                    tx, job.batch_id, BatchState.PAUSED, self._parts.now(),
                    reason=PauseReason.DISK, message=str(error),
                )  # fmt: skip

        try:
            await self._parts.store.awrite(work)
        except (StorageError, DatabaseError):
            log.warning("pause_not_written", batch_id=job.batch_id)
        self._parts.changes.notify(job.batch_id)

    async def _give_up(self, job: Job, error: Exception) -> None:
        """A failure of our own: a sent request is unknown, everything else has failed."""
        job = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
        if job.state in {JobState.SUBMITTING, JobState.RUNNING}:
            fault = internal_fault(error, FaultKind.UNKNOWN_OUTCOME)
            await self._moves.unknown(job, fault.model_copy(update={"charged": Charged.MAYBE}))
        elif job.state is JobState.FETCHING:
            fault = internal_fault(error).model_copy(
                update={"charged": Charged.YES if job.cost else Charged.NO, "cost": job.cost}
            )
            await self._moves.after_fault(job, fault, Decision(JobState.FAILED))

    def _batch_timeout(self, job: Job) -> float:
        return self._parts.store.read(lambda tx: batches.get(tx, job.batch_id)).settings.timeout
