"""Following: accepted work is looked at until it is done, and never sent again for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from studio.db import Tx, batches
from studio.engine.deliver import Delivery
from studio.engine.limits import Lane
from studio.engine.moves import Moves
from studio.engine.parts import Parts, call_of
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

FIRST_LOOK, LONGEST_LOOK, LOOK_GROWTH = 0.5, 2.0, 1.3
LONGEST_WAIT = 30.0

log = structlog.get_logger("studio.engine")

_COULD_NOT_LOOK = {
    FaultKind.UNAVAILABLE: None,
    FaultKind.RATE_LIMITED: None,
    FaultKind.BAD_KEY: PauseReason.KEY,
    FaultKind.NO_FUNDS: PauseReason.FUNDS,
}
"""Faults that are about looking, not about the work; some pause the batch until mended."""


class Follower:
    """Asks about accepted or lost work."""

    def __init__(
        self, parts: Parts, moves: Moves, delivery: Delivery, answered: Callable[[str], None]
    ) -> None:
        self._answered = answered
        self._parts = parts
        self._moves = moves
        self._delivery = delivery
        self._asked_to_stop: set[str] = set()

    async def follow(
        self, job: Job, provider: Provider, answer: Running | Finished, lane: Lane
    ) -> Job | None:
        """Note what the provider says until the outputs are located.

        Raises:
            ProviderFault: the work itself failed.
        """
        wait = FIRST_LOOK
        while isinstance(answer, Running):
            if job.state is not JobState.RUNNING:
                job = await self._moves.running(job, answer)
                self._answered(job.id)
            if await self._stopped_in_time(job, provider):
                return None
            await self._parts.clock.sleep(wait)
            wait = min(LONGEST_LOOK, wait * LOOK_GROWTH)
            answer = await self.check(job, answer.ref, provider)
        lane.succeeded()
        return await self._delivery.locate(job, answer)

    async def check(
        self, job: Job, ref: Mapping[str, Any], provider: Provider
    ) -> Running | Finished:
        """Look at accepted work, however long it takes until the provider can be asked.

        Raises:
            ProviderFault: the work itself failed.
        """
        wait = FIRST_LOOK
        while True:
            try:
                return await provider.check(ref, self._parts.context(provider))
            except ProviderFault as problem:
                fault = problem.fault
                if fault.kind not in _COULD_NOT_LOOK or not _about_looking(fault):
                    raise
                log.warning("could_not_look", job_id=job.id, kind=fault.kind)
                await self._pause_if_account(job, fault)
                await self._parts.clock.sleep(max(wait, min(fault.retry_after or 0.0, 900.0)))
                wait = min(LONGEST_WAIT, wait * 2)

    async def look_up(
        self, job: Job, lane: Lane, fault: Fault, *, recovered: bool = False
    ) -> Job | None:
        """Find out what became of a call whose answer was lost. Never sends it again blindly.

        Raises:
            ProviderFault: it never arrived, which counts as one try, or the work failed.
        """
        provider = self._parts.provider_of(job)
        call = await asyncio.to_thread(call_of, self._parts, job)
        deadline = self._parts.clock.monotonic() + 2 * self._parts.settings.studio_settle_seconds
        wait = FIRST_LOOK
        while True:
            try:
                found = await provider.find(call, self._parts.context(provider))
            except ProviderFault as problem:
                found = CannotTell(known=problem.fault.message, ask_again=True)
            if isinstance(found, NotThere):
                await self._send_later(job, fault, recovered=recovered)
                return None
            if not isinstance(found, CannotTell):
                return await self.follow(job, provider, found, lane)
            if not found.ask_again or self._parts.clock.monotonic() > deadline:
                told = f"{fault.message} {found.known}".strip()
                await self._moves.unknown(job, fault.model_copy(update={"message": told}))
                return None
            await self._parts.clock.sleep(wait)
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
        try:
            charged = await provider.cancel(job.remote or {}, self._parts.context(provider))
        except ProviderFault as problem:
            log.warning("cancel_failed", job_id=job.id, kind=problem.fault.kind)
            return False
        if charged:
            return False
        await self._moves.canceled(job)
        return True

    async def _pause_if_account(self, job: Job, fault: Fault) -> None:
        reason = _COULD_NOT_LOOK[fault.kind]
        if reason is None:
            return

        def work(tx: Tx) -> None:
            if batches.get(tx, job.batch_id).state is BatchState.RUNNING:
                told = f"{fault.message} {fault.hint}"
                now = self._parts.now()
                batches.move(tx, job.batch_id, BatchState.PAUSED, now, reason=reason, message=told)

        await self._moves.write(job, work)


def _about_looking(fault: Fault) -> bool:
    """An account problem always is; "unavailable" only when the adapter says to ask again."""
    return fault.retry or _COULD_NOT_LOOK[fault.kind] is not None
