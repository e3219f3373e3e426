"""A random walk through everything that can happen to a studio; a seed replays it exactly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import structlog

from studio.container import Studio
from studio.errors import StudioError
from studio.models import BatchSettings, RunOptions
from tests.simulation.books import Books
from tests.simulation.disk import Killed
from tests.simulation.process import Process, ids_of, simulated_threads
from tests.simulation.ticking import ROUNDING, SimulatedLoop
from tests.simulation.world import Work, World

PEOPLE: Final = ("ada", "ben")
LOOKS: Final = 0.2
"""Simulated seconds between two looks whether something is over."""


class Walk:
    """One simulation from an empty folder to its reckoning.

    Args:
        seed: Decides everything.
        folder: An empty folder.
        note: Told what happens, for people.
    """

    def __init__(self, seed: int, folder: Path, note: Callable[[str], None] | None = None) -> None:
        self.loop = SimulatedLoop(Random(f"{seed} steps"))  # noqa: S311
        self.world = World(self.loop, Random(f"{seed} world"))  # noqa: S311
        self.world.note = self.note
        self.books = Books(folder)
        self.batches: list[str] = []
        self.slots: list[Process | None] = [None, None]
        self.problems: list[str] = []
        self._ids = ids_of(Random(f"{seed} ids"))  # noqa: S311
        self._tell = note
        self.loop.on_step = self._count_steps
        self.world.notify = self.notify

    def note(self, text: str) -> None:
        """Tell what happens."""
        if self._tell is not None:
            self._tell(f"{self.loop.time():10.2f}  {text}")

    @contextmanager
    def alive(self) -> Iterator[None]:
        """The world exists in here; whoever still lives at the end is killed."""
        try:
            with simulated_threads(self.loop), _quiet_logs(self.problems, self.note):
                yield
                for process in self.slots:
                    if process is not None:
                        process.bury()
        finally:
            self.books.close()
            self.loop.close()

    def start(
        self,
        manner: str,
        pictures: int = 1,
        *,
        slot: int = 0,
        settings: BatchSettings | None = None,
    ) -> None:
        """Start a batch at one provider."""

        def begin(studio: Studio) -> None:
            options = RunOptions(
                model=f"{manner}:one", images=pictures, width=64, height=64,
                title=f"Walk {len(self.batches)}", settings=settings or BatchSettings(),
                created_by=PEOPLE[len(self.batches) % len(PEOPLE)],
            )  # fmt: skip
            self.batches.append(studio.batches.start(studio.planner.single("a boat", options)))

        self.act(slot, begin)
        known = {row["id"] for row in self.books.rows("select id from batches")}
        self.batches += sorted(known - set(self.batches))  # it died after it was stored

    def process(self, slot: int) -> Process:
        """The process of a slot, opened where there is none: 0 is a server, 1 a command."""
        found = self.slots[slot]
        if found is None:
            self.note(f"process {slot} starts")
            found = Process(self.world, self.books.folder, self._ids, everything=slot == 0)
            self.slots[slot] = found
        return found

    def act(self, slot: int, action: Callable[[Studio], Any]) -> bool:
        """Do something through the façade of a process; false where it was not possible."""
        process = self.process(slot)
        try:
            with process.inside() as studio:
                action(studio)
        except Killed:
            return False
        except StudioError as error:
            self.note(f"not possible: {error}")
            return False
        finally:
            self.reap()
        return True

    def pump(self, until: Callable[[], bool], seconds: float) -> None:
        """Let time pass; processes that die are removed as the system does."""
        end, looked, holds = self.loop.time() + seconds, -1.0, False

        def is_over() -> bool:
            nonlocal looked, holds
            if self.loop.time() >= looked + LOOKS:
                looked, holds = self.loop.time(), until()
            return holds or self._somebody_died()

        while self.loop.time() < end - ROUNDING:
            over = self.loop.pump(is_over, end - self.loop.time())
            if not self.reap() and over:
                return

    def reap(self) -> bool:
        """Remove the dead; true when there was one."""
        found = False
        for slot, process in enumerate(self.slots):
            if process is not None and process.dead:
                self.note(f"process {slot} died at {process.died_at}")
                self.slots[slot] = None
                process.bury()
                found = True
        return found

    def is_quiet(self) -> bool:
        """Whether nothing moves by itself any more."""
        return not self.books.rows(
            "select 1 from jobs join batches on batches.id = jobs.batch_id where jobs.state in "
            "('submitting', 'running', 'fetching') "
            "or (jobs.state = 'queued' and batches.state = 'running') limit 1"
        )

    def batch(self, number: float) -> str | None:
        """One of the batches."""
        return self.batches[int(number * len(self.batches))] if self.batches else None

    def _somebody_died(self) -> bool:
        return any(process is not None and process.dead for process in self.slots)

    def _count_steps(self) -> None:
        for process in self.slots:
            if process is not None and process.fatal is not None and process.fatal[0] == "step":
                left = process.fatal[1] - 1
                process.fatal = ("step", left)
                if left <= 0 and not process.dead:
                    process.dead, process.died_at = True, "a step of its loop"

    def notify(self, work: Work) -> None:
        """A provider's notification reaches a process, if there is one."""
        process = next((one for one in self.slots if one is not None and not one.dead), None)
        if process is None or process.closing:
            return

        def ended(answer: Future[None]) -> None:
            error = None if answer.cancelled() else answer.exception()
            if error is not None and not isinstance(error, StudioError | Killed):
                self.problems.append(f"a notification failed: {error!r}")

        with process.inside() as studio:
            told = studio.engine.told(work.job_id, work.attempt, work.remote_id)
            studio.engine.ask(told).add_done_callback(ended)

    def look_at_books(self) -> None:
        """Add what is wrong now to the problems."""
        if self.batches or (self.books.folder / "studio.db").exists():
            self.books.note_caps()
            self.problems += [*self.world.violations, *self.books.problems()]


@contextmanager
def _quiet_logs(problems: list[str], note: Callable[[str], None]) -> Any:
    """Nothing is printed; errors of the studio itself are problems."""

    def keep(logger: Any, method: str, event: MutableMapping[str, Any]) -> Any:
        note(f"log {method}: {event}")
        raised = structlog.processors.format_exc_info(logger, method, event)
        told = str(raised.get("exception", ""))
        told = told or str(event.get("error", ""))
        died = "Killed(" in told  # while it was closing
        if event.get("event") == "left_overs_not_removed" and "StorageError" in told:
            raise structlog.DropEvent  # the disk is full; the next start removes them
        if method in {"error", "critical"} and not told.endswith("\nTimeoutError") and not died:
            problems.append(f"{event.get('event')}: {told[-700:]}")
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(
        processors=[keep], cache_logger_on_first_use=False,
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.ReturnLoggerFactory(),
    )  # fmt: skip
    try:
        yield
    finally:
        structlog.configure(**before)
