"""Searching for lost calls: jobs of unknown outcome, and those whose paid picture is missing.

Looking is free and changes nothing unless something is found out. A person may decide about the
same job meanwhile: every move is made only from the state and the attempt that were looked at, so
whoever comes second changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from studio.db import jobs, receipts
from studio.engine.deliver import Delivery
from studio.engine.following import IN_USE
from studio.engine.moves import Moves
from studio.engine.parts import Parts, call_of
from studio.engine.resilience import decide
from studio.engine.tracing import Traced, by_reference, trace
from studio.errors import Conflict, TransitionNotAllowed
from studio.failpoints import reach
from studio.models import (
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Job,
    JobState,
    NotThere,
    ProviderFault,
    Running,
)
from studio.models.lost import Found, LookedAt
from studio.providers import Provider

AT_ONCE = 6
"""Lost calls looked for at once: a provider's list is no place to hurry."""

_NEVER_ARRIVED = Fault(
    kind=FaultKind.UNAVAILABLE,
    retry=True,
    charged=Charged.NO,
    message="The request never reached the provider.",
    hint="It is sent again by itself.",
)
_MAY_BE_TOLD = {JobState.SUBMITTING, JobState.UNKNOWN}
_KNOWN = {
    JobState.DONE: (Found.IN_GALLERY, "Its picture is in the gallery."),
    JobState.FETCHING: (Found.BEING_MADE, "It is made; its file is on its way."),
    JobState.RUNNING: (Found.BEING_MADE, "The provider is making it."),
    JobState.SUBMITTING: (Found.BEING_MADE, "It is being sent."),
    JobState.QUEUED: (Found.NEVER_ARRIVED, "It waits for its turn; nothing was charged."),
    JobState.CANCELED: (Found.ENDED, "It was canceled."),
    JobState.FAILED: (Found.ENDED, "It ended without a picture."),
    JobState.REFUSED: (Found.ENDED, "The provider refused it."),
}


