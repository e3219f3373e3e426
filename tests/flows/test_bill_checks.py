"""What was booked is held against the emulated fal's own bill, and ends as that says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from studio.container import Studio, open_studio
from studio.engine.bill_booking import TOLD_AFTER
from studio.models import BatchState, BatchStatus, EntryKind
from studio.models.bill import BillCheck
from studio.settings import load_settings
from tests.emulator.fal_prices import FalPrice
from tests.emulator.world import World
from tests.flows.fal_world import MODEL, plan_rows
from tests.studio_fixture import QuickClock, finish, wait_until

HOUR = 3600.0
ENDPOINT = MODEL.partition(":")[2]
EVENTS = "billing-events"


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def studio(fal: World, clock: QuickClock) -> Iterator[Studio]:
    with open_studio(load_settings(), clock=clock) as opened:
        yield opened


def made(studio: Studio, pictures: int) -> str:
    """A finished batch, before any bill was asked."""
    batch_id = studio.batches.start(plan_rows(studio, pictures))
    assert finish(studio, batch_id).counts.done == pictures
    return batch_id


def after(studio: Studio, clock: QuickClock, seconds: float, so: Callable[[], bool]) -> None:
    """Let so many seconds pass, and wait until something is so."""
    clock.skip(seconds)
    batch_id = studio.batches.list(1)[0].batch.id
    wait_until(studio, batch_id, lambda _: so())


def once_due(studio: Studio, clock: QuickClock, so: Callable[[], bool]) -> None:
    """Let the time pass after which told costs are compared, and wait until something is so."""
    after(studio, clock, TOLD_AFTER * studio.settings.studio_settle_seconds + 1, so)


def nothing_left(studio: Studio) -> bool:
    return all(bill.waiting == 0 for bill in studio.costs.bill_check().bills)


def checked(studio: Studio, count: int) -> Callable[[], bool]:
    return lambda: sum(bill.checked for bill in studio.costs.bill_check().bills) == count


def all_put_off(studio: Studio) -> bool:
    """Whether every question was asked, and is asked again later."""
    query = "select min(attempts) as n from followups where done_at is null"
    return bool(studio.parts.store.read(lambda tx: next(iter(tx.query(query)))["n"]))


def going_on(studio: Studio, batch_id: str) -> BatchStatus:
    """The end of a batch, resumed as often as it pauses."""
    while True:
        status = wait_until(
            studio, batch_id,
            lambda s: s.batch.state is BatchState.PAUSED or s.counts.unfinished == 0,
        )  # fmt: skip
        if status.counts.unfinished == 0:
            return status
        studio.batches.resume(batch_id)


def agrees(studio: Studio, fal: World) -> bool:
    """Whether ledger, rows and the provider's bill are one."""
    booked = sum(entry.settled for entry in studio.costs.ledger(-1))
    report = studio.costs.report("model")
    return booked == report.settled == fal.bill.total


