"""Old output folders become neutral records: found, read tolerantly, never trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.errors import InputError
from studio.intake.old_outputs import (
    FailedRecord,
    Found,
    OldPicture,
    OpenFolder,
    find_old_folders,
)
from studio.intake.old_outputs.sections import named_facts
from studio.models.imports import ImportProblem


def put(path: Path, content: Any = b"picture") -> Path:
    """A file with bytes, a text, or a value as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path) -> list[Found]:
    """Everything found in a folder and below."""
    search = find_old_folders(folder, folder.name)
    inside = [found for old in search.folders for found in OpenFolder(old).read()]
    return [*search.problems, *inside]


def pictures(folder: Path) -> dict[str, OldPicture]:
    return {found.name: found for found in read(folder) if isinstance(found, OldPicture)}


def problems(folder: Path) -> dict[str, str]:
    return {found.file: found.message for found in read(folder) if isinstance(found, ImportProblem)}


def test_a_record_tells_everything_about_its_picture(tmp_path: Path) -> None:
    put(tmp_path / "Old_Town_007_Gate.png")
    record = {
        "section": "Old Town", "image_number": 7, "image_prompt": "a gate", "description": "Gate",
        "output_filename": "Old_Town_007_Gate.png", "generation_time": 3.25, "seed": 11,
        "timestamp": "2025-03-04T05:06:07+01:00", "model": "fal-ai/flux/dev", "success": True,
        "error_message": None, "retry_count": 2, "cost_usd": 0.025, "parameters": {"steps": 50},
        "request_id": "r1",
    }  # fmt: skip
    put(tmp_path / "metadata" / "Old_Town_007_Gate.png.json", record)
    picture = pictures(tmp_path)["Old_Town_007_Gate.png"]
    assert (picture.section, picture.image_number, picture.description) == ("Old Town", 7, "Gate")
    assert (picture.prompt, picture.model, picture.seed) == ("a gate", "fal-ai/flux/dev", 11)
    assert (picture.seconds, picture.retries, picture.cost) == (3.25, 2, 25_000)
    assert picture.made_at == datetime(2025, 3, 4, 4, 6, 7, tzinfo=UTC)
    assert (picture.params, picture.request_id) == ({"steps": 50}, "r1")
    assert picture.noted_in == "metadata/Old_Town_007_Gate.png.json"
    assert picture.records == {picture.noted_in: record}
    assert picture.complete


@pytest.mark.parametrize(
    "place",
    [
        "metadata/A_001_b.png.json", "images/metadata/A_001_b.png.json",
        "images/A_001_b.png.json", "images/A_001_b.json", "metadata/A_001_b.json",
    ],
)  # fmt: skip
def test_a_record_is_found_wherever_it_may_lie(tmp_path: Path, place: str) -> None:
    put(tmp_path / "images" / "A_001_b.png")
    put(tmp_path / place, {"image_prompt": "here"})
    assert [picture.prompt for picture in pictures(tmp_path).values()] == ["here"]
    assert problems(tmp_path) == {}


def test_the_summary_alone_is_enough(tmp_path: Path) -> None:
    put(tmp_path / "A_001_b.png")
    entry = {"output_filename": "C:\\old\\images\\A_001_b.png", "image_prompt": "from the list"}
    put(tmp_path / "batch_metadata.json",
        {"generated_at": "2024-02-03T00:00:00Z", "total_images": 1, "images": [entry]})  # fmt: skip
    picture = pictures(tmp_path)["A_001_b.png"]
    assert picture.prompt == "from the list"
    assert picture.made_at == datetime(2024, 2, 3, tzinfo=UTC)
    assert picture.complete
    (old,) = find_old_folders(tmp_path, "x").folders
    kept = OpenFolder(old).summaries["batch_metadata.json"]
    assert kept == {"generated_at": "2024-02-03T00:00:00Z", "total_images": 1}


