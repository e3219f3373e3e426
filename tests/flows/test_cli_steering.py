"""Steering from the terminal: what a cancel costs, which batch is first, what is on record."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from collections.abc import Iterator

import pytest

from studio import container
from studio.cli import screen
from studio.cli.follow import follow
from studio.container import Studio
from studio.models import (
    BatchSettings,
    Call,
    Charged,
    Fault,
    FaultKind,
    Finished,
    ProviderFault,
    RunOptions,
)
from studio.providers import Context
from tests.flows.cli_desk import Desk, Press, with_press
from tests.studio_fixture import finish, wait_until

FINE = ("--model", "press:fine", "--size", "64x64", "--yes")
LOST = Fault(
    kind=FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE, message="No answer.", hint="Wait."
)


class Held(Press):
    """Makes nothing before it is let go; loses its first answers where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.lost = 0

    async def submit(self, call: Call, ctx: Context) -> Finished:
        if self.lost:
            self.lost -= 1
            raise ProviderFault(LOST)
        await asyncio.to_thread(self.gate.wait, 30)
        return await super().submit(call, ctx)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    made = Held()
    with_press(monkeypatch, made)
    return made


@pytest.fixture
def server(desk: Desk, held: Held) -> Iterator[Studio]:
    """Another process on the same data, that works on all of them."""
    with container.open_studio(everything=True) as made:
        yield made
        held.gate.set()


def start(server: Studio, pictures: int) -> str:
    """A batch of which two are sent and held, and the rest waits."""
    options = RunOptions(
        model="press:fine", images=pictures, width=64, height=64, title="Held",
        settings=BatchSettings(workers=2),
    )  # fmt: skip
    batch_id = server.batches.start(server.planner.single("a quiet harbour at dawn", options))
    wait_until(server, batch_id, lambda status: status.counts.submitting == 2)
    return batch_id


def test_cancel_says_what_it_costs_before_and_after(
    desk: Desk, held: Held, server: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = start(server, 5)
    told = "2 being made will be charged, about $0.04; 3 waiting will not be charged."
    refused = desk.studio("cancel", batch_id)
    assert refused.code == 2
    assert told in refused.err

    monkeypatch.setattr(screen, "can_ask", lambda: True)
    kept = desk.studio("cancel", batch_id, answer="n\n")
    assert (kept.code, server.batches.status(batch_id).counts.queued) == (0, 3)

    def let_go_and_follow(*words: object) -> object:
        held.gate.set()
        return follow(*words)  # type: ignore[arg-type]

    monkeypatch.setattr("studio.cli.commands.cancel.follow", let_go_and_follow)
    outcome = desk.studio("cancel", batch_id, "--yes", "--json")
    assert outcome.code == 0
    assert told in outcome.err
    assert "Of the 2 running, 2 arrived; $0.04 was charged." in outcome.err
    document = outcome.document
    assert (document["waiting"], document["in_flight"], document["may_charge_usd"]) == (3, 2, 0.04)
    assert (document["arrived"], document["charged_usd"], document["still_in_flight"]) == (
        2, 0.04, 0,
    )  # fmt: skip
    assert (document["state"], document["settled_usd"]) == ("canceled", 0.04)
    assert held.calls == 2


def test_cancel_tells_unknown_outcomes_apart(desk: Desk, held: Held, server: Studio) -> None:
    held.lost = 1
    batch_id = start(server, 5)
    wait_until(server, batch_id, lambda s: (s.counts.unknown, s.counts.submitting) == (1, 2))
    outcome = desk.studio("cancel", batch_id)
    assert outcome.code == 2
    assert "2 being made will be charged, about $0.04" in outcome.err
    assert "2 waiting will not be charged" in outcome.err
    assert "1 outcome unknown, $0.02 held: canceling does not change that." in outcome.err


def test_batches_are_put_first_and_last(desk: Desk, held: Held, server: Studio) -> None:
    first = start(server, 4)
    second = server.batches.start(
        server.planner.single("boats", RunOptions(model="press:fine", images=2, title="Second"))
    )
    outcome = desk.studio("prioritise", second, "first", "--json")
    assert outcome.code == 0
    assert outcome.document == {"batch_id": second, "place": "first", "priority": 1}
    assert "before all others" in outcome.err
    assert desk.studio("prioritise", first, "last", "--json").document["priority"] == -1
    assert desk.studio("status", second, "--json").document["place"] == "first"
    assert "last among the batches" in desk.studio("status", first).out
    assert desk.studio("prioritise", first, "normal").code == 0
    assert desk.studio("prioritise", first, "soon").code == 2
    assert desk.studio("prioritise", "b_none", "first").code == 2
    held.gate.set()
    finish(server, first)
    assert desk.studio("prioritise", first, "first").code == 2


def test_the_audit_goes_to_a_file(desk: Desk, held: Held) -> None:
    held.gate.set()
    run = desk.studio("run", desk.prompts(2), *FINE, "--json").document
    everything = desk.studio("audit", "--output", "record/audit.json", "--json")
    assert everything.code == 0
    document = everything.document
    parsed = json.loads((desk.folder / "record" / "audit.json").read_text(encoding="utf-8"))
    assert (len(parsed["events"]), len(parsed["ledger"])) == (
        document["events"],
        document["entries"],
    )
    assert (document["entries"], document["settled_usd"]) == (4, 0.04)
    table = desk.studio("audit", run["batch_id"], "--output", "audit.csv")
    assert "events and 4 ledger entries written to" in table.err
    with (desk.folder / "audit.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sum(float(row["settled_usd"] or 0) for row in rows) == 0.04
    looked = desk.studio("audit")
    assert looked.code == 0
    assert "$0.04" in looked.out
    assert desk.studio("audit", "--output", "audit.txt").code == 2
    assert desk.studio("audit", "b_none").code == 2


def test_the_audit_tells_the_story_of_one_picture(desk: Desk, held: Held) -> None:
    held.gate.set()
    job = desk.studio("run", desk.prompts(1), *FINE, "--json").document["jobs"][0]["id"]
    story = desk.studio("audit", job, "--json").document["story"]
    assert [row["kind"] for row in story if row["record"] == "ledger"] == ["reserve", "settle"]
    shown = desk.studio("audit", job)
    for words in ("submitting", "reserve", "$0.02", "-$0.02", "press", "done"):
        assert words in shown.out
    assert desk.studio("audit", job, "--output", "story.csv").code == 2
    assert desk.studio("audit", "j_none").code == 2
