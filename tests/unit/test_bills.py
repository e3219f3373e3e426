"""A cost that was only assumed is brought to what the provider's bill says, once and for all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from studio.container import Studio
from studio.engine.bill_booking import FREE_AFTER
from studio.errors import Unreachable
from studio.models import BatchStatus, Call, Charged, FaultKind, Finished, Running
from studio.providers import Context
from tests.fakes import CENT, FakeProvider, fault
from tests.studio_fixture import QuickClock, finish, open_with, plan_of, wait_until

ACCEPTED = Running(ref={"id": "r1"})
REFUSED = fault(FaultKind.REFUSED, charged=Charged.MAYBE)


class Billing(FakeProvider):
    """Keeps a bill that says ``told`` about every call."""

    keeps_bill = True

    def __init__(self, told: int | None, *, away: int = 0) -> None:
        super().__init__(ACCEPTED)
        self.told = told
        self.away = away
        self.asked: list[str] = []

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        self.asked.append(ref["id"])
        if self.away:
            self.away -= 1
            raise Unreachable("It is away.", "Try again.")
        return self.told


def after_the_bill(studio: Studio, batch_id: str, fake: Billing, clock: QuickClock) -> None:
    """Let the time pass after which the bill is complete."""
    finish(studio, batch_id)
    assert fake.asked == [], "not before it must be complete"
    clock.skip(FREE_AFTER * studio.settings.studio_settle_seconds + 1)
    wait_until(studio, batch_id, lambda _: all_followed_up(studio))


def asked_more_than(fake: Billing, times: int, _: BatchStatus) -> bool:
    return len(fake.asked) > times


def all_followed_up(studio: Studio) -> bool:
    return not studio.parts.store.read(
        lambda tx: list(tx.query("select 1 from followups where done_at is null"))
    )


def checks(studio: Studio) -> list[tuple[int, int]]:
    """(booked, billed) of every comparison."""
    query = "select booked, billed from bill_checks order by at, job_id"
    rows = studio.parts.store.read(lambda tx: list(tx.query(query)))
    return [(row["booked"], row["billed"]) for row in rows]


@pytest.mark.parametrize(("told", "charged"), [(0, Charged.NO), (CENT // 2, Charged.YES)])
def test_a_refusal_costs_what_the_bill_says(told: int, charged: Charged) -> None:
    fake, clock = Billing(told), QuickClock()
    fake.checks = [REFUSED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).settled == CENT, "what may be charged counts meanwhile"
        after_the_bill(studio, batch_id, fake, clock)
        status, job = studio.batches.status(batch_id), studio.batches.jobs(batch_id)[0]
        assert (status.settled, status.reserved) == (told, 0)
        assert job.fault is not None
        assert job.fault.charged is charged
        report = studio.costs.report("model")
        assert report.charged_without_picture == told
        assert sum(entry.settled for entry in studio.costs.ledger()) == told


def test_a_picture_without_a_figure_costs_what_the_bill_says() -> None:
    fake, clock = Billing(3 * CENT), QuickClock()
    fake.checks = [FakeProvider.picture(cost=None)]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        assert finish(studio, batch_id).settled == CENT
        after_the_bill(studio, batch_id, fake, clock)
        report = studio.costs.report("model")
        assert (report.settled, report.groups[0].pictures) == (3 * CENT, 1), "counted once"
        assert report.charged_without_picture == 0
        assert studio.batches.assets(batch_id)[0].cost == 3 * CENT
        assert any(entry.corrects for entry in studio.costs.ledger())


def test_a_bill_that_is_away_is_asked_again() -> None:
    fake, clock = Billing(0, away=2), QuickClock()
    fake.checks = [REFUSED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        for _ in range(3):
            clock.skip(600)
            wait_until(studio, batch_id, partial(asked_more_than, fake, len(fake.asked)))
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert studio.batches.status(batch_id).settled == 0


def test_a_bill_that_says_nothing_is_asked_for_two_days_and_then_let_be() -> None:
    """Another process may have the key that may read it."""
    silent, clock = Billing(None), QuickClock()
    silent.checks = [REFUSED]
    with open_with(silent, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        for _ in range(2):
            clock.skip(6 * 3600)
            wait_until(studio, batch_id, partial(asked_more_than, silent, len(silent.asked)))
        assert not all_followed_up(studio)
        clock.skip(48 * 3600)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert studio.batches.status(batch_id).settled == CENT, "then the assumption stays"


def test_a_told_cost_is_held_against_the_bill_too() -> None:
    fake, clock = Billing(CENT), QuickClock()
    fake.script = [ACCEPTED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        after_the_bill(studio, batch_id, fake, clock)
        assert (studio.batches.status(batch_id).settled, len(fake.asked)) == (CENT, 1)
        assert checks(studio) == [(CENT, CENT)]
        assert not any(entry.corrects for entry in studio.costs.ledger()), "nothing is news"
        assert "bill_told" not in {event.kind for event in studio.batches.events(batch_id)}


def test_the_bill_of_an_earlier_attempt_corrects_that_attempt_only() -> None:
    """A person retries before the bill was asked: each attempt is booked as its own line says."""

    class Numbered(Billing):
        """Each request has an id of its own, and only the second was charged."""

        def identity(self, ref: Mapping[str, Any]) -> str | None:
            return str(ref["id"])

        async def submit(self, call: Call, ctx: Context) -> Running | Finished:
            await super().submit(call, ctx)
            return Running(ref={"id": f"{call.job_id}-{call.attempt}"})

        async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
            self.asked.append(ref["id"])
            return 0 if ref["id"].endswith("-1") else CENT

    fake, clock = Numbered(None), QuickClock()
    fake.checks = [REFUSED]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        fake.checks = [FakeProvider.picture()]
        studio.batches.retry_job(studio.batches.jobs(batch_id)[0].id)
        assert finish(studio, batch_id).settled == 2 * CENT
        after_the_bill(studio, batch_id, fake, clock)
        status = studio.batches.status(batch_id)
        assert (status.counts.done, status.settled, status.reserved) == (1, CENT, 0)
        assert studio.costs.report("model").charged_without_picture == 0


def test_a_picture_is_never_free_because_its_line_is_late() -> None:
    fake, clock = Billing(0), QuickClock()
    fake.checks = [FakeProvider.picture(cost=None)]
    with open_with(fake, clock=clock) as studio:
        batch_id = studio.batches.start(plan_of(studio))
        finish(studio, batch_id)
        for _ in range(3):
            clock.skip(3600)
            wait_until(studio, batch_id, partial(asked_more_than, fake, len(fake.asked)))
        assert studio.batches.status(batch_id).settled == CENT
        fake.told = 2 * CENT
        clock.skip(24 * 3600)
        wait_until(studio, batch_id, lambda _: all_followed_up(studio))
        assert studio.batches.status(batch_id).settled == 2 * CENT
