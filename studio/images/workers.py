"""A bounded pool of threads for work on pixels: Pillow frees the interpreter meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from studio.errors import Conflict

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Runs functions off the event loop, a few at a time.

    Args:
        count: Threads; by default one per processor.
        backlog: How much work may be running or waiting at once. Callers beyond it wait, which
            slows whoever brings the work and so bounds the memory. At least ``count``; about 16
            pictures measured best (4 cost 15 % of the speed, no bound cost three times the memory).

    It may be made anywhere, and is then used from one event loop.
    """

    def __init__(self, count: int | None = None, *, backlog: int = 16) -> None:
        self.count = count or os.cpu_count() or 1
        self._room = asyncio.Semaphore(max(backlog, self.count))
        self._pool = ThreadPoolExecutor(self.count, thread_name_prefix="studio-pixels")
        self._closed = False

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call ``function`` in a worker and wait for its result.

        Cancelling the caller drops work that has not begun; begun work goes on to its end and
        holds its place until then.

        Raises:
            Conflict: the pool is closed, or was closed before the work began.
        """
        loop = asyncio.get_running_loop()
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise _closing()
        context = contextvars.copy_context()
        work = self._pool.submit(context.run, partial(function, *args, **kwargs))
        work.add_done_callback(partial(self._give_room, loop))
        try:
            return await asyncio.wrap_future(work)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closed and work.cancelled() and not (task and task.cancelling()):
                raise _closing() from None
            raise

    def close(self) -> None:
        """Wait for running work and cancel what is queued. Blocks; closing twice does no harm.

        On an event loop, call it as ``await asyncio.to_thread(workers.close)``.
        """
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _give_room(self, loop: asyncio.AbstractEventLoop, work: Future[T]) -> None:
        del work
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for room
            loop.call_soon_threadsafe(self._room.release)


def _closing() -> Conflict:
    return Conflict(
        "The studio is shutting down, so this picture was not worked on.",
        "Start the studio again: it goes on where it stopped.",
    )
