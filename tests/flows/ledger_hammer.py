"""Run as a process of its own by the hammer test: eight threads claim, settle, release and correct.

Usage: ``python -m tests.flows.ledger_hammer FOLDER SEED RECORD``; waits for a line on its input,
then writes to RECORD what each thread believes that it settled.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from studio.container.studio import DATABASE
from studio.db import Store, Tx, batches, jobs, ledger
from studio.engine import Parts
from studio.engine.claim import claim
from studio.engine.owners import Owner
from studio.ids import RandomIds
from studio.images import Workers
from studio.models import BatchState, Job, JobState
from studio.settings import load_settings
from studio.storage import LocalStorage

THREADS, OPERATIONS, SECONDS = 8, 60, 30.0
BATCHES = 6
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CAPS = {
    "studio_daily_budget": "0.26",
    "studio_monthly_budget": "0.29",
    "studio_total_budget": "0.34",
    "studio_person_budget": "0.09",
}


class Still:
    """A clock that always shows the same noon: no run ends on another day than it began."""

    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Record:
    """What a thread believes: micro-dollars settled by job and attempt, and how much it did."""

    settled: dict[str, int] = field(default_factory=dict)
    claimed: int = 0
    refused: int = 0


@contextmanager
def parts_of(folder: Path) -> Iterator[Parts]:
    """The engine's services without its engine: nobody but the hammer moves a job."""
    clock = Still()
    ids = RandomIds()
    parts = Parts(
        store=Store(folder / DATABASE),
        storage=LocalStorage(folder),
        workers=Workers(1),
        providers={},
        settings=load_settings(studio_data_dir=folder, **CAPS),
        clock=clock,
        ids=ids,
        owner=Owner(folder / "locks", ids.new("o")),
    )
    try:
        yield parts
    finally:
        parts.workers.close()
        parts.store.close()
        parts.owner.release()


def hammer(parts: Parts, seed: int) -> Record:
    """One thread's work: operations of every kind on any batch, as fast as they go."""
    chance = random.Random(seed)  # noqa: S311  (no secret)
    record, end = Record(), time.monotonic() + SECONDS
    held: list[Job] = []
    for _ in range(OPERATIONS):
        if time.monotonic() > end:
            break
        batch_id = f"b_{chance.randrange(BATCHES)}"
        job = parts.store.write(partial(_claimed, parts, batch_id))
        if job is None:
            record.refused += 1
        else:
            record.claimed += 1
            held.append(job)
        if held and (job is None or chance.random() < 0.7):
            _end(parts, held.pop(chance.randrange(len(held))), chance, record)
    for job in held:
        _end(parts, job, chance, record)
    return record


def _claimed(parts: Parts, batch_id: str, tx: Tx) -> Job | None:
    if batches.get(tx, batch_id).state is BatchState.PAUSED:
        batches.move(tx, batch_id, BatchState.RUNNING, NOON)
    return claim(tx, parts, batch_id, "fake")


def _end(parts: Parts, job: Job, chance: random.Random, record: Record) -> None:
    """Let go without a charge and queue again, fail without one, or settle at or below the quote;
    some of these are corrected downwards later, as by a bill."""
    what = chance.choice(["queue", "queue", "fail", "settle", "settle", "bill", "retry"])
    cost = chance.randint(0, (job.spec.quote.high or 0) // 8)
    billed = chance.randint(0, cost)
    parts.store.write(partial(_ended, job, what, cost))
    key = f"{job.id}:{job.attempt}"
    if what in {"settle", "bill", "retry"}:
        record.settled[key] = cost
    if what == "bill":
        parts.store.write(
            lambda tx: ledger.correct(tx, job, billed, NOON, UTC, source="bill of the hammer")
        )
        record.settled[key] = billed


def _ended(job: Job, what: str, cost: int, tx: Tx) -> None:
    if what in {"queue", "fail"}:
        ledger.release(tx, job, NOON, UTC, "hammer")
        state = JobState.QUEUED if what == "queue" else JobState.FAILED
        jobs.move(tx, job, state, NOON)
        return
    ledger.settle(tx, job, cost, NOON, UTC, picture=False, source="hammer")
    failed = jobs.move(tx, job, JobState.FAILED, NOON)
    if what == "retry":
        jobs.move(tx, failed, JobState.QUEUED, NOON)


def main(folder: str, seed: str, record: str) -> None:
    """Wait for the start, then let all threads go."""
    with parts_of(Path(folder)) as parts, ThreadPoolExecutor(THREADS) as pool:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        seeds = range(int(seed) * THREADS, (int(seed) + 1) * THREADS)
        done = list(pool.map(partial(hammer, parts), seeds))
    told = [vars(each) for each in done]
    Path(record).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
