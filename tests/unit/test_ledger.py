"""The ledger's algebra: under any order of moves, caps hold and sums agree."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.db import Store, Tx, batches, jobs, ledger, spending
from studio.db.jobs import NewJob
from studio.db.ledger import Caps
from studio.errors import BudgetReached, Conflict, PriceUnknown
from studio.models import (
    Batch,
    BatchSettings,
    BatchState,
    Job,
    JobSpec,
    PictureRequest,
    Quote,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NO_CAPS = Caps(batch=None, day=None, month=None, zone=UTC)
QUOTE = Quote(low=1, expected=1, high=1)


@contextmanager
def store_with(batch_count: int = 1, job_count: int = 4) -> Iterator[Store]:
    """A database with some batches of some jobs."""
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "t.db")) as store:

        def fill(tx: Tx) -> None:
            for number in range(batch_count):
                batch = Batch(
                    id=f"b_{number}", title="T", state=BatchState.DRAFT, source="t",
                    model="fake:one",
                    settings=BatchSettings(), quote=QUOTE, created_at=NOON,
                )  # fmt: skip
                batches.insert(tx, batch)
                request = PictureRequest(model="fake:one", prompt="p", width=64, height=64)
                new = [
                    NewJob(f"j_{number}_{i}", i, JobSpec(request=request, quote=QUOTE), 1, f"n{i}")
                    for i in range(job_count)
                ]
                jobs.insert_many(tx, batch.id, new, NOON)

        store.write(fill)
        yield store


def job(store: Store, job_id: str) -> Job:
    return store.read(lambda tx: jobs.get(tx, job_id))


moves = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "release"]),
        st.integers(0, 1),
        st.integers(0, 3),
        st.integers(0, 500),
        st.integers(0, 40),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(moves, st.integers(0, 1500), st.integers(0, 2500))
def test_caps_hold_and_sums_agree_after_any_sequence(
    sequence: list[tuple[str, int, int, int, int]], batch_cap: int, month_cap: int
) -> None:
    caps = Caps(batch=batch_cap, day=None, month=month_cap, zone=UTC)
    with store_with(batch_count=2) as store:
        held: dict[str, int] = {}
        for kind, batch, number, amount, minutes in sequence:
            target = job(store, f"j_{batch}_{number}")
            at = NOON + timedelta(minutes=minutes)
            if kind == "reserve" and target.id not in held:
                with suppress(BudgetReached):
                    store.write(
                        partial(ledger.reserve, job=target, amount=amount, caps=caps, at=at)
                    )
                    held[target.id] = amount
            elif kind == "settle" and target.id in held:
                cost = min(amount, held.pop(target.id))
                paid = partial(ledger.settle, job=target, cost=cost, at=at, zone=UTC)
                store.write(partial(paid, picture=True, source="t"))
            elif kind == "release" and target.id in held:
                held.pop(target.id)
                store.write(partial(ledger.release, job=target, at=at, zone=UTC, source="t"))
            everything = store.read(spending.spent)
            assert everything.reserved == sum(held.values())
            assert everything.committed <= month_cap
            for index in range(2):
                own = store.read(partial(spending.spent, batch_id=f"b_{index}"))
                assert own.committed <= batch_cap
        entries = store.read(lambda tx: spending.entries(tx, limit=-1))
        assert sum(entry.settled for entry in entries) == everything_settled(store)
        assert sum(entry.reserved for entry in entries) == sum(held.values())


def everything_settled(store: Store) -> int:
    return store.read(spending.spent).settled


def test_groups_add_up_to_the_total_and_days_follow_the_reservation() -> None:
    with store_with() as store:
        late, next_day = (
            datetime(2026, 11, 21, 23, 59, tzinfo=UTC),
            datetime(2026, 11, 22, 0, 1, tzinfo=UTC),
        )
        target = job(store, "j_0_0")
        store.write(lambda tx: ledger.reserve(tx, target, 300, NO_CAPS, late))
        store.write(
            lambda tx: ledger.settle(tx, target, 200, next_day, UTC, picture=True, source="t")
        )
        days = dict(store.read(lambda tx: spending.grouped(tx, "day")))
        assert days["2026-11-21"].reserved == 0
        assert days["2026-11-22"].settled == 200
        assert days["2026-11-22"].pictures == 1
        assert sum(spend.settled for spend in days.values()) == everything_settled(store)


LAST_MONTH, YESTERDAY = NOON - timedelta(days=30), NOON - timedelta(days=1)
ADA = "ada@studio.example"


@pytest.mark.parametrize(
    ("cap", "counted"),
    [
        ({"batch": 9_999}, 400 + 200 + 50 + 7),
        ({"person": 9_999, "name": ADA}, 200 + 50 + 20 + 7),
        ({"day": 9_999}, 50 + 20 + 3 + 7),
        ({"month": 9_999}, 200 + 50 + 20 + 3 + 7),
        ({"total": 9_999}, 400 + 200 + 50 + 20 + 3 + 7),
    ],
    ids=["batch", "person", "day", "month", "total"],
)
def test_each_cap_counts_what_it_is_about_and_fits_to_the_micro_dollar(
    cap: dict[str, Any], counted: int
) -> None:
    """Ada's batches are 0 and 1, batch 2 is nobody's; 7 are set aside since yesterday."""
    with store_with(batch_count=3, job_count=8) as store:
        store.write(lambda tx: tx.execute(
            "update batches set created_by = ? where id in ('b_0', 'b_1')", [ADA]
        ))  # fmt: skip
        for batch, number, amount, at in (
            (0, 0, 400, LAST_MONTH), (0, 1, 200, YESTERDAY), (0, 2, 50, NOON),
            (1, 0, 20, NOON), (2, 0, 3, NOON),
        ):  # fmt: skip
            target = job(store, f"j_{batch}_{number}")
            store.write(partial(ledger.reserve, job=target, amount=999, caps=NO_CAPS, at=at))
            paid = partial(ledger.settle, job=target, cost=amount, at=at, zone=UTC)
            store.write(partial(paid, picture=True, source="t"))
        waits, last = job(store, "j_0_3"), job(store, "j_0_4")
        store.write(partial(ledger.reserve, job=waits, amount=7, caps=NO_CAPS, at=YESTERDAY))
        caps, fits = replace(NO_CAPS, **cap), 9_999 - counted
        with pytest.raises(BudgetReached):
            store.write(partial(ledger.reserve, job=last, amount=fits + 1, caps=caps, at=NOON))
        store.write(partial(ledger.reserve, job=last, amount=fits, caps=caps, at=NOON))


def test_a_cap_that_a_bill_exceeded_says_by_how_much() -> None:
    with store_with() as store:
        paid, last = job(store, "j_0_0"), job(store, "j_0_1")
        store.write(lambda tx: ledger.reserve(tx, paid, 10, NO_CAPS, NOON))
        store.write(
            lambda tx: ledger.settle(tx, paid, 1_200_000, NOON, UTC, picture=True, source="t")
        )
        caps = replace(NO_CAPS, total=1_000_000)
        with pytest.raises(BudgetReached, match=r"total budget of \$1.00 is exceeded by \$0.20"):
            store.write(lambda tx: ledger.reserve(tx, last, 1, caps, NOON))


def test_an_unknown_price_is_refused_only_where_a_cap_applies() -> None:
    with store_with() as store:
        target = job(store, "j_0_0")
        capped = Caps(batch=None, day=10, month=None, zone=UTC)
        with pytest.raises(PriceUnknown):
            store.write(lambda tx: ledger.reserve(tx, target, None, capped, NOON))
        store.write(lambda tx: ledger.reserve(tx, target, None, NO_CAPS, NOON))
        assert store.read(spending.spent).reserved == 0


def test_a_charge_above_the_reservation_is_settled_in_full() -> None:
    with store_with() as store:
        target = job(store, "j_0_0")
        store.write(lambda tx: ledger.reserve(tx, target, 100, NO_CAPS, NOON))
        store.write(lambda tx: ledger.settle(tx, target, 250, NOON, UTC, picture=False, source="t"))
        spend = store.read(spending.spent)
        assert (spend.settled, spend.reserved, spend.without_picture) == (250, 0, 250)


@pytest.mark.parametrize("statement", ["update ledger set settled = 0", "delete from ledger"])
def test_the_ledger_cannot_be_changed_afterwards(statement: str) -> None:
    with store_with() as store:
        target = job(store, "j_0_0")
        store.write(lambda tx: ledger.reserve(tx, target, 100, NO_CAPS, NOON))
        with pytest.raises(Conflict, match="append-only"):
            store.write(lambda tx: tx.execute(statement))
        assert store.read(spending.spent).reserved == 100


def test_a_cap_is_never_exceeded_by_threads_that_race_for_it() -> None:
    caps = Caps(batch=1_000, day=None, month=None, zone=UTC)
    with store_with(job_count=64) as store:
        barrier = threading.Barrier(8)

        def race(worker: int) -> int:
            barrier.wait()
            won = 0
            for number in range(worker, 64, 8):
                target = job(store, f"j_0_{number}")
                with suppress(BudgetReached):
                    store.write(partial(ledger.reserve, job=target, amount=70, caps=caps, at=NOON))
                    won += 1
            return won

        with ThreadPoolExecutor(8) as pool:
            won = sum(pool.map(race, range(8)))
        assert won == 1_000 // 70
        assert store.read(spending.spent).reserved == won * 70
