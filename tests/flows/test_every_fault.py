"""Every kind of fault, charged or not, in the same words on the page, in the terminal, in JSON."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studio.cli.app import build_app
from studio.container import Studio, open_studio
from studio.container.standing import troubles
from studio.models import (
    BatchStatus,
    Call,
    CannotTell,
    Charged,
    FaultKind,
    Finished,
    ProviderFault,
    Running,
    RunOptions,
)
from studio.models.trouble import CHARGED_WORDS, KIND_WORDS
from studio.providers import Context
from tests.fakes import FakeProvider, fault
from tests.flows.page_world import open_page, page_world, shown
from tests.studio_fixture import QuickClock, wait_until

COST = 5_000
TOLD = CHARGED_WORDS | {Charged.YES: "charged $0.005"}


class Faulty(FakeProvider):
    """Fails as the prompt says."""

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """The fault for the two words of the prompt."""
        kind, charged = call.request.prompt.split()
        cost = COST if charged == Charged.YES else None
        raise ProviderFault(fault(FaultKind(kind), charged=Charged(charged), cost=cost))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which every fault has happened, each in a batch of its own."""
    folder = tmp_path_factory.mktemp("faults")
    provider = Faulty()
    provider.found = lambda call: CannotTell()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_DATA_DIR", str(folder / "data"))
        with open_studio(providers={provider.id: provider}, clock=QuickClock()) as studio:
            for kind, charged in product(FaultKind, Charged):
                _make(studio, f"{kind.value} {charged.value}")
    return folder


def _make(studio: Studio, prompt: str) -> None:
    options = RunOptions(model="fake:one", width=64, height=64, title=prompt)
    batch_id = studio.batches.start(studio.planner.single(prompt, options))

    def told(status: BatchStatus) -> bool:
        return status.counts.in_flight == 0 and bool(troubles(studio.parts, batch_id))

    wait_until(studio, batch_id, told)


@pytest.mark.parametrize("charged", list(Charged))
@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_fault_has_the_same_words_everywhere(
    kind: FaultKind, charged: Charged, world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with page_world(world, monkeypatch) as studio:
        batch_id = next(
            status.batch.id
            for status in studio.batches.list(100)
            if status.batch.title == f"{kind.value} {charged.value}"
        )
        on_page = shown(open_page("batch_upload", batch=batch_id)).replace("\\", "").lower()
    in_terminal = CliRunner().invoke(build_app(), ["status", batch_id]).stdout
    for words in (KIND_WORDS[kind], TOLD[charged], "It went wrong.", "Try again."):
        assert words.lower() in on_page
        assert words in in_terminal
    answer = CliRunner().invoke(build_app(), ["status", batch_id, "--json"])
    (job,) = json.loads(answer.stdout)["jobs"]
    assert job["fault"] == {
        "kind": kind.value,
        "message": "It went wrong.",
        "hint": "Try again.",
        "charged": charged.value,
        "cost_usd": 0.005 if charged is Charged.YES else None,
    }
