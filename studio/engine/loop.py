"""The engine's thread: the only place where threads and the event loop meet."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """One daemon thread with one event loop, closed cleanly: left tasks are cancelled."""

    def __init__(self, name: str = "studio-engine") -> None:
        self._ready = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)  # noqa: TID251  (this is the door)
        self._thread.start()
        self._ready.wait()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine on the loop, from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, function: Any, *args: Any) -> None:
        """Call a plain function on the loop, from any thread; ignored once closed."""
        if not self._closed:
            with contextlib.suppress(RuntimeError):  # closed this very moment
                self._loop.call_soon_threadsafe(function, *args)

    def close(self, timeout: float = 10.0) -> bool:
        """Stop the loop, cancel what is left, and wait for the thread (seconds).

        Returns:
            Whether the thread has ended.
        """
        if not self._closed:
            self._closed = True
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _main(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()
