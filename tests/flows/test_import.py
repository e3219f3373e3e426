"""``studio import``: old outputs come into the gallery whole, once, and at no cost to today."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.container import Studio
from studio.models import AssetFilter, AssetSort
from tests.fakes import png
from tests.flows.cli_desk import Desk, Press, with_press
from tests.flows.old_outputs import COUNT, imported, system_a, system_b
from tests.flows.page_world import component, open_page, page_world, shown


def test_system_b_comes_in_once(desk: Desk) -> None:
    old = system_b(desk.folder / "march")
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    first, again = imported(desk, old), imported(desk, old)
    assert (first["pictures"], first["already_there"], first["failed_records"]) == (COUNT, 0, 1)
    assert (again["pictures"], again["already_there"], again["failed_records"]) == (0, COUNT, 1)
    assert first["batch_ids"] == again["batch_ids"]
    assert (first["cost_usd"], first["cost_unknown"]) == (0, COUNT)
    assert desk.rows("select title, source, state, model from batches") == [
        ("march", "import", "done", "fal:fal-ai/flux/dev")
    ]
    rows = desk.rows("select prompt, section, seconds, cost, created_at from assets order by seq")
    made = datetime(2025, 3, 4, 12, tzinfo=UTC).isoformat(timespec="microseconds")
    assert rows[0] == ("boat 1 at dawn", "Harbour", 2.5, None, made)
    assert len(rows) == COUNT
    assert desk.rows("select state, retries, count(*) from jobs") == [("done", 1, COUNT)]
    assert desk.rows("select count(*) from ledger") == [(0,)], "an unknown cost is not 0"
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before


def test_bytes_stay_and_the_batch_goes_out_again(desk: Desk) -> None:
    old = system_b(desk.folder / "march")
    (batch_id,) = imported(desk, old)["batch_ids"]
    assert desk.studio("export", batch_id, "out").code == 0
    assert len(desk.pictures()) == COUNT
    for name in desk.pictures():
        assert (desk.out / name).read_bytes() == (old / name).read_bytes()
        kept = json.loads((desk.out / "metadata" / f"{name}.json").read_text(encoding="utf-8"))
        asked = json.loads((old / "metadata" / f"{name}.json").read_text(encoding="utf-8"))
        for key in ("section", "image_number", "image_prompt", "description", "generation_time",
                    "timestamp", "success", "retry_count", "resolution"):  # fmt: skip
            assert kept[key] == asked[key]
        assert kept["cost_usd"] is None
    assert desk.studio("status", batch_id).code == 0


def test_costs_stand_on_their_old_days_and_leave_today_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DAILY_BUDGET", "0.05")
    assert imported(desk, system_a(desk.folder / "loop"))["cost_usd"] == 0.18
    costs = desk.studio("costs", "--json").document
    assert {group["key"]: group["settled_usd"] for group in costs["groups"]} == {
        "2025-01-01": 0.06, "2025-01-02": 0.06, "2025-01-03": 0.06,
    }  # fmt: skip
    today = next(line for line in costs["budgets"] if line["scope"] == "day")
    assert (today["settled_usd"], today["left_usd"]) == (0, 0.05)
    ((source,),) = desk.rows("select source from ledger limit 1")
    assert source == "imported: noted in results/fox/iteration_1_results.json"


def test_iterations_form_a_line(desk: Desk) -> None:
    imported(desk, system_a(desk.folder / "loop"))
    rows = desk.rows(
        "select a.prompt, a.round, p.prompt, a.seed, a.model from assets a "
        "left join assets p on p.id = a.parent_asset_id order by a.seq"
    )
    model = "fal:fal-ai/flux/schnell"
    assert rows[:3] == [
        ("fox 1", 1, None, 1, model),
        ("fox 2", 2, "fox 1", 2, model),
        ("fox 3", 3, "fox 2", 3, model),
    ]
    assert rows[3][2] is None, "the next prompt begins a line of its own"
    kept = [json.loads(row[0]) for row in desk.rows("select data from events where kind = "
                                                    "'job_imported' order by id")]  # fmt: skip
    judged = kept[0]["records"]["results/fox/iteration_1_evaluation.json"]
    assert judged == {"score": 6, "details": {"hands": ["six fingers"]}}


def test_an_export_of_ours_comes_back_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_press(monkeypatch, Press())
    words = ("--model", "press:fine", "--size", "96x96", "--yes", "--output", "out", "--json")
    assert desk.studio("run", desk.prompts(3), *words).code == 0
    facts = "select prompt, seed, cost, model, section, image_number, description, sha256, params "
    facts += "from assets order by image_number"
    made = desk.rows(facts)
    assert imported(desk, desk.out)["already_there"] == 3
    assert desk.rows(facts) == made
    monkeypatch.setenv("STUDIO_DATA_DIR", str(desk.folder / "second"))
    second = imported(desk, desk.out)
    assert (second["pictures"], second["cost_usd"], second["problems"]) == (3, 0.06, [])
    desk.data = desk.folder / "second"
    assert desk.rows(facts) == made
    assert imported(desk, desk.out)["pictures"] == 0


def test_an_export_without_its_records_is_described_by_the_files(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--model", "sketch:default", "--size", "96x96", "--output", "out")
    assert desk.studio("run", desk.prompts(1), *words).code == 0
    facts = "select prompt, seed, model, section from assets"
    made = desk.rows(facts)
    shutil.rmtree(desk.out / "metadata")
    (desk.out / "batch_metadata.json").unlink()
    assert imported(desk, desk.out)["already_there"] == 1
    monkeypatch.setenv("STUDIO_DATA_DIR", str(desk.folder / "second"))
    assert imported(desk, desk.out)["pictures"] == 1
    desk.data = desk.folder / "second"
    assert desk.rows(facts) == made


def test_a_moved_folder_and_a_grown_one_are_recognised(desk: Desk) -> None:
    old = system_a(desk.folder / "loop")
    imported(desk, old)
    moved = old.rename(desk.folder / "elsewhere")
    assert (moved / "results").is_dir()
    assert imported(desk, moved)["already_there"] == 6
    (moved / "results" / "fox" / "iteration_4.png").write_bytes(png(32, 32, (4, 4, 4)))
    assert imported(desk, moved)["pictures"] == 1
    assert imported(desk, moved / "results" / "fox")["already_there"] == 4


def test_names_alone_are_enough_and_are_said_to_be_all(desk: Desk) -> None:
    old = desk.folder / "bare"
    (old / "images").mkdir(parents=True)
    (old / "images" / "Old_Town_007_Blue_gate.jpg").write_bytes(png(32, 32))
    (old / "images" / "screenshot.png").write_bytes(png(32, 32))
    document = imported(desk, old)
    assert (document["pictures"], document["without_record"]) == (1, 1)
    assert document["not_recognised"] == 1
    facts = "select section, image_number, description, model, cost, media_type from assets"
    assert desk.rows(facts) == [("Old Town", 7, "Blue gate", "imported:unknown", None, "image/png")]


@pytest.mark.parametrize("folder", ["nowhere", "there.txt", "empty"])
def test_nothing_to_import_is_bad_input(desk: Desk, folder: str) -> None:
    desk.file("there.txt", "x")
    (desk.folder / "empty").mkdir()
    outcome = desk.studio("import", folder, "--json")
    assert outcome.code == 2
    assert outcome.document["error"]["code"] == "bad_input"
    assert folder in outcome.err
    assert "batch_metadata.json" in outcome.document["error"]["next_step"]


def test_a_person_reads_the_sum(desk: Desk) -> None:
    outcome = desk.studio("import", str(system_a(desk.folder / "loop")))
    assert outcome.code == 0
    assert outcome.out == ""
    assert "6/6 pictures" in outcome.err
    assert "$0.18 (USD)" in outcome.err


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as made:
        yield made


def test_the_page_of_an_imported_picture_tells_its_story(studio: Studio, tmp_path: Path) -> None:
    report = studio.imports.take_in(system_a(tmp_path / "loop"))
    studio.imports.take_in(system_b(tmp_path / "march"))
    wanted = AssetFilter(batch_id=report.batch_ids[0], sort=AssetSort.SHEET)
    second = studio.gallery.page(wanted).items[1]
    page = open_page("gallery", picture=second.id)
    facts = {row["name"]: row["cells"][0][0][1] for row in component(page, "table")["rows"]}
    assert facts["Prompt"] == "fox 2"
    assert facts["Cost"].startswith("$0.03")
    assert facts["Round"] == "2"
    assert facts["Column evaluation score"] == "7"
    assert "six fingers" in facts["Column evaluation details"]
    assert "Imported: from" in shown(page).replace("\\", "")
    assert page.button(key="parent")
    for name in ("gallery", "costs", "batch_upload", "generate"):
        open_page(name)
