"""``studio run``: a prompt file in, a folder of pictures out, and a rerun that makes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.flows.cli_desk import ROOT, SMALL, Desk

SHAPE = {
    "batch_id", "state", "total", "done", "failed", "refused", "unknown", "skipped",
    "quote_usd", "settled_usd", "reserved_usd", "output", "jobs",
}  # fmt: skip
JOB = {"id", "row", "state", "file", "seed", "attempts", "retries", "cost_usd", "error"}
CLOSING = (
    "Total images", "Successfully generated", "Failed", "Total retries",
    "Total generation time", "Average time per image", "Throughput", "Images directory",
    "Metadata directory", "Cost",
)  # fmt: skip


def test_the_sample_leaves_32_pictures_and_a_rerun_makes_none(desk: Desk) -> None:
    sample = desk.folder / "sample.json"
    shutil.copyfile(ROOT / "examples" / "sample.json", sample)
    words = ("run", str(sample), *SMALL, "--output", "out", "--layout", "sections", "--yes")

    first = desk.studio(*words)

    assert first.code == 0, first.err
    assert first.out == ""
    assert len(desk.pictures()) == 32
    assert len(desk.records()) == 32
    summary = json.loads((desk.out / "batch_metadata.json").read_text(encoding="utf-8"))
    assert (summary["total_images"], summary["successful"]) == (32, 32)
    assert len({image["section"] for image in summary["images"]}) == 9
    for label in CLOSING:
        assert label in first.err
    with Image.open(desk.out / desk.pictures()[0]) as picture:
        assert (picture.format, picture.size) == ("PNG", (96, 96))

    before = {path: path.stat().st_mtime_ns for path in desk.out.rglob("*") if path.is_file()}
    second = desk.studio(*words)
    assert second.code == 0
    assert "Nothing new to make: 32 pictures exist already" in second.err
    after = {path: path.stat().st_mtime_ns for path in desk.out.rglob("*") if path.is_file()}
    assert after == before
    assert desk.rows("select count(*) from assets") == [(32,)]


def test_json_is_one_document_of_the_agreed_shape(desk: Desk) -> None:
    words = ("run", desk.prompts(3), *SMALL, "--output", "out", "--json")
    document = desk.studio(*words).document
    assert set(document) >= SHAPE
    assert all(set(job) >= JOB for job in document["jobs"])
    assert (document["state"], document["total"], document["done"]) == ("done", 3, 3)
    assert document["skipped"] == 0
    assert document["quote_usd"] == {"low": 0.0, "expected": 0.0, "high": 0.0}
    assert [job["row"] for job in document["jobs"]] == [1, 2, 3]
    assert all(Path(job["file"]).parent == desk.out.resolve() for job in document["jobs"])

    again = desk.studio(*words).document
    assert again["skipped"] == 3
    assert again["batch_id"] == document["batch_id"]


def test_a_longer_file_tops_the_batch_up(desk: Desk) -> None:
    words = (*SMALL, "--output", "out", "--json")
    first = desk.studio("run", desk.prompts(2), *words).document
    second = desk.studio("run", desk.prompts(5), *words).document
    assert second["batch_id"] == first["batch_id"]
    assert (second["total"], second["done"], second["skipped"]) == (5, 5, 2)
    assert desk.rows("select count(*) from assets") == [(5,)]


def test_missing_files_are_written_again_and_not_made_again(desk: Desk) -> None:
    words = ("run", desk.prompts(3), *SMALL, "--output", "out")
    desk.studio(*words)
    lost = desk.out / desk.pictures()[1]
    content = lost.read_bytes()
    lost.unlink()

    outcome = desk.studio(*words)

    assert outcome.code == 0
    assert lost.read_bytes() == content
    assert desk.rows("select count(*) from assets") == [(3,)]


def test_again_makes_new_ones_and_keeps_the_old(desk: Desk) -> None:
    words = ("run", desk.prompts(2), *SMALL, "--output", "out")
    desk.studio(*words)
    old = {name: (desk.out / name).read_bytes() for name in desk.pictures()}
    assert desk.studio(*words, "--again").code == 0
    assert desk.rows("select count(*) from assets") == [(4,)]
    assert len(desk.pictures()) == 4
    assert {name: (desk.out / name).read_bytes() for name in old} == old


@pytest.mark.parametrize("option", ["--prompts", "--input-file"])
def test_other_names_of_the_options(desk: Desk, option: str) -> None:
    words = ("run", option, desk.prompts(2), *SMALL, "--output-dir", "out", "--batch-size", "2")
    outcome = desk.studio(*words, "--json")
    assert outcome.code == 0
    assert len(desk.pictures()) == 2
    assert desk.rows("select settings ->> 'workers' from batches") == [(2,)]


def test_classic_is_what_system_b_made(desk: Desk) -> None:
    words = ("--preset", "classic", "--model", "sketch:default", "--output", "out")
    outcome = desk.studio("run", desk.prompts(1), *words)
    assert outcome.code == 0, outcome.err
    record = json.loads((desk.out / "metadata" / desk.records()[0]).read_text(encoding="utf-8"))
    assert record["resolution"] == "1920x1080"
    assert record["output_filename"] == "Section_1_001_Boat_0.png"
    kept = json.loads(desk.rows("select settings from batches")[0][0])
    assert (kept["format"], kept["layout"]) == ("png", "sections")
    assert (kept["max_retries"], kept["workers"]) == (3, 4)


def test_an_option_wins_over_the_preset(desk: Desk) -> None:
    words = ("--preset", "classic", *SMALL, "--size", "80x64", "--format", "webp")
    more = ("--max-retries", "0", "--output", "out", "--json")
    outcome = desk.studio("run", desk.prompts(1), *words, *more)
    assert outcome.code == 0
    picture = Path(outcome.document["jobs"][0]["file"])
    assert picture.suffix == ".webp"
    with Image.open(picture) as opened:
        assert opened.size == (80, 64)
    assert desk.rows("select settings ->> 'max_retries' from batches") == [(0,)]


def test_the_same_seed_makes_the_same_picture(desk: Desk) -> None:
    for folder in ("one", "two"):
        words = ("run", desk.prompts(1), *SMALL, "--seed", "7", "--output", folder, "--again")
        assert desk.studio(*words).code == 0
    one, two = (next((desk.folder / folder).glob("*.png")) for folder in ("one", "two"))
    with Image.open(one) as left, Image.open(two) as right:
        assert left.tobytes() == right.tobytes()


def test_images_multiplies_the_rows(desk: Desk) -> None:
    outcome = desk.studio("run", desk.prompts(2), *SMALL, "--images", "3", "--output", "out")
    assert outcome.code == 0
    assert len(desk.pictures()) == len(desk.records()) == 6


@pytest.mark.parametrize(("how", "key"), [("fail", "failed"), ("refuse", "refused")])
def test_the_sketch_engine_can_be_told_to_misbehave(desk: Desk, how: str, key: str) -> None:
    words = ("run", desk.prompts(2), *SMALL, "--param", f"simulate={how}", "--output", "out")
    outcome = desk.studio(*words, "--max-retries", "0", "--json")
    assert outcome.code == 1
    assert outcome.document[key] == 2
    assert all(job["error"]["message"] for job in outcome.document["jobs"])
    assert (len(desk.pictures()), len(desk.records())) == (0, 2)
    assert "studio retry b_" in outcome.err


def test_a_dry_run_makes_nothing(desk: Desk) -> None:
    outcome = desk.studio("run", desk.prompts(2), *SMALL, "--output", "out", "--dry-run")
    assert outcome.code == 0
    assert "2 pictures to make, free of charge" in outcome.err
    assert not desk.out.exists()
    assert desk.rows("select count(*) from batches") == [(0,)]
