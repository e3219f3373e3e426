"""An event loop on simulated time: nothing waits, and the same seed gives the same run."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextvars import Context, ContextVar
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ROUNDING = 1e-6
SLOWEST_STEP = 0.02
"""Seconds that a step off the loop (a file, a commit) takes at most."""


class _NoWaiting(selectors.SelectSelector):
    """Instead of waiting, time goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing ever happens outside; the wait is over at once."""
        self.now += max(0.0, timeout or 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """One thread, no waiting. Work for threads is done in line, a moment later.

    Args:
        rng: Decides how long such a moment is.
    """

    def __init__(self, rng: Random) -> None:
        self._virtual = _NoWaiting()
        self.steps = 0
        self.on_step: Callable[[], None] = lambda: None
        """Called after each step."""
        self._enough: Callable[[], bool] = lambda: True
        super().__init__(self._virtual)
        self._rng = rng
        self.set_task_factory(_make_task)
        self.set_exception_handler(lambda loop, context: None)  # checked by the invariants

    def time(self) -> float:
        """Simulated seconds since the beginning."""
        return self._virtual.now

    def jump(self, seconds: float) -> None:
        """Let time pass at once, as when a machine sleeps; what was due meanwhile is due now."""
        self._virtual.now += seconds

    def moment(self) -> float:
        """How long the next step off the loop takes."""
        return self._rng.uniform(0.0, SLOWEST_STEP)

    def run_in_executor(  # type: ignore[override]  # any function
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        """Do it in line, a moment later."""
        future: asyncio.Future[Any] = self.create_future()

        def work() -> None:
            try:
                value = func(*args)
            except BaseException as error:  # noqa: BLE001  (every outcome travels to the caller)
                if not future.done():
                    future.set_exception(error)
            else:
                if not future.done():
                    future.set_result(value)

        self.call_later(self.moment(), work)
        return future

    def pump(self, until: Callable[[], bool], seconds: float) -> bool:
        """Run until a condition holds, for at most so many simulated seconds.

        Returns:
            Whether it holds.
        """
        end = self.time() + seconds
        self._enough = lambda: until() or self.time() >= end - ROUNDING
        if not until():
            alarm = self.call_later(seconds, lambda: None, context=Context())
            self.run_forever()
            alarm.cancel()
        return until()

    def _run_once(self) -> None:
        super()._run_once()  # type: ignore[misc]  # asyncio's own step
        self.steps += 1
        self.on_step()
        if self._enough():
            self.stop()


class SimulatedClock:
    """The studio's clock, on the loop's time."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Tasks:
    """The tasks of one simulated process."""

    def __init__(self) -> None:
        self.alive: set[asyncio.Task[Any]] = set()

    def add(self, task: asyncio.Task[Any]) -> None:
        """Count one until it ends."""
        self.alive.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.alive.discard(task)
        if not task.cancelled():
            task.exception()


TASKS: ContextVar[Tasks | None] = ContextVar("TASKS", default=None)
"""Whose task a new task is."""


def _make_task(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    context: Context | None = None,
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
    owner = TASKS.get() if context is None else context.get(TASKS)
    if owner is not None:
        owner.add(task)
    return task


class Answer(Future[T]):
    """What a task of the loop comes to; whoever waits for it lets time pass."""

    def __init__(
        self, loop: SimulatedLoop, work: Coroutine[Any, Any, T], is_dead: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._loop = loop
        self._is_dead = is_dead
        self._task = loop.create_task(work)
        self._task.add_done_callback(self._copy)

    def result(self, timeout: float | None = None) -> T:
        """The result, after at most so many simulated seconds."""
        self._loop.pump(
            lambda: self.done() or self._is_dead(), 600.0 if timeout is None else timeout
        )
        return super().result(0)

    def cancel(self) -> bool:
        """Cancel the task."""
        return self._task.cancel()

    def _copy(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            super().cancel()
            self.set_running_or_notify_cancel()
        elif (error := task.exception()) is not None:
            self.set_exception(error)
        else:
            self.set_result(task.result())
