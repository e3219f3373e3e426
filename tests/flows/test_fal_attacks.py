"""Attacks on paid work at the emulated fal: paid twice, lost although paid, shown wrong."""

from __future__ import annotations

import pytest

from studio.container import Studio, open_studio
from studio.models import BatchStatus, Call, Plan, RunOptions
from studio.providers import Context
from studio.providers.fal import Fal
from studio.settings import load_settings
from tests.emulator.world import World
from tests.flows.fal_world import MODEL, plan_rows
from tests.studio_fixture import QuickClock, finish, wait_until

EACH = 3_000
"""Micro-dollars for a small picture of that model."""


def same_picture(studio: Studio, *, seed: int) -> Plan:
    """A plan of one picture whose input is the same each time."""
    studio.live.refresh_prices([MODEL])
    options = RunOptions(model=MODEL, width=256, height=256, seed=seed, title="Same")
    return studio.planner.single("a red boat on a calm lake", options)


def followed_up(studio: Studio, batch_id: str) -> BatchStatus:
    """Wait until everything that must happen after the batch has happened."""
    finish(studio, batch_id)
    sql = "select 1 from followups where done_at is null"
    return wait_until(
        studio, batch_id, lambda _: not studio.parts.store.read(lambda tx: list(tx.query(sql)))
    )


def submits(fal: World) -> int:
    """How many requests fal took on."""
    return len(fal.bill.accepted)


# paid twice ---------------------------------------------------------------------------------


def test_a_lost_answer_behind_a_long_queue_is_not_sent_again(fal: World) -> None:
    """Requests that wait are on no list (§1.9): silence proves nothing while the queue is long."""
    fal.fal.account.runners = 1
    fal.fal.queue.hold()  # somebody else's run takes longer than the settle time
    fal.fal.queue.accept("fal-ai/flux/schnell", {"prompt": "a long run"})
    fal.trouble.add("lost_answer", times=1)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        wait_until(studio, batch_id, lambda s: s.counts.running + s.counts.unknown == 1)
        fal.fal.queue.resume()
        finish(studio, batch_id)
    assert submits(fal) == 2, "one of somebody else, one of ours"


def test_a_result_that_cannot_be_read_for_a_while_is_not_made_again(fal: World) -> None:
    """COMPLETED without an error: three 500s in two seconds are an outage, not failed work."""
    fal.trouble.add("result_fails", times=3)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        status = finish(studio, batch_id)
    assert submits(fal) == 1, f"paid {fal.bill.total}, ledger {status.settled}"


@pytest.mark.parametrize("behind", [120, 3600])
def test_a_clock_that_is_fast_does_not_pay_twice(fal: World, behind: int) -> None:
    """Our clock is ahead of fal's: the list is asked from a moment after the request was sent."""
    fal.clock.advance(-behind)
    fal.trouble.add("lost_answer", times=1)
    with open_studio() as studio:
        finish(studio, studio.batches.start(plan_rows(studio, 1)))
    assert submits(fal) == 1


class SlowUpload(Fal):
    """Free steps before the request take longer than the settle time."""

    async def prepare(self, call: Call, ctx: Context) -> Call:
        """As if a large picture had been uploaded on a slow line."""
        clock = ctx.clock
        assert isinstance(clock, QuickClock)
        clock.skip(900)
        return await super().prepare(call, ctx)


def test_the_settle_time_begins_when_the_request_leaves(fal: World) -> None:
    fal.fal.account.list_lag_seconds = 3.0
    fal.trouble.add("lost_answer", times=1)
    clock = QuickClock()
    settings = load_settings(studio_settle_seconds=120)
    with open_studio(settings, providers={"fal": SlowUpload()}, clock=clock) as studio:
        finish(studio, studio.batches.start(plan_rows(studio, 1)))
    assert submits(fal) == 1, "900 s were counted that passed before it left"


def test_a_list_that_shows_defaults_too_is_no_proof(fal: World) -> None:
    """The same seed of ours, but more inputs than we sent: certainly not *not there*."""
    fal.trouble.add("lost_answer", times=1)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1, max_retries=0))
        fal.wait_until(lambda: submits(fal) == 1)
        for request in fal.fal.queue.requests.values():
            request.body["acceleration"] = "none"
        status = finish(studio, batch_id)
    assert status.counts.done + status.counts.unknown == 1, "given up as if it had not been paid"


