"""What the terminal tells: where pictures are, what they cost, why some are missing."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from studio.cli import rows
from studio.cli.follow import progress_words
from studio.cli.report import show_troubles
from studio.cli.rows import show_plan
from studio.exports.closing import statistics
from studio.models import (
    BatchCounts,
    BatchState,
    Charged,
    Fault,
    FaultKind,
    Job,
    JobState,
    Plan,
    PlannedModel,
    Quote,
    RunOptions,
)
from studio.models.trouble import charged_words
from tests.flows.cli_desk import Desk, Press, desk_in, with_press
from tests.unit.exports_data import make_batch, make_job, make_status

SECONDS = {
    3.2: "3 s", 42: "40 s", 57: "55 s", 75: "1 min 15 s", 299: "5 min", 1000: "17 min",
    5000: "1 h 23 min",
}  # fmt: skip
REFUSED = Fault(
    kind=FaultKind.REFUSED, charged=Charged.YES, cost=5_000,
    message="The prompt was flagged.", hint="Change the prompt.",
)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with desk_in(tmp_path, monkeypatch) as at:
        yield at


def words_for(**changes: object) -> str:
    batch = make_batch(BatchState.RUNNING).model_copy(update={"model": "fal:flux"})
    counts = BatchCounts(queued=20, submitting=1, running=14, fetching=2, done=3)
    return progress_words(
        make_status(batch, []).model_copy(update={"counts": counts, "reserved": 0} | changes)
    )


def test_the_bar_tells_every_stage() -> None:
    told = words_for(
        in_line=12, next_in_line=2, eta_seconds=120.0, pictures_per_minute=8.0,
        settled=75_000, reserved=425_000,
    )  # fmt: skip
    assert told == (
        "12 in line at fal, next is 3rd · 3 being made · 2 being saved · about 2 min left · "
        "8 a minute · $0.075 spent · $0.43 set aside"
    )


@pytest.mark.parametrize(("seconds", "words"), list(SECONDS.items()))
def test_the_longer_it_takes_the_coarser_it_is_said(seconds: float, words: str) -> None:
    assert f"about {words} left" in words_for(eta_seconds=seconds)


def test_a_run_ends_with_quote_against_actual(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_press(monkeypatch, Press({"boat 2": REFUSED}))
    run = desk.studio("run", desk.prompts(4), "--model", "press:fine", "--size", "96x96", "--yes",
                      "--json")  # fmt: skip
    line = "Quoted $0.08 · spent $0.060 for 3 pictures, $0.005 without one"
    assert line in run.err
    assert "1 refused by the safety filter (refused; row 3; charged $0.005)" in run.err
    assert "Why: The prompt was flagged." in run.err
    assert "What to do: Change the prompt." in run.err
    document = run.document
    assert document["settled_usd"] == 0.065
    assert document["unknown_price"] == 0
    assert document["charged_without_picture_usd"] == 0.005
    faults = [job["fault"] for job in document["jobs"] if job["fault"]]
    assert [fault["cost_usd"] for fault in faults] == [0.005]
    told = desk.studio("status").out
    assert line in told
    assert "1 refused by the safety filter" in told


def test_a_dry_run_prices_every_row(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_press(monkeypatch, Press())
    words = ("--model", "press:fine", "--size", "96x96", "--dry-run", "--json")
    run = desk.studio("run", desk.prompts(2), *words)
    table = [line.split() for line in run.err.splitlines() if "Boat" in line]
    assert [line.count("$0.02") for line in table] == [1, 1]
    assert run.document["notes"] == []
    assert run.document["unknown_price"] == 0


def test_a_plan_tells_low_expected_high_source_day_and_notes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = io.StringIO()
    monkeypatch.setattr(rows, "messages", lambda: Console(file=said, width=160))
    monkeypatch.setattr(rows, "say", lambda text, style="": said.write(f"{text}\n"))
    known = Quote(low=20_000, expected=25_000, high=30_000)
    unknown = Quote(low=None, expected=None, high=None)
    models = [
        PlannedModel(model="fal:flux", label="FLUX", pictures=1, quote=known,
                     price_source="fal price list", price_as_of=date(2026, 11, 21)),
        PlannedModel(model="fal:odd", label="Odd", pictures=1, quote=unknown, price_source=None),
    ]  # fmt: skip
    plan = Plan(
        options=RunOptions(model="fal:flux"), specs=[], models=models, quote=unknown,
        notes=["The nearest size is 1024x768."],
    )  # fmt: skip
    show_plan(plan, rows=False)
    told = said.getvalue()
    assert "fal price list, 21 Nov 2026" in told
    assert "price unknown" in told
    assert [amount in told for amount in ("$0.02 ", "$0.025", "$0.03 ")] == [True] * 3
    assert "Note: The nearest size is 1024x768." in told


def test_an_unknown_cost_is_no_amount_in_the_statistics() -> None:
    unknown = Quote(low=None, expected=None, high=None)
    jobs = [_unpriced(make_job(1), unknown), make_job(2)]
    closing = statistics(make_status(make_batch(), jobs), jobs, {}, None)
    assert dict(closing.pairs())["Cost"] == "unknown for 1 picture"
    paid = make_status(make_batch(), jobs).model_copy(update={"settled": 20_000})
    assert dict(statistics(paid, jobs, {}, None).pairs())["Cost"] == (
        "$0.02 (USD), and unknown for 1 picture"
    )


def test_two_hundred_failures_can_be_read() -> None:
    jobs = [
        make_job(n, state=JobState.REFUSED).model_copy(update={"fault": REFUSED})
        for n in range(1, 201)
    ]
    odd = make_job(201, state=JobState.FAILED)
    said = io.StringIO()
    show_troubles([*jobs, odd, make_job(202)], Console(file=said, width=100))
    lines = said.getvalue().splitlines()
    assert lines[0] == "200 refused by the safety filter (refused; rows 1–200; charged $0.005 each)"
    assert len(lines) == 6


@pytest.mark.parametrize(
    ("charged", "costs", "words"),
    [
        (Charged.NO, [None], "not charged"),
        (Charged.YES, [None], "charged, the provider does not say how much"),
        (Charged.YES, [5_000, None], "charged, the provider does not say how much"),
        (Charged.YES, [5_000], "charged $0.005"),
        (Charged.YES, [5_000, 5_000], "charged $0.005 each"),
        (Charged.YES, [5_000, 15_000], "charged $0.02 in all"),
        (Charged.MAYBE, [None, None], "may have been charged"),
        (Charged.MAYBE, [10_000], "may have been charged $0.01"),
    ],
)
def test_charged_or_not_in_words(charged: Charged, costs: list[int | None], words: str) -> None:
    faults = [REFUSED.model_copy(update={"charged": charged, "cost": cost}) for cost in costs]
    assert charged_words(faults) == words


def _unpriced(job: Job, unknown: Quote) -> Job:
    spec = job.spec.model_copy(update={"quote": unknown})
    return job.model_copy(update={"spec": spec, "cost": None})
