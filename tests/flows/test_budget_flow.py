"""Budgets while batches run: caps hold at every instant, whoever changes them meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from itertools import accumulate
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from studio.container import Studio
from studio.db import spending
from studio.models import BatchState, BatchStatus, Call, Finished, Plan, Running
from studio.models.budget import Stop
from studio.providers import Context
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

SCOPES = ("day", "month", "total", "person", "batch")
ADA, BOB = "ada@studio.example", "bob@studio.example"


def put_cap(studio: Studio, scope: str, batch_id: str, cap: int | None) -> None:
    if scope == "batch":
        studio.budgets.set_batch(batch_id, cap, "test")
    elif scope == "person":
        studio.budgets.set_person(ADA, cap, "test")
    else:
        studio.budgets.set(scope, cap, "test")


def plan_by(person: str | None, plan: Plan) -> Plan:
    """The same plan, started by a person."""
    options = plan.options.model_copy(update={"created_by": person})
    return plan.model_copy(update={"options": options})


def paused(studio: Studio, batch_id: str) -> BatchStatus:
    return wait_until(
        studio,
        batch_id,
        lambda s: s.batch.state is BatchState.PAUSED and s.counts.in_flight == 0,
    )


def stop_of(studio: Studio, batch_id: str) -> Stop:
    stop = studio.budgets.stop_of(batch_id)
    assert stop is not None
    return stop


def most_committed(studio: Studio, batch_id: str | None = None) -> int:
    """The most that was spent and set aside at any instant, by the ledger's own order."""
    entries = studio.parts.store.read(lambda tx: spending.entries(tx, batch_id=batch_id, limit=-1))
    moves = (entry.settled + entry.reserved for entry in reversed(entries))
    return max(accumulate(moves), default=0)


