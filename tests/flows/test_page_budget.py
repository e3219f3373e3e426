"""Budgets on the pages: set on Costs, warned of before the start, raised where a batch stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.models import BatchState
from tests.fakes import CENT, FakeProvider
from tests.flows.page_world import ROOT, click, looked_at, open_page, page_world, shown
from tests.flows.test_page_batch_upload import dropped
from tests.studio_fixture import finish, plan_of, wait_until

DOLLAR = 1_000_000
ROWS = "prompt\n" + "\n".join(f"A lighthouse at dawn in soft watercolour {n}" for n in range(4))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


def with_fake(fake: FakeProvider) -> Studio:
    """The process's studio with one provider."""
    close_runtime()
    studio = open_studio(providers={fake.id: fake}, everything=True)
    slot().studio = studio
    return studio


@pytest.fixture
def paid(world: Studio) -> Studio:
    """One provider that takes a cent for each picture."""
    return with_fake(FakeProvider())


def read(app: AppTest) -> str:
    """The words on the page as a person reads them."""
    return shown(app).replace("\\", "")


def stopped(studio: Studio, pictures: int, **settings: int | None) -> str:
    batch_id = studio.batches.start(plan_of(studio, pictures, **settings))
    wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
    return batch_id


def field_of(app: AppTest, start: str) -> NumberInput:
    """The one number field whose key begins like that."""
    (field,) = [field for field in app.number_input if str(field.key).startswith(start)]
    return field


def set_on_page(app: AppTest, scope: str, dollars: float) -> AppTest:
    field_of(app, f"cap_{scope}_").set_value(dollars)
    return click(app, f"save_{scope}")


@pytest.mark.parametrize("scope", ["day", "month", "total"])
def test_a_budget_is_set_changed_and_lifted_on_the_costs_page(world: Studio, scope: str) -> None:
    app = open_page("costs")
    assert "No budget is set" in read(app)
    set_on_page(app, scope, 5)
    assert {line.scope: line.cap for line in world.budgets.lines()}[scope] == 5 * DOLLAR
    assert "left of $5.00" in "".join(
        str(bar.proto.text) for bar in app.main.get("progress")
    ).replace("\\", "")
    day = world.costs.today()
    assert f"Set here on {day.day} {day:%B %Y}." in read(app)
    assert list(app.dataframe[0].value["New limit"]) == ["$5.00"]
    set_on_page(app, scope, 2.5)
    click(app, f"lift_{scope}")
    assert [line.cap for line in world.budgets.lines()] == [None, None, None]
    assert field_of(app, f"cap_{scope}_").value is None
    assert list(looked_at(app).dataframe[0].value["New limit"]) == ["lifted", "$2.50", "$5.00"]


def test_a_budget_above_the_ceiling_is_explained(world: Studio) -> None:
    app = open_page("costs")
    set_on_page(app, "day", 150)
    assert world.budgets.lines()[0].cap is None
    assert "STUDIO_BUDGET_CEILING" in app.error[0].value.replace("\\", "")


def test_the_budget_of_the_environment_is_the_upper_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_DAILY_BUDGET="5"):
        app = open_page("costs")
        assert "Set for this installation." in read(app)
        assert "At most $5.00: this installation allows no more." in read(app)
        assert "STUDIO_DAILY_BUDGET" not in read(app)
        help_of_field = field_of(app, "cap_day_").help.replace("\\", "")
        assert help_of_field == "It is set by STUDIO_DAILY_BUDGET in the environment."
        assert not [button for button in app.button if button.key == "lift_day"]
        set_on_page(app, "day", 6)
        assert "above the most that can be set here" in app.error[0].value.replace("\\", "")


@pytest.mark.parametrize("scope", ["batch", "day", "month", "total"])
def test_a_stopped_batch_is_raised_and_goes_on(paid: Studio, scope: str) -> None:
    if scope != "batch":
        paid.budgets.set(scope, 2 * CENT, "Ada")
    batch_id = stopped(paid, 5, budget=2 * CENT if scope == "batch" else None)
    app = open_page("batch_upload", batch=batch_id)
    told = app.warning[0].value.replace("\\", "")
    assert "The budget is reached." in told
    assert "$0.00 is left. 2 pictures done, 3 left: they need about $0.03." in told
    button = app.button(key=f"raise_{batch_id}")
    assert button.label.replace("\\", "") == "Raise to $0.05 and go on"
    click(app, button.key or "")
    assert finish(paid, batch_id).counts.done == 5
    changes = paid.budgets.changes()
    assert (changes[0].cap, changes[0].set_by) == (5 * CENT, "the web page")


def test_another_amount_is_taken_and_a_limit_is_lifted(paid: Studio) -> None:
    batch_id = stopped(paid, 6, budget=CENT)
    app = open_page("batch_upload", batch=batch_id)
    field_of(app, "raise_to_").set_value(0.03)
    looked_at(app)
    assert app.button(key=f"raise_{batch_id}").label.replace("\\", "").startswith("Raise to $0.03")
    click(app, f"raise_{batch_id}")
    wait_until(paid, batch_id, lambda s: s.batch.state is BatchState.PAUSED and s.counts.done == 3)
    click(looked_at(app), f"lift_{batch_id}")
    assert finish(paid, batch_id).counts.done == 6
    assert paid.batches.status(batch_id).batch.settings.budget is None


