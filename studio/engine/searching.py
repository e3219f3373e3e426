"""Searching for lost calls: jobs of unknown outcome, and those whose paid picture is missing.

Looking is free and changes nothing unless something is found out. A person may decide about the
same job meanwhile: every move is made only from the state and the attempt that were looked at, so
whoever comes second changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from studio.db import jobs, lost, receipts
from studio.engine.deliver import Delivery
from studio.engine.findings import NEVER_ARRIVED, NOT_LOST, as_it_stands, is_lost, looked_at
from studio.engine.following import IN_USE
from studio.engine.moves import Moves
from studio.engine.parts import Parts, call_of
from studio.engine.resilience import WRITTEN_OFF, decide
from studio.engine.tracing import Traced, by_reference, trace
from studio.errors import Conflict, StudioError, TransitionNotAllowed
from studio.failpoints import reach
from studio.models import (
    Call,
    CannotTell,
    Fault,
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

log = structlog.get_logger("studio.engine")


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
            remote_id: The provider's id of its request, which a person copied from its site.

        Raises:
            Conflict: this job is not lost, or that request belongs to another picture.
        """
        async with self._places:
            job = self._job(job_id)  # as it is now: it may have waited for its place
            if not is_lost(job):
                if remote_id is not None:
                    raise Conflict(*NOT_LOST)
                return as_it_stands(job)
            try:
                if remote_id is not None:
                    return await self._look_at(job, await self._named(job, remote_id))
                return await self._looked(job)
            except TransitionNotAllowed:  # somebody decided about it meanwhile
                return as_it_stands(self._job(job_id))
            except StudioError:
                raise
            except Exception:  # the search boundary: what breaks in an adapter is no answer
                log.exception("search_failed", job_id=job_id)
                told = "The search itself failed; the log in the data folder tells more."
                return looked_at(job, Found.STILL_UNKNOWN, told)

    async def told(self, job_id: str, attempt: int, remote_id: str) -> None:
        """The provider itself named the request of an attempt: keep that, and look where nobody
        follows it. Harmless for any other attempt, job or request.
        """
        job = self._job(job_id)
        if attempt > job.attempt or attempt < 1:
            return
        then = job.model_copy(update={"attempt": attempt})
        ended = attempt < job.attempt or job.state.is_terminal or job.state is JobState.QUEUED
        with contextlib.suppress(Conflict):  # a receipt that another picture holds
            ref = await self._reference(then, remote_id)
            known, identity = self._receipt(then), self._parts.provider_of(job).identity
            if known is not None and identity(known) != identity(ref):
                return  # this attempt has its request
            await self._moves.keep_receipt(then, ref, ask_bill=ended)
            if attempt == job.attempt and is_lost(job):
                await self.look(job_id)

    def _job(self, job_id: str) -> Job:
        return self._parts.store.read(lambda tx: jobs.get(tx, job_id))

    async def _named(self, job: Job, remote_id: str) -> dict[str, Any]:
        """What finds the request that a person named, if it can be this picture's.

        Raises:
            Conflict: it is another picture's, or this one has a request of its own.
        """
        ref = await self._reference(job, remote_id)
        provider = self._parts.provider_of(job)
        own = job.remote or self._receipt(job)
        if own is not None and provider.identity(own) != provider.identity(ref):
            raise Conflict(
                f"This picture has a request of its own: {provider.identity(own)!r}.",
                "Look for it without naming another one.",
            )
        call = await self._call(job)
        fits = await provider.matches(ref, call, self._parts.context(provider))
        if fits is False:
            raise Conflict(
                f"The request {remote_id!r} made something else.",
                "Copy the id of the request with this picture's prompt and seed.",
            )
        return ref

    def _receipt(self, job: Job) -> dict[str, Any] | None:
        return self._parts.store.read(lambda tx: receipts.of_attempt(tx, job.id, job.attempt))

    async def _call(self, job: Job) -> Call:
        """The call that was lost, with the latest moment at which it can have left."""
        call = await asyncio.to_thread(call_of, self._parts, job)
        left = self._parts.store.read(lambda tx: lost.last_event(tx, job.id, "job_unknown"))
        moment = self._parts.now() if left is None else datetime.fromisoformat(left)
        return call.model_copy(update={"left_at": moment})

    async def _reference(self, job: Job, remote_id: str) -> dict[str, Any]:
        """What finds the request of that id.

        Raises:
            Conflict: it belongs to another picture, or the provider has no such ids.
        """
        provider = self._parts.provider_of(job)
        name = job.spec.request.model.partition(":")[2]
        ref = provider.reference(remote_id, name, self._parts.context(provider))
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

    async def _look_at(self, job: Job, ref: Mapping[str, Any]) -> LookedAt:
        """Look at the one request that a person named; whatever it says, ours stays as it is."""
        provider = self._parts.provider_of(job)
        try:
            found = await by_reference(self._parts, provider, ref)
        except ProviderFault as problem:
            told = f"That request ended without a picture. {problem.fault.message}"
            return looked_at(job, Found.NOT_FOUND, told)
        return await self._judge(job, provider, found)

    async def _looked(self, job: Job) -> LookedAt:
        provider = self._parts.provider_of(job)
        if job.state is JobState.UNKNOWN or (job.cost_source or "").startswith(WRITTEN_OFF):
            spooled = await self._delivery.spooled(job)
            if spooled is not None:
                return self._went_on(spooled)
        reach("before_find")
        try:
            found = await trace(self._parts, job, provider, lambda: self._call(job))
            if job.state is JobState.FAILED and isinstance(found, Running):
                found = await by_reference(self._parts, provider, found.ref)
        except ProviderFault as problem:
            return await self._ended(job, problem.fault)
        reach("after_find")
        return await self._judge(job, provider, found)

    async def _judge(self, job: Job, provider: Provider, found: Traced) -> LookedAt:
        if isinstance(found, CannotTell):
            return looked_at(job, Found.STILL_UNKNOWN, found.known or "Nobody can tell yet.")
        if isinstance(found, NotThere):
            return await self._never_arrived(job, provider)
        if job.state is JobState.FAILED and isinstance(found, Running):
            await self._moves.keep_receipt(job, found.ref, ask_bill=True)
            return looked_at(job, Found.BEING_MADE, f"{provider.label} is still making it.")
        return await self._take_up(job, provider, found)

    async def _take_up(self, job: Job, provider: Provider, found: Running | Finished) -> LookedAt:
        """It is there: the work goes on as if its answer had never been lost."""
        try:
            moved = await self._moved(job, found)
        except TransitionNotAllowed:
            moved = await self._moved_late(job, found)
        if moved is None:
            return looked_at(job, Found.STILL_UNKNOWN, IN_USE)
        return self._went_on(moved)

    async def _moved_late(self, job: Job, found: Running | Finished) -> Job | None:
        """Somebody moved it meanwhile. Where another look took it for absent, or a person wants it
        made again, and it was not sent since: then it need not be, for here it is.

        Raises:
            TransitionNotAllowed: it went on without this request, whose bill is asked.
        """
        now = self._job(job.id)
        try:
            if (now.attempt, now.state) == (job.attempt, JobState.QUEUED):
                return await self._moved(now.model_copy(update={"seed": job.seed}), found)
        except TransitionNotAllowed:
            log.info("sent_again_meanwhile", job_id=job.id)
        await self._moves.keep_receipt(job, found.ref, ask_bill=True)
        raise TransitionNotAllowed(
            f"The picture job {job.id!r} changed meanwhile.", "Look at how it stands now."
        )

    async def _moved(self, job: Job, found: Running | Finished) -> Job | None:
        if isinstance(found, Running):
            return await self._moves.running(job, found)
        return await self._delivery.locate(job, found)

    def _went_on(self, job: Job) -> LookedAt:
        log.info("lost_call_found", job_id=job.id, state=job.state)
        self._take_on(job.id)
        return as_it_stands(job)

    async def _never_arrived(self, job: Job, provider: Provider) -> LookedAt:
        """Provably nothing was made or charged; that is one try, like any other failure."""
        if job.state is not JobState.UNKNOWN:
            told = f"{provider.label} does not know this request any more."
            return looked_at(job, Found.NOT_FOUND, told)
        return await self._ended(job, NEVER_ARRIVED)

    async def _ended(self, job: Job, fault: Fault) -> LookedAt:
        """The work ended without a picture: the table decides, as it does for any other job."""
        if job.state is not JobState.UNKNOWN:
            return looked_at(job, Found.NOT_FOUND, fault.message)
        batch = self._parts.batch_of(job)
        own = batch.settings.max_retries
        most = self._parts.settings.studio_max_retries if own is None else own
        decision = decide(fault, attempt=job.attempt, retries=job.retries, max_retries=most)
        moved = await self._moves.after_fault(job, fault, decision)
        if moved.state is JobState.QUEUED and fault is not NEVER_ARRIVED:
            return looked_at(moved, Found.ENDED, f"{fault.message} Nothing was charged.")
        return as_it_stands(moved)
