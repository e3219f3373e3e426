"""Archives, tables, contact sheets and closing statistics."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.errors import BadParameter
from studio.exports import contact_sheet, csv_bytes, manifest, statistics, write_zip
from studio.models import JobState
from tests.unit.exports_data import make_batch, make_job, make_picture, make_status


def rows_of(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_zip_holds_files_and_bytes_under_unique_safe_names(tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(b"pixels" * 100)
    entries: list[tuple[str, Path | bytes]] = [
        ("a.png", picture),
        ("A.png", b"other"),
        ("metadata/a.png.json", b"{}" * 500),
        ("../../etc/passwd", b"x"),
        ("/abs\\olute.txt", b"y"),
    ]
    target = io.BytesIO()

    assert write_zip(target, entries) == 5

    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert archive.read("a.png") == picture.read_bytes()
        assert archive.getinfo("a.png").compress_type == zipfile.ZIP_STORED
        assert archive.getinfo("metadata/a.png.json").compress_type == zipfile.ZIP_DEFLATED
    assert names[1] == "A_2.png"
    assert len({name.casefold() for name in names}) == 5
    assert not any(".." in name or name.startswith("/") or "\\" in name for name in names)


def test_a_zip_on_disk_is_whole_or_absent(tmp_path: Path) -> None:
    def broken() -> Iterator[tuple[str, Path | bytes]]:
        yield "a.txt", b"1"
        raise ValueError("halfway")

    target = tmp_path / "out" / "all.zip"
    with pytest.raises(ValueError, match="halfway"):
        write_zip(target, broken())
    assert list(target.parent.iterdir()) == []

    assert write_zip(target, [("a.txt", b"1")]) == 1
    assert [path.name for path in target.parent.iterdir()] == ["all.zip"]


@given(st.lists(st.text(max_size=40), max_size=8))
def test_every_entry_of_a_zip_survives(names: list[str]) -> None:
    target = io.BytesIO()
    entries: list[tuple[str, Path | bytes]] = [
        (name, str(number).encode()) for number, name in enumerate(names)
    ]
    assert write_zip(target, entries) == len(names)
    with zipfile.ZipFile(target) as archive:
        assert len(set(archive.namelist())) == len(names)
        assert [archive.read(name) for name in archive.namelist()] == [
            str(number).encode() for number in range(len(names))
        ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_made_text(start: str) -> None:
    cell = f"{start}HYPERLINK(1)"
    rows = rows_of(csv_bytes([f"{start}name"], [[cell]]))
    assert rows == [[f"'{start}name"], [f"'{cell}"]]


@given(st.text())
def test_no_text_cell_is_live(text: str) -> None:
    cells = rows_of(csv_bytes(["a", "b"], [[text, "x"]]))[1]
    assert not cells[0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    values = [-1, 2.5, None, True, moment, JobState.DONE, {"a": 1}, "plain, with comma"]
    assert rows_of(csv_bytes([str(n) for n in range(len(values))], [values]))[1] == [
        "-1", "2.5", "", "yes", "2026-11-21T00:00:00+00:00", "done", '{"a": 1}',
        "plain, with comma",
    ]  # fmt: skip


def test_manifests_say_the_same_in_every_kind(tmp_path: Path) -> None:
    asset, _ = make_picture(tmp_path, make_job(1), "Sea_001_Wave_1.png")
    asset = asset.model_copy(update={"cost": 40_000, "tags": ["a", "b"]})
    from_json = json.loads(manifest([asset], "json"))["pictures"]
    from_yaml = yaml.safe_load(manifest([asset], "yaml"))["pictures"]
    header, row = rows_of(manifest([asset], "csv"))
    line = dict(zip(header, row, strict=True))

    assert from_json == from_yaml
    assert from_json[0]["cost_usd"] == 0.04
    assert from_json[0]["file"] == line["file"] == "Sea_001_Wave_1.png"
    assert json.loads(line["tags"]) == ["a", "b"]
    assert rows_of(manifest([], "csv")) == [["id", "file"]]
    with pytest.raises(BadParameter, match="'xml'"):
        manifest([asset], "xml")


def test_a_contact_sheet_is_a_picture_of_all(tmp_path: Path) -> None:
    pictures = []
    for number in range(1, 6):
        asset, path = make_picture(tmp_path, make_job(number), f"{number}.png")
        Image.new("RGB", (60, 40), (number * 40, 10, 10)).save(path, "PNG")
        pictures.append((asset, path))

    with Image.open(io.BytesIO(contact_sheet(pictures))) as page:
        assert page.width > 3 * 60
        assert page.height > 2 * 40
    with pytest.raises(BadParameter, match="0 pictures"):
        contact_sheet([])


def test_closing_statistics_add_up(tmp_path: Path) -> None:
    states = [JobState.DONE, JobState.DONE, JobState.FAILED, JobState.UNKNOWN]
    jobs = [make_job(n, state=state) for n, state in enumerate(states, start=1)]
    made = {job.id: make_picture(tmp_path, job, "x.png")[0] for job in jobs[:2]}
    status = make_status(make_batch(), jobs, settled=1_500_000)

    closing = statistics(status, jobs, made, tmp_path / "out")

    assert (closing.total, closing.successful, closing.failed, closing.unknown) == (4, 2, 2, 1)
    assert closing.generation_time == 3.0
    assert closing.average_time == 1.5
    assert closing.busy_time == 5.0
    assert closing.throughput == 0.4
    block = dict(closing.pairs())
    assert block["Successfully generated"] == "2 (50.0%)"
    assert block["Failed"] == "2 (50.0%)"
    assert block["Cost"] == "$1.50 (USD)"
    assert block["Throughput"] == "0.40 images/second"
    assert block["Metadata directory"].endswith("out/metadata")


def test_a_pause_does_not_count_as_work() -> None:
    early, late = make_job(1), make_job(100)
    closing = statistics(make_status(make_batch(), [late, early]), [late, early], {}, None)
    assert closing.busy_time == 4.0


def test_statistics_of_nothing_divide_by_nothing() -> None:
    closing = statistics(make_status(make_batch(), []), [], {}, None)
    assert (closing.average_time, closing.throughput, closing.share(0)) == (0.0, 0.0, "0.0%")
    assert "Images directory" not in dict(closing.pairs())