def too_small(studio: Studio) -> str:
    """A batch of five at a cent, of which two are made, with three caps that are too small."""
    studio.budgets.set("month", 3 * CENT, "Ada")
    studio.budgets.set("total", 4 * CENT, "Ada")
    return stopped(studio, 5, budget=2 * CENT)


def test_every_cap_that_is_too_small_is_named_and_raised_in_one_step(paid: Studio) -> None:
    batch_id = too_small(paid)
    app = open_page("batch_upload", batch=batch_id)
    told = app.warning[0].value.replace("\\", "")
    assert "3 budgets are too small for what is left." in told
    assert "Of the $0.02 for this batch, $0.00 is left." in told
    assert "Of the $0.03 for this month, $0.01 is left." in told
    assert "Of the $0.04 for all time, $0.02 is left." in told
    assert "2 pictures done, 3 left: they need about $0.03." in told
    fields = [each for each in app.number_input if str(each.key).startswith("raise_to_")]
    assert [each.value for each in fields] == [0.05, 0.05, 0.05]
    assert app.button(key=f"raise_{batch_id}").label == "Raise all 3 and go on"
    click(app, f"raise_{batch_id}")
    assert finish(paid, batch_id).counts.done == 5
    assert {change.scope for change in paid.budgets.changes()[:3]} == {
        f"batch:{batch_id}", "month", "total",
    }  # fmt: skip


def test_resuming_in_vain_is_answered(paid: Studio) -> None:
    batch_id = too_small(paid)
    app = open_page("batch_upload", batch=batch_id)
    assert not app.error
    events = len(paid.batches.events(batch_id))
    click(app, f"resume_{batch_id}")
    wait_until(paid, batch_id, lambda s: len(paid.batches.events(batch_id)) > events)
    wait_until(paid, batch_id, lambda s: s.batch.state is BatchState.PAUSED)
    told = looked_at(app).error[0].value.replace("\\", "")
    assert told.startswith("You resumed the batch, and it paused again before the next picture.")
    assert told.endswith("Too little is left for it.")
    assert looked_at(app).error, "it stays until something changes"
    click(app, f"raise_{batch_id}")
    finish(paid, batch_id)
    assert not looked_at(app).error


def test_of_several_caps_the_one_of_the_installation_is_left_to_its_owner(
    paid: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "0.02")
    studio = with_fake(FakeProvider())
    studio.budgets.set("month", 3 * CENT, "Ada")
    batch_id = stopped(studio, 4)
    app = open_page("batch_upload", batch=batch_id)
    assert "The budget for today cannot be raised here." in read(app)
    assert not [each for each in app.button if str(each.key).startswith("raise_")]


def test_what_the_environment_caps_cannot_be_raised_here(
    paid: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "0.02")
    studio = with_fake(FakeProvider())
    batch_id = stopped(studio, 4)
    app = open_page("batch_upload", batch=batch_id)
    assert "It cannot be raised here. At most $0.02: this installation allows no more" in read(app)
    assert "Tomorrow there is money again" in read(app)
    assert not [b for b in app.button if str(b.key).startswith(("raise_", "lift_"))]
    assert app.button(key=f"resume_{batch_id}")


def test_an_unknown_price_is_asked_for(world: Studio) -> None:
    studio = with_fake(FakeProvider(FakeProvider.picture(cost=None), price=None))
    studio.budgets.set("day", DOLLAR, "Ada")
    batch_id = stopped(studio, 3)
    app = open_page("batch_upload", batch=batch_id)
    assert "The price is not known." in app.warning[0].value
    field_of(app, "price_").set_value(0.04)
    click(app, f"own_price_{batch_id}")
    assert finish(studio, batch_id).settled == 12 * CENT
    assert studio.budgets.own_price("fake:one") == 4 * CENT


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        (5 * CENT, None),
        (4 * CENT, None),
        (2 * CENT, "and $0.02 is left today. It will pause after about 2 pictures of 4."),
        (CENT // 2, "It will pause before the first picture."),
    ],
)
def test_before_the_start_it_is_said_when_the_money_will_not_last(
    paid: Studio, cap: int, told: str | None
) -> None:
    paid.budgets.set("day", cap, "Ada")
    app = dropped(ROWS)
    if told is None:
        assert not app.warning
    else:
        assert told in app.warning[0].value.replace("\\", "")


def test_the_batch_s_own_budget_is_looked_at_too(paid: Studio) -> None:
    app = dropped(ROWS)
    app.number_input(key="batch_budget").set_value(0.03)
    looked_at(app)
    told = app.warning[0].value.replace("\\", "")
    assert "more than its own budget of $0.03. It will pause after about 3 pictures of 4." in told
    assert app.number_input(key="batch_budget").max == 3100


def test_the_sidebar_has_the_cap_in_force(paid: Studio) -> None:
    paid.budgets.set("day", 2 * CENT, "Ada")
    stopped(paid, 3)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    bars = [str(bar.proto.text).replace("\\", "") for bar in app.sidebar.get("progress")]
    assert "Today: $0.02 of $0.02 spent" in bars