# one request for two jobs -------------------------------------------------------------------


def test_two_lost_answers_with_equal_inputs_do_not_share_a_request(fal: World) -> None:
    """Equal seeds given by a person: one never arrived, the other did; both adopt that one."""
    fal.trouble.add("drop", nth=1)
    fal.trouble.add("lost_answer", times=1)
    with open_studio() as studio:
        plan = same_picture(studio, seed=5)
        both = plan.specs * 2
        twice = plan.model_copy(
            update={"specs": [s.model_copy(update={"copy_index": n}) for n, s in enumerate(both)]}
        )
        batch_id = studio.batches.start(twice)
        status = finish(studio, batch_id)
        remotes = [job.remote["request_id"] for job in studio.batches.jobs(batch_id) if job.remote]
    assert len(set(remotes)) == len(remotes), "two jobs follow one request"
    assert status.settled == fal.bill.total


def test_a_crashed_job_does_not_adopt_the_request_of_another_job(fal: World) -> None:
    """The receipts of requests live in the process; after a restart nobody knows whose it is."""
    with open_studio() as studio:
        first = studio.batches.start(same_picture(studio, seed=5))
        finish(studio, first)
    fal.trouble.add("drop", times=1)
    with open_studio() as studio:  # another process, a moment later: its request never arrives
        second = studio.batches.start(same_picture(studio, seed=5))
        status = finish(studio, second)
        jobs = [studio.batches.jobs(batch_id)[0] for batch_id in (first, second)]
        settled = studio.batches.status(first).settled + status.settled
    ids = [job.remote["request_id"] for job in jobs if job.remote]
    assert len(set(ids)) == len(ids), "two jobs claim one request"
    assert settled == fal.bill.total


# paid and lost ------------------------------------------------------------------------------


def test_a_night_later_the_picture_of_accepted_work_is_found_in_the_list(fal: World) -> None:
    """The id is saved, the result expired, but fal's list still has the output (as find reads)."""
    fal.fal.queue.hold()
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        wait_until(studio, batch_id, lambda s: s.counts.running == 1)
    fal.fal.queue.resume()  # the lid of the laptop is closed; fal finishes the picture
    fal.clock.advance(8 * 3600)
    clock = QuickClock()
    clock.skip(8 * 3600)
    with open_studio(load_settings(), clock=clock) as studio:
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert status.counts.done == 1, studio.batches.jobs(batch_id)[0].fault
    assert submits(fal) == 1


def test_one_404_right_after_the_receipt_does_not_lose_the_picture(fal: World) -> None:
    fal.trouble.add("status_fails", status=404, times=1)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        status = finish(studio, batch_id)
    assert status.counts.done == 1, status.counts


@pytest.mark.parametrize("kind", ["picture_html", "picture_truncated"])
def test_one_bad_download_does_not_cost_the_picture(fal: World, kind: str) -> None:
    """The file is still there: it is fetched again, not paid again."""
    fal.trouble.add(kind, times=1)
    with open_studio() as studio:
        status = finish(studio, studio.batches.start(plan_rows(studio, 1)))
    assert status.counts.done == 1, status.counts


# the ledger is not the bill -----------------------------------------------------------------


def test_a_bill_that_is_slow_does_not_make_a_picture_free(fal: World) -> None:
    fal.trouble.add("no_units")
    fal.fal.account.bill_lag_seconds = 4.0  # longer than the settle time, which is 1 here
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        status = followed_up(studio, batch_id)
    assert status.settled == fal.bill.total == EACH


def test_what_an_earlier_try_was_billed_is_asked_too(fal: World) -> None:
    """Refused for free, counted as charged until the bill tells; retried before it was asked."""
    fal.trouble.add("refuse", times=1)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 1))
        finish(studio, batch_id)
        studio.batches.retry_job(studio.batches.jobs(batch_id)[0].id)
        status = followed_up(studio, batch_id)
    assert (status.counts.done, status.settled) == (1, fal.bill.total)
