"""Layout ``sections``: system B's files, keys and log, written atomically and only once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from studio.errors import BadParameter, StorageError
from studio.exports import layout, layout_names
from studio.exports.registry import Layout
from studio.models import Asset, Job, JobState, PictureFormat
from tests.unit.exports_data import make_batch, make_job, make_picture, make_status

KEYS = [
    "section", "image_number", "image_prompt", "description", "output_filename",
    "generation_time", "timestamp", "model", "resolution", "success", "error_message",
    "retry_count",
]  # fmt: skip
EXTRA = ["seed", "parameters", "cost_usd", "request_id", "batch_id", "sha256"]
SUMMARY_KEYS = [
    "generated_at", "total_images", "successful", "failed", "total_generation_time",
    "avg_generation_time", "total_retries", "images",
]  # fmt: skip


@pytest.fixture
def sections() -> Layout:
    return layout("sections")


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its bytes and its time of change in nanoseconds."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def record(folder: Path, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (folder / "metadata" / f"{name}.json").read_text(encoding="utf-8")
    )
    return document


def export(
    kind: Layout, out: Path, jobs: list[Job], made: dict[str, tuple[Asset, Path]]
) -> list[bool]:
    """What the façade does with a batch: every job, then the summary."""
    batch = make_batch()
    written = [kind.write_job(out, batch, job, *made.get(job.id, (None, None))) for job in jobs]
    assets = {job_id: asset for job_id, (asset, _) in made.items()}
    kind.write_summary(out, make_status(batch, jobs), jobs, assets)
    return written


def test_layouts_are_found_by_folder() -> None:
    assert "sections" in layout_names()
    assert layout("sections").picture_format is PictureFormat.PNG


def test_an_unknown_layout_names_those_there_are() -> None:
    with pytest.raises(BadParameter, match=r"'pile'.*sections"):
        layout("pile")


def test_a_picture_and_its_record(sections: Layout, tmp_path: Path) -> None:
    job = make_job(1)
    asset, picture = make_picture(tmp_path / "store", job, "Sea_001_Wave_1.png")
    out = tmp_path / "out"

    assert sections.write_job(out, make_batch(), job, asset, picture) is True

    assert (out / "Sea_001_Wave_1.png").read_bytes() == picture.read_bytes()
    found = record(out, "Sea_001_Wave_1.png")
    assert list(found)[: len(KEYS)] == KEYS
    assert set(EXTRA) <= set(found)
    assert found["output_filename"] == "Sea_001_Wave_1.png"
    assert found["resolution"] == "96x64"
    assert found["success"] is True
    assert found["error_message"] is None
    assert found["generation_time"] == 1.5
    assert found["request_id"] == "r-1"
    assert datetime.fromisoformat(found["timestamp"]).tzinfo is not None
    assert not list(out.rglob("*.part"))


def test_a_failure_has_a_record_and_no_picture(sections: Layout, tmp_path: Path) -> None:
    job = make_job(2, state=JobState.FAILED)

    assert sections.write_job(tmp_path, make_batch(), job, None, None) is False

    found = record(tmp_path, "Sea_002_Wave_2.png")
    assert found["success"] is False
    assert found["error_message"] == "The provider did not answer."
    assert found["retry_count"] == 1
    assert not (tmp_path / "Sea_002_Wave_2.png").exists()


def test_a_waiting_job_leaves_nothing(sections: Layout, tmp_path: Path) -> None:
    waiting = make_job(1, state=JobState.QUEUED)
    assert sections.write_job(tmp_path / "out", make_batch(), waiting, None, None) is False
    assert not (tmp_path / "out").exists()


def test_twice_changes_nothing(sections: Layout, tmp_path: Path) -> None:
    jobs = [make_job(1), make_job(2, state=JobState.FAILED), make_job(3)]
    made = {
        job.id: make_picture(tmp_path / "store", job, f"Sea_00{job.position}_Wave.png")
        for job in jobs
        if job.state is JobState.DONE
    }
    out = tmp_path / "out"
    assert export(sections, out, jobs, made) == [True, False, True]
    first = snapshot(out)

    assert export(sections, out, jobs, made) == [False, False, False]
    assert snapshot(out) == first


def test_a_missing_picture_is_written_again(sections: Layout, tmp_path: Path) -> None:
    job = make_job(1)
    made = {job.id: make_picture(tmp_path / "store", job, "Sea_001_Wave_1.png")}
    out = tmp_path / "out"
    export(sections, out, [job], made)
    (out / "Sea_001_Wave_1.png").unlink()

    assert export(sections, out, [job], made) == [True]
    assert (out / "Sea_001_Wave_1.png").read_bytes() == b"pixels of j_1"


def test_a_picture_that_was_edited_by_hand_stays(sections: Layout, tmp_path: Path) -> None:
    job = make_job(1)
    made = {job.id: make_picture(tmp_path / "store", job, "Sea_001_Wave_1.png")}
    out = tmp_path / "out"
    export(sections, out, [job], made)
    (out / "Sea_001_Wave_1.png").write_bytes(b"edited by hand")

    assert export(sections, out, [job], made) == [False]
    assert (out / "Sea_001_Wave_1.png").read_bytes() == b"edited by hand"


def test_a_foreign_file_of_the_same_name_is_not_replaced(sections: Layout, tmp_path: Path) -> None:
    job, out = make_job(1), tmp_path / "out"
    asset, picture = make_picture(tmp_path / "store", job, "Sea_001_Wave_1.png")
    out.mkdir()
    (out / "Sea_001_Wave_1.png").write_bytes(b"somebody else's")

    assert sections.write_job(out, make_batch(), job, asset, picture) is True

    assert (out / "Sea_001_Wave_1.png").read_bytes() == b"somebody else's"
    assert sections.find(out, make_batch(), job, asset) == out / "Sea_001_Wave_1_2.png"
    assert record(out, "Sea_001_Wave_1_2.png")["output_filename"] == "Sea_001_Wave_1_2.png"
    assert sections.write_job(out, make_batch(), job, asset, picture) is False


def test_a_second_batch_in_the_same_folder_replaces_no_picture(
    sections: Layout, tmp_path: Path
) -> None:
    old, out = make_job(1), tmp_path / "out"
    new = old.model_copy(update={"id": "j_9", "batch_id": "b_2"})
    for job in (old, new, old, new):
        asset, picture = make_picture(tmp_path / "store", job, "Sea_001_Wave_1.png")
        sections.write_job(out, make_batch(batch_id=job.batch_id), job, asset, picture)

    assert (out / "Sea_001_Wave_1.png").read_bytes() == b"pixels of j_1"
    assert (out / "Sea_001_Wave_1_2.png").read_bytes() == b"pixels of j_9"
    assert record(out, "Sea_001_Wave_1.png")["job_id"] == "j_1"
    assert record(out, "Sea_001_Wave_1_2.png")["job_id"] == "j_9"
    assert len(snapshot(out)) == 4


def test_a_failure_that_succeeded_later_has_one_record(sections: Layout, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(sections, out, [make_job(1, state=JobState.FAILED)], {})
    job = make_job(1)
    made = {job.id: make_picture(tmp_path / "store", job, "Sea_001_Wave_1.webp")}

    export(sections, out, [job], made)

    names = sorted(path.name for path in (out / "metadata").iterdir())
    assert names == ["Sea_001_Wave_1.webp.json"]


@pytest.mark.parametrize(
    "evil", ["../../etc/passwd", "C:\\Windows\\win.ini", "a/b", "con", "\x1b[2J"]
)
def test_no_label_leaves_the_folder(sections: Layout, tmp_path: Path, evil: str) -> None:
    job = make_job(1, state=JobState.FAILED, section=evil, description=evil)
    out = tmp_path / "deep" / "out"
    sections.write_job(out, make_batch(), job, None, None)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert files[0].parent == out / "metadata"
    assert json.loads(files[0].read_text(encoding="utf-8"))["description"] == evil


def test_the_summary_has_every_key(sections: Layout, tmp_path: Path) -> None:
    jobs = [make_job(1), make_job(2, state=JobState.REFUSED)]
    made = {"j_1": make_picture(tmp_path / "store", jobs[0], "Sea_001_Wave_1.png")}
    export(sections, tmp_path / "out", jobs, made)

    summary = json.loads((tmp_path / "out/batch_metadata.json").read_text(encoding="utf-8"))
    assert list(summary)[: len(SUMMARY_KEYS)] == SUMMARY_KEYS
    assert (summary["total_images"], summary["successful"], summary["failed"]) == (2, 1, 1)
    assert summary["total_retries"] == 1
    assert summary["avg_generation_time"] == 1.5
    for image in summary["images"]:
        assert list(image)[: len(KEYS)] == KEYS
    names = [image["output_filename"] for image in summary["images"]]
    assert names == ["Sea_001_Wave_1.png", "Sea_002_Wave_2.png"]


def test_the_log_can_be_searched_for_errors(sections: Layout, tmp_path: Path) -> None:
    evil = "calm\n2026-01-01 00:00:00 - ERROR - forged \x1b[31m"
    jobs = [make_job(1), make_job(2, state=JobState.FAILED, description=evil)]
    made = {"j_1": make_picture(tmp_path / "store", jobs[0], "Sea_001_Wave_1.png")}
    export(sections, tmp_path / "out", jobs, made)

    text = (tmp_path / "out/batch_generation.log").read_text(encoding="utf-8")
    lines = text.splitlines()
    errors = [line for line in lines if " - ERROR - " in line]
    assert len(errors) == 1
    assert errors[0].startswith("2026-11-21 12:00:04 - ERROR - Row 2")
    assert "The provider did not answer." in errors[0]
    assert "\x1b" not in text
    assert any("Successfully generated: 1 (50.0%)" in line for line in lines)
    assert all(line[:4] == "2026" for line in lines)


def test_archive_entries_are_the_files_of_the_folder(sections: Layout, tmp_path: Path) -> None:
    jobs = [make_job(1), make_job(2, state=JobState.FAILED), make_job(3)]
    made = {
        job.id: make_picture(tmp_path / "store", job, f"Sea_00{job.position}_Wave.png")
        for job in jobs
        if job.state is JobState.DONE
    }
    out = tmp_path / "out"
    export(sections, out, jobs, made)
    assets = {job_id: asset for job_id, (asset, _) in made.items()}
    pictures = {job_id: path for job_id, (_, path) in made.items()}

    entries = dict(sections.entries(make_status(make_batch(), jobs), jobs, assets, pictures))

    assert set(entries) == set(snapshot(out))


def test_a_folder_that_cannot_be_is_a_typed_error(sections: Layout, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="could not be written"):
        sections.write_job(blocked, make_batch(), make_job(1, state=JobState.FAILED), None, None)
