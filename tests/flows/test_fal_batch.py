"""Whole batches against the emulated fal: the ledger is its bill to the cent, whatever happens."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from studio.container import Studio, open_studio
from studio.errors import KeyMissing
from studio.models import (
    AccountState,
    BatchState,
    BatchStatus,
    Charged,
    FaultKind,
    JobState,
    PauseReason,
    Quote,
)
from tests.emulator.world import World
from tests.flows.cli_desk import Desk
from tests.flows.fal_world import MODEL, csv_of, plan_rows
from tests.studio_fixture import finish, wait_until

ROWS = 16
"""Of a batch with trouble."""
PATIENCE = 120.0
"""Seconds for a batch with trouble: a lane that failed five times in a row rests for thirty."""
EACH = 3_000
"""Micro-dollars for a small picture of that model: one begun megapixel."""


def all_followed_up(studio: Studio, batch_id: str) -> BatchStatus:
    """Wait until everything that must happen after the batch has happened."""
    finish(studio, batch_id, PATIENCE)

    def nothing_left(_: BatchStatus) -> bool:
        sql = "select 1 from followups where done_at is null"
        return not studio.parts.store.read(lambda tx: list(tx.query(sql)))

    return wait_until(studio, batch_id, nothing_left, PATIENCE)


def test_two_hundred_rows_from_the_command_line(fal: World, fal_desk: Desk) -> None:
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(200))
    words = ("--model", MODEL, "--size", "256x256", "--yes", "--json", "--output", "out")
    outcome = fal_desk.studio("run", "rows.csv", *words)
    assert outcome.code == 0, outcome.err[-2000:]
    told = outcome.document
    assert (told["done"], told["failed"], told["unknown"]) == (200, 0, 0)
    assert round(told["settled_usd"] * 1_000_000) == fal.bill.total == 200 * EACH
    assert told["reserved_usd"] == 0
    assert len(fal.bill.accepted) == 200
    made = [path for path in (fal_desk.folder / "out").iterdir() if path.suffix in {".jpg", ".png"}]
    assert len(made) == 200
    before = len(fal.calls("POST"))
    again = fal_desk.studio("run", "rows.csv", *words)
    assert (again.code, again.document["skipped"]) == (0, 200)
    assert len(fal.calls("POST")) == before, "nothing was sent"


@pytest.mark.parametrize(
    "troubles",
    [
        {"refuse": {"rate": 0.05}, "busy": {"rate": 0.08}},
        {"refuse": {"rate": 0.1, "billed": True}, "black": {"rate": 0.1}},
        {"lost_answer": {"rate": 0.15}, "drop": {"rate": 0.1}},
        {"fail": {"rate": 0.1}, "unavailable": {"rate": 0.05}, "status_fails": {"rate": 0.1}},
        {"no_units": {"rate": 0.4}, "refuse": {"rate": 0.2, "units_header": False}},
        {"picture_cut": {"rate": 0.2}, "picture_fails": {"rate": 0.2}, "status_drop": {"every": 5}},
    ],
    ids=["refusals", "charged_refusals", "lost_answers", "failing", "untold_costs", "downloads"],
)
def test_the_ledger_is_the_bill(fal: World, troubles: dict[str, dict[str, Any]]) -> None:
    for kind, how in troubles.items():
        fal.trouble.add(kind, **how)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, ROWS, max_retries=20))
        status = all_followed_up(studio, batch_id)
        assert status.batch.state is BatchState.DONE
        assert status.counts.failed == 0, "nothing failed for good"
        assert status.settled == fal.bill.total
        runs = Counter(accepted.seed for accepted in fal.bill.accepted)
        for job in studio.batches.jobs(batch_id, [JobState.UNKNOWN]):
            # it was cut off at the very end: no later request proves that it never arrived
            assert runs[job.seed] == 0
            assert troubles.keys() & {"drop"}
        assert status.reserved == EACH * status.counts.unknown
        report = studio.costs.report("model")
        pictures = sum(charge.amount for charge in fal.bill.charges if charge.kind == "picture")
        assert report.settled - report.charged_without_picture <= pictures
        retried = {job.seed for job in studio.batches.jobs(batch_id) if job.attempt > 1}
        twice = {seed for seed, times in runs.items() if times > 1}
        assert twice <= retried, "only what fal itself gave up was sent again"


def test_the_quote_is_that_of_the_price_list(fal: World) -> None:
    with open_studio() as studio:
        plan = plan_rows(studio, 10)
        assert plan.quote.high == plan.quote.expected == 10 * EACH
        assert plan.models[0].price_source == "fal pricing API"
        assert plan.specs[0].body["image_size"] == {"width": 256, "height": 256}


def test_caps_hold_and_raising_one_goes_on(fal: World) -> None:
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 20, budget=7 * EACH + 1))
        paused = wait_until(
            studio, batch_id,
            lambda s: s.batch.state is BatchState.PAUSED and not s.counts.in_flight,
        )  # fmt: skip
        assert paused.batch.pause_reason is PauseReason.BUDGET
        assert paused.counts.done == 7
        assert paused.settled == fal.bill.total == 7 * EACH
        assert "13 left" in (paused.batch.pause_message or "")
        studio.batches.set_budget(batch_id, 20 * EACH)
        studio.batches.resume(batch_id)
        assert finish(studio, batch_id).settled == fal.bill.total == 20 * EACH


@pytest.mark.parametrize(
    ("kind", "reason"), [("exhausted", PauseReason.FUNDS), ("wrong_key", PauseReason.KEY)]
)
def test_an_account_that_is_refused_pauses_and_loses_nothing(
    fal: World, kind: str, reason: PauseReason
) -> None:
    rule = fal.trouble.add(kind, nth=5)
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 12))
        paused = wait_until(
            studio, batch_id,
            lambda s: s.batch.state is BatchState.PAUSED and not s.counts.in_flight,
        )  # fmt: skip
        assert paused.batch.pause_reason is reason
        assert paused.settled == fal.bill.total
        assert (paused.counts.failed, paused.reserved) == (0, 0)
        fal.trouble.rules.remove(rule)
        studio.batches.resume(batch_id)
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled) == (12, fal.bill.total)


def test_an_expired_result_is_lost_and_counted(fal: World) -> None:
    fal.fal.account.keeps_payloads = False
    fal.trouble.add("expired", word="number 2 ")
    fal.trouble.add("expired", word="number 3 ")
    with open_studio() as studio:
        batch_id = studio.batches.start(plan_rows(studio, 6))
        status = finish(studio, batch_id)
        lost = studio.batches.jobs(batch_id, [JobState.FAILED])
        assert len(lost) == 2
        assert {job.fault.kind for job in lost if job.fault} == {FaultKind.LOST}
        assert {job.fault.charged for job in lost if job.fault} == {Charged.YES}
        assert status.settled == fal.bill.total == 6 * EACH


def test_a_dead_network_fails_rows_and_not_the_batch(
    fal: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_QUEUE_BASE", "http://127.0.0.1:9")
    with open_studio() as studio:
        plan = plan_rows(studio, 3, max_retries=0)
        batch_id = studio.batches.start(plan)
        status = finish(studio, batch_id)
        assert (status.counts.failed, status.settled, status.reserved) == (3, 0, 0)
        job = studio.batches.jobs(batch_id)[0]
        assert job.fault is not None
        assert job.fault.charged is Charged.NO
        assert "nothing was sent" in job.fault.message


def test_without_a_key_nothing_starts_and_the_free_way_is_named(
    fal: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY")
    with open_studio() as studio:
        plan = plan_rows(studio, 2)
        with pytest.raises(KeyMissing, match="sketch"):
            studio.batches.start(plan)
        assert studio.batches.list() == []
        assert studio.live.account("fal").state is AccountState.NO_KEY


def test_a_typed_model_is_learned_with_form_and_price(fal: World) -> None:
    typed = "fal:fal-ai/recraft/v3/text-to-image"
    with open_studio() as studio:
        assert studio.models.needs_learning(typed)
        card = studio.live.learn(typed)
        assert not studio.models.needs_learning(typed)
        assert card.inputs is not None
        assert card.inputs.prompt == "prompt"
        assert card.fields
        batch_id = studio.batches.start(plan_rows(studio, 2, typed))
        status = finish(studio, batch_id)
        assert (status.counts.done, status.settled) == (2, fal.bill.total)


def test_an_unknown_price_is_unknown_and_never_nothing(fal: World) -> None:
    fal.fal.prices.untold.add("fal-ai/unheard/of")
    with open_studio() as studio:
        plan = plan_rows(studio, 2, "fal:fal-ai/unheard/of")
        assert plan.quote == Quote(low=None, expected=None, high=None)


def test_a_picture_is_made_from_a_picture(fal: World) -> None:
    with open_studio() as studio:
        first = studio.batches.start(plan_rows(studio, 1, "fal:fal-ai/flux/dev"))
        finish(studio, first)
        asset = studio.batches.assets(first)[0]
        plan = studio.planner.again(asset.id, prompt="the same boat in winter", from_picture=True)
        assert plan.specs[0].request.model == "fal:fal-ai/flux/dev/image-to-image"
        second = studio.batches.start(plan)
        status = finish(studio, second)
        assert status.counts.done == 1, studio.batches.jobs(second)[0].fault
        assert fal.calls("POST", "upload"), "the picture was brought to fal"
        assert studio.costs.report("model").settled == fal.bill.total


def test_the_key_is_nowhere(fal: World, fal_desk: Desk) -> None:
    fal.trouble.add("refuse", nth=1)
    secret = fal.fal.account.key.partition(":")[2]
    (fal_desk.folder / "rows.csv").write_bytes(csv_of(2))
    outcome = fal_desk.studio(
        "run", "rows.csv", "--model", MODEL, "--yes", "--json", "--output", "out"
    )
    shown = outcome.out + outcome.err + json.dumps(outcome.document)
    shown += fal_desk.studio("doctor", "--json").out + fal_desk.studio("config", "show").out
    assert secret not in shown
    for file in (path for path in fal_desk.folder.rglob("*") if path.is_file()):
        assert secret.encode() not in file.read_bytes(), file
