"""What arrives at a webhook's address: checked twice, then handed to the engine as a hint."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, deque
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Protocol, TypeVar

import structlog

from studio.db import Tx, jobs, receipts
from studio.engine import Parts
from studio.errors import Conflict, NotFound, Unreachable
from studio.ids import Clock
from studio.models import Job, JobState
from studio.providers import Provider
from studio.webhooks.addresses import Addresses

T = TypeVar("T")

ANSWER_SECONDS = 12.0
"""A provider waits longer than that for its answer."""
WRONG_ADDRESSES, DELIVERIES, A_MINUTE = 60, 30, 60.0
"""Most wrong addresses of one client in a minute, and most deliveries to one right address."""
MOST_COUNTED = 10_000

log = structlog.get_logger("studio.webhooks")


class Answer(StrEnum):
    """What the sender is told."""

    ACCEPTED = "accepted"
    """It was heard, or there was nothing left to say: it need not come again."""
    NOT_FOUND = "not_found"
    """This installation never gave out that address."""
    FORGED = "forged"
    """The provider did not sign it, or not just now."""
    TOO_MANY = "too_many"
    LATER = "later"
    """Nobody can tell now; it may come again."""


class Looker(Protocol):
    """What the engine does about a hint."""

    def ask(self, question: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a question to a provider on the engine's loop."""

    def told(self, job_id: str, attempt: int, remote_id: str) -> Coroutine[Any, Any, None]:
        """The provider named the request of an attempt: look at it now. Bears being repeated."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a right address names."""

    provider: str
    job_id: str
    attempt: int


class Webhooks:
    """Takes in what arrives.

    Args:
        parts: The services of the engine, which gives out the addresses from now on.
        engine: Looks at once when a hint says so.
    """

    def __init__(self, parts: Parts, engine: Looker) -> None:
        self._parts = parts
        self._engine = engine
        settings = parts.settings
        self._addresses = Addresses(settings.studio_data_dir, settings.studio_public_url)
        parts.webhook = self._addresses.of
        self._strangers = Turnstile(parts.clock, WRONG_ADDRESSES, A_MINUTE)
        self._deliveries = Turnstile(parts.clock, DELIVERIES, A_MINUTE)

    def target(
        self, provider: str, job_id: str, attempt: str, tag: str, client: str
    ) -> Target | Answer:
        """What an address names, before anything of the message is read.

        Wrong addresses are counted for the client that tries them and right ones each for itself,
        so that nobody who guesses holds up what a provider has to say.
        """
        try:
            right = self._addresses.is_right(provider, job_id, attempt, tag)
        except OSError as error:
            log.warning("no_webhooks", error=type(error).__name__)
            return Answer.LATER
        if not right:
            free = self._strangers.passes(client)
            return Answer.NOT_FOUND if free else Answer.TOO_MANY
        if not self._deliveries.passes(f"{provider} {job_id} {attempt}"):
            return Answer.TOO_MANY
        return Target(provider, job_id, int(attempt))

    async def receive(self, to: Target, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take in what arrived at a right address. It answers before the work is done.

        Args:
            headers: By their names in small letters.

        Raises:
            DatabaseError: the database cannot be read now.
        """
        provider = self._parts.providers.get(to.provider)
        try:
            job = await asyncio.to_thread(self._job, to.job_id)
        except NotFound:
            return Answer.NOT_FOUND
        if provider is None:
            return Answer.NOT_FOUND
        try:
            asked = self._engine.ask(self._verified(provider, headers, body))
        except Conflict:  # this process is about to end
            return Answer.LATER
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                remote_id = await asyncio.wrap_future(asked)
        except (Unreachable, TimeoutError) as error:
            log.warning("webhook_not_checked", job_id=job.id, error=str(error))
            return Answer.LATER
        if remote_id is None:
            log.warning("webhook_forged", job_id=job.id, attempt=to.attempt)
            return Answer.FORGED
        await asyncio.to_thread(self._hint, to, provider, remote_id)
        return Answer.ACCEPTED

    def _job(self, job_id: str) -> Job:
        return self._parts.store.read(lambda tx: jobs.get(tx, job_id))

    async def _verified(
        self, provider: Provider, headers: Mapping[str, str], body: bytes
    ) -> str | None:
        context = self._parts.context(provider)
        return await provider.verify_webhook(headers, body, context)

    def _hint(self, to: Target, provider: Provider, remote_id: str) -> None:
        """Hand a genuine hint to the engine, which works on it by itself; or let it go."""

        def look(tx: Tx) -> tuple[Job, tuple[str, int] | None]:
            return jobs.get(tx, to.job_id), receipts.owner(tx, to.provider, remote_id)

        job, owner = self._parts.store.read(look)
        followed = None if job.remote is None else provider.identity(job.remote)
        means = _means(job, to, owner, followed in {None, remote_id})
        log.info("webhook", job_id=job.id, attempt=to.attempt, state=job.state, means=means)
        if means in _WORTH_TELLING and (means is _Means.NEWS or owner is None):
            told = self._engine.told(job.id, to.attempt, remote_id)
            self._engine.ask(told).add_done_callback(partial(_note_failure, job.id))


class _Means(StrEnum):
    """What a genuine webhook means for its job."""

    NEWS = "look now"
    EARLIER = "an earlier attempt"
    ANOTHER = "another request"
    ENDED = "nothing new"


_WORTH_TELLING = {_Means.NEWS, _Means.EARLIER, _Means.ENDED}
"""What ended or was tried again may still not know its request: then its bill can be asked."""
_MAY_BE_NEWS = {JobState.SUBMITTING, JobState.RUNNING, JobState.UNKNOWN}


def _means(job: Job, to: Target, owner: tuple[str, int] | None, ours: bool) -> _Means:
    """The one rule: a request belongs to one attempt, and never to another's."""
    if owner not in {None, (to.job_id, to.attempt)}:
        return _Means.ANOTHER
    if job.attempt != to.attempt:
        return _Means.EARLIER
    if job.state not in _MAY_BE_NEWS:
        return _Means.ENDED
    return _Means.NEWS if ours else _Means.ANOTHER


def _note_failure(job_id: str, told: Future[None]) -> None:
    """A hint that came to nothing: the job is looked at in its turn."""
    problem = None if told.cancelled() else told.exception()
    if problem is not None:
        log.warning("webhook_had_no_effect", job_id=job_id, error=repr(problem))


class Turnstile:
    """Lets each name pass so many times within some seconds. Safe to use from several threads."""

    def __init__(self, clock: Clock, most: int, seconds: float) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._passed: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def passes(self, name: str) -> bool:
        """Count one more of that name; false where it was there too often."""
        now = self._clock.monotonic()
        with self._lock:
            times = self._passed.setdefault(name, deque(maxlen=self._most))
            self._passed.move_to_end(name)
            while len(self._passed) > MOST_COUNTED:
                self._passed.popitem(last=False)
            if len(times) == self._most and now - times[0] < self._seconds:
                return False
            times.append(now)
            return True
