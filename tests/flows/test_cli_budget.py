"""Budgets on the command line: shown, set, lifted, refused in plain words, and in force at once."""

from __future__ import annotations

import pytest

from tests.flows.cli_desk import Desk, Press, with_press

FINE = ("--model", "press:fine", "--size", "64x64")


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Press:
    made = Press()
    with_press(monkeypatch, made)
    return made


def test_without_a_budget_that_is_said(desk: Desk) -> None:
    outcome = desk.studio("budget", "show")
    assert outcome.code == 0
    assert outcome.out.count("no limit") == 3
    assert "The most that a day can be set to is $100.00." in outcome.err
    document = desk.studio("budget", "show", "--json").document
    assert document["ceiling_usd"] == 100
    assert [line["scope"] for line in document["budgets"]] == ["day", "month", "total"]
    assert all(line["cap_usd"] is None for line in document["budgets"])


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        ("--day", "day"),
        ("--daily", "day"),
        ("--month", "month"),
        ("--monthly", "month"),
        ("--total", "total"),
    ],
)
def test_a_budget_is_set_and_lifted(desk: Desk, words: str, scope: str) -> None:
    for amount, cap in (("5", 5.0), ("$2.50", 2.5), ("none", None)):
        outcome = desk.studio("budget", "set", words, amount, "--json")
        assert outcome.code == 0
        lines = {line["scope"]: line for line in outcome.document["budgets"]}
        assert lines[scope]["cap_usd"] == cap
        assert (lines[scope]["set_by"] or "").startswith("the command line" if cap else "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--day", "0"], "leaves nothing to spend"),
        (["--day", "-5"], "leaves nothing to spend"),
        (["--month", "0.0000001"], "leaves nothing to spend"),
        (["--day", "nan"], "not an amount of money"),
        (["--day", "inf"], "not an amount of money"),
        (["--day", "five"], "not an amount of money"),
        (["--day", ""], "not an amount of money"),
        (["--day", "1e9"], "STUDIO_BUDGET_CEILING"),
        (["--day", "100.01"], "$100.00"),
        (["--month", "3100.01"], "$3,100.00"),
        (["--total", "100000.01"], "$100,000.00"),
        (["--total", "0"], "leaves nothing to spend"),
        (["--person", "ada@studio.example=3100.01"], "$3,100.00"),
        (["--person", "ada@studio.example=0"], "leaves nothing to spend"),
        (["--person", "ada@studio.example"], "has no name and amount"),
        (["--person", "ada\n@studio.example=5"], "names nobody"),
        (["--person", f"{'a' * 255}=5"], "names nobody"),
        (["--batch", "5"], "has no name and amount"),
        (["--batch", "b_none=5"], "There is no batch 'b_none'"),
        (["--price", "press:fine=0"], "is no price for one picture"),
        (["--price", "press:fine=1e9"], "is no price for one picture"),
        (["--price", "nobody:x=1"], "There is no model 'nobody:x'"),
        ([], "Nothing to set is given"),
    ],
)
def test_nonsense_is_refused_in_plain_words_and_changes_nothing(
    desk: Desk, press: Press, words: list[str], told: str
) -> None:
    desk.studio("budget", "set", "--month", "7")
    outcome = desk.studio("budget", "set", *words)
    assert outcome.code == 2
    assert told in outcome.err
    assert outcome.err.count("\n") == 2
    assert desk.rows("select scope, cap from budget_changes") == [("month", 7_000_000)]
    assert desk.rows("select count(*) from learned where kind = 'own_price'") == [(0,)]


def test_one_wrong_part_leaves_the_others_undone(desk: Desk, press: Press) -> None:
    wrong = ("--price", "press:fine=0.04", "--day", "5", "--batch", "b_none=5")
    assert desk.studio("budget", "set", *wrong).code == 2
    document = desk.studio("budget", "show", "--json").document
    assert document["own_prices"] == []
    assert {line["cap_usd"] for line in document["budgets"]} == {None}


def test_the_environment_is_an_upper_bound(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "5")
    outcome = desk.studio("budget", "set", "--day", "6")
    assert outcome.code == 2
    assert "STUDIO_DAILY_BUDGET in the environment" in outcome.err
    assert desk.studio("budget", "set", "--day", "4").code == 0
    shown = desk.studio("budget", "show").out
    assert "$4.00" in shown
    assert "command line" in shown
    assert desk.studio("budget", "set", "--day", "none").code == 0
    assert "STUDIO_DAILY_BUDGET in the environment" in desk.studio("budget", "show").out


def test_a_setting_above_the_ceiling_stops_the_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "150")
    outcome = desk.studio("budget", "show")
    assert outcome.code == 2
    assert "STUDIO_DAILY_BUDGET is 150 dollars" in outcome.err
    assert "STUDIO_BUDGET_CEILING" in outcome.err
    monkeypatch.setenv("STUDIO_BUDGET_CEILING", "150")
    assert desk.studio("budget", "show").code == 0


def test_a_run_stops_at_the_day_is_raised_and_goes_on(desk: Desk, press: Press) -> None:
    assert desk.studio("budget", "set", "--day", "0.05").code == 0
    stopped = desk.studio("run", desk.prompts(4), *FINE, "--yes", "--json")
    assert stopped.code == 3
    batch_id = stopped.document["batch_id"]
    assert (stopped.document["done"], stopped.document["settled_usd"]) == (2, 0.04)
    assert "2 done, 2 left, needs about $0.04" in stopped.document["pause_message"]

    raised = desk.studio("budget", "set", "--day", "0.08")
    assert f"studio resume {batch_id}" in raised.err
    resumed = desk.studio("resume", batch_id, "--json")
    assert (resumed.code, resumed.document["done"], press.calls) == (0, 4, 4)
    day = desk.studio("budget", "show", "--json").document["budgets"][0]
    assert (day["settled_usd"], day["left_usd"]) == (0.08, 0)