class Gate(FakeProvider):
    """Answers nobody until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open = False

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        self.submits.append(call)
        while not self.open:
            await ctx.clock.sleep(0.005)
        return self.picture()


@pytest.mark.parametrize("cost", [CENT, CENT // 3, 0])
@pytest.mark.parametrize("scope", SCOPES)
def test_a_cap_holds_under_many_jobs_and_leaves_nothing_unused(scope: str, cost: int) -> None:
    cap = 7 * CENT
    own = cap if scope == "batch" else None
    with open_with(FakeProvider(FakeProvider.picture(cost)), studio_workers=16) as studio:
        if scope != "batch":
            put_cap(studio, scope, "", cap)
        plans = [plan_by(ADA, plan_of(studio, 25, budget=own)) for _ in range(2)]
        started = [studio.batches.start(plan) for plan in plans]
        ended = [
            wait_until(
                studio,
                batch_id,
                lambda s: s.batch.state is not BatchState.RUNNING and s.counts.in_flight == 0,
            )
            for batch_id in started
        ]
        whole = [studio.costs.report().settled] if own is None else [s.settled for s in ended]
        for spent in whole:
            assert spent <= cap
            assert spent + CENT > cap or all(s.counts.done == 25 for s in ended)
        for batch_id in started if own else [None]:
            assert most_committed(studio, batch_id) <= cap


@pytest.mark.parametrize("scope", SCOPES)
def test_a_stopped_batch_knows_which_cap_stopped_it_and_what_it_needs(scope: str) -> None:
    with open_with() as studio:
        if scope != "batch":
            put_cap(studio, scope, "", 2 * CENT)
        own = 2 * CENT if scope == "batch" else None
        batch_id = studio.batches.start(plan_by(ADA, plan_of(studio, 6, budget=own)))
        status = paused(studio, batch_id)
        stop = stop_of(studio, batch_id)
        assert stop.limit is not None
        assert stop.limit.line.scope == scope
        assert (stop.done, stop.left.pictures, stop.left.expected) == (2, 4, 4 * CENT)
        assert stop.raise_to == 6 * CENT
        assert "2 done, 4 left, needs about $0.04." in (status.batch.pause_message or "")
        (event,) = [e for e in studio.batches.events(batch_id) if e.kind == "budget_reached"]
        assert event.data == {"scope": scope, "model": "fake:one", "needed": CENT}
        put_cap(studio, scope, batch_id, stop.raise_to)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 6
        assert studio.budgets.stop_of(batch_id) is None


def test_a_second_cap_stops_the_batch_for_a_reason_of_its_own() -> None:
    with open_with() as studio:
        studio.budgets.set("month", 3 * CENT)
        batch_id = studio.batches.start(plan_of(studio, 6, budget=CENT))
        paused(studio, batch_id)
        put_cap(studio, "batch", batch_id, None)
        studio.batches.resume(batch_id)
        paused(studio, batch_id)
        limit = stop_of(studio, batch_id).limit
        assert limit is not None
        assert (limit.line.scope, limit.line.left) == ("month", 0)


@pytest.mark.parametrize("scope", SCOPES)
def test_lowering_a_cap_pauses_at_the_next_claim_and_raising_goes_on(scope: str) -> None:
    gate = Gate()
    with open_with(gate) as studio:
        batch_id = studio.batches.start(plan_by(ADA, plan_of(studio, 9, workers=3)))
        wait_until(studio, batch_id, lambda _: len(gate.submits) == 3)
        put_cap(studio, scope, batch_id, 2 * CENT)
        gate.open = True
        status = paused(studio, batch_id)
        assert (status.counts.done, len(gate.submits), status.settled) == (3, 3, 3 * CENT)
        put_cap(studio, scope, batch_id, 9 * CENT)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 9


def test_a_resumed_batch_pauses_again_while_nothing_changed() -> None:
    fake = FakeProvider()
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 3, budget=CENT))
        paused(studio, batch_id)
        studio.batches.resume(batch_id)
        paused(studio, batch_id)
        assert len(fake.submits) == 1
        assert len([e for e in studio.batches.events(batch_id) if e.kind == "budget_reached"]) == 2


def test_a_picture_above_its_quote_is_no_cap_that_can_be_raised() -> None:
    fake = FakeProvider(FakeProvider.picture(cost=5 * CENT))
    with open_with(fake) as studio:
        batch_id = studio.batches.start(plan_of(studio, 4, workers=1, budget=90 * CENT))
        paused(studio, batch_id)
        assert studio.budgets.stop_of(batch_id) is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
def test_the_day_begins_anew_at_midnight_of_the_time_zone(zone: str) -> None:
    clock, fake = QuickClock(), FakeProvider()
    with open_with(fake, clock=clock, studio_timezone=zone) as studio:
        here = ZoneInfo(zone)
        _skip_to(clock, here, lambda now: _midnight_after(now) + timedelta(hours=12))
        studio.budgets.set("day", 2 * CENT)
        batch_id = studio.batches.start(plan_of(studio, 3))
        paused(studio, batch_id)

        _skip_to(clock, here, lambda now: _midnight_after(now) - timedelta(minutes=5))
        studio.batches.resume(batch_id)
        assert paused(studio, batch_id).counts.done == 2

        _skip_to(clock, here, _midnight_after)
        assert studio.budgets.lines()[0].left == 2 * CENT
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).counts.done == 3
        assert studio.budgets.lines()[0].settled == CENT


def _midnight_after(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(0), now.tzinfo)


def _skip_to(clock: QuickClock, zone: ZoneInfo, moment: Callable[[datetime], datetime]) -> None:
    now = clock.now().astimezone(zone)
    clock.skip((moment(now) - now).total_seconds())


def test_budgets_are_shared_by_all_who_use_the_database(tmp_path: Path) -> None:
    first_fake, second_fake = FakeProvider(), FakeProvider()
    cap = 9 * CENT
    with (
        open_with(first_fake, studio_data_dir=tmp_path) as first,
        open_with(second_fake, studio_data_dir=tmp_path) as second,
    ):
        first.budgets.set("day", cap, "first")
        assert second.budgets.limits()[0].set_by.startswith("first, ")
        with ThreadPoolExecutor(2) as pool:
            ids = list(pool.map(lambda s: s.batches.start(plan_of(s, 20)), [first, second]))
        for studio, batch_id in zip([first, second], ids, strict=True):
            paused(studio, batch_id)
        assert len(first_fake.submits) + len(second_fake.submits) == 9
        assert most_committed(first) == cap
        second.budgets.set("day", None, "second")
        for studio, batch_id in zip([first, second], ids, strict=True):
            studio.batches.resume(batch_id)
            assert finish(studio, batch_id).counts.done == 20


def test_caps_that_change_while_many_jobs_run_are_kept_by_every_claim() -> None:
    """Each claim is checked against the cap of its own transaction: none is let through above."""
    fake = FakeProvider(FakeProvider.picture(CENT // 2))
    with open_with(fake, studio_workers=8) as studio:
        ids = [studio.batches.start(plan_of(studio, 30)) for _ in range(2)]
        for cap in (7, 1, 12, 3, 9, 20, 2, 5, 18, 4):
            studio.budgets.set("day", cap * CENT)
            for batch_id in ids:
                if studio.batches.status(batch_id).batch.state is BatchState.PAUSED:
                    studio.batches.resume(batch_id)
        assert most_committed(studio) <= 20 * CENT
        studio.budgets.set("day", 100 * CENT)
        for batch_id in ids:
            if studio.batches.status(batch_id).batch.state is BatchState.PAUSED:
                studio.batches.resume(batch_id)
            assert finish(studio, batch_id).counts.done == 30
        assert studio.costs.report().settled == 30 * CENT