def test_failures_are_counted_once(tmp_path: Path) -> None:
    put(tmp_path / "A_001_b.png")
    failed = {"output_filename": "A_002_c.png", "success": False, "error_message": "busy"}
    put(tmp_path / "metadata" / "A_002_c.png.json", failed)
    other = {"section": "A", "image_number": 3, "success": "false", "output_filename": None}
    put(tmp_path / "batch_metadata.json", {"images": [failed, other]})
    found = [each for each in read(tmp_path) if isinstance(each, FailedRecord)]
    assert [each.message for each in found] == ["busy", "No reason was noted."]
    assert list(pictures(tmp_path)) == ["A_001_b.png"]


@pytest.mark.parametrize(
    ("stem", "facts"),
    [
        ("Section_001_Description", ("Section", 1, "Description")),
        ("Section_1_004_Old_boat", ("Section 1", 4, "Old boat")),
        ("Image_012", ("Image", 12, "")),
        ("Years_2024_007_Fox", ("Years 2024", 7, "Fox")),
        ("Many_1234_Fox", ("Many", 1234, "Fox")),
        ("screenshot", ("", 1, "screenshot")),
    ],
)
def test_a_file_name_tells_section_number_and_description(
    stem: str, facts: tuple[str, int, str]
) -> None:
    assert named_facts(stem) == facts


@pytest.mark.parametrize(
    ("record", "prompt"),
    [
        ({"prompt": "p", "original_prompt": "o"}, "p"),
        ({"image_prompt": "p", "refined_prompt": "next"}, "p"),
        ({"refined_prompt": "p", "original_prompt": "o"}, "p"),
        ({"originalPrompt": "p"}, "p"),
        ({"request": {"prompt": "p"}, "evaluation": {"prompt": "judge this"}}, "p"),
        ({"prompt": {"text": "p"}}, "p"),
    ],
)
def test_the_prompt_is_found_under_many_names(
    tmp_path: Path, record: dict[str, Any], prompt: str
) -> None:
    put(tmp_path / "results" / "x" / "iteration_1.png")
    put(tmp_path / "results" / "x" / "iteration_1_results.json", record)
    assert [picture.prompt for picture in pictures(tmp_path).values()] == [prompt]


def test_iterations_know_their_prompt_number_and_forerunner(tmp_path: Path) -> None:
    for number in (1, 2, 10):
        put(tmp_path / "results" / "fox" / f"iteration_{number}.png")
    text = yaml.safe_dump({"prompt": "a fox", "seed": "7"})
    put(tmp_path / "results" / "fox" / "iteration_1_results.yaml", text)
    judged = {"score": 6, "feedback": "more snow", "improved_prompt": "a fox in snow"}
    put(tmp_path / "results" / "fox" / "iteration_1_evaluation.json", judged)
    summary = {
        "results": [{"prompt_id": "fox", "iterations": [{"iteration": 10, "prompt": "ten"}]}]
    }
    put(tmp_path / "summary.json", summary)
    first, second, tenth = pictures(tmp_path).values()
    assert [each.round for each in (first, second, tenth)] == [1, 2, 10]
    assert [each.prompt for each in (first, second, tenth)] == ["a fox", "a fox in snow", "ten"]
    assert (first.seed, first.prompt_id, first.identity) == (7, "fox", "fox/iteration_1.png")
    assert first.records["results/fox/iteration_1_evaluation.json"] == judged
    assert first.variables["evaluation feedback"] == "more snow"
    assert second.follows == first.key
    assert tenth.follows not in {first.key, second.key}


@pytest.mark.parametrize(
    "summary",
    [
        {"prompts": {"fox": {"prompt": "a fox", "iterations": {"1": {"seed": 5}}}}},
        {"fox": [{"round": 1, "prompt": "a fox", "seed": 5}]},
        [{"id": "fox", "original_prompt": "a fox", "results": [{"n": "1", "seed": "5"}]}],
    ],
)
def test_a_summary_may_have_many_shapes(tmp_path: Path, summary: Any) -> None:
    put(tmp_path / "results" / "fox" / "iteration_1.png")
    put(tmp_path / "results" / "summary.json", summary)
    (picture,) = pictures(tmp_path).values()
    assert (picture.prompt, picture.seed) == ("a fox", 5)


