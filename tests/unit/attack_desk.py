"""What the attacks on the safeguards of money stand on: a provider with ids, lists and a bill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.container import Studio
from studio.db import Tx, jobs, ledger
from studio.models import (
    Charged,
    FaultKind,
    Finished,
    Job,
    JobState,
    Running,
)
from studio.providers import Context
from tests.fakes import CENT, Answer, FakeProvider, _given, fault
from tests.studio_fixture import QuickClock, plan_of, wait_until

NO_ANSWER = fault(FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE)
AWAY = fault(FaultKind.UNAVAILABLE, retry=True, looking=True)
SECONDS = 5.0


class Desk(FakeProvider):
    """Answers about each request by its id, and keeps a bill of them."""

    keeps_bill = True

    def __init__(self, *script: Answer, price: int | None = CENT) -> None:
        super().__init__(*script, price=price)
        self.requests: dict[str, Answer] = {}
        self.billed: dict[str, int] = {}

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        return str(ref["id"]) if "id" in ref else None

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        return {"id": remote_id}

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        return _given(self.requests[str(ref["id"])])

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        return self.billed.get(str(ref["id"]))


def only(studio: Studio, batch_id: str) -> Job:
    return studio.batches.jobs(batch_id)[0]


def lost_batch(studio: Studio) -> str:
    batch_id = studio.batches.start(plan_of(studio))
    wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
    return batch_id


def open_questions(studio: Studio, like: str) -> int:
    query = "select 1 from followups where done_at is null and kind like ?"
    return studio.parts.store.read(lambda tx: len(list(tx.query(query, [like]))))


def the_bills_are_in(studio: Studio, batch_id: str, clock: QuickClock) -> None:
    """Let the days pass after which every bill was asked that ever will be."""
    for _ in range(8):
        clock.skip(6 * 3600)
        studio.batches.settle_up(SECONDS)
    assert open_questions(studio, "ask_bill:%") == 0


def never_arrived(tx: Tx, studio: Studio, job_id: str) -> None:
    """What another process's look writes that found the list to be silent."""
    job, at = jobs.get(tx, job_id), studio.parts.now()
    ledger.release(tx, job, at, studio.settings.timezone, "not charged")
    jobs.move(tx, job, JobState.QUEUED, at)
    tx.execute("update batches set state = 'running' where id = ?", [job.batch_id])
