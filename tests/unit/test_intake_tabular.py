"""CSV in every dress: delimiters, encodings, careless quotes, ragged rows."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import BadFile
from studio.intake import EXTRA_CELLS, MAX_ROWS, read_sheet
from studio.models import Sheet

DELIMITERS = [",", ";", "\t", "|"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]


def cells(sheet: Sheet) -> list[list[str]]:
    return [[record.get(column, "") for column in sheet.columns] for record in sheet.records]


def written(rows: list[list[str]], delimiter: str = ",", *, every: bool = False) -> str:
    target = io.StringIO(newline="")
    if every:
        csv.writer(target, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    else:
        csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue()


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
western = st.text(st.sampled_from("aA z,;|\t\"'\n\r=1üøýÿ€“”–"), max_size=12)
"""Letters whose bytes begin no UTF-8 character: such a file cannot be both."""


@st.composite
def tables(draw: st.DrawFn, text: st.SearchStrategy[str]) -> list[list[str]]:
    width = draw(st.integers(1, 4))
    header = [f"col {index}" for index in range(width)]
    row = st.lists(text, min_size=width, max_size=width)
    filled = row.filter(lambda cells: any(cell.strip() for cell in cells))
    return [header, *draw(st.lists(filled, min_size=1, max_size=6))]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", DELIMITERS)
@given(data=st.data(), every=st.booleans())
def test_what_csv_writes_is_read_exactly(
    delimiter: str, encoding: str, data: st.DataObject, every: bool
) -> None:
    table = data.draw(tables(western if encoding == "cp1252" else any_text))
    table.append(["a longer cell without any accents, as most of them are" * 9] * len(table[0]))
    sheet = read_sheet(written(table, delimiter, every=every).encode(encoding), "table.csv")
    assert [sheet.columns, *cells(sheet)] == table


def test_careless_tab_table_reads_like_a_plain_split() -> None:
    lines = [
        "Prompt\tCategory\tNote",
        'A robot. The words "Fly an airplane" are on the wall.\tArt\t',
        '"G I G G L E" painted in thick letters\tArt\tfirst word quoted',
        'Dogs playing poker\tAnimals\tDescription of "Dogs"',
        '"Hello"\tArt\ta whole cell in quotes',
        '5" nail\tArt\tone lonely quote',
    ]
    sheet = read_sheet("\n".join(lines).encode(), "prompts.tsv")
    assert [sheet.columns, *cells(sheet)] == [line.split("\t") for line in lines]


def test_unescaped_quotes_in_wrapped_columns_lose_only_the_wrapping() -> None:
    raw = b'"id","prompt"\n"1","the "BIG" cat"\n"2","a dog"\n'
    assert cells(read_sheet(raw, "x.csv")) == [["1", 'the "BIG" cat'], ["2", "a dog"]]


def test_unescaped_quotes_beside_cells_with_separators_and_line_ends() -> None:
    raw = b'id,prompt\n1,"the "BIG" cat, running"\n2,"two\nlines, ""quoted"""\n3,"A" or "B"\n'
    assert cells(read_sheet(raw, "x.csv")) == [
        ["1", 'the "BIG" cat, running'],
        ["2", 'two\nlines, "quoted"'],
        ["3", '"A" or "B"'],
    ]


def test_multi_line_cells_and_blank_lines() -> None:
    raw = b'\r\nprompt,section\r\n"a\nb\r\nc",x\r\n\r\n,\r\nd,y\r\n'
    assert cells(read_sheet(raw, "x.csv")) == [["a\nb\r\nc", "x"], ["d", "y"]]


def test_one_column_may_hold_every_separator() -> None:
    sheet = read_sheet(b"prompt\nA cat, sitting; on a mat | daylight\n", "prompts.txt")
    assert cells(sheet) == [["A cat, sitting; on a mat | daylight"]]


def test_a_row_with_too_many_cells_is_kept_whole() -> None:
    sheet = read_sheet(b"prompt,section\na,b\nc,d,e,f\ng\n", "x.csv")
    assert sheet.columns == ["prompt", "section", EXTRA_CELLS]
    assert cells(sheet) == [["a", "b", ""], ["c", "d", "e | f"], ["g", "", ""]]


def test_spaces_before_quoted_cells() -> None:
    sheet = read_sheet(b'prompt, section\n"a, b", "c, d"\n', "x.csv")
    assert cells(sheet) == [["a, b", "c, d"]]


def test_excel_separator_line() -> None:
    sheet = read_sheet(b"sep=;\nprompt;note\na,b;c\n", "x.csv")
    assert [sheet.columns, *cells(sheet)] == [["prompt", "note"], ["a,b", "c"]]


def test_old_mac_line_ends() -> None:
    assert cells(read_sheet(b"prompt,n\ra,1\rb,2\r", "x.csv")) == [["a", "1"], ["b", "2"]]


def test_duplicate_and_empty_headers_are_renamed() -> None:
    sheet = read_sheet(b"prompt,,prompt,prompt\na,b,c,d\n", "x.csv")
    assert sheet.columns == ["prompt", "column 2", "prompt (2)", "prompt (3)"]
    assert cells(sheet) == [["a", "b", "c", "d"]]
    assert any("more than once" in note for note in sheet.notes)


def test_cyrillic_code_page_is_read_with_a_warning_note() -> None:
    text = "prompt,section\n" + "Рыжая лиса в снегу на рассвете,Животные\n" * 20
    sheet = read_sheet(text.encode("cp1251"), "x.csv")
    assert sheet.records[0]["prompt"] == "Рыжая лиса в снегу на рассвете"
    assert any("guess" in note for note in sheet.notes)


def test_windows_quotes_and_dashes() -> None:
    text = "prompt,section\nA “quoted” café – at dusk,Städte\n"
    assert cells(read_sheet(text.encode("cp1252"), "x.csv")) == [
        ["A “quoted” café – at dusk", "Städte"]
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b" \n\n ", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b",,\n,,\n", "is empty"),
        (b"prompt,section\n", "no rows"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "JPEG picture"),
        (b"%PDF-1.7\n", "PDF"),
        (b"MZ\x90\x00\x03\x00\x00\x00\x04", "a program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "old Excel"),
        (b"prompt,section\na\x00b,c\n", "binary data"),
        (bytes(range(256)) * 8, "binary data"),
        (b"\x01\x02\x80\xff\x05\x06\x07" * 50, "binary data"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        ("prompt\né à ü\nö ä ï\nñ é è\n".encode() + b"caf\xe9\n", "mixes encodings: line 5"),
        (b"\xff\xfep\x00r\x00\x00\xd8", "damaged at byte"),
        (b"a" * (26 * 1024 * 1024), "26 MB"),
        (b"prompt\n" + b"a\n" * (MAX_ROWS + 1), "more than 50,000 rows"),
        (b",".join([b"a"] * 501) + b"\n1\n", "more than 500 columns"),
        (b"a,b\n" + b'"a,' * 2000, "more than 500 columns"),
    ],
)
def test_bad_files_are_refused_in_plain_words(raw: bytes, says: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_sheet(raw, "prompts.csv")
    assert says in caught.value.message
    assert "prompts.csv" in caught.value.message
    assert caught.value.next_step.endswith(".")


def test_a_fifty_megabyte_file_is_refused() -> None:
    with pytest.raises(BadFile, match="50 MB; a prompt file may have 25 MB"):
        read_sheet(bytes(50 * 1024 * 1024), "big.csv")
