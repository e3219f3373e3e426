"""Old output folders become neutral records: found, read tolerantly, never trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import InputError
from studio.intake.old_outputs import (
    FailedRecord,
    Found,
    OldPicture,
    OpenFolder,
    find_old_folders,
)
from studio.intake.old_outputs.documents import RECORD_BYTES, read_document
from studio.intake.old_outputs.sections import named_facts
from studio.intake.old_outputs.values import Notes
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


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.json", '{"prompt": "a'),
        ("deep.json", "[" * 100_000 + "]" * 100_000),
        ("nested.json", "[" * 100 + "]" * 100),
        ("digits.json", "1" * 10_000),
        ("long.json", " " * (RECORD_BYTES + 1)),
        ("many.json", json.dumps([0] * 600_000)),
        ("object.yaml", "!!python/object/apply:os.system ['echo']"),
        ("bomb.yaml", BOMB),
        ("bytes.json", b"\xff\xfe\x00"),
        ("tab.yaml", "a:\n\t- b"),
    ],
)
def test_hostile_records_are_problems(tmp_path: Path, name: str, content: str | bytes) -> None:
    document = read_document(put(tmp_path / name, content), name)
    assert document.problem is not None
    assert document.problem.file == name
    assert document.problem.fix


def test_what_cannot_be_stored_is_replaced(tmp_path: Path) -> None:
    path = put(tmp_path / "odd.json", '{"a": "\\ud800 \\u0000", "b": NaN, "c": 1e999}')
    value = read_document(path, "odd.json").value
    assert value == {"a": "� �", "b": "NaN", "c": "inf"}
    json.dumps(value, allow_nan=False).encode()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_no_value_is_too_odd_to_be_read(value: Any) -> None:
    notes = Notes({"it": value, "inside": {"it": value}})
    seed, cost, seconds = notes.whole("it"), notes.dollars("it"), notes.seconds("it")
    assert seed is None or 0 <= seed < 2**63
    assert cost is None or cost >= 0
    assert seconds is None or seconds >= 0
    moment = notes.moment("it")
    assert moment is None or moment.utcoffset() == timedelta(0)
    assert notes.truth("it") in {None, True, False}
    assert isinstance(notes.text("it"), str | None)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2035, 1, 1)))  # noqa: DTZ001
def test_a_time_without_a_zone_is_local(naive: datetime) -> None:
    assert Notes({"at": naive.isoformat()}).moment("at") == naive.astimezone(UTC)


@given(st.integers(0, 10**10))
def test_amounts_survive_as_numbers_and_as_texts(micros: int) -> None:
    dollars = f"{micros // 10**6}.{micros % 10**6:06d}"
    assert Notes({"cost": dollars}).dollars("cost") == micros
    assert Notes({"cost": f" ${dollars} "}).dollars("cost") == micros
    assert Notes({"cost": micros / 10**6}).dollars("cost") == micros


def test_entries_that_make_no_sense_are_named(tmp_path: Path) -> None:
    put(tmp_path / "A_001_b.png")
    put(tmp_path / "metadata" / "A_001_b.png.json",
        {"image_number": "many", "seed": -5, "cost_usd": True, "image_prompt": "fine"})  # fmt: skip
    picture = pictures(tmp_path)["A_001_b.png"]
    assert (picture.prompt, picture.image_number) == ("fine", 1)
    assert (picture.seed, picture.cost) == (None, None)
    (message,) = problems(tmp_path).values()
    assert all(repr(name) in message for name in ("image_number", "seed", "cost_usd"))