def test_every_told_cost_is_compared_in_one_question(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    made(studio, 30)
    assert fal.calls("GET", EVENTS) == [], "not before the bill must be complete"
    once_due(studio, clock, checked(studio, 30))
    assert len(fal.calls("GET", EVENTS)) <= 2
    check = studio.costs.bill_check()
    (bill,) = check.bills
    assert (bill.label, bill.equal, bill.different, bill.total) == ("fal", 30, 0, 30)
    assert (check.rows, check.flagged) == ([], [])
    assert agrees(studio, fal)


def test_a_price_that_changes_in_mid_batch_ends_as_the_bill_says(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    fal.fal.queue.hold()
    batch_id = studio.batches.start(plan_rows(studio, 8, workers=2))
    wait_until(studio, batch_id, lambda s: s.counts.running == 2)
    fal.fal.queue.release(2)
    wait_until(studio, batch_id, lambda s: s.counts.done == 2)
    fal.fal.prices[ENDPOINT] = FalPrice(6_000, "megapixel")
    fal.fal.queue.resume()
    status = going_on(studio, batch_id)
    assert status.counts.done == 8
    once_due(studio, clock, checked(studio, 8))
    assert agrees(studio, fal)
    assert fal.bill.total == 2 * 3_000 + 6 * 6_000
    assert sum(picture.cost or 0 for picture in studio.batches.assets(batch_id)) == fal.bill.total
    _tells_the_difference(studio.costs.bill_check())


def _tells_the_difference(check: BillCheck) -> None:
    (bill,) = check.bills
    assert bill.checked == 8
    assert bill.difference == sum(row.difference for row in check.rows)
    assert {(row.quoted, row.booked, row.billed) for row in check.rows} <= {(3_000, 3_000, 6_000)}
    assert all("told by fal" in row.source and row.asset_id for row in check.rows)
    (line,) = check.flagged
    assert (line.model, line.quoted, line.actual) == (MODEL, 3_000, 6_000)


def test_a_refreshed_price_is_what_the_next_pictures_are_booked_at(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    made(studio, 2)
    fal.fal.prices[ENDPOINT] = FalPrice(6_000, "megapixel")
    assert sources(studio, made(studio, 1)) == {"1 megapixel told by fal × our price of $0.003"}
    studio.live.refresh_prices([MODEL], anew=True)
    assert sources(studio, made(studio, 2)) == {"1 megapixel told by fal × our price of $0.006"}
    once_due(studio, clock, checked(studio, 5))
    assert len(studio.costs.bill_check().rows) == 1, "only the one from before the refresh"
    assert agrees(studio, fal)


def test_a_raised_price_is_booked_a_minute_later_without_a_refresh(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    made(studio, 1)
    fal.fal.prices[ENDPOINT] = FalPrice(6_000, "megapixel")
    clock.skip(61)
    batch_id = studio.batches.start(plan_rows(studio, 1))
    going_on(studio, batch_id)
    assert sources(studio, batch_id) == {"1 megapixel told by fal × our price of $0.006"}


def sources(studio: Studio, batch_id: str) -> set[str]:
    """Where the booked figures of a batch came from."""
    entries = studio.costs.ledger(-1, 0, batch_id)
    return {each.source for each in entries if each.kind is EntryKind.SETTLE}


def test_a_late_line_is_asked_for_again(studio: Studio, fal: World, clock: QuickClock) -> None:
    fal.fal.account.bill_lag_seconds = 6 * HOUR
    made(studio, 3)
    once_due(studio, clock, lambda: all_put_off(studio))
    assert studio.costs.bill_check().bills[0].waiting == 3
    assert agrees(studio, fal), "what was told stays meanwhile"
    fal.clock.advance(7 * HOUR)
    after(studio, clock, 7 * HOUR, checked(studio, 3))
    assert agrees(studio, fal)


def test_a_bill_that_stays_silent_is_let_be_after_two_days(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    made(studio, 3)
    fal.bill.charges.clear()
    after(studio, clock, 50 * HOUR, lambda: nothing_left(studio))
    (bill,) = studio.costs.bill_check().bills
    assert (bill.checked, bill.given_up) == (0, 3)
    assert studio.costs.report("model").settled == 9_000, "what was told is kept"


def test_repeated_lines_and_credits(studio: Studio, fal: World, clock: QuickClock) -> None:
    fal.bill.shown_twice = True
    made(studio, 4)
    first, second = (line.request_id for line in fal.bill.charges[:2])
    fal.bill.credit(first, 1_000)
    fal.bill.credit(second, 3_000)
    once_due(studio, clock, checked(studio, 4))
    assert agrees(studio, fal)
    check = studio.costs.bill_check()
    assert {(row.booked, row.billed) for row in check.rows} == {(3_000, 2_000), (3_000, 0)}
    assert check.bills[0].difference == -4_000
    assert studio.costs.report("model").groups[0].pictures == 4


def test_a_key_that_may_not_read_the_bill(studio: Studio, fal: World, clock: QuickClock) -> None:
    fal.fal.account.platform_rights = False
    made(studio, 60)
    once_due(studio, clock, lambda: not studio.costs.bill_check().bills[0].readable)
    (bill,) = studio.costs.bill_check().bills
    assert (bill.checked, bill.waiting) == (0, 60)
    assert bill.told == "fal's bill cannot be read with this key."
    assert "admin" in bill.fix
    asked = len(fal.calls("GET", EVENTS))
    assert asked == 1, "one look for all of them"
    after(studio, clock, 2 * HOUR, lambda: len(fal.calls("GET", EVENTS)) > asked)
    assert len(fal.calls("GET", EVENTS)) == asked + 1
    after(studio, clock, 48 * HOUR, lambda: nothing_left(studio))
    assert studio.costs.bill_check().bills[0].given_up == 60
    assert studio.costs.report("model").settled == fal.bill.total


def test_an_admin_key_reads_what_had_been_given_up(
    studio: Studio, fal: World, clock: QuickClock
) -> None:
    fal.fal.account.platform_rights = False
    made(studio, 3)
    after(studio, clock, 49 * HOUR, lambda: nothing_left(studio))
    fal.fal.account.platform_rights = True
    studio.costs.ask_bills_again()
    after(studio, clock, 1, checked(studio, 3))
    (bill,) = studio.costs.bill_check().bills
    assert (bill.readable, bill.given_up, bill.equal) == (True, 0, 3)


def test_two_processes_book_each_bill_once(fal: World, clock: QuickClock) -> None:
    settings = load_settings()
    with (
        open_studio(settings, clock=clock) as one,
        open_studio(settings, clock=clock, everything=True) as other,
    ):
        batch_id = made(one, 20)
        for line in list(fal.bill.charges):
            fal.bill.credit(line.request_id, 1_000)
        once_due(one, clock, checked(one, 20))
        assert agrees(one, fal)
        assert agrees(other, fal)
        corrections = [entry for entry in one.costs.ledger(-1) if entry.corrects]
        assert len(corrections) == len({entry.job_id for entry in corrections}) == 20
        told = [event.kind for event in one.batches.events(batch_id)]
        assert told.count("bill_told") == 20
