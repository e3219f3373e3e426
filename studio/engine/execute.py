"""The way of one job: submit once, look until it is done, deliver. Faults become state here.

This file is the job boundary: whatever happens inside ends as a state of the job, never as a
failure of the batch or of the engine. Cancellation (the process is shutting down) leaves the job
where it is.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import httpx
import structlog

from studio.db import batches, jobs
from studio.engine.deliver import Delivery
from studio.engine.following import Follower
from studio.engine.hints import Hints
from studio.engine.limits import Seat
from studio.engine.moves import Moves
from studio.engine.parts import Parts, internal_fault
from studio.engine.patience import Patience
from studio.engine.resilience import Decision, decide
from studio.engine.searching import Searcher
from studio.engine.sending import NotSentError, Sender
from studio.errors import BadPicture, DatabaseError, StorageError, TransitionNotAllowed
from studio.models import (
    BatchState,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Job,
    JobState,
    ProviderFault,
    Running,
)
from studio.net import UnsafeAddressError

LONGEST_FETCH_WAIT = 60.0
FETCH_TRIES = 6
BAD_FILE_TRIES = 4
"""So often a file that is no picture is fetched before that is believed."""
LONGEST_FETCHING, SHORTEST_TRYING = timedelta(days=3), 3600.0
GONE = {410, 451}
TRY_AGAIN = {408, 425, 429}

log = structlog.get_logger("studio.engine")

_LEFT_BEHIND = Fault(
    kind=FaultKind.UNKNOWN_OUTCOME,
    charged=Charged.MAYBE,
    message="The studio stopped while this request was on its way.",
    hint="Retry it, or write it off.",
)


class Executor:
    """Takes claimed jobs to their end.

    Args:
        backlog: Places for pictures that are being saved: slow storage slows the claims.
        freed: Called when a lane has room again.
    """

    def __init__(self, parts: Parts, backlog: asyncio.Semaphore, freed: Callable[[], None]) -> None:
        self._parts = parts
        self._patience = Patience(parts)
        self._moves = Moves(parts, self._patience)
        self._delivery = Delivery(parts, self._moves, self._patience)
        self._sender = Sender(parts)
        answered = self._sender.settled
        self._follower = Follower(parts, self._moves, self._delivery, answered)
        self._backlog = backlog
        self._freed = freed

    @property
    def sending(self) -> set[str]:
        """Ids of jobs whose paid request is out and not answered yet."""
        return self._sender.sent

    @property
    def hints(self) -> Hints:
        """Where hints about jobs that are waited for are given."""
        return self._follower.hints

    def searcher(self, take_on: Callable[[str], None]) -> Searcher:
        """What looks for lost calls, by the same moves and the same delivery."""
        return Searcher(self._parts, self._moves, self._delivery, take_on)

    def stop_sending(self) -> None:
        """Hold back every request that has not left yet."""
        self._sender.closing = True

    async def run(self, job: Job, seat: Seat, *, recovered: bool = False) -> None:
        """Work on a job that this process owns until it rests. Never raises.

        The lane is freed as soon as the provider is done.

        Args:
            recovered: The process that worked on it died: where a request may be out it is looked
                up, never sent again.
        """
        lane_held = True

        def let_go() -> None:
            nonlocal lane_held
            if lane_held:
                lane_held = False
                seat.finish()
                self._freed()

        if recovered and job.state is JobState.SUBMITTING:
            self._sender.sent.add(job.id)  # its request may be out: no failure of ours is free
        try:
            located = await self._locate(job, seat, recovered=recovered)
            self._sender.settled(job.id)
            if located is not None:
                await self._bring_home(located, let_go)
        except NotSentError:
            await self._moves.requeued(job, "the studio is closing")
        except TransitionNotAllowed:  # somebody else moved it meanwhile: hands off
            log.warning("job_changed_meanwhile", job_id=job.id)
        except (StorageError, DatabaseError) as error:  # it stays where it is, and is taken over
            log.warning("job_waits_for_disk", job_id=job.id, message=error.message)
        except Exception as error:  # the job boundary: one of the named broad places
            log.exception("job_failed", job_id=job.id, batch_id=job.batch_id)
            with contextlib.suppress(Exception):  # it stays in flight and is taken over later
                await self._give_up(job, error)
        finally:
            self._sender.settled(job.id)
            let_go()

    async def _locate(self, job: Job, seat: Seat, *, recovered: bool) -> Job | None:
        """Bring a job to ``fetching``, or let it rest elsewhere and return ``None``."""
        if job.state is JobState.FETCHING:
            return job
        try:
            if recovered and job.state is JobState.SUBMITTING:
                spooled = await self._delivery.spooled(job)
                return spooled or await self._follower.look_up(
                    job, seat, _LEFT_BEHIND, recovered=True
                )
            return await self._make(job, seat)
        except ProviderFault as problem:
            seat.failed(problem.fault, self._parts.clock.monotonic())
            return await self._after_fault(job, problem.fault, seat)

    async def _make(self, job: Job, seat: Seat) -> Job | None:
        provider = self._parts.provider_of(job)
        answer: Running | Finished
        if job.state is JobState.SUBMITTING:
            answer = await self._sender.send(job, provider)
        else:
            answer = await self._follower.check(job, job.remote or {}, provider)
        return await self._follower.follow(job, provider, answer, seat)

    async def _after_fault(self, job: Job, fault: Fault, seat: Seat) -> Job | None:
        """What the table decides; a lost answer is looked up first.

        Work that was accepted is never looked up: that it is on no list would prove nothing.
        A fault met while looking up is final for the work, and handled like any other.
        """
        job = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
        if fault.kind is FaultKind.UNKNOWN_OUTCOME and job.state is JobState.SUBMITTING:
            try:
                return await self._follower.look_up(job, seat, fault)
            except ProviderFault as problem:
                job = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
                fault = problem.fault
        decision = decide(
            fault,
            attempt=job.attempt,
            retries=job.retries,
            max_retries=self._most_retries(job),
        )
        if fault.canceled and self._parts.batch_of(job).state is BatchState.CANCELED:
            decision = Decision(JobState.CANCELED)
            if job.progress is not None and job.progress.queue_position is not None:
                # it never left the line; its bill is asked all the same
                fault = fault.model_copy(update={"charged": Charged.NO, "cost": None})
        if fault.retry and decision.state is JobState.FAILED:
            tried = f"It was tried {job.retries + 1} times." if job.retries else ""
            hint = f"{tried} Retry it later, or choose another model.".strip()
            fault = fault.model_copy(update={"hint": hint, "retry": False})
        log.warning("job_fault", job_id=job.id, kind=fault.kind, becomes=decision.state)
        await self._moves.after_fault(job, fault, decision)
        return None

    def _most_retries(self, job: Job) -> int:
        own = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id)).settings.max_retries
        return self._parts.settings.studio_max_retries if own is None else own

    async def _bring_home(self, job: Job, let_go: Callable[[], None]) -> None:
        """Fetch, check, store and settle, for as long as the provider still has the files."""
        wait, tries, began = 1.0, 0, self._parts.clock.monotonic()
        while True:
            tries += 1
            try:
                async with self._backlog:
                    let_go()
                    patient = tries < BAD_FILE_TRIES
                    await self._patience.insist(
                        job.batch_id, partial(self._delivery.deliver, job, patient=patient)
                    )
            except (httpx.HTTPError, BadPicture) as error:
                tried = self._parts.clock.monotonic() - began
                if _is_gone(error, tries) or (tried > SHORTEST_TRYING and self._is_ancient(job)):
                    await self._lost(job)
                    return
                log.warning("download_failed", job_id=job.id, error=type(error).__name__)
                await self._parts.clock.sleep(wait)
                wait = min(LONGEST_FETCH_WAIT, wait * 2)
            else:
                return

    def _is_ancient(self, job: Job) -> bool:
        """Whether its file could not be had for so long that a person must get a say."""
        return job.started_at is not None and self._parts.now() - job.started_at > LONGEST_FETCHING

    async def _lost(self, job: Job) -> None:
        fault = Fault(
            kind=FaultKind.LOST,
            charged=Charged.YES,
            cost=job.cost,
            message="The finished picture can no longer be fetched from the provider.",
            hint="It was charged. Look at the provider's site whether it is still kept there.",
        )
        await self._moves.after_fault(job, fault, Decision(JobState.FAILED))
        await self._delivery.forget_spool(job)

    async def _give_up(self, job: Job, error: Exception) -> None:
        """A failure of our own: what may have been sent is unknown, everything else has failed."""
        now = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
        if now.attempt != job.attempt:  # a later attempt lives: it is not ours to end
            return
        job = now
        fault = internal_fault(error)
        if job.state is JobState.RUNNING or (
            job.state is JobState.SUBMITTING and job.id in self.sending
        ):
            changes = {"kind": FaultKind.UNKNOWN_OUTCOME, "charged": Charged.MAYBE}
            await self._moves.unknown(job, fault.model_copy(update=changes))
        elif job.state is JobState.SUBMITTING:
            await self._moves.after_fault(job, fault, Decision(JobState.FAILED))
        elif job.state is JobState.FETCHING:
            charged = Charged.NO if job.cost == 0 else Charged.YES
            paid = fault.model_copy(update={"charged": charged, "cost": job.cost})
            await self._moves.after_fault(job, paid, Decision(JobState.FAILED))


def _is_gone(error: Exception, tries: int) -> bool:
    """Whether the file can never be had: not that the network or the provider is away for now."""
    if isinstance(error, UnsafeAddressError):  # a hotel's network answers every name with its own
        return tries >= FETCH_TRIES
    if isinstance(error, httpx.UnsupportedProtocol | httpx.TooManyRedirects):
        return True
    if not isinstance(error, httpx.HTTPStatusError):
        return False
    status = error.response.status_code
    if status in GONE:
        return True
    return status < 500 and status not in TRY_AGAIN and tries >= FETCH_TRIES
