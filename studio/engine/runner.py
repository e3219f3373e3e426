"""The engine: keeps the lanes full, fairly between batches, and stops without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError as FutureCancelledError
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

import structlog

from studio.db import Tx, batches, jobs
from studio.engine.chores import chores, keep_at
from studio.engine.claim import claim, pause_without
from studio.engine.execute import Executor
from studio.engine.lanes import Lanes
from studio.engine.limits import Lane, Seat
from studio.engine.loop import LoopThread
from studio.engine.parts import Parts
from studio.engine.recovery import clean_left_overs, take_over
from studio.engine.turns import Turns
from studio.errors import Conflict, StudioError
from studio.failpoints import reach
from studio.models import Batch, BatchState, Job
from studio.models.lost import LookedAt

BACKLOG = 16
RECOVERY_SECONDS = 10.0
IDLE_SECONDS = 5.0

GRACE_SECONDS, STOP_SECONDS = 10.0, 5.0

T = TypeVar("T")

log = structlog.get_logger("studio.engine")


class Engine:
    """Works on running batches in its own thread.

    Args:
        parts: The services it composes.
        everything: Work on every running batch; otherwise only on those given to :meth:`own`.
    """

    def __init__(self, parts: Parts, *, everything: bool) -> None:
        self._parts = parts
        self._everything = everything
        self._owned: set[str] = set()
        self._found: set[str] = set()
        self._lanes = Lanes(parts)
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._turns = Turns()
        self._thread: LoopThread | None = None
        self._starting = threading.Lock()
        self._draining = self._shut = False
        self._task: asyncio.Task[Any] | None = None

    def start(self) -> None:
        """Start the thread; once is enough, from any thread."""
        with self._starting:
            if self._shut:
                raise Conflict("The studio is shutting down.", "Start it again and go on.")
            if self._thread is None:
                self._draining = False
                self._thread = LoopThread()
                self._main = self._thread.submit(self._run())

    def wake(self) -> None:
        """There may be work: look now. Callable from any thread."""
        if self._thread is not None:
            self._thread.call(self._look)

    def own(self, batch_id: str) -> None:
        """Work on this batch in this process."""
        self._owned.add(batch_id)
        self.start()
        self.wake()

    def ask(self, question: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a question to a provider on the engine's loop, from any thread."""
        try:
            self.start()
        except Conflict:
            question.close()
            raise
        assert self._thread is not None  # noqa: S101  (started above; mypy cannot see it)
        return self._thread.submit(question)

    async def search(self, job_id: str, remote_id: str | None = None) -> LookedAt:
        """Look for one lost call; see :meth:`Searcher.look`. Run it through :meth:`ask`."""
        return await self._searcher.look(job_id, remote_id)

    async def told(self, job_id: str, attempt: int, remote_id: str) -> None:
        """The provider itself named the request of an attempt: look at it now. Only a hint: what
        it says is asked for with our key. Run it through :meth:`ask`.
        """
        await self._searcher.told(job_id, attempt, remote_id)
        self._executor.hints.give(job_id)

    def close(self, grace: float = GRACE_SECONDS, *, for_good: bool = False) -> bool:
        """Stop claiming, give requests that are out ``grace`` seconds to be answered, end the
        thread. Work in flight stays resumable.

        Args:
            for_good: It never starts again: its database is about to close.

        Returns:
            Whether the thread has ended; if not, its claims must not be given up.
        """
        with self._starting:
            self._shut = self._shut or for_good
            if self._thread is None:
                return True
            stopped = self._thread.submit(self._stop(grace))
            with contextlib.suppress(TimeoutError, FutureCancelledError):
                stopped.result(grace + STOP_SECONDS)
            self._main.cancel()
            ended = self._thread.close()
            if self._main.done() and not self._main.cancelled() and self._main.exception():
                log.error("engine_had_ended", error=repr(self._main.exception()))
            self._thread = None
            return ended

    def works_on(self, batch_id: str) -> bool:
        """Whether this process works on that batch."""
        return self._everything or batch_id in self._owned

    def _is_ours(self, job: Job) -> bool:
        return job.id in self._found or self.works_on(job.batch_id)

    def _take_on(self, job_id: str) -> None:
        """Go on with a job that was found, and with no other of its batch."""
        self._found.add(job_id)
        self._look()

    def _batch_ids(self) -> set[str] | None:
        return None if self._everything else set(self._owned)

    def _look(self) -> None:
        if hasattr(self, "_news"):
            self._news.set()

    async def _stop(self, grace: float) -> None:
        """Drain, then end the work and close its connections before the loop goes."""
        await self._drain(grace)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=STOP_SECONDS)

    async def _drain(self, grace: float) -> None:
        """Wait for answers to paid requests: one that is lost now could not be looked up later."""
        self._draining = True
        if not hasattr(self, "_executor"):
            return
        self._executor.stop_sending()
        out = [
            task for job_id, (_, task) in self._tasks.items() if job_id in self._executor.sending
        ]
        if out:
            await asyncio.wait(out, timeout=grace)

    async def _run(self) -> None:
        self._news = asyncio.Event()
        self._task = asyncio.current_task()
        self._executor = Executor(self._parts, asyncio.Semaphore(BACKLOG), self._look)
        self._searcher = self._executor.searcher(self._take_on)
        try:
            await asyncio.to_thread(clean_left_overs, self._parts)
        except (StudioError, OSError):  # what stays behind harms nobody
            log.exception("left_overs_not_removed")
        try:
            async with asyncio.TaskGroup() as group:
                for name, chore in chores(
                    self._parts,
                    search=self._searcher.look,
                    mine=self._batch_ids,
                    works_on=self.works_on,
                    go_on=self._look,
                ).items():
                    group.create_task(keep_at(self._parts, name, chore))
                while True:
                    self._news.clear()
                    await self._wait(await self._round(group))
        finally:
            await self._parts.net.close()

    async def _round(self, group: asyncio.TaskGroup) -> float:
        """Take over, claim, start; returns after how many seconds to look again at the latest.

        A round that fails (the disk refuses, a row is damaged) never touches work in flight.
        """
        try:
            await self._take_over(group)
            if not self._draining:
                await self._fill(group)
            return self._delay()
        except StudioError as error:  # the disk refuses: its watch tells and pauses
            log.info("engine_round_waits", message=error.message)
            return IDLE_SECONDS
        except Exception:  # the loop thread: one of the named broad places
            log.exception("engine_round_failed")
            return IDLE_SECONDS

    async def _wait(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _take_over(self, group: asyncio.TaskGroup) -> None:
        for job in await take_over(self._parts, self._is_ours, set(self._tasks)):
            lane = self._lanes.of(job.spec.request.model.partition(":")[0]) or Lane(capacity=1)
            self._spawn(group, job, lane.join(), recovered=True)

    async def _fill(self, group: asyncio.TaskGroup) -> None:
        """Give each provider's lane away job by job: the urgent first, then everybody in turn."""
        running = [b for b in self._parts.store.read(_running) if self.works_on(b.id)]
        waiting = self._parts.store.read(lambda tx: _waiting(tx, running))
        pairs = [(batch, provider) for batch in running for provider in waiting[batch.id]]
        self._lanes.widen(pairs)
        self._turns.keep(running)
        lines: dict[str, list[Batch]] = {}
        for batch, provider in pairs:
            lines.setdefault(provider, []).append(batch)
        while lines:
            for provider, line in list(lines.items()):
                chosen = self._turns.next(line, provider)
                if not await self._start_one(group, chosen, provider):
                    line.remove(chosen)  # nothing of it can start now: it holds up nobody
                if not line or not self._lanes.has_room(provider):
                    del lines[provider]

    async def _start_one(self, group: asyncio.TaskGroup, batch: Batch, provider: str) -> bool:
        if self._draining:
            return False
        lane = self._lanes.of(provider)
        if lane is None:
            await self._parts.store.awrite(
                lambda tx: pause_without(tx, self._parts, batch.id, provider)
            )
            self._parts.changes.notify(batch.id)
            return False
        if not lane.has_room(self._parts.clock.monotonic()) or self._batch_is_full(batch):
            return False
        reach("before_intent")
        job = await self._parts.store.awrite(lambda tx: claim(tx, self._parts, batch.id, provider))
        self._parts.changes.notify(batch.id)
        if job is None:
            return False
        reach("after_intent")
        self._spawn(group, job, lane.start(self._parts.clock.monotonic()))
        self._turns.served(batch, provider)
        return True

    def _batch_is_full(self, batch: Batch) -> bool:
        if batch.settings.workers is None:
            return False
        mine = sum(1 for batch_id, _ in self._tasks.values() if batch_id == batch.id)
        return mine >= batch.settings.workers

    def _spawn(
        self, group: asyncio.TaskGroup, job: Job, seat: Seat, *, recovered: bool = False
    ) -> None:
        work = self._executor.run(job, seat, recovered=recovered)
        task = group.create_task(work, name=job.id)
        self._tasks[job.id] = (job.batch_id, task)

        def ended(_: asyncio.Task[None]) -> None:
            if self._tasks.get(job.id, ("", None))[1] is task:
                del self._tasks[job.id]
            self._look()

        task.add_done_callback(ended)

    def _delay(self) -> float:
        """Seconds until time alone may make something possible."""
        now = self._parts.now()
        delays = [RECOVERY_SECONDS, *self._lanes.waits()]
        soonest = self._parts.store.read(lambda tx: jobs.soonest_retry(tx, now))
        if soonest is not None:
            delays.append((datetime.fromisoformat(soonest) - now).total_seconds())
        return min(delay for delay in delays if delay > 0)


def _waiting(tx: Tx, running: list[Batch]) -> dict[str, list[str]]:
    return {batch.id: jobs.waiting_providers(tx, batch.id) for batch in running}


def _running(tx: Tx) -> list[Batch]:
    return batches.in_state(tx, BatchState.RUNNING)