class Searcher:
    """Looks for lost calls.

    Args:
        take_on: Called with the id of a job that was found: its work goes on in this process.
    """

    def __init__(
        self,
        parts: Parts,
        moves: Moves,
        delivery: Delivery,
        take_on: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._moves = moves
        self._delivery = delivery
        self._take_on = take_on
        self._places = asyncio.Semaphore(AT_ONCE)

    async def look(self, job_id: str, remote_id: str | None = None) -> LookedAt:
        """Look for one lost call now.

        Args:
            remote_id: The provider's id of its request, where a person or a webhook named it.

        Raises:
            Conflict: this job is not lost, or that request belongs to another picture.
        """
        job = self._parts.store.read(lambda tx: jobs.get(tx, job_id))
        if not is_lost(job):
            if remote_id is not None:
                raise Conflict(*_NOT_LOST)
            return _as_it_stands(job)
        ref = None if remote_id is None else await self._reference(job, remote_id)
        try:
            async with self._places:
                return await self._looked(job, ref)
        except TransitionNotAllowed:  # somebody decided about it meanwhile
            return _as_it_stands(self._parts.store.read(lambda tx: jobs.get(tx, job_id)))

    async def told(self, job_id: str, attempt: int, remote_id: str) -> None:
        """The provider itself named the request of an attempt: keep that, and look where nobody
        follows it. Harmless for any other attempt, job or request.
        """
        job = self._parts.store.read(lambda tx: jobs.get(tx, job_id))
        if job.attempt != attempt or job.state not in _MAY_BE_TOLD:
            return
        with contextlib.suppress(Conflict):  # a receipt that another picture holds
            await self._moves.keep_receipt(job, await self._reference(job, remote_id))
            if job.state is JobState.UNKNOWN:
                await self.look(job_id)

    async def _reference(self, job: Job, remote_id: str) -> dict[str, Any]:
        """What finds the request of that id.

        Raises:
            Conflict: it belongs to another picture, or the provider has no such ids.
        """
        provider = self._parts.provider_of(job)
        call = await asyncio.to_thread(call_of, self._parts, job)
        ref = provider.reference(remote_id, call, self._parts.context(provider))
        if ref is None:
            raise Conflict(
                f"{remote_id!r} is no id of a request at {provider.label}.",
                "Copy the id of the request from the provider's site.",
            )
        named = str(provider.identity(ref) or remote_id)
        whose = self._parts.store.read(lambda tx: receipts.owner(tx, provider.id, named))
        if whose not in {None, (job.id, job.attempt)}:
            raise Conflict(
                f"The request {remote_id!r} belongs to another picture.",
                "Copy the id of the request that made this one.",
            )
        return ref

    async def _looked(self, job: Job, ref: Mapping[str, Any] | None) -> LookedAt:
        provider = self._parts.provider_of(job)
        if job.state is JobState.UNKNOWN:
            spooled = await self._delivery.spooled(job)
            if spooled is not None:
                return self._went_on(spooled)
        call = await asyncio.to_thread(call_of, self._parts, job)
        call = call.model_copy(update={"left_at": self._parts.now()})
        reach("before_find")
        try:
            if ref is not None:
                found: Traced = await by_reference(self._parts, provider, ref)
            else:
                found = await trace(self._parts, job, provider, call)
        except ProviderFault as problem:
            return await self._ended(job, problem.fault)
        reach("after_find")
        if isinstance(found, CannotTell):
            return _looked_at(job, Found.STILL_UNKNOWN, found.known or "Nobody can tell yet.")
        if isinstance(found, NotThere):
            return await self._never_arrived(job, provider)
        if job.state is JobState.FAILED and isinstance(found, Running):
            return _looked_at(job, Found.BEING_MADE, f"{provider.label} is still making it.")
        return await self._take_up(job, provider, found)

    async def _take_up(self, job: Job, provider: Provider, found: Running | Finished) -> LookedAt:
        """It is there: the work goes on as if its answer had never been lost."""
        try:
            if isinstance(found, Running):
                moved = await self._moves.running(job, found)
            else:
                moved = await self._delivery.locate(job, found)
        except TransitionNotAllowed:  # its request is known all the same: its bill can be asked
            await self._moves.keep_receipt(job, found.ref, ask_bill=True)
            raise
        if moved is None:
            return _looked_at(job, Found.STILL_UNKNOWN, IN_USE)
        return self._went_on(moved)

    def _went_on(self, job: Job) -> LookedAt:
        log.info("lost_call_found", job_id=job.id, state=job.state)
        self._take_on(job.id)
        return _as_it_stands(job)

    async def _never_arrived(self, job: Job, provider: Provider) -> LookedAt:
        """Provably nothing was made or charged; that is one try, like any other failure."""
        if job.state is not JobState.UNKNOWN:
            told = f"{provider.label} does not know this request any more."
            return _looked_at(job, Found.NOT_FOUND, told)
        return await self._ended(job, _NEVER_ARRIVED)

    async def _ended(self, job: Job, fault: Fault) -> LookedAt:
        """The work ended without a picture: the table decides, as it does for any other job."""
        if job.state is not JobState.UNKNOWN:
            return _looked_at(job, Found.NOT_FOUND, fault.message)
        batch = self._parts.batch_of(job)
        own = batch.settings.max_retries
        most = self._parts.settings.studio_max_retries if own is None else own
        decision = decide(fault, attempt=job.attempt, retries=job.retries, max_retries=most)
        moved = await self._moves.after_fault(job, fault, decision)
        if moved.state is JobState.QUEUED and fault is not _NEVER_ARRIVED:
            return _looked_at(moved, Found.ENDED, f"{fault.message} Nothing was charged.")
        return _as_it_stands(moved)


log = structlog.get_logger("studio.engine")

_NOT_LOST = (
    "This picture is not lost.",
    "Only one whose outcome is unknown, or that was charged without a picture, can be looked for.",
)


def is_lost(job: Job) -> bool:
    """Whether a job may have been paid for and has no picture."""
    if job.state is JobState.UNKNOWN:
        return True
    return job.state is JobState.FAILED and bool(job.cost)


def _as_it_stands(job: Job) -> LookedAt:
    found, told = _KNOWN.get(job.state, (Found.STILL_UNKNOWN, "Nobody can tell yet."))
    return _looked_at(job, found, told)


def _looked_at(job: Job, found: Found, message: str) -> LookedAt:
    return LookedAt(job_id=job.id, found=found, message=message)
