"""The engine: keeps the lanes full, fairly between batches, and stops without losing anything."""

from __future__ import annotations

import asyncio
import contextlib
from concurrent.futures import CancelledError as FutureCancelledError
from datetime import datetime

import structlog

from studio.db import Tx, batches, jobs
from studio.engine.claim import claim
from studio.engine.execute import Executor
from studio.engine.followups import FollowupRunner
from studio.engine.limits import Lane
from studio.engine.loop import LoopThread
from studio.engine.parts import Parts
from studio.engine.recovery import clean_left_overs, take_over
from studio.errors import StudioError
from studio.models import Batch, BatchState, Job

BACKLOG = 16
RECOVERY_SECONDS = 10.0
IDLE_SECONDS = 5.0

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
        self._lanes: dict[str, Lane] = {}
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}
        self._turn = 0
        self._thread: LoopThread | None = None

    def start(self) -> None:
        """Start the thread; once is enough."""
        if self._thread is None:
            self._thread = LoopThread()
            self._main = self._thread.submit(self._run_for_ever())

    def wake(self) -> None:
        """There may be work: look now. Callable from any thread."""
        if self._thread is not None:
            self._thread.call(self._look)

    def own(self, batch_id: str) -> None:
        """Work on this batch in this process."""
        self._owned.add(batch_id)
        self.start()
        self.wake()

    def close(self) -> None:
        """Stop claiming, leave work in flight in a resumable state, end the thread."""
        if self._thread is None:
            return
        self._main.cancel()
        self._thread.close()
        with contextlib.suppress(FutureCancelledError, TimeoutError):
            self._main.result(timeout=0)
        self._thread = None

    def _look(self) -> None:
        if hasattr(self, "_news"):
            self._news.set()

    async def _run_for_ever(self) -> None:
        while True:
            try:
                await self._run()
            except Exception:  # the loop thread: one of the three broad places
                log.exception("engine_failed")
                await self._parts.clock.sleep(IDLE_SECONDS)

    async def _run(self) -> None:
        self._news = asyncio.Event()
        await asyncio.to_thread(clean_left_overs, self._parts)
        self._executor = Executor(self._parts, asyncio.Semaphore(BACKLOG))
        async with asyncio.TaskGroup() as group:
            group.create_task(FollowupRunner(self._parts, self.works_on).run())
            while True:
                self._news.clear()
                try:
                    await self._take_over(group)
                    await self._fill(group)
                    delay = self._delay()
                except StudioError as error:  # the disk or database refuses for now
                    log.warning("engine_waits", message=error.message)
                    delay = IDLE_SECONDS
                await self._wait(delay)

    def works_on(self, batch_id: str) -> bool:
        """Whether this process works on that batch."""
        return self._everything or batch_id in self._owned

    async def _wait(self, delay: float) -> None:
        try:
            async with asyncio.timeout(delay):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _take_over(self, group: asyncio.TaskGroup) -> None:
        for job in await take_over(self._parts, self.works_on, set(self._tasks)):
            lane = self._lane(job)
            lane.in_flight += 1
            self._spawn(group, job, lane, recovered=True)

    async def _fill(self, group: asyncio.TaskGroup) -> None:
        """Give each batch one job in turn until nobody can take another."""
        running = [b for b in self._parts.store.read(_running) if self.works_on(b.id)]
        waiting = self._parts.store.read(lambda tx: _waiting(tx, running))
        self._turn = (self._turn + 1) % max(1, len(running))
        pairs = [
            (batch, provider)
            for batch in running[self._turn :] + running[: self._turn]
            for provider in waiting[batch.id]
        ]
        while pairs:
            pairs = [pair for pair in pairs if await self._start_one(group, *pair)]

    async def _start_one(self, group: asyncio.TaskGroup, batch: Batch, provider: str) -> bool:
        lane = self._lane_of(provider)
        if lane is None:
            return False
        if batch.settings.workers:
            lane.raise_capacity(batch.settings.workers)
        if not lane.has_room(self._parts.clock.monotonic()) or self._batch_is_full(batch):
            return False
        result = await self._parts.store.awrite(
            lambda tx: claim(tx, self._parts, batch.id, provider)
        )
        self._parts.changes.notify(batch.id)
        if result is None:
            return False
        lane.start(self._parts.clock.monotonic())
        self._spawn(group, result, lane)
        return True

    def _batch_is_full(self, batch: Batch) -> bool:
        if batch.settings.workers is None:
            return False
        mine = sum(1 for batch_id, _ in self._tasks.values() if batch_id == batch.id)
        return mine >= batch.settings.workers

    def _spawn(
        self, group: asyncio.TaskGroup, job: Job, lane: Lane, *, recovered: bool = False
    ) -> None:
        work = self._executor.run(job, lane, recovered=recovered)
        task = group.create_task(work, name=job.id)
        self._tasks[job.id] = (job.batch_id, task)

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(job.id, None)
            self._look()

        task.add_done_callback(ended)

    def _lane(self, job: Job) -> Lane:
        lane = self._lane_of(job.spec.request.model.partition(":")[0])
        return lane if lane is not None else Lane(capacity=1)

    def _lane_of(self, provider_id: str) -> Lane | None:
        if provider_id not in self._lanes:
            provider = self._parts.providers.get(provider_id)
            if provider is None:
                return None
            capacity = self._parts.settings.studio_workers or provider.concurrency
            self._lanes[provider_id] = Lane(capacity, provider.starts_per_second)
        return self._lanes[provider_id]

    def _delay(self) -> float:
        """Seconds until time alone may make something possible."""
        now = self._parts.clock.monotonic()
        delays = [RECOVERY_SECONDS]
        delays += [lane.opens_at(now) - now for lane in self._lanes.values()]
        soonest = self._parts.store.read(jobs.soonest_retry)
        if soonest is not None:
            delays.append((datetime.fromisoformat(soonest) - self._parts.now()).total_seconds())
        return min(delay for delay in delays if delay > 0)


def _waiting(tx: Tx, running: list[Batch]) -> dict[str, list[str]]:
    return {batch.id: jobs.waiting_providers(tx, batch.id) for batch in running}


def _running(tx: Tx) -> list[Batch]:
    return batches.in_state(tx, BatchState.RUNNING)
