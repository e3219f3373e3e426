"""Sending: the free steps, then exactly one request that can cost money; its intent is on disk."""

from __future__ import annotations

import asyncio

import httpx

from studio.engine.parts import Parts, call_of
from studio.errors import DatabaseError, StudioError
from studio.failpoints import reach
from studio.models import (
    Call,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Job,
    ProviderFault,
    Running,
)
from studio.providers import Provider


class NotSentError(Exception):
    """The studio is closing: this request was held back, nothing of it left the house."""


class Sender:
    """Sends calls, and knows which may have left the house."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.sent: set[str] = set()
        """Ids of jobs whose paid request may be out and is not answered yet."""
        self.closing = False

    async def send(self, job: Job, provider: Provider) -> Running | Finished:
        """Prepare and submit one attempt.

        Raises:
            ProviderFault: with ``charged`` *no* when nothing was sent.
        """
        call, seconds = await self._prepare(job, provider)
        context = self._parts.context(provider)
        if self.closing:
            raise NotSentError
        self.sent.add(job.id)
        reach("before_send")
        try:
            async with asyncio.timeout(seconds):
                answer = await provider.submit(call, context)
        except TimeoutError:
            raise ProviderFault(_no_answer(provider, seconds)) from None
        reach("after_answer")
        return answer

    def settled(self, job_id: str) -> None:
        """What came of the request is on disk."""
        self.sent.discard(job_id)

    async def _prepare(self, job: Job, provider: Provider) -> tuple[Call, float]:
        """The call, and how many seconds it may take."""
        try:
            seconds = self._parts.seconds_for(job)
            call = await asyncio.to_thread(call_of, self._parts, job)
            return await provider.prepare(call, self._parts.context(provider)), seconds
        except DatabaseError as error:  # it may be read again in a moment
            raise ProviderFault(_not_sent(error.message, error.next_step, again=True)) from error
        except StudioError as error:
            raise ProviderFault(_not_sent(error.message, error.next_step)) from error
        except (TimeoutError, OSError, httpx.HTTPError) as error:
            told = f"{provider.label} could not be reached before sending: {type(error).__name__}."
            raise ProviderFault(
                _not_sent(told, "Check the connection; it is tried again by itself.", again=True)
            ) from error


def _not_sent(message: str, hint: str, *, again: bool = False) -> Fault:
    kind = FaultKind.UNAVAILABLE if again else FaultKind.BAD_REQUEST
    return Fault(kind=kind, retry=again, charged=Charged.NO, message=message, hint=hint)


def _no_answer(provider: Provider, seconds: float) -> Fault:
    return Fault(
        kind=FaultKind.UNKNOWN_OUTCOME,
        charged=Charged.MAYBE,
        message=f"{provider.label} did not answer within {seconds:g} seconds.",
        hint="It may still have made the picture. Retry it, or write it off.",
    )
