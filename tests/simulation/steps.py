"""The steps of a random walk: what people, providers and machines do to a studio."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from studio.container import Studio
from studio.failpoints import POINTS
from studio.models import BatchSettings, Place
from tests.simulation.disk import Killed
from tests.simulation.walk import PEOPLE, Walk
from tests.simulation.world import CENT, MANNERS, TROUBLES

Step = tuple[str, float, float, float]
"""What happens, and three numbers from 0 to 1 that say how."""
MOMENTS: Final = (*POINTS, "commit", "committed", "was_put", "request", "answer", "question")
"""Moments at which a process can die, beside any step of its loop."""
OFTEN: Final = ("start", "run", "run", *["kill"] * 6, *["kill_at_step"] * 4, "storm", "trouble")
"""Steps that happen more often than the others."""


def steps_of(seed: int) -> list[Step]:
    """The steps of a seed."""
    rng = Random(seed)  # noqa: S311  (chance, not secrecy)
    names = [*OFTEN, *sorted(STEPS)]
    order = ["start", "storm", *(rng.choice(names) for _ in range(rng.randrange(8, 26)))]
    return [(name, rng.random(), rng.random(), rng.random()) for name in order]


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
    """Two processes work on the same batch."""
    walk.process(0)
    walk.start(MANNERS[int(b * len(MANNERS))].id, 1 + int(c * 5))
    if (batch := walk.batch(0.999)) is not None:
        walk.act(1, lambda studio: studio.batches.resume(batch))
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
    charged = walk.books.rows(
        "select id, attempt from jobs where batch_id = ? and cost > 0 "
        "and state in ('failed', 'refused', 'canceled')",
        batch,
    )
    for row in charged:
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
    if b < 0.4 and batch is not None:
        walk.act(int(c * 2), lambda studio: studio.batches.set_budget(batch, cap))
    elif b < 0.55:
        walk.act(int(c * 2), lambda studio: studio.budgets.set_person(PEOPLE[0], cap))
    else:
        scope = ("day", "month", "total")[min(2, int((b - 0.55) / 0.15))]
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


STEPS: Final[dict[str, Callable[[Walk, float, float, float], None]]] = {
    "start": _start, "run": _run, "kill": _kill, "kill_at_step": _kill_at_step,
    "open_second": _open_second, "close": _close, "pause": _pause, "resume": _resume,
    "cancel": _cancel, "retry": _retry, "decide_unknown": _decide_unknown, "budget": _budget,
    "jump": _jump, "trouble": _trouble, "full_disk": _full_disk, "prioritise": _prioritise,
    "reconcile": _reconcile, "adopt": _adopt, "storm": _storm,
}  # fmt: skip
