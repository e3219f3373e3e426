"""The algebra of budgets: no order of claims, endings and changed caps spends above a cap."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.container import Studio, starting
from studio.db import Tx, batches, jobs, ledger, spending
from studio.engine.claim import claim
from studio.models import BatchState, Job, JobState
from tests.fakes import CENT
from tests.studio_fixture import QuickClock, open_with, plan_of

SCOPES = ("day", "month", "batch")

steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "claim", "settle", "release", "cap", "day"]),
        st.integers(0, 1),
        st.sampled_from(SCOPES),
        st.none()
        | st.sampled_from([CENT // 3, CENT, 2 * CENT, 3 * CENT])
        | st.integers(1, 6 * CENT),
    ),
    min_size=8,
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_no_interleaving_spends_above_a_cap_in_force(
    sequence: list[tuple[str, int, str, int | None]],
) -> None:
    """Settled and reserved never grow above a cap, while people change caps as they like."""
    clock = QuickClock()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_with(clock=clock, studio_data_dir=Path(folder)) as studio,
    ):
        store = studio.parts.store
        ids = [store.write(lambda tx: _stored(studio, tx)) for _ in range(2)]
        held: list[Job] = []
        for what, index, scope, amount in sequence:
            before = _committed(studio, ids)
            if what == "claim":
                job = store.write(lambda tx, i=index: _claimed(studio, tx, ids[i]))  # type: ignore[misc]
                held += [job] if job is not None else []
            elif what == "cap":
                if scope == "batch":
                    studio.budgets.set_batch(ids[index], amount)
                else:
                    studio.budgets.set(scope, amount)
            elif what == "day":
                clock.skip(86_400 * (1 + (amount or 0) % 20))
            elif held:
                job = held.pop(index % len(held))
                cost = None if what == "release" else (amount or 0) % (CENT + 1)
                store.write(lambda tx, j=job, c=cost: _ended(studio, tx, j, c))  # type: ignore[misc]
            after, caps = _committed(studio, ids), _caps(studio, ids)
            for name, cap in caps.items():
                if cap is not None:
                    assert after[name] <= max(cap, before[name]), (what, name)
        assert store.read(spending.spent).reserved == CENT * len(held)


def _stored(studio: Studio, tx: Tx) -> str:
    return starting.store(tx, studio.parts, plan_of(studio, 12))


def _claimed(studio: Studio, tx: Tx, batch_id: str) -> Job | None:
    if batches.get(tx, batch_id).state is not BatchState.RUNNING:
        batches.move(tx, batch_id, BatchState.RUNNING, studio.parts.now())
    return claim(tx, studio.parts, batch_id, "fake")


def _ended(studio: Studio, tx: Tx, job: Job, cost: int | None) -> None:
    at, zone = studio.parts.now(), studio.settings.timezone
    if cost is None:
        ledger.release(tx, job, at, zone, "test")
        jobs.move(tx, job, JobState.QUEUED, at)
    else:
        ledger.settle(tx, job, cost, at, zone, picture=False, source="test")
        jobs.move(tx, job, JobState.FAILED, at)


def _committed(studio: Studio, ids: list[str]) -> dict[str, int]:
    found = {line.scope: line.settled + line.reserved for line in studio.costs.budgets()}
    for batch_id in ids:
        spend = studio.parts.store.read(partial(spending.spent, batch_id=batch_id))
        found[batch_id] = spend.committed
    return found


def _caps(studio: Studio, ids: list[str]) -> dict[str, int | None]:
    found = {line.scope: line.cap for line in studio.costs.budgets()}
    for batch_id in ids:
        found[batch_id] = studio.batches.status(batch_id).batch.settings.budget
    return found
