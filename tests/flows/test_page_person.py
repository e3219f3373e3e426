"""A person's budget on the pages: it follows who is signed in by name, and others may change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from studio.access import Visitor
from studio.container import Studio
from studio.models import BatchState, BatchStatus
from studio.ui import identity
from studio.ui.person import person
from tests.fakes import CENT, FakeProvider
from tests.flows.page_world import ROOT, click, looked_at, open_page, page_world
from tests.flows.test_page_batch_upload import dropped
from tests.flows.test_page_budget import DOLLAR, ROWS, field_of, read, set_on_page, with_fake
from tests.studio_fixture import finish, wait_until

ADA, BOB = "ada@studio.example", "bob@studio.example"


@pytest.fixture
def paid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """One provider that takes a cent for each picture."""
    with page_world(tmp_path, monkeypatch):
        yield with_fake(FakeProvider())


@pytest.fixture
def ada(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ada is signed in at an identity provider that writes her name large."""
    monkeypatch.setattr(identity, "signed_in", lambda: Visitor("Ada@Studio.example", "Ada"))


def start_rows(studio: Studio) -> BatchStatus:
    """Start a batch of four rows on its page, and wait until it is paused."""
    app = dropped(ROWS)
    click(app, "start")
    batch_id = studio.batches.latest()
    assert batch_id is not None
    return wait_until(studio, batch_id, lambda s: s.batch.state is BatchState.PAUSED)


def table(app: AppTest) -> list[tuple[str, str, str]]:
    """The people with their limits, and who set them."""
    frame = next(each.value for each in app.dataframe if "Person" in each.value)
    return list(zip(frame["Person"], frame["A month"], frame["Set by"], strict=True))


def test_what_a_person_starts_counts_for_them_and_is_raised_where_it_stopped(
    paid: Studio, ada: None
) -> None:
    paid.budgets.set_person(ADA, 2 * CENT, "the payer")
    stopped = start_rows(paid)
    assert (stopped.batch.created_by, stopped.counts.done) == (ADA, 2)
    app = open_page("batch_upload", batch=stopped.batch.id)
    told = app.warning[0].value.replace("\\", "")
    assert "Of the $0.02 for you this month, $0.00 is left." in told
    assert "2 pictures done, 2 left: they need about $0.02." in told
    assert "It holds for every batch of yours." in read(app)
    click(app, f"raise_{stopped.batch.id}")
    assert finish(paid, stopped.batch.id).counts.done == 4
    change = paid.budgets.changes()[0]
    assert (change.scope, change.cap, change.set_by) == (f"person:{ADA}", 4 * CENT, "Ada")


def test_another_person_is_told_whose_budget_it_is(
    paid: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as signed:
        signed.setattr(identity, "signed_in", lambda: Visitor(ADA, "Ada"))
        paid.budgets.set_person(ADA, CENT, "the payer")
        stopped = start_rows(paid)
    app = open_page("batch_upload", batch=stopped.batch.id)
    assert f"Of the $0.01 for {ADA} this month" in app.warning[0].value.replace("\\", "")


def test_a_picture_made_on_the_first_page_counts_too(paid: Studio, ada: None) -> None:
    app = open_page("generate")
    app.text_area(key="generate_prompt").set_value("A red boat on a calm lake at dawn")
    click(looked_at(app), "generate_go")
    batch_id = paid.batches.latest()
    assert batch_id is not None
    assert finish(paid, batch_id).batch.created_by == ADA


def test_an_address_that_nobody_checked_spends_no_one_else_s_budget(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claimed = Visitor(ADA, "Mallory", email_verified=False)
    monkeypatch.setattr(identity, "signed_in", lambda: claimed)
    assert person() == f"{ADA} (not verified)"
    monkeypatch.setattr(identity, "signed_in", lambda: Visitor("", " "))
    assert person() is None


def test_one_sees_and_sets_one_s_own_budget(paid: Studio, ada: None) -> None:
    app = open_page("costs")
    assert "Your budget this month: $0.00 spent, no limit" in read(app).replace("**", "")
    set_on_page(app, "person", 5)
    assert paid.budgets.lines(ADA)[-1].cap == 5 * DOLLAR
    bars = [str(bar.proto.text).replace("\\", "") for bar in app.main.get("progress")]
    assert any("Your budget this month" in bar and "left of $5.00" in bar for bar in bars)
    click(app, "lift_person")
    assert paid.budgets.lines(ADA)[-1].cap is None


def test_the_sidebar_and_the_start_know_the_person_s_budget(paid: Studio, ada: None) -> None:
    paid.budgets.set_person(ADA, 2 * CENT, "the payer")
    app = dropped(ROWS)
    told = app.warning[0].value.replace("\\", "")
    assert "and $0.02 is left for you this month. It will pause after about 2 pictures" in told
    shell = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    bars = [str(bar.proto.text).replace("\\", "") for bar in shell.sidebar.get("progress")]
    assert bars == ["Your budget this month: $0.00 of $0.02 spent"]


def test_the_payer_gives_people_more_or_less_and_takes_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(tmp_path, monkeypatch, STUDIO_PERSON_BUDGET="20") as studio:
        app = open_page("costs")
        assert "You are not signed in by name, so no person's budget applies" in read(app)
        assert "Everybody may spend $20.00 a month" in read(app)
        give(app, " Bob@Studio.example", 50, "give_person")
        assert table(app) == [(BOB, "$50.00", table(app)[0][2])]
        assert table(app)[0][2].startswith("Set here on ")
        give(app, BOB, None, "take_back")
        assert table(app) == [(BOB, "$20.00", "STUDIO_PERSON_BUDGET in the environment")]
        give(app, BOB, 3_101, "give_person")
        assert "STUDIO_BUDGET_CEILING" in app.error[0].value.replace("\\", "")
        give(app, "", 5, "give_person")
        assert "names nobody" in app.error[0].value
        assert studio.budgets.lines(BOB)[-1].cap == 20 * DOLLAR
        assert len(studio.budgets.changes()) == 2


def give(app: AppTest, name: str, dollars: float | None, button: str) -> None:
    """Fill the form of the people's limits and press one of its buttons."""
    (field,) = [field for field in app.text_input if str(field.key).startswith("person_name_")]
    field.set_value(name)
    field_of(app, "person_cap_").set_value(dollars)
    click(app, button)


def test_without_people_nothing_is_said_of_them(paid: Studio) -> None:
    app = open_page("costs")
    assert "person" not in read(app).lower()
    assert not [field for field in app.text_input if str(field.key).startswith("person_name_")]
