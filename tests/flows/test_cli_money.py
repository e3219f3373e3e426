"""Money on the command line: asked before it is spent, stopped at the cap, told afterwards."""

from __future__ import annotations

import pytest

from studio.cli import screen
from studio.models import Charged, Fault, FaultKind
from tests.flows.cli_desk import Desk, Press, with_press

FINE = ("--model", "press:fine", "--size", "64x64")


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    with_press(monkeypatch, made)
    return made


def test_without_a_terminal_money_needs_yes(desk: Desk, press: Press) -> None:
    outcome = desk.studio("run", desk.prompts(3), *FINE)
    assert outcome.code == 2
    assert "3 pictures for $0.06" in outcome.err
    assert "--yes" in outcome.err
    assert "1 picture for $0.02" in desk.studio("run", desk.prompts(1), *FINE).err
    assert press.calls == 0
    assert desk.rows("select count(*) from jobs") == [(0,)]


@pytest.mark.parametrize(("answer", "code"), [("n\n", 130), ("\n", 130), ("y\n", 0)])
def test_at_a_terminal_the_price_is_asked_about(
    desk: Desk, press: Press, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    monkeypatch.setattr(screen, "can_ask", lambda: True)
    outcome = desk.studio("run", desk.prompts(2), *FINE, answer=answer)
    assert outcome.code == code
    assert "Make 2 pictures for $0.04? [y/N]" in outcome.err
    assert press.calls == (2 if answer == "y\n" else 0)


def test_yes_spends_and_the_costs_agree(desk: Desk, press: Press) -> None:
    outcome = desk.studio("run", desk.prompts(3), *FINE, "--yes", "--json")
    assert outcome.code == 0
    document = outcome.document
    assert document["quote_usd"] == {"low": 0.06, "expected": 0.06, "high": 0.06}
    assert (document["settled_usd"], document["reserved_usd"]) == (0.06, 0.0)
    assert [job["cost_usd"] for job in document["jobs"]] == [0.02] * 3
    assert press.calls == 3

    costs = desk.studio("costs", "--by", "model", "--json").document
    assert {key: costs[key] for key in ("currency", "settled_usd", "reserved_usd", "by")} == {
        "currency": "USD",
        "settled_usd": 0.06,
        "reserved_usd": 0.0,
        "by": "model",
    }
    group = costs["groups"][0]
    assert (group["key"], group["pictures"], group["settled_usd"]) == ("press:fine", 3, 0.06)


def test_a_dry_run_quotes_and_spends_nothing(desk: Desk, press: Press) -> None:
    outcome = desk.studio("run", desk.prompts(2), *FINE, "--dry-run", "--json")
    assert outcome.code == 0
    assert outcome.document["quote_usd"]["expected"] == 0.04
    assert outcome.document["batch_id"] is None
    assert [job["row"] for job in outcome.document["jobs"]] == [1, 2]
    assert "Boat 1" in outcome.err
    assert press.calls == 0
    assert desk.rows("select count(*) from batches") == [(0,)]


def test_the_budget_stops_the_run_with_3(desk: Desk, press: Press) -> None:
    words = ("run", desk.prompts(4), *FINE, "--budget", "0.05", "--yes", "--json")
    outcome = desk.studio(*words)
    assert outcome.code == 3
    assert outcome.document["state"] == "paused"
    assert outcome.document["settled_usd"] <= 0.05
    assert press.calls == 2
    assert "studio budget set" in outcome.err
    assert "studio resume b_" in outcome.err


def test_a_daily_budget_stops_the_run_with_3(
    desk: Desk, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "0.03")
    assert desk.studio("run", desk.prompts(4), *FINE, "--yes").code == 3
    assert press.calls == 1


@pytest.mark.parametrize("kind", [FaultKind.BAD_KEY, FaultKind.NO_FUNDS])
def test_a_refused_account_ends_with_4(desk: Desk, press: Press, kind: FaultKind) -> None:
    press.faults["boat"] = Fault(kind=kind, message="The account was refused.", hint="Mend it.")
    outcome = desk.studio("run", desk.prompts(2), *FINE, "--yes", "--json")
    assert outcome.code == 4
    assert outcome.document["state"] == "paused"
    assert outcome.document["settled_usd"] == 0

    press.faults.clear()
    resumed = desk.studio("resume", "--json")
    assert resumed.code == 0
    assert resumed.document["done"] == 2


def test_one_failure_ends_with_1_and_can_be_retried(desk: Desk, press: Press) -> None:
    press.faults["boat 1"] = Fault(
        kind=FaultKind.REFUSED, charged=Charged.NO, message="Not allowed.", hint="Say it calmer."
    )
    outcome = desk.studio("run", desk.prompts(3), *FINE, "--yes", "--output", "out", "--json")
    assert outcome.code == 1
    document = outcome.document
    assert (document["done"], document["refused"], document["failed"]) == (2, 1, 0)
    error = document["jobs"][1]["error"]
    assert (error["message"], error["next_step"]) == ("Not allowed.", "Say it calmer.")
    assert len(desk.pictures()) == 2
    assert len(desk.records()) == 3
    assert " - ERROR - " in (desk.out / "batch_generation.log").read_text(encoding="utf-8")

    press.faults.clear()
    again = desk.studio("retry", document["batch_id"], "--json")
    assert again.code == 0
    assert again.document["done"] == 3
    assert len(desk.pictures()) == 3
    assert len(desk.records()) == 3
    assert " - ERROR - " not in (desk.out / "batch_generation.log").read_text(encoding="utf-8")
    assert press.calls == 3


def test_an_unknown_picture_is_written_off_by_a_person(desk: Desk, press: Press) -> None:
    press.faults["boat 0"] = Fault(
        kind=FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE, message="Lost.", hint="Wait."
    )
    outcome = desk.studio("run", desk.prompts(1), *FINE, "--yes", "--json")
    assert outcome.code == 1
    assert outcome.document["unknown"] == 1
    assert outcome.document["reserved_usd"] == 0.02
    job_id = outcome.document["jobs"][0]["id"]

    written = desk.studio("write-off", job_id, "--json")
    assert written.code == 0
    assert written.document["state"] == "failed"
    status = desk.studio("status", "--json").document
    assert (status["reserved_usd"], status["settled_usd"]) == (0, 0.02)
    assert desk.studio("write-off", job_id).code == 2
