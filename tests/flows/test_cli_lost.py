"""Lost & found on the command line: told, looked up, brought home, made again or written off."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from studio.cli import looking, screen
from studio.cli.follow import Stop
from studio.container import Studio
from studio.models import (
    Call,
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    Finished,
    NotThere,
    ProviderFault,
    Running,
)
from studio.providers import Context
from tests.flows.cli_desk import Desk, Outcome, Press, with_press

FINE = ("--model", "press:fine", "--size", "64x64", "--yes")
LOST = Fault(
    kind=FaultKind.UNKNOWN_OUTCOME, charged=Charged.MAYBE, message="No answer.", hint="Wait."
)
REFUSED = Fault(
    kind=FaultKind.REFUSED, charged=Charged.YES, cost=20_000, message="Not nice.", hint="Be kind."
)


class Lossy(Press):
    """Loses the answers about boats 0 and 1, and later knows what it is told to know."""

    keeps_outputs = 3600.0

    def __init__(self) -> None:
        super().__init__({"boat 0": LOST, "boat 1": LOST})
        self.knows: Callable[[Call], str] = lambda call: "nothing"
        self.looks_until_done = 2

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        known = self.knows(call)
        if known == "finished":
            return (await self._picture(call, ctx)).model_copy(update={"ref": {"id": call.job_id}})
        if known == "running":
            self._call = call
            return Running(ref={"id": call.job_id})
        if known == "refused":
            return Running(ref={"id": f"refused {call.job_id}"})
        return NotThere() if known == "never" else CannotTell(known="It keeps no list.")

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        if ref["id"].startswith("refused"):
            raise ProviderFault(REFUSED)
        self.looks_until_done -= 1
        if self.looks_until_done > 0:
            return Running(ref=dict(ref))
        return await self._picture(self._call, ctx)

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        return str(ref["id"])

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        if not remote_id.startswith("req-"):
            return None
        self.looks_until_done = 0
        return {"id": remote_id}

    async def matches(self, ref: Mapping[str, Any], call: Call, ctx: Context) -> bool | None:
        self._call = call
        return None

    async def _picture(self, call: Call, ctx: Context) -> Finished:
        faults, self.faults = self.faults, {}
        try:
            return await self.submit(call, ctx)
        finally:
            self.faults = faults


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Lossy:
    made = Lossy()
    with_press(monkeypatch, made)
    return made


@pytest.fixture
def lost(desk: Desk, press: Lossy) -> dict[str, Any]:
    """A run of three of which one picture came; what it told at its end."""
    outcome = desk.studio("run", desk.prompts(3), *FINE, "--output", "out", "--json")
    assert outcome.code == 1
    assert "2 outcomes unknown, $0.04 held" in outcome.err
    assert f"studio reconcile {outcome.document['batch_id']}" in outcome.err
    return outcome.document


def test_a_run_and_the_status_say_what_is_held(desk: Desk, lost: dict[str, Any]) -> None:
    assert (lost["done"], lost["unknown"], lost["held_usd"]) == (1, 2, 0.04)
    assert (lost["settled_usd"], lost["reserved_usd"]) == (0.02, 0.04)
    status = desk.studio("status")
    assert "2 outcomes unknown, $0.04 held: studio reconcile" in status.out
    resumed = desk.studio("resume")
    assert resumed.code == 1
    assert "2 outcomes unknown, $0.04 held" in resumed.err


def test_reconcile_brings_home_what_is_found(
    desk: Desk, press: Lossy, lost: dict[str, Any]
) -> None:
    press.knows = lambda call: "finished" if "boat 0" in call.request.prompt else "nothing"
    outcome = desk.studio("reconcile", "--json")
    assert outcome.code == 1, "one is still unknown"
    assert "Looked up 2: 1 found and stored, 1 still unknown." in outcome.err
    assert "1 outcome unknown, $0.02 held" in outcome.err
    document = outcome.document
    assert (document["looked_up"], document["in_gallery"], document["still_unknown"]) == (2, 1, 1)
    assert (document["unknown"], document["held_usd"]) == (1, 0.02)
    assert {job["state"] for job in document["jobs"]} == {"done", "unknown"}
    assert len(desk.pictures()) == 2, "its file is in the output folder too"

    press.knows = lambda call: "finished"
    assert desk.studio("reconcile", lost["batch_id"]).code == 0
    status = desk.studio("status", "--json").document
    assert (status["done"], status["settled_usd"], status["reserved_usd"]) == (3, 0.06, 0)
    assert len(desk.pictures()) == 3
    again = desk.studio("reconcile", "--json")
    assert (again.code, again.document["looked_up"]) == (0, 0)
    assert "No outcome is unknown." in again.err


def test_reconcile_waits_for_what_is_still_being_made(
    desk: Desk, press: Lossy, lost: dict[str, Any]
) -> None:
    press.knows = lambda call: "running" if "boat 0" in call.request.prompt else "refused"
    outcome = desk.studio("reconcile", "--json")
    assert outcome.code == 0, outcome.err
    assert "2 pictures found and on the way home" in outcome.err
    assert (outcome.document["in_gallery"], outcome.document["ended"]) == (1, 1)
    assert outcome.document["held_usd"] == 0


def test_ctrl_c_while_it_waits_loses_nothing(
    desk: Desk, press: Lossy, lost: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    press.knows, press.looks_until_done = lambda call: "running", 10**9
    wait_for = looking._wait_for

    def interrupted(studio: Studio, job_id: str, stop: Stop) -> None:
        if not stop.asked:  # the second one ends at once
            signal.raise_signal(signal.SIGINT)
        wait_for(studio, job_id, stop)

    with monkeypatch.context() as patch:
        patch.setattr(looking, "_wait_for", interrupted)
        outcome = desk.studio("reconcile", "--json")
    assert outcome.code == 130
    assert (outcome.document["being_made"], outcome.document["unknown"]) == (2, 0)
    assert "nothing is lost" in outcome.err

    press.looks_until_done = 0
    resumed = desk.studio("resume", "--json")
    assert (resumed.code, resumed.document["done"]) == (0, 3), resumed.err


def test_what_never_arrived_waits_again(desk: Desk, press: Lossy, lost: dict[str, Any]) -> None:
    press.knows = lambda call: "never"
    outcome = desk.studio("reconcile", "--json")
    assert outcome.code == 0
    assert outcome.document["never_arrived"] == 2
    assert f"Make what waits again with: studio resume {lost['batch_id']}" in outcome.err
    press.faults.clear()
    resumed = desk.studio("resume", "--json")
    assert (resumed.code, resumed.document["done"], press.calls) == (0, 3, 3)


def test_reconcile_of_no_batch_is_refused(desk: Desk, press: Lossy) -> None:
    outcome = desk.studio("reconcile", "b_none", "--json")
    assert (outcome.code, outcome.document["error"]["code"]) == (2, "not_found")


def lost_job(document: dict[str, Any], number: int = 0) -> str:
    """The id of one job of the batch."""
    return str(document["jobs"][number]["id"])


def test_adopt_finds_one(desk: Desk, press: Lossy, lost: dict[str, Any]) -> None:
    job = lost_job(lost)
    nothing = desk.studio("adopt", job, "--json")
    assert (nothing.code, nothing.document["found"]) == (1, "still_unknown")
    assert f"studio adopt {job} --request-id ID" in nothing.err

    press.knows = lambda call: "finished"
    outcome = desk.studio("adopt", job, "--json")
    assert outcome.code == 0, outcome.err
    assert (outcome.document["found"], outcome.document["cost_usd"]) == ("in_gallery", 0.02)
    assert outcome.document["file"].startswith(str(desk.out))
    assert desk.studio("adopt", job).code == 2, "it is not lost any more"
    assert desk.studio("adopt", "j_none").code == 2


def test_adopt_by_the_name_of_the_request(desk: Desk, press: Lossy, lost: dict[str, Any]) -> None:
    first, second = lost_job(lost), lost_job(lost, 1)
    assert desk.studio("adopt", first, "--request-id", "nonsense").code == 2
    outcome = desk.studio("adopt", first, "--request-id", "req-7", "--json")
    assert (outcome.code, outcome.document["found"]) == (0, "in_gallery"), outcome.err
    taken = desk.studio("adopt", second, "--request-id", "req-7", "--json")
    assert taken.code == 2
    assert "another picture" in taken.document["error"]["message"]


def test_lost_lists_what_is_missing_and_its_sums(
    desk: Desk, press: Lossy, lost: dict[str, Any]
) -> None:
    press.knows = lambda call: "refused" if "boat 1" in call.request.prompt else "nothing"
    desk.studio("reconcile")
    document = desk.studio("lost", "--json").document
    assert (document["unknown"], document["paid"], document["late"]) == (1, 1, 0)
    assert (document["held_usd"], document["charged_usd"]) == (0.02, 0.02)
    kinds = {item["kind"]: item for item in document["items"]}
    assert kinds["unknown"]["job_id"] == lost_job(lost)
    assert kinds["unknown"]["amount_usd"] == 0.02
    assert kinds["unknown"]["kept_until"] is not None
    shown = desk.studio("lost", lost["batch_id"])
    assert shown.code == 0
    for words in (lost_job(lost), "Outcome unknown", "Charged, no picture", "min left",
                  "1 outcome unknown, $0.02 held: studio reconcile",
                  "1 picture charged but not there, $0.02: studio lost"):  # fmt: skip
        assert words in shown.out
    assert "studio write-off JOB" in shown.err
    assert desk.studio("lost", "b_none").code == 2


def test_write_off_settles_both_kinds(desk: Desk, press: Lossy, lost: dict[str, Any]) -> None:
    press.knows = lambda call: "refused" if "boat 1" in call.request.prompt else "nothing"
    desk.studio("reconcile")
    unknown = desk.studio("write-off", lost_job(lost), "--json")
    assert (unknown.code, unknown.document["cost_usd"]) == (0, 0.02)
    assert "$0.02, counts as spent" in unknown.err
    paid = desk.studio("write-off", lost_job(lost, 1))
    assert paid.code == 0
    assert "Taken note of" in paid.err
    outcome = desk.studio("lost")
    assert (outcome.code, outcome.out) == (0, "")
    assert "Nothing is lost" in outcome.err
    status = desk.studio("status", "--json").document
    assert (status["settled_usd"], status["held_usd"], status["reserved_usd"]) == (0.06, 0, 0)


def test_an_unknown_one_is_made_again_only_by_someone_who_was_told(
    desk: Desk, press: Lossy, lost: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    press.faults.clear()
    job, calls = lost_job(lost), press.calls
    refused = desk.studio("retry", job)
    assert refused.code == 2
    assert "charged a second time, about $0.02" in refused.err
    assert "--yes" in refused.err

    def at_a_terminal(answer: str) -> Outcome:
        monkeypatch.setattr(screen, "can_ask", lambda: True)
        return desk.studio("retry", job, answer=answer)

    declined = at_a_terminal("n\n")
    assert declined.code == 130
    assert "$0.02 set aside for it count as spent" in declined.err
    assert press.calls == calls
    assert at_a_terminal("y\n").code == 1, "the other one is still unknown"
    assert press.calls == calls + 1
    last = desk.studio("retry", lost_job(lost, 1), "--yes", "--json")
    assert (last.code, last.document["done"]) == (0, 3)
    assert last.document["settled_usd"] == 0.1, "the unknown ones count as spent as well"


def test_a_batch_retry_leaves_unknown_ones_alone(
    desk: Desk, press: Lossy, lost: dict[str, Any]
) -> None:
    outcome = desk.studio("retry", lost["batch_id"])
    assert outcome.code == 1
    assert "Nothing to retry" in outcome.err
    assert press.calls == 1