def test_iterations_without_a_picture_are_failures_or_gone(tmp_path: Path) -> None:
    put(tmp_path / "results" / "fox" / "iteration_1_results.json", {"error": "busy"})
    put(tmp_path / "results" / "fox" / "iteration_2_results.json", {"status": "failed"})
    put(tmp_path / "results" / "fox" / "iteration_3_results.yaml", "prompt: a fox")
    found = read(tmp_path)
    failed = [each.message for each in found if isinstance(each, FailedRecord)]
    assert failed == ["busy", "No reason was noted."]
    assert list(problems(tmp_path)) == ["results/fox/iteration_3_results.yaml"]


@pytest.mark.parametrize("content", ["[1, 2]", "{", '"text"'])
def test_a_summary_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    put(tmp_path / "A_001_b.png")
    put(tmp_path / "batch_metadata.json", content)
    assert list(problems(tmp_path)) == ["batch_metadata.json"]
    assert not pictures(tmp_path)["A_001_b.png"].complete


def test_a_picture_whose_record_says_failed_stays_out(tmp_path: Path) -> None:
    put(tmp_path / "A_001_b.png")
    put(tmp_path / "metadata" / "A_001_b.png.json", {"success": False})
    assert pictures(tmp_path) == {}
    assert "failed" in problems(tmp_path)["A_001_b.png"]


@pytest.mark.parametrize("named", ["", "results", "results/fox"])
def test_system_a_is_recognised_at_each_of_its_levels(tmp_path: Path, named: str) -> None:
    put(tmp_path / "results" / "fox" / "iteration_1.png")
    (picture,) = pictures(tmp_path / named).values()
    assert (picture.prompt_id, picture.identity) == ("fox", "fox/iteration_1.png")


def test_each_old_folder_below_is_one_of_its_own(tmp_path: Path) -> None:
    put(tmp_path / "march" / "A_001_b.png")
    put(tmp_path / "march" / "batch_metadata.json", {"images": []})
    put(tmp_path / "april" / "results" / "fox" / "iteration_1.png")
    put(tmp_path / "B_001_loose.png")
    put(tmp_path / "logo.png")
    search = find_old_folders(tmp_path, "x")
    assert sorted(old.prefix for old in search.folders) == ["", "april/", "march/"]
    assert search.not_recognised == 1


@pytest.mark.parametrize("what", ["missing", "file", "empty", "strange"])
def test_what_is_no_old_folder_says_what_was_looked_for(tmp_path: Path, what: str) -> None:
    put(tmp_path / "file", "x")
    (tmp_path / "empty").mkdir()
    put(tmp_path / "strange" / "notes.txt", "x")
    with pytest.raises(InputError) as caught:
        find_old_folders(tmp_path / what, what)
    assert repr(what) in caught.value.message
    assert "batch_metadata.json" in caught.value.next_step
    assert caught.value.exit_code == 2


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "A_009_secret.png", b"secret")
    old = put(tmp_path / "old" / "A_001_b.png").parent
    try:
        (old / "A_002_link.png").symlink_to(outside)
        (old / "folder").symlink_to(outside.parent, target_is_directory=True)
        (old / "loop").symlink_to(old, target_is_directory=True)
    except OSError:  # Windows lets only administrators make links
        return
    assert list(pictures(old)) == ["A_001_b.png"]
    assert set(problems(old)) == {"A_002_link.png", "folder"}


def test_a_record_that_names_a_file_outside_opens_nothing(tmp_path: Path) -> None:
    put(tmp_path / "outside.png")
    old = put(tmp_path / "old" / "A_001_b.png").parent
    put(old / "batch_metadata.json", {"images": [{"output_filename": "../outside.png"}]})
    assert "leads out of the folder" in problems(old)["batch_metadata.json"]
    assert list(pictures(old)) == ["A_001_b.png"]


def test_entries_that_make_no_sense_are_named(tmp_path: Path) -> None:
    put(tmp_path / "A_001_b.png")
    put(tmp_path / "metadata" / "A_001_b.png.json",
        {"image_number": "many", "seed": -5, "cost_usd": True, "image_prompt": "fine"})  # fmt: skip
    picture = pictures(tmp_path)["A_001_b.png"]
    assert (picture.prompt, picture.image_number) == ("fine", 1)
    assert (picture.seed, picture.cost) == (None, None)
    (message,) = problems(tmp_path).values()
    assert all(repr(name) in message for name in ("image_number", "seed", "cost_usd"))
