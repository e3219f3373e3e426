"""What the random walk found, each in its shortest form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.simulation.reckoning import reckon
from tests.simulation.walk import Walk


def test_a_full_disk_while_a_search_is_put_off_does_not_end_the_engine(tmp_path: Path) -> None:
    walk = Walk(1, tmp_path)
    with walk.alive():
        walk.world.rates = {"lost_answer": 1.0}
        walk.start("blind")
        walk.pump(walk.is_quiet, 300)
        walk.world.disk_is_full = True
        walk.loop.jump(4000)
        walk.pump(lambda: False, 10)
        walk.world.disk_is_full = False
        walk.world.rates.clear()
        walk.start("direct")
        walk.pump(walk.is_quiet, 120)
        states = [row["state"] for row in walk.books.rows("select state from jobs order by id")]
    assert states == ["unknown", "done"], "the engine of that process has ended for good"


def test_the_bill_is_asked_about_a_failure_that_only_a_notification_told(tmp_path: Path) -> None:
    walk = Walk(1, tmp_path)
    with walk.alive():
        walk.world.rates = {"stall": 1.0, "fail_charged": 1.0, "odd_price": 1.0}
        walk.start("strict")
        walk.pump(lambda: False, 30)
        walk.notify(walk.world.works[0])
        walk.pump(walk.is_quiet, 120)
        for seconds in (130, 130, 700, 2000):
            walk.loop.jump(seconds)
            walk.pump(lambda: False, 8)
        lost = {row["id"] for row in walk.books.rows("select id from jobs")}
        problems = list(reckon(walk.world, walk.books, lost))
    assert problems == [], "what is booked is not what the provider's bill says"


def test_the_reckoning_notices_what_the_books_do_not_say(tmp_path: Path) -> None:
    walk = Walk(1, tmp_path)
    with walk.alive():
        walk.start("direct")
        walk.pump(walk.is_quiet, 60)
        assert list(reckon(walk.world, walk.books, ())) == []
        again = replace(walk.world.works[0], number=1, attempt=2)
        walk.world.works.append(again)
        problems = list(reckon(walk.world, walk.books, ()))
    assert any("was charged 20000, 0 are booked" in problem for problem in problems)
    assert any("made and paid for" in problem for problem in problems)


def test_a_bill_that_cannot_be_read_after_days_closed_is_asked_again(tmp_path: Path) -> None:
    walk = Walk(1, tmp_path)
    with walk.alive():
        walk.world.rates = {"odd_price": 1.0, "bill_fails": 1.0}
        walk.start("queue")
        walk.pump(walk.is_quiet, 60)
        walk.loop.jump(67 * 3600)
        walk.pump(lambda: False, 8)
        walk.world.rates.clear()
        for seconds in (400, 2000, 8000):
            walk.loop.jump(seconds)
            walk.pump(lambda: False, 8)
        problems = list(reckon(walk.world, walk.books, ()))
    assert problems == [], "it was given up after the first question"