def test_the_budget_of_a_batch_is_shown_and_raised(desk: Desk, press: Press) -> None:
    words = ("run", desk.prompts(3), *FINE, "--budget", "0.03", "--yes", "--json")
    batch_id = desk.studio(*words).document["batch_id"]
    line = desk.studio("budget", "show", "--json").document["budgets"][-1]
    assert (line["scope"], line["batch_id"]) == ("batch", batch_id)
    assert (line["cap_usd"], line["settled_usd"], line["left_usd"]) == (0.03, 0.02, 0.01)
    assert line["set_by"] == "set at its start"
    assert desk.studio("budget", "set", "--batch", f"{batch_id}=none").code == 0
    assert desk.studio("resume", "--json").document["done"] == 3


def test_a_person_is_given_more_or_less_than_everybody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_PERSON_BUDGET", "20")
    assert "may spend $20.00 a month" in desk.studio("budget", "show").err
    words = ("--person", "Ada@Studio.example=50", "--person", "bob@studio.example=1.5")
    document = desk.studio("budget", "set", *words, "--json").document
    assert document["each_person_usd"] == 20
    people = {line["person"]: line["cap_usd"] for line in document["budgets"] if line["person"]}
    assert people == {"ada@studio.example": 50, "bob@studio.example": 1.5}
    assert "ada@studio.example, this month" in desk.studio("budget", "show").out
    again = desk.studio("budget", "set", "--person", "ada@studio.example=none", "--json").document
    ada = next(line for line in again["budgets"] if line["person"] == "ada@studio.example")
    assert (ada["cap_usd"], ada["set_by"]) == (20, "STUDIO_PERSON_BUDGET in the environment")


def test_a_run_stops_at_the_total_and_goes_on(desk: Desk, press: Press) -> None:
    assert desk.studio("budget", "set", "--total", "0.05").code == 0
    stopped = desk.studio("run", desk.prompts(4), *FINE, "--yes", "--json")
    assert (stopped.code, stopped.document["done"]) == (3, 2)
    assert "The total budget of $0.05 is reached" in stopped.document["pause_message"]
    assert "2 done, 2 left, needs about $0.04." in stopped.document["pause_message"]
    assert desk.studio("budget", "set", "--total", "none").code == 0
    assert desk.studio("resume", "--json").document["done"] == 4


def test_an_own_price_is_set_shown_and_taken_back(desk: Desk, press: Press) -> None:
    outcome = desk.studio("budget", "set", "--price", "press:fine=0.04")
    assert outcome.code == 0
    assert "A picture of press:fine counts as $0.04" in outcome.err
    document = desk.studio("budget", "show", "--json").document
    assert document["own_prices"] == [
        {"model": "press:fine", "price_usd": 0.04, "set_by": "the command line"}
    ]
    desk.studio("budget", "set", "--price", "press:fine=none")
    assert desk.studio("budget", "show", "--json").document["own_prices"] == []


def test_another_process_sees_the_budget_at_once(desk: Desk) -> None:
    process = desk.process("budget", "set", "--day", "3.5")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "$3.50" in out
    day = desk.studio("budget", "show", "--json").document["budgets"][0]
    assert day["cap_usd"] == 3.5


def test_the_schema_of_the_config_file_is_printed(desk: Desk) -> None:
    document = desk.studio("config", "schema").document
    assert document["properties"]["STUDIO_DAILY_BUDGET"]["description"] == "Most dollars a day."
    assert "STUDIO_PASSWORD" not in document["properties"]
    assert document["additionalProperties"] is False


def test_a_misspelt_config_file_stops_the_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_CONFIG", desk.file("studio.toml", "STUDIO_DAILY_BUGET = 5\n"))
    outcome = desk.studio("budget", "show", "--json")
    assert outcome.code == 2
    assert outcome.document["error"]["code"] == "bad_setting"
    assert "STUDIO_DAILY_BUDGET" in outcome.document["error"]["next_step"]


def test_a_budget_of_the_config_file_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_CONFIG", desk.file("studio.toml", "STUDIO_DAILY_BUDGET = 5\n"))
    assert "in the config file" in desk.studio("budget", "show").out


def test_resuming_names_every_budget_that_is_too_small_and_the_command_that_raises_them(
    desk: Desk, press: Press
) -> None:
    desk.studio("budget", "set", "--day", "0.04", "--month", "0.05", "--total", "0.06")
    words = ("--model", "press:fine", "--size", "96x96", "--yes", "--json")
    desk.studio("run", desk.prompts(4), *words)
    for _ in range(2):
        told = desk.studio("resume").err.replace("\n", " ")
        assert "Too small for all that is left: the budgets for today ($0.00 of $0.04 left)" in told
        assert "this month ($0.01 of $0.05 left) and all time ($0.02 of $0.06 left)." in told
        wanted = "studio budget set --day 0.08 --month 0.08 --total 0.08."
        assert f"Enough for all of it: {wanted}" in told
    desk.studio("budget", "set", "--day", "0.08", "--month", "0.08", "--total", "0.08")
    assert desk.studio("resume", "--json").document["done"] == 4
