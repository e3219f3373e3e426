"""Two processes with eight threads each on one ledger: exact, and never above a cap."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from studio.container.studio import DATABASE
from studio.db import Store, Tx, batches, budgets, jobs, spending
from studio.db.jobs import NewJob
from studio.models import (
    Batch,
    BatchSettings,
    BatchState,
    JobSpec,
    PictureRequest,
    Quote,
)
from tests.flows.ledger_hammer import NOON

PROCESSES, JOBS, BETWEEN_LOOKS = 2, 60, 0.02
ADA, BOB = "ada@studio.example", "bob@studio.example"
PEOPLE = (ADA, ADA, BOB, BOB, None, None)
TODAY = NOON.date().toordinal()
FIRST = NOON.date().replace(day=1).toordinal()
YESTERDAY, LAST_MONTH = TODAY - 1, FIRST - 1
BEFORE = {YESTERDAY: 30_000, LAST_MONTH: 50_000}
"""Spent by batch 5, of nobody, before the hammer: the caps of month and total feel it."""
CAPS = {
    "day": 260_000, "month": 290_000, "total": 340_000, ADA: 100_000, BOB: 90_000,
    "b_0": 60_000, "b_3": 60_000,
}  # fmt: skip
HIGHEST_PRICE = 20_000


def fill(tx: Tx) -> None:
    """Batches of three people's worth of jobs at random prices, and what was spent earlier."""
    chance = random.Random(4)  # noqa: S311  (no secret)
    for number, person in enumerate(PEOPLE):
        batch_id = f"b_{number}"
        batch = Batch(
            id=batch_id, title="T", state=BatchState.DRAFT, source="t", model="fake:one",
            settings=BatchSettings(budget=CAPS.get(batch_id)), created_by=person,
            quote=Quote(low=1, expected=1, high=1), created_at=NOON,
        )  # fmt: skip
        batches.insert(tx, batch)
        batches.move(tx, batch_id, BatchState.RUNNING, NOON)
        jobs.insert_many(tx, batch_id, [_job(batch_id, n, chance) for n in range(JOBS)], NOON)
    budgets.change(tx, budgets.scope_of_person(ADA), CAPS[ADA], NOON, "the payer")
    for day, amount in BEFORE.items():
        tx.execute(
            "insert into ledger (at, day, job_id, batch_id, attempt, kind, reserved, settled, "
            "provider, model, picture, source) "
            "values (?, ?, 'j_5_0', 'b_5', 0, 'settle', 0, ?, 'fake', 'fake:one', 1, 'earlier')",
            [NOON.isoformat(), day, amount],
        )
        tx.execute(
            "insert into spend values (?, 'fake', 'fake:one', 'b_5', ?, 0, 0, 1)",
            [day, amount],
        )


def _job(batch_id: str, number: int, chance: random.Random) -> NewJob:
    price = chance.randint(1, HIGHEST_PRICE)
    request = PictureRequest(model="fake:one", prompt="p", width=64, height=64)
    spec = JobSpec(request=request, quote=Quote(low=price, expected=price, high=price))
    return NewJob(f"j{batch_id[1:]}_{number}", number, spec, 1, f"n{number}")


def counted(entry: dict[str, Any]) -> dict[str, int]:
    """What an entry counts against each cap: the rule told anew, from the ledger alone."""
    aside, whole = entry["reserved"], entry["settled"] + entry["reserved"]
    today = whole if entry["day"] == TODAY else aside
    month = whole if entry["day"] >= FIRST else aside
    found = {"day": today, "month": month, "total": whole, entry["batch_id"]: whole}
    person = PEOPLE[int(entry["batch_id"].removeprefix("b_"))]
    return found | ({person: month} if person else {})


def ledger_of(tx: Tx) -> list[dict[str, Any]]:
    """Every entry, in the order in which they were written."""
    return list(tx.query("select * from ledger order by id"))


def look(tx: Tx) -> None:
    """At one moment: the rollup is the ledger's sum, and no cap is exceeded."""
    entries, whole, found = ledger_of(tx), spending.spent(tx), Counter[str]()
    assert whole.settled == sum(entry["settled"] for entry in entries)
    assert whole.reserved == sum(entry["reserved"] for entry in entries)
    for entry in entries:
        found.update(counted(entry))
    assert {name: found[name] for name, cap in CAPS.items() if found[name] > cap} == {}


def run(folder: Path, store: Store) -> tuple[list[dict[str, Any]], int]:
    """Let the processes go; look all the while. Returns the threads' records, and the looks."""
    records = [folder / f"record_{number}.json" for number in range(PROCESSES)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.flows.ledger_hammer", str(folder), str(n), str(record)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, encoding="utf-8",
        )
        for n, record in enumerate(records)
    ]  # fmt: skip
    looks = 0
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        while any(worker.poll() is None for worker in workers):
            store.read(look)
            looks += 1
            with suppress(subprocess.TimeoutExpired):
                workers[0].wait(BETWEEN_LOOKS)
        for worker in workers:
            _, said = worker.communicate(timeout=30)
            assert (worker.returncode, said) == (0, "")
    finally:
        for worker in workers:
            with worker:
                worker.kill()
    told = [json.loads(record.read_text(encoding="utf-8")) for record in records]
    return [thread for process in told for thread in process], looks


@pytest.mark.timeout(120)
def test_the_ledger_is_exact_under_the_hammer_and_no_cap_is_ever_exceeded(tmp_path: Path) -> None:
    with closing(Store(tmp_path / DATABASE)) as store:
        store.write(fill)
        threads, looks = run(tmp_path, store)
        store.read(look)
        entries = store.read(ledger_of)
        left = store.read(jobs_in_flight)
    believed: Counter[str] = Counter()
    for thread in threads:
        believed.update(thread["settled"])
    booked: Counter[str] = Counter()
    for entry in entries:
        if entry["kind"] == "settle" and entry["source"] != "earlier":
            booked[f"{entry['job_id']}:{entry['attempt']}"] += entry["settled"]
    assert len(threads) == 16
    assert booked == believed
    assert (sum(entry["reserved"] for entry in entries), left) == (0, 0)

    now, peak = Counter[str](), Counter[str]()
    for entry in entries:  # every prefix: what the ledger said at each instant
        now.update(counted(entry))
        peak |= now
        assert all(now[name] <= cap for name, cap in CAPS.items()), entry
    assert sum(thread["claimed"] for thread in threads) > 200
    assert sum(thread["refused"] for thread in threads) > 20
    assert looks > 5
    tight = {name for name, cap in CAPS.items() if peak[name] > cap - HIGHEST_PRICE}
    assert tight == set(CAPS), "every cap was felt"


def jobs_in_flight(tx: Tx) -> int:
    """Jobs that were left on their way."""
    rows = tx.query("select count(*) as n from jobs where state not in ('queued', 'failed')")
    return int(next(rows)["n"])
