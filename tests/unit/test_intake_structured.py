"""JSON, JSON Lines, YAML and Excel files, well-formed, odd and hostile."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from studio.errors import BadFile
from studio.intake import read_sheet

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
plain_text = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | plain_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_text, inner, max_size=3),
    max_leaves=6,
)
names = st.text("abc xyz_", min_size=1).map(lambda t: " ".join(t.split())).filter(bool)
records = st.lists(st.dictionaries(names, values, min_size=1, max_size=4), min_size=1, max_size=5)


@given(records, st.sampled_from([None, "prompts", "rows", "items"]), st.booleans())
def test_json_round_trip(rows: list[dict[str, Any]], wrapper: str | None, ascii_only: bool) -> None:
    text = json.dumps(rows if wrapper is None else {wrapper: rows}, ensure_ascii=ascii_only)
    sheet = read_sheet(text.encode(), "x.json")
    assert sheet.records == rows
    assert sheet.columns == list(dict.fromkeys(key for row in rows for key in row))


@given(records)
def test_json_lines_round_trip(rows: list[dict[str, Any]]) -> None:
    text = "\n\n".join(json.dumps(row) for row in rows)
    assert read_sheet(text.encode(), "x.jsonl").records == rows


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("x.json", '["a", "b"]', "json"),
        ("x.csv", '{"prompts": ["a", "b"]}', "json"),
        ("x.json", '{"prompt": "a"}\n{"prompt": "b"}\n', "jsonl"),
        ("x.ndjson", '"a"\n"b"\n'.replace('"a"', '{"prompt":"a"}'), "jsonl"),
        ("x.yaml", "- a\n- b\n", "yaml"),
        ("x.yml", "prompts:\n  - prompt: a\n  - prompt: b\n", "yaml"),
        ("x.txt", "prompts:\n  - a\n  - b\n", "yaml"),
        ("upload", "- prompt: a\n- prompt: b\n", "yaml"),
        ("x.json", "prompt,section\na,\nb,\n", "csv"),
        ("x.yaml", "prompt\na\nb\n", "csv"),
    ],
)
def test_content_decides_the_kind(name: str, text: str, kind: str) -> None:
    sheet = read_sheet(text.encode(), name)
    assert sheet.kind == kind
    assert [record["prompt"] for record in sheet.records] == ["a", "b"]


def test_yaml_keeps_what_was_written() -> None:
    text = "- {prompt: a, aspect_ratio: 16:9, note: no, day: 2026-11-21, id: 007, seed: 12, x: 1.5}"
    assert read_sheet(text.encode(), "x.yaml").records == [
        {
            "prompt": "a",
            "aspect_ratio": "16:9",
            "note": "no",
            "day": "2026-11-21",
            "id": "007",
            "seed": 12,
            "x": 1.5,
        }
    ]


def test_nested_values_stay_values() -> None:
    sheet = read_sheet(b'[{"prompt": "a", "loras": [{"path": "x", "scale": 0.5}]}]', "x.json")
    assert sheet.records[0]["loras"] == [{"path": "x", "scale": 0.5}]


def test_a_repeated_json_key_is_not_lost() -> None:
    sheet = read_sheet(b'[{"prompt": "a", "prompt": "b"}]', "x.json")
    assert sheet.records == [{"prompt": "a", "prompt (2)": "b"}]


def test_half_characters_become_replacement_marks() -> None:
    sheet = read_sheet(b'[{"prompt": "a\\ud800b"}]', "x.json")
    assert sheet.records[0]["prompt"].encode() == "a\ufffdb".encode()


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{new}: &{new} {{<<: [{','.join(['*' + old] * 9)}]}}\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("x.json", '[{"prompt": "a"},\n {"prompt" "b"}]', "line 2, column 12"),
        ("x.json", '{"prompt": "a"}\n{"prompt": }\n', "line 2, column 12"),
        ("x.jsonl", '{"prompt": "a"}\n\n{"prompt": \n', "line 3, column 12"),
        ("x.json", "[1, NaN]", "NaN"),
        ("x.json", "[]", "no prompts"),
        ("x.json", '{"a": 1}', "no list of prompts"),
        ("x.json", "3", "no list of prompts"),
        ("x.json", "[" * 100_000, "too deeply"),
        ("x.json", "[" + "9" * 5000 + "]", "not JSON"),
        ("x.yaml", "prompts:\n  - prompt: 'a\n", "not valid YAML: line"),
        ("x.yaml", "a: [b\nc: d", "not valid YAML: line"),
        ("x.yaml", "- !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("x.yaml", "- &a [*a]", "unpacks to far more"),
        ("x.yaml", BOMB, "unpacks to far more"),
        ("x.yaml", MERGE_BOMB, "unpacks to far more"),
        ("x.yaml", "[" * 100_000, "unpacks to far more"),
        ("x.yaml", "- " * 5_000 + "a", "unpacks to far more"),
        ("x.yaml", "just words", "no list of prompts"),
        ("x.yaml", "# nothing\n", "no list of prompts"),
        ("x.json", json.dumps([{f"k{n}": 1} for n in range(600)]), "more than 500 columns"),
        ("x.json", json.dumps(["a"] * 50_001), "more than 50,000 rows"),
        ("x.jsonl", '{"a": 1}\n' * 50_001, "more than 50,000 rows"),
    ],
)
def test_bad_documents_are_refused_with_their_place(name: str, text: str, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_sheet(text.encode(), name)
    assert says in caught.value.message
    assert caught.value.next_step


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    book = Workbook()
    fill(book)
    target = io.BytesIO()
    book.save(target)
    book.close()
    return target.getvalue()


def test_excel_cells_become_text() -> None:
    def fill(book: Workbook) -> None:
        hidden = book.active
        assert hidden is not None
        hidden.append(["secret"])
        hidden.sheet_state = "hidden"
        book.create_sheet("Empty")
        sheet = book.create_sheet("Mine")
        sheet.append([])
        sheet.append(["prompt", "seed", "day", "at", "on", "x", None])
        sheet.append(
            ["a\nb", 3.0, dt.date(2026, 11, 21), dt.datetime(2026, 1, 2, 3, 4), True, 1.5, "y"]  # noqa: DTZ001
        )
        sheet.append([])
        sheet.append(["<script>", "007", None, None, False])

    sheet = read_sheet(workbook(fill), "renamed.csv")
    assert sheet.kind == "xlsx"
    assert any("Mine" in note for note in sheet.notes)
    assert sheet.records == [
        {
            "prompt": "a\nb",
            "seed": "3",
            "day": "2026-11-21",
            "at": "2026-01-02T03:04:00",
            "on": "true",
            "x": "1.5",
            "(extra cells)": "y",
        },
        {"prompt": "<script>", "seed": "007", "day": "", "at": "", "on": "false", "x": ""},
    ]


def test_a_workbook_that_states_a_false_size_is_read_by_its_cells() -> None:
    def fill(book: Workbook) -> None:
        sheet = book.active
        assert sheet is not None
        sheet.append(["prompt"])
        sheet.append(["a"])

    raw = rezipped(
        workbook(fill),
        lambda part, data: (
            data.replace(b'ref="A1:A2"', b'ref="A1:XFD1048576"')
            if part.endswith("sheet1.xml")
            else data
        ),
    )
    assert read_sheet(raw, "x.xlsx").records == [{"prompt": "a"}]


def rezipped(raw: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for part in source.namelist():
            copy.writestr(part, change(part, source.read(part)))
    return target.getvalue()


def archive(*parts: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in parts:
            made.writestr(name, data)
    return target.getvalue()


def only_header(book: Workbook) -> None:
    assert book.active is not None
    book.active.append(["prompt"])


def far_row(part: str, data: bytes) -> bytes:
    return data.replace(b'<row r="1"', b'<row r="999999999"') if "sheet1" in part else data


def with_entity(part: str, data: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY a "b">]>' + data if "sheet1" in part else data


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (archive(("a.txt", b"x")), "a zip archive"),
        (archive(("word/document.xml", b"x")), "a Word document"),
        (archive(("content.xml", b"x")), "an OpenDocument file"),
        (archive(("[Content_Types].xml", b"x"), ("xl/a.xml", b"y")), "damaged Excel file"),
        (
            archive(("[Content_Types].xml", b"x"), ("xl/a.xml", bytes(201 * 1024**2))),
            "unpacks to far more",
        ),
        (workbook(lambda book: None), "is empty"),
        (workbook(only_header), "no rows"),
        (workbook(only_header)[:-200], "damaged Excel file"),
        (rezipped(workbook(only_header), far_row), "unpacks to far more"),
        (rezipped(workbook(only_header), with_entity), "unpacks to far more"),
    ],
)
def test_bad_workbooks_are_refused(raw: bytes, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_sheet(raw, "x.xlsx")
    assert says in caught.value.message
