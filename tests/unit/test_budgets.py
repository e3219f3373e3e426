"""Budgets: what may be set, which cap holds, what is kept, and prices that people give."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from studio.container import Studio
from studio.db import Tx, budgets, events
from studio.errors import BadParameter, BadSetting, NotFound
from studio.models import BatchState
from studio.settings import load_settings
from tests.fakes import CENT, FakeProvider
from tests.studio_fixture import finish, open_with, plan_of, wait_until

DOLLAR = 1_000_000


@pytest.fixture
def studio() -> Iterator[Studio]:
    with open_with() as made:
        yield made


@pytest.mark.parametrize("scope", ["day", "month", "total", "person", "batch"])
@pytest.mark.parametrize("cap", [0, -1, -5 * DOLLAR])
def test_a_budget_leaves_something_to_spend(studio: Studio, scope: str, cap: int) -> None:
    with pytest.raises(BadParameter, match="leaves nothing to spend"):
        studio.budgets.check(scope, cap)


@pytest.mark.parametrize(
    ("scope", "times"),
    [("day", 1), ("month", 31), ("person", 31), ("batch", 31), ("total", 1_000)],
)
def test_a_budget_stays_below_the_ceiling(studio: Studio, scope: str, times: int) -> None:
    mine = studio.budgets
    assert mine.ceiling == 100 * DOLLAR
    assert mine.highest(scope) == 100 * times * DOLLAR
    mine.check(scope, 100 * times * DOLLAR)
    with pytest.raises(BadParameter, match="STUDIO_BUDGET_CEILING") as caught:
        mine.check(scope, 100 * times * DOLLAR + 1)
    assert "on purpose" in caught.value.next_step


def test_the_ceiling_is_raised_by_a_setting() -> None:
    with open_with(studio_budget_ceiling="250.50") as studio:
        assert studio.budgets.ceiling == 250_500_000
        studio.budgets.set("day", 250 * DOLLAR)


@pytest.mark.parametrize("scope", ["week", "person", "batch"])
def test_only_a_day_a_month_and_all_time_are_shared(studio: Studio, scope: str) -> None:
    with pytest.raises(BadParameter, match=repr(scope)):
        studio.budgets.set(scope, DOLLAR)
    with pytest.raises(NotFound):
        studio.budgets.set_batch("b_none", DOLLAR)


def test_people_may_set_lower_than_the_installation_but_never_higher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "5")
    with open_with() as studio:
        mine = studio.budgets
        with pytest.raises(BadParameter, match="STUDIO_DAILY_BUDGET in the environment"):
            mine.set("day", 5 * DOLLAR + 1, "Ada")
        mine.set("day", 2 * DOLLAR, "Ada")
        day, month, total = mine.limits()
        assert (day.line.cap, day.chosen, day.highest) == (2 * DOLLAR, 2 * DOLLAR, 5 * DOLLAR)
        assert day.set_by.startswith("Ada, ")
        mine.set("day", None, "Ada")
        day, month, total = mine.limits()
        assert (day.line.cap, day.usual) == (5 * DOLLAR, 5 * DOLLAR)
        assert day.set_by == "STUDIO_DAILY_BUDGET in the environment"
        assert [each.line.cap for each in (month, total)] == [None, None]
        assert [each.set_by for each in (month, total)] == ["", ""]


caps = st.none() | st.integers(1, 100 * DOLLAR)


@example_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(installed=caps, chosen=caps)
def test_the_lowest_cap_holds(
    installed: int | None, chosen: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    given_ = None if installed is None else Decimal(installed) / DOLLAR
    folder = tmp_path_factory.mktemp("studio")
    with open_with(studio_daily_budget=given_, studio_data_dir=folder) as studio:
        mine = studio.budgets
        known = [cap for cap in (installed, chosen) if cap is not None]
        if installed is not None and chosen is not None and chosen > installed:
            with pytest.raises(BadParameter):
                mine.set("day", chosen)
            known = [installed]
        else:
            mine.set("day", chosen)
        assert mine.lines()[0].cap == min(known, default=None)
        assert studio.costs.budgets() == mine.lines()


def test_every_change_is_kept_with_who_made_it(studio: Studio) -> None:
    mine = studio.budgets
    batch_id = studio.batches.start(plan_of(studio))
    finish(studio, batch_id)
    mine.set("day", 3 * DOLLAR, "Ada")
    mine.set("month", 9 * DOLLAR, "Bob")
    mine.set_batch(batch_id, DOLLAR, "Cleo")
    mine.set("day", None)
    kept = [(change.scope, change.cap, change.set_by) for change in mine.changes()]
    assert kept == [
        ("day", None, None),
        (f"batch:{batch_id}", DOLLAR, "Cleo"),
        ("month", 9 * DOLLAR, "Bob"),
        ("day", 3 * DOLLAR, "Ada"),
    ]
    assert len(mine.changes(limit=2)) == 2


def test_what_is_refused_changes_nothing(studio: Studio) -> None:
    mine = studio.budgets
    mine.set("day", 3 * DOLLAR, "Ada")
    with pytest.raises(BadParameter):
        mine.set("day", 101 * DOLLAR, "Bob")
    assert mine.lines()[0].cap == 3 * DOLLAR
    assert len(mine.changes()) == 1


def test_the_batches_with_a_cap_are_listed_while_they_run_or_wait(studio: Studio) -> None:
    mine = studio.budgets
    without = studio.batches.start(plan_of(studio, 1))
    finish(studio, without)
    capped = studio.batches.start(plan_of(studio, 3, budget=CENT))
    wait_until(studio, capped, lambda s: s.batch.state is BatchState.PAUSED)
    (limit,) = mine.batch_limits()
    assert (limit.batch_id, limit.line.cap, limit.line.settled) == (capped, CENT, CENT)
    assert limit.set_by == "set at its start"
    mine.set_batch(capped, 3 * CENT, "Ada")
    assert mine.batch_limits()[0].set_by.startswith("Ada, ")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"studio_daily_budget": "100.01"}, "STUDIO_DAILY_BUDGET"),
        ({"studio_monthly_budget": "3100.01"}, "STUDIO_MONTHLY_BUDGET"),
        ({"studio_person_budget": "3100.01"}, "STUDIO_PERSON_BUDGET"),
        ({"studio_total_budget": "100000.01"}, "STUDIO_TOTAL_BUDGET"),
        ({"studio_daily_budget": "5", "studio_budget_ceiling": "4"}, "STUDIO_DAILY_BUDGET"),
    ],
)
def test_a_setting_above_the_ceiling_names_both(settings: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named) as caught:
        load_settings(**settings)
    assert "STUDIO_BUDGET_CEILING" in caught.value.message
    assert named in caught.value.next_step


@pytest.mark.parametrize("ceiling", ["0", "-1", "nan", "100001", "much"])
def test_a_ceiling_that_makes_no_sense_is_named(ceiling: str) -> None:
    with pytest.raises(BadSetting, match="STUDIO_BUDGET_CEILING"):
        load_settings(studio_budget_ceiling=ceiling)


def test_an_own_price_is_kept_until_it_is_taken_back(studio: Studio) -> None:
    mine = studio.budgets
    mine.set_own_price("fake:other", 4 * CENT, "Ada")
    assert mine.own_price("fake:other") == 4 * CENT
    (own,) = mine.own_prices()
    assert (own.model, own.price, own.set_by) == ("fake:other", 4 * CENT, "Ada")
    mine.set_own_price("fake:other", None)
    assert mine.own_price("fake:other") is None
    assert mine.own_prices() == []


@pytest.mark.parametrize("price", [0, -1, 100 * DOLLAR + 1])
def test_a_price_that_makes_no_sense_is_refused(studio: Studio, price: int) -> None:
    with pytest.raises(BadParameter, match="no price for one picture"):
        studio.budgets.set_own_price("fake:one", price)


def test_an_own_price_quotes_what_waits_at_an_unknown_price() -> None:
    with open_with(FakeProvider(FakeProvider.picture(cost=None), price=None)) as studio:
        mine = studio.budgets
        batch_id = studio.batches.start(plan_of(studio, 3, budget=10 * CENT))
        paused = wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
        assert paused.batch.quote.expected is None
        stop = mine.stop_of(batch_id)
        assert stop is not None
        assert stop.price_unknown
        assert (stop.model, stop.left.pictures, stop.left.high) == ("fake:one", 3, None)
        mine.set_own_price("fake:one", 2 * CENT, "Ada")
        assert studio.batches.status(batch_id).batch.quote.expected == 6 * CENT
        mine.set_own_price("fake:one", 3 * CENT, "Ada")
        assert studio.batches.status(batch_id).batch.quote.high == 9 * CENT
        studio.batches.resume(batch_id)
        done = finish(studio, batch_id)
        assert (done.counts.done, done.settled, done.reserved) == (3, 9 * CENT, 0)
        assert mine.stop_of(batch_id) is None


def test_a_bill_that_tells_of_a_dearer_picture_does_not_hide_the_cap(studio: Studio) -> None:
    """Its event comes after that of the cap, and the cap still is what stops the batch."""
    mine = studio.budgets
    batch_id = studio.batches.start(plan_of(studio, 4, budget=2 * CENT))
    wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)

    def dearer(tx: Tx) -> None:
        data = {"cost": 2 * CENT, "reserved": CENT, "model": "fake:one"}
        at = studio.parts.now()
        events.record(tx, budgets.COST_ABOVE_QUOTE, batch_id=batch_id, at=at, data=data)

    studio.parts.store.write(dearer)
    stop = mine.stop_of(batch_id)
    assert stop is not None
    assert stop.limit is not None
    assert (stop.limit.line.scope, stop.raise_to) == ("batch", 4 * CENT)
    mine.set_batch(batch_id, 9 * CENT, "Ada")
    assert mine.stop_of(batch_id) is None, "now only the price is news"


def test_several_caps_are_set_together_or_not_at_all(studio: Studio) -> None:
    mine = studio.budgets
    mine.set("day", CENT, "Ada")
    mine.set("month", CENT, "Ada")
    day, month, _ = mine.limits()
    with pytest.raises(BadParameter):
        mine.set_together([(day, 2 * CENT), (month, 4_000 * DOLLAR)], "Bob")
    assert [line.cap for line in mine.lines()] == [CENT, CENT, None]
    mine.set_together([(day, 2 * CENT), (month, 3 * CENT)], "Bob")
    assert [line.cap for line in mine.lines()] == [2 * CENT, 3 * CENT, None]


def test_a_change_of_a_batch_does_not_slow_down_every_claim(studio: Studio) -> None:
    """What a claim asks for are two look-ups in an index, however many batches were changed."""

    def plans(tx: Tx) -> list[str]:
        budgets.change(tx, "day", CENT, studio.parts.now(), None)
        found = tx.query(
            "explain query plan select at, scope, cap, set_by from budget_changes "
            "where scope = 'day' order by id desc limit 1"
        )
        return [str(row["detail"]) for row in found]

    assert all(
        "USING INDEX budget_changes_by_scope" in line for line in studio.parts.store.write(plans)
    )
