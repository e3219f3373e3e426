"""One simulated process: a real studio on simulated time and disk, which can die at any moment."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar
from unittest.mock import patch

import httpx

from studio import failpoints
from studio.container import Studio, open_studio
from studio.net import Connections
from studio.settings import load_settings
from tests.simulation.adapters import adapters, file_server
from tests.simulation.disk import Killed, SimulatedStorage, SimulatedStore, SimulatedWorkers
from tests.simulation.ticking import TASKS, Answer, SimulatedClock, SimulatedLoop, Tasks
from tests.simulation.world import SETTLE, World

T = TypeVar("T")
LONGEST_BURIAL = 30.0
SELDOM = 2.0
"""Seconds between two looks for what is due after jobs: rarer than in life, to be quick."""


class _Ids:
    """Ids and seeds from the simulation's own chance."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._count = 0

    def new(self, prefix: str) -> str:
        """A new id, in order."""
        self._count += 1
        return f"{prefix}_{self._count:05d}{self._rng.randrange(16**8):08x}"

    def seed(self) -> int:
        """A seed."""
        return self._rng.randrange(1, 2**31)


class _Files(Connections):
    """Every address leads to the simulated file server."""

    def __init__(self, transport: httpx.MockTransport) -> None:
        super().__init__()
        self._transport = transport

    @property
    def api(self) -> httpx.AsyncClient:
        """Not asked by simulated adapters."""
        return self.files

    @property
    def files(self) -> httpx.AsyncClient:
        """The client of the simulated file server."""
        if self._files is None:
            self._files = httpx.AsyncClient(transport=self._transport, trust_env=False)
        return self._files


class _Event:
    """Waiting for it lets simulated time pass."""

    def __init__(self) -> None:
        process = PROCESS.get()
        assert process is not None
        self._process = process

    def wait(self, timeout: float | None = None) -> bool:
        """Wait so many simulated seconds."""
        self._process.loop.pump(lambda: self._process.dead, timeout or 0.0)
        self._process.touch("waited")
        return False


class _Thread:
    """The engine's thread, as tasks of the one loop."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def submit(self, work: Coroutine[Any, Any, T]) -> Answer[T]:
        """Run a coroutine."""
        return Answer(self._process.loop, work, lambda: self._process.dead)

    def call(self, function: Any, *args: Any) -> None:
        """Call a function soon."""
        self._process.loop.call_soon(function, *args)

    def close(self) -> bool:
        """Cancel what is left and wait for it."""
        return self._process.end_tasks()


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


class Process:
    """A studio in the simulated world.

    Args:
        everything: It works on every batch, as a server does.
    """

    def __init__(self, world: World, folder: Path, ids: _Ids, *, everything: bool) -> None:
        self.world = world
        self.loop: SimulatedLoop = world.loop
        self.dead = False
        self.fatal: tuple[str, int] | None = None
        """The moment at which it dies, and how often that passes before."""
        self.died_at = ""
        self.closing = False
        self.everything = everything
        self._tasks = Tasks()
        self._folder = folder
        self.studio = self._open(ids)

    @property
    def disk_is_full(self) -> bool:
        """Whether nothing can be written now."""
        return self.world.disk_is_full

    def touch(self, moment: str) -> None:
        """This moment is reached; in a dead process nothing happens any more.

        Raises:
            Killed: it is dead.
        """
        if not self.dead and self.fatal is not None and moment == self.fatal[0]:
            self.fatal = (moment, self.fatal[1] - 1)
            if self.fatal[1] <= 0:
                self.dead, self.died_at = True, moment
        if self.dead:
            raise Killed(moment)

    @contextmanager
    def inside(self) -> Iterator[Studio]:
        """What is called in here, this process does."""
        marks = PROCESS.set(self), TASKS.set(self._tasks)
        try:
            yield self.studio
        finally:
            PROCESS.reset(marks[0])
            TASKS.reset(marks[1])

    def close(self) -> None:
        """End it as a person would."""
        self.closing = True
        with self.inside() as studio:
            studio.close()
        self.dead = True

    def bury(self) -> None:
        """Remove what is left of a dead process, as the system does."""
        self.dead = True
        self.end_tasks()
        self.studio.parts.store.drop()  # type: ignore[attr-defined]  # a simulated one
        self.studio.parts.owner._lock.release()

    def end_tasks(self) -> bool:
        """Cancel the tasks of this process and wait for them."""
        current = set(self._tasks.alive)
        for task in current:
            task.cancel()
        return self.loop.pump(lambda: not self._tasks.alive, LONGEST_BURIAL)

    def _wait_for_news(self, batch_id: str, seen: int, timeout: float) -> int:
        changes = self.studio.parts.changes
        self.loop.pump(lambda: self.dead or changes.version(batch_id) != seen, timeout)
        self.touch("waited")
        return changes.version(batch_id)

    def _open(self, ids: _Ids) -> Studio:
        world, files = self.world, file_server(self.world, self)
        where = "studio.container.studio"
        settings = load_settings(
            studio_data_dir=self._folder, studio_settle_seconds=SETTLE, studio_timeout=90
        )
        marks = PROCESS.set(self), TASKS.set(self._tasks)
        try:
            with ExitStack() as patches:
                for name, value in {
                    "Store": lambda path: SimulatedStore(path, self),
                    "LocalStorage": lambda root: SimulatedStorage(root, self),
                    "Workers": SimulatedWorkers,
                    "Connections": lambda *args, **kwargs: _Files(files),
                    "configure_logs": lambda settings: None,
                }.items():
                    patches.enter_context(patch(f"{where}.{name}", value))
                studio = open_studio(
                    settings, clock=SimulatedClock(self.loop), ids=ids,
                    providers=adapters(world, self), everything=self.everything,
                )  # fmt: skip
                studio.parts.changes.wait = self._wait_for_news  # type: ignore[method-assign]
                return studio
        finally:
            PROCESS.reset(marks[0])
            TASKS.reset(marks[1])


def ids_of(rng: Random) -> _Ids:
    """The maker of ids that all processes of a simulation share."""
    return _Ids(rng)


@contextmanager
def simulated_threads(loop: SimulatedLoop) -> Iterator[None]:
    """Engines run on the simulated loop, and whoever waits for them waits on it; failpoints
    reach the process that passes them.
    """

    def thread() -> _Thread:
        process = PROCESS.get()
        assert process is not None
        return _Thread(process)

    def passed(point: str) -> None:
        process = PROCESS.get()
        if process is not None:
            process.touch(point)

    failpoints.arm(passed)
    try:
        clock = SimpleNamespace(monotonic=loop.time)
        with (
            patch("studio.engine.runner.LoopThread", thread),
            patch("studio.container.lost.time", clock),
            patch("studio.container.running.time", clock),
            patch("studio.container.running.threading", SimpleNamespace(Event=_Event)),
            patch("studio.engine.followups.LOOK_SECONDS", SELDOM),
            patch("os.fsync", lambda _: None),  # no power cut is simulated
        ):
            yield
    finally:
        failpoints.arm(None)
