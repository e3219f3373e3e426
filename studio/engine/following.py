"""Following: accepted work is looked at until it is done, and never sent again for that."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from studio.db import Tx, batches, jobs
from studio.engine.deliver import Delivery
from studio.engine.hints import Hints
from studio.engine.limits import Seat
from studio.engine.moves import Moves
from studio.engine.pace import Pace
from studio.engine.parts import Parts, call_of
from studio.engine.tracing import ACCOUNT, about_looking, trace
from studio.errors import StudioError
from studio.failpoints import reach
from studio.models import (
    BatchState,
    Call,
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
from studio.providers import Provider

FIRST_LOOK, LONGEST_WAIT = 0.5, 30.0

log = structlog.get_logger("studio.engine")

LOOK_UP_SETTLES = 4
"""For so many settle times a lost call is looked for."""

OLDEST_WORK, SHORTEST_WATCH = timedelta(hours=24), 3600.0


class Follower:
    """Asks about accepted or lost work."""

    def __init__(
        self, parts: Parts, moves: Moves, delivery: Delivery, answered: Callable[[str], None]
    ) -> None:
        self.hints = Hints()
        self._answered = answered
        self._parts = parts
        self._moves = moves
        self._delivery = delivery
        self._asked_to_stop: set[str] = set()
        self._overdue: set[tuple[str, int]] = set()

    async def follow(
        self, job: Job, provider: Provider, answer: Running | Finished, seat: Seat
    ) -> Job | None:
        """Note what the provider says until the outputs are located.

        Raises:
            ProviderFault: the work itself failed.
        """
        clock = self._parts.clock
        pace = Pace(self._typical_seconds(job))
        accepted = making = clock.monotonic()
        told: Running | None = None
        while isinstance(answer, Running):
            if job.state is not JobState.RUNNING:
                accepted_job = await self._moves.running(job, answer)
                if accepted_job is None:
                    await self._belongs_to_another(job)
                    return None
                job = accepted_job
                reach("after_accept")
                self._answered(job.id)
            if _is_news(told, answer):
                await self._moves.progress(job, answer)
            told = answer
            in_line = answer.queue_position is not None
            making = clock.monotonic() if in_line else making
            if await self._stopped_in_time(job, provider):
                return None
            self._end_if_ancient(job, provider, clock.monotonic() - accepted)
            await self._end_if_overdue(job, provider, clock.monotonic() - making)
            wait = pace.next(clock.monotonic() - accepted, in_line=in_line)
            answer = await self.check(job, answer.ref, provider, wait)
        reach("after_finish")
        seat.succeeded()
        located = await self._delivery.locate(job, answer)
        if located is None:
            await self._belongs_to_another(job)
        return located

    def _typical_seconds(self, job: Job) -> float | None:
        """How long its model usually takes. An answer that is in hand is never lost for that."""
        with contextlib.suppress(StudioError):
            return self._parts.store.read(lambda tx: jobs.typical_seconds(tx, _model(job)))
        return None

    async def check(
        self, job: Job, ref: Mapping[str, Any], provider: Provider, seconds: float = 0.0
    ) -> Running | Finished:
        """Look at accepted work, however long it takes until the provider can be asked.

        Args:
            seconds: Wait that long before, or less where the provider tells news by itself.

        Raises:
            ProviderFault: the work itself failed.
        """
        wait, context = FIRST_LOOK, self._parts.context(provider)
        began = self._parts.clock.monotonic()
        while True:
            reach("before_look")
            try:
                if seconds:
                    waiting = provider.wait(ref, seconds, context)
                    seconds = 0.0
                    news = await self.hints.or_hint(job.id, waiting)
                    if news is not None:
                        return news
                return await provider.check(ref, context)
            except ProviderFault as problem:
                fault = problem.fault
                if not about_looking(fault):
                    raise
                self._end_if_ancient(job, provider, self._parts.clock.monotonic() - began)
                seconds = 0.0
                log.warning("could_not_look", job_id=job.id, kind=fault.kind)
                await self._pause_if_account(job, fault)
                await self._parts.clock.sleep(max(wait, min(fault.retry_after or 0.0, 900.0)))
                wait = min(LONGEST_WAIT, wait * 2)

    async def look_up(
        self, job: Job, seat: Seat, fault: Fault, *, recovered: bool = False
    ) -> Job | None:
        """Find out what became of a call whose answer was lost. Never sends it again blindly.

        Raises:
            ProviderFault: it never arrived, which counts as one try, or the work failed.
        """
        provider = self._parts.provider_of(job)
        call = await asyncio.to_thread(call_of, self._parts, job)
        call = call.model_copy(update={"left_at": self._parts.now()})

        async def same_call() -> Call:
            return call

        longest = LOOK_UP_SETTLES * self._parts.settings.studio_settle_seconds
        deadline = self._parts.clock.monotonic() + longest
        wait = FIRST_LOOK
        while True:
            reach("before_find")
            found = await trace(self._parts, job, provider, same_call)
            reach("after_find")
            if isinstance(found, NotThere):
                await self._send_later(job, fault, recovered=recovered)
                return None
            if not isinstance(found, CannotTell):
                return await self.follow(job, provider, found, seat)
            if not found.ask_again or self._parts.clock.monotonic() > deadline:
                told = f"{fault.message} {found.known}".strip()
                await self._moves.unknown(job, fault.model_copy(update={"message": told}))
                return None
            await self.hints.or_hint(job.id, self._parts.clock.sleep(wait))
            wait = min(LONGEST_WAIT, wait * 2)

    async def _send_later(self, job: Job, fault: Fault, *, recovered: bool) -> None:
        """It provably never arrived: after a crash it just waits again, else it is one retry."""
        if not recovered:
            changes = {"kind": FaultKind.UNAVAILABLE, "retry": True, "charged": Charged.NO}
            raise ProviderFault(fault.model_copy(update=changes))
        await self._moves.requeued(job, "it never reached the provider")

    async def _stopped_in_time(self, job: Job, provider: Provider) -> bool:
        """Ask the provider once to stop when the batch is canceled; true when nothing is charged.

        If asking fails, the work is taken to run on: it will be charged, and kept.
        """
        batch = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id))
        if batch.state is not BatchState.CANCELED:
            self._asked_to_stop.discard(job.id)
            return False
        if job.id in self._asked_to_stop:
            return False
        self._asked_to_stop.add(job.id)
        if await self._is_charged_anyway(job, provider):
            return False
        await self._moves.canceled(job)
        return True

    async def _is_charged_anyway(self, job: Job, provider: Provider) -> bool:
        """Ask the provider to stop; whether the work will be charged all the same."""
        try:
            return await provider.cancel(job.remote or {}, self._parts.context(provider))
        except ProviderFault as problem:
            log.warning("cancel_failed", job_id=job.id, kind=problem.fault.kind)
            return True

    async def _belongs_to_another(self, job: Job) -> None:
        """What was found is another picture's request: whether there is one of ours is unknown."""
        told = IN_USE
        hint = "Look at the provider's site for a second one. Then retry it, or write it off."
        fault = Fault(
            kind=FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE, message=told, hint=hint
        )
        await self._moves.unknown(job, fault)

    def _end_if_ancient(self, job: Job, provider: Provider, watched: float) -> None:
        """No picture is in the making for so long: a person must get a say.

        Args:
            watched: Seconds for which it was looked at without an end; a studio that was closed
                for days looks for a while first.

        Raises:
            ProviderFault: its outcome is unknown.
        """
        young = job.started_at is None or self._parts.now() - job.started_at < OLDEST_WORK
        if young or watched < SHORTEST_WATCH:
            return
        raise ProviderFault(
            Fault(
                kind=FaultKind.UNKNOWN_OUTCOME,
                charged=Charged.MAYBE,
                message=f"{provider.label} has not finished this within a day.",
                hint="Look at the provider's site. Then retry it, or write it off.",
                looking=False,
            )
        )

    async def _end_if_overdue(self, job: Job, provider: Provider, seconds: float) -> None:
        """Take back work that is being made for longer than an attempt may take.

        What the provider does not take back runs on: it will be charged, and kept.

        Raises:
            ProviderFault: it was taken back in time; nothing is charged.
        """
        longest = self._parts.seconds_for(job)
        attempt = (job.id, job.attempt)
        if seconds <= longest or attempt in self._overdue:
            return
        self._overdue.add(attempt)
        if await self._is_charged_anyway(job, provider):
            return
        raise ProviderFault(
            Fault(
                kind=FaultKind.UNAVAILABLE,
                retry=True,
                message=f"{provider.label} was not done within {longest:g} seconds, and stopped.",
                hint="It is tried again by itself. If it needs longer, allow more seconds.",
            )
        )

    async def _pause_if_account(self, job: Job, fault: Fault) -> None:
        reason = ACCOUNT.get(fault.kind)
        if reason is None:
            return

        def work(tx: Tx) -> None:
            if batches.get(tx, job.batch_id).state is BatchState.RUNNING:
                told = f"{fault.message} {fault.hint}"
                now = self._parts.now()
                batches.move(tx, job.batch_id, BatchState.PAUSED, now, reason=reason, message=told)

        await self._moves.write(job, work)


IN_USE = "The request that the provider shows belongs to another picture."


def _is_news(before: Running | None, now: Running) -> bool:
    if before is None:
        return now.queue_position is not None or now.progress is not None
    return (before.queue_position, before.progress) != (now.queue_position, now.progress)


def _model(job: Job) -> str:
    return job.spec.request.model
