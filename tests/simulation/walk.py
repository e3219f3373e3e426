"""A random walk through everything that can happen to a studio; a seed replays it exactly."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import structlog

from studio.container import Studio
from studio.errors import StudioError
from studio.failpoints import POINTS
from studio.models import BatchSettings, Place, RunOptions
from tests.simulation.books import Books
from tests.simulation.disk import Killed
from tests.simulation.process import Process, ids_of, simulated_threads
from tests.simulation.reckoning import reckon
from tests.simulation.ticking import ROUNDING, SimulatedLoop
from tests.simulation.world import CENT, MANNERS, TROUBLES, Work, World

Step = tuple[str, float, float, float]
"""What happens, and three numbers from 0 to 1 that say how."""
MOMENTS: Final = (*POINTS, "commit", "committed", "was_put", "request", "answer", "question")
"""Moments at which a process can die, beside any step of its loop."""
LOOKS: Final = 0.2
"""Simulated seconds between two looks whether something is over."""
OFTEN: Final = ("start", "run", "run", *["kill"] * 6, *["kill_at_step"] * 4, "storm", "trouble")
"""Steps that happen more often than the others."""


def steps_of(seed: int) -> list[Step]:
    """The steps of a seed."""
    rng = Random(seed)  # noqa: S311  (chance, not secrecy)
    names = [*OFTEN, *sorted(_STEPS)]
    order = ["start", "storm", *(rng.choice(names) for _ in range(rng.randrange(8, 26)))]
    return [(name, rng.random(), rng.random(), rng.random()) for name in order]


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

    def run(self, steps: list[Step]) -> list[str]:
        """Take all steps, heal everything, reckon; returns what was wrong."""
        with self.alive():
            for name, *numbers in steps:
                self.note(f"– {name} {' '.join(f'{n:.3f}' for n in numbers)}")
                _STEPS[name](self, *numbers)
                self._after_step()
                if self.problems:
                    return self.problems
            Healing(self).run()
        return self.problems

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
        self, manner: str, pictures: int = 1, *, slot: int = 0, settings: BatchSettings | None = None
    ) -> None:
        """Start a batch at one provider."""

        def begin(studio: Studio) -> None:
            options = RunOptions(
                model=f"{manner}:one", images=pictures, width=64, height=64,
                title=f"Walk {len(self.batches)}", settings=settings or BatchSettings(),
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

    def _after_step(self) -> None:
        if self.batches or (self.books.folder / "studio.db").exists():
            self.books.note_caps()
            self.problems += [*self.world.violations, *self.books.problems()]


# the steps ----------------------------------------------------------------------------------


def _start(walk: Walk, a: float, b: float, c: float) -> None:
    pictures, manner = 1 + int(a * 6), MANNERS[int(b * len(MANNERS))]
    budget = None if c < 0.5 else max(CENT, int(c * pictures * manner.price))
    settings = BatchSettings(budget=budget, max_retries=int(c * 4))

    walk.start(manner.id, pictures, slot=int(c * 20) % 2, settings=settings)


def _run(walk: Walk, a: float, b: float, c: float) -> None:
    if b < 0.7:
        walk.process(0)
    walk.pump(walk.is_quiet, 1.0 + a * a * 200)


def _kill(walk: Walk, a: float, b: float, c: float) -> None:
    _kill_at(walk, (MOMENTS[int(a * len(MOMENTS))], 1 + int(b * b * 8)), b, c)


def _kill_at_step(walk: Walk, a: float, b: float, c: float) -> None:
    _kill_at(walk, ("step", 1 + int(a * a * 400)), b, c)


def _kill_at(walk: Walk, fatal: tuple[str, int], b: float, c: float) -> None:
    """Have a process that has something to do die soon."""
    process = walk.process(0 if c < 0.7 else 1)
    process.fatal = fatal
    walk.note(f"process {0 if c < 0.7 else 1} will die at {fatal}")
    if walk.is_quiet():
        _start(walk, b, (b * 100) % 1, c / 2)
    if c > 0.7 and (batch := walk.batch(0.999)) is not None:
        walk.act(1, lambda studio: studio.batches.resume(batch))
    walk.pump(lambda: process.dead or walk.is_quiet(), 60)


def _open_second(walk: Walk, a: float, b: float, c: float) -> None:
    walk.process(0)
    walk.process(1)
    walk.pump(walk.is_quiet, a * 10)


def _close(walk: Walk, a: float, b: float, c: float) -> None:
    slot = int(a * 2)
    process = walk.slots[slot]
    if process is None:
        return
    try:
        process.close()
    except Killed:
        walk.reap()
    else:
        walk.slots[slot] = None
        walk.note(f"process {slot} ended {process.died_at}")


def _pause(walk: Walk, a: float, b: float, c: float) -> None:
    if (batch := walk.batch(a)) is not None:
        walk.act(int(b * 2), lambda studio: studio.batches.pause(batch))


def _resume(walk: Walk, a: float, b: float, c: float) -> None:
    if (batch := walk.batch(a)) is not None:
        walk.act(int(b * 2), lambda studio: studio.batches.resume(batch))


def _cancel(walk: Walk, a: float, b: float, c: float) -> None:
    if (batch := walk.batch(a)) is not None:
        walk.act(int(b * 2), lambda studio: studio.batches.cancel(batch))


def _retry(walk: Walk, a: float, b: float, c: float) -> None:
    if (batch := walk.batch(a)) is None:
        return
    for row in walk.books.rows("select id, attempt from jobs where batch_id = ? and cost > 0 "
                               "and state in ('failed', 'refused', 'canceled')", batch):  # fmt: skip
        walk.world.consents.add((row["id"], row["attempt"]))
    walk.act(int(b * 2), lambda studio: studio.batches.retry(batch))


def _decide_unknown(walk: Walk, a: float, b: float, c: float) -> None:
    """A person gives an unknown outcome up, or has it made again."""
    found = walk.books.rows("select id, attempt from jobs where state = 'unknown' order by id")
    if not found:
        return
    job = found[int(a * len(found))]
    walk.world.consents.add((job["id"], job["attempt"]))

    def decide(studio: Studio) -> None:
        again, off = studio.lost.retry, studio.lost.write_off
        (again if c < 0.5 else off)(job["id"])

    walk.act(int(b * 2), decide)


def _reconcile(walk: Walk, a: float, b: float, c: float) -> None:
    walk.act(int(a * 2), lambda studio: studio.lost.reconcile(timeout=30.0))


def _adopt(walk: Walk, a: float, b: float, c: float) -> None:
    found = walk.books.rows("select id from jobs where state in ('unknown', 'failed') order by id")
    if not found:
        return
    job = found[int(a * len(found))]["id"]
    copied = [work.remote_id for work in walk.world.of_job(job)[-1:] if c < 0.5]
    named = copied[0] if copied else None
    walk.act(int(b * 2), lambda studio: studio.lost.adopt(job, named, timeout=30.0))


def _budget(walk: Walk, a: float, b: float, c: float) -> None:
    cap = None if a < 0.3 else max(CENT, int(a * 60 * CENT))
    batch = walk.batch(c)
    if b < 0.5 and batch is not None:
        walk.act(int(c * 2), lambda studio: studio.batches.set_budget(batch, cap))
    else:
        scope = "day" if b < 0.8 else "month"
        walk.act(int(c * 2), lambda studio: studio.budgets.set(scope, cap))


def _prioritise(walk: Walk, a: float, b: float, c: float) -> None:
    if (batch := walk.batch(a)) is not None:
        place = list(Place)[int(b * len(Place))]
        walk.act(int(c * 2), lambda studio: studio.batches.prioritise(batch, place))


def _jump(walk: Walk, a: float, b: float, c: float) -> None:
    walk.loop.jump(60 + a**4 * 70 * 3600)
    walk.pump(lambda: False, 2)


def _trouble(walk: Walk, a: float, b: float, c: float) -> None:
    name = TROUBLES[int(a * len(TROUBLES))]
    walk.world.rates[name] = 0.05 + 0.5 * b
    if c < 0.2:
        walk.world.rates.clear()
    walk.note(f"troubles: {walk.world.rates}")


def _storm(walk: Walk, a: float, b: float, c: float) -> None:
    """Several troubles at once."""
    for number in range(2 + int(a * 5)):
        name = TROUBLES[int((b * 97 + number * c * 31) % len(TROUBLES))]
        walk.world.rates[name] = 0.05 + 0.3 * ((a + number * b) % 1)
    walk.note(f"troubles: {walk.world.rates}")


def _full_disk(walk: Walk, a: float, b: float, c: float) -> None:
    walk.world.disk_is_full = True
    walk.note("the disk is full")
    walk.pump(lambda: False, 1 + a * 20)
    walk.world.disk_is_full = False
    walk.note("the disk has room")


_STEPS: Final[dict[str, Callable[[Walk, float, float, float], None]]] = {
    "start": _start, "run": _run, "kill": _kill, "kill_at_step": _kill_at_step,
    "open_second": _open_second, "close": _close, "pause": _pause, "resume": _resume,
    "cancel": _cancel, "retry": _retry, "decide_unknown": _decide_unknown, "budget": _budget,
    "jump": _jump, "trouble": _trouble, "full_disk": _full_disk, "prioritise": _prioritise,
    "reconcile": _reconcile, "adopt": _adopt, "storm": _storm,
}  # fmt: skip


class Healing:
    """All troubles end; everything is resumed until nothing moves, and then reckoned."""

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    def run(self) -> None:
        """Heal and reckon; what is wrong is added to the walk's problems."""
        walk = self._walk
        walk.world.rates.clear()
        walk.note("– everything is healed")
        for process in walk.slots:
            if process is not None:
                process.fatal = None
        walk.process(0)
        self._without_caps()
        walk.books.note_caps()
        for _ in range(40):
            self._resume()
            walk.pump(walk.is_quiet, 400)
            if walk.is_quiet() and not self._paused():
                break
        for seconds in (130, 130, 700, 1500, 3600, 8000):
            walk.loop.jump(seconds)
            walk.pump(lambda: False, 8)
            self._resume()
            walk.pump(walk.is_quiet, 60)
        self._restart()
        lost: set[str] = set()
        walk.act(0, lambda studio: lost.update(item.job_id for item in studio.lost.items()))
        walk.books.note_caps()
        walk.problems += [*walk.world.violations, *walk.books.problems(), *walk.books.orphans()]
        walk.problems += reckon(walk.world, walk.books, lost)

    def _without_caps(self) -> None:
        walk = self._walk
        for scope in ("day", "month"):
            walk.act(0, lambda studio, scope=scope: studio.budgets.set(scope, None))  # type: ignore[misc]
        for batch in walk.batches:
            walk.act(0, lambda studio, batch=batch: studio.batches.set_budget(batch, None))  # type: ignore[misc]

    def _paused(self) -> list[str]:
        rows = self._walk.books.rows("select id from batches where state = 'paused'")
        return [row["id"] for row in rows]

    def _resume(self) -> None:
        for batch in self._paused():
            self._walk.act(0, lambda studio, batch=batch: studio.batches.resume(batch))  # type: ignore[misc]

    def _restart(self) -> None:
        """Start once more, alone, so that what was left over is cleaned up."""
        walk = self._walk
        for slot, process in enumerate(walk.slots):
            if process is not None:
                process.close()
                walk.slots[slot] = None
        walk.process(0)
        walk.pump(lambda: False, 5)


@contextmanager
def _quiet_logs(problems: list[str], note: Callable[[str], None]) -> Any:
    """Nothing is printed; errors of the studio itself are problems."""

    def keep(logger: Any, method: str, event: dict[str, Any]) -> Any:
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
