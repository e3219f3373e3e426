"""An import meets trouble: killed halfway, hostile files, torn records, another import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.container import importing
from studio.container.imported import store_picture
from studio.errors import Conflict
from studio.models import AssetFilter, JobState
from tests.fakes import png
from tests.flows.cli_desk import Desk
from tests.flows.old_outputs import COUNT, imported, record, system_b, write
from tests.studio_fixture import open_with


def test_a_killed_import_is_completed_by_the_next(desk: Desk) -> None:
    old = system_b(desk.folder / "march", 40)
    with desk.process("import", str(old)) as process:
        assert process.stderr is not None
        assert process.stderr.readline()
        process.kill()
        process.communicate(timeout=60)
    ((there,),) = desk.rows("select count(*) from assets")
    assert there > 0
    second = imported(desk, old)
    assert second["pictures"] + second["already_there"] == 40
    assert desk.rows("select count(*), count(distinct sha256) from assets") == [(40, 40)]
    assert desk.rows("select count(*) from batches") == [(1,)]


def test_a_crash_between_file_and_row_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = system_b(tmp_path / "march")
    with open_with() as studio:
        calls = iter(range(100))

        def fragile(*given: Any) -> Any:
            if next(calls) == 1:
                raise RuntimeError("power cut")
            return store_picture(*given)

        monkeypatch.setattr(importing, "store_picture", fragile)
        with pytest.raises(RuntimeError, match="power cut"):
            studio.imports.take_in(old)
        seen: list[tuple[int, int]] = []
        report = studio.imports.take_in(old, lambda *at: seen.append(at))
        assert (report.pictures, report.already_there) == (2, 1)
        assert seen == [(1, 3), (2, 3), (3, 3)]
        made = studio.gallery.page(AssetFilter()).items
        files = set(studio.parts.storage.keys("pictures/"))
        assert files == {asset.path for asset in made}
        assert all(studio.gallery.thumbnail(asset.sha256).is_file() for asset in made)
        jobs = studio.batches.jobs(report.batch_ids[0])
        assert {job.state for job in jobs} == {JobState.DONE}


def test_two_imports_do_not_mix(tmp_path: Path) -> None:
    old = system_b(tmp_path / "march")
    with open_with() as studio:

        def another(_done: int, _total: int) -> None:
            with pytest.raises(Conflict):
                studio.imports.take_in(old)

        assert studio.imports.take_in(old, another).pictures == COUNT


def test_hostile_files_do_not_stop_the_rest(desk: Desk) -> None:
    old = system_b(desk.folder / "march")
    (old / "Harbour_010_Cut.png").write_bytes(png()[:60])
    (old / "Harbour_011_Page.png").write_text("<html>", encoding="utf-8")
    (old / "Harbour_012_Empty.png").write_bytes(b"")
    (old / "Harbour_013_Torn.png").write_bytes(png(32, 32, (1, 2, 3)))
    (old / "metadata" / "Harbour_013_Torn.png.json").write_text('{"image_prompt": "a', "utf-8")
    (old / "Harbour_014_Typed.png").write_bytes(png(32, 32, (3, 2, 1)))
    params = {"deep": {"er": [1e400]}, "big": 10**400}
    odd = record(14, image_number="14", generation_time=[], cost_usd="much", seed=10**30,
                 image_prompt="\ud800 odd\x00", parameters=params)  # fmt: skip
    write(old / "metadata" / "Harbour_014_Typed.png.json", odd)
    outcome = desk.studio("import", str(old), "--json")
    assert outcome.code == 1
    assert outcome.document["pictures"] == COUNT + 2
    told = {problem["file"]: problem for problem in outcome.document["problems"]}
    assert set(told) == {
        "Harbour_010_Cut.png", "Harbour_011_Page.png", "Harbour_012_Empty.png",
        "metadata/Harbour_013_Torn.png.json", "metadata/Harbour_014_Typed.png.json",
    }  # fmt: skip
    assert all(problem["message"] and problem["fix"] for problem in told.values())
    assert "web page" in told["Harbour_011_Page.png"]["message"]
    assert "Harbour_010_Cut.png" in outcome.err
    assert desk.studio("export", outcome.document["batch_ids"][0], "out").code == 0


def test_a_mended_record_replaces_what_came_without_it(desk: Desk) -> None:
    old = system_b(desk.folder / "march", 1)
    place = old / "metadata" / "Harbour_001_Boat.png.json"
    whole = place.read_text(encoding="utf-8")
    place.write_text(whole[:20], encoding="utf-8")
    (old / "batch_metadata.json").unlink()
    assert imported(desk, old, code=1)["pictures"] == 1
    assert imported(desk, old, code=1)["already_there"] == 1
    assert desk.rows("select prompt, section from assets") == [("", "Harbour")]
    place.write_text(whole, encoding="utf-8")
    assert imported(desk, old)["pictures"] == 1
    live = desk.rows("select prompt from assets where deleted_at is null")
    assert live == [("boat 1 at dawn",)]
    assert imported(desk, old)["already_there"] == 1


def test_the_studio_does_not_import_itself(desk: Desk) -> None:
    system_b(desk.folder / "march")
    first = imported(desk, desk.folder)
    assert first["pictures"] == COUNT
    again = imported(desk, desk.folder)
    assert (again["pictures"], again["already_there"]) == (0, COUNT)
    assert again["not_recognised"] == 0
