"""Reading delimited text (CSV, TSV …) exactly, also where its quoting is careless."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from itertools import islice

from studio.errors import BadFile
from studio.intake.columns import EXTRA_CELLS, name_columns
from studio.intake.limits import (
    MAX_COLUMNS,
    MAX_ROWS,
    empty_file,
    too_many_columns,
    too_many_rows,
)
from studio.models import Sheet

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

_SEP_LINE = re.compile(r'"?sep=([,;\t|])"?[\r\n]+', re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")
_SAMPLE = 65_536

Rows = list[list[str]]


def read_delimited(text: str, name: str, notes: Sequence[str] = ()) -> Sheet:
    """The table in a delimited text.

    Well-formed CSV (RFC 4180) reads exactly like Python's ``csv`` module reads it. Where quotes
    stand unescaped inside cells they are taken as text.

    Raises:
        BadFile: nothing in it, only a header, or too many rows or columns.
    """
    if not text.strip(' "\r\n' + "".join(DELIMITERS)):
        raise empty_file(name)
    directive = _SEP_LINE.match(text)
    delimiter: str | None
    if directive:
        text, delimiter = text[directive.end() :], directive[1]
    else:
        delimiter = _delimiter(text)
    if delimiter is None:
        how = "one column"
        delimiter = _unused_character(text)
    else:
        how = f"cells separated by {DELIMITERS[delimiter]}"
    rows, remark = _rows(text, delimiter, name)
    sheet = sheet_from_rows(rows, name, "csv", [*notes, f"Read as {how}."])
    return sheet.model_copy(update={"notes": [*sheet.notes, *remark]})


def sheet_from_rows(rows: Iterable[list[str]], name: str, kind: str, notes: list[str]) -> Sheet:
    """A sheet from rows of text cells, the first non-blank one being the header.

    Blank rows are left out; cells beyond the header are kept in the column ``(extra cells)``.

    Raises:
        BadFile: nothing in it, only a header, or too many rows or columns.
    """
    filled = (row for row in rows if any(cell.strip() for cell in row))
    header = next(filled, None)
    if header is None:
        raise empty_file(name)
    if len(header) > MAX_COLUMNS:
        raise too_many_columns(name)
    columns, renamed = name_columns(header)
    table = list(islice(filled, MAX_ROWS + 1))
    if len(table) > MAX_ROWS:
        raise too_many_rows(name)
    if not table:
        raise BadFile(
            f"{name!r} has a header ({_listed(columns)}) but no rows below it.",
            "Add one row per prompt. If the first line is a prompt, put a line 'prompt' above it.",
        )
    records = [_record(columns, row) for row in table]
    if any(len(row) > len(columns) for row in table):
        columns = [*columns, EXTRA_CELLS]
    return Sheet(name=name, kind=kind, columns=columns, records=records, notes=[*notes, *renamed])


def _listed(columns: list[str]) -> str:
    shown = ", ".join(repr(column[:40]) for column in columns[:8])
    return shown + (" …" if len(columns) > 8 else "")


def _record(columns: list[str], row: list[str]) -> dict[str, str]:
    width = len(columns)
    if len(row) < width:
        row = row + [""] * (width - len(row))
    record = dict(zip(columns, row, strict=False))
    if len(row) > width and any(cell.strip() for cell in row[width:]):
        record[EXTRA_CELLS] = " | ".join(row[width:])
    return record


def _delimiter(text: str) -> str | None:
    """The separator that splits the header into columns and most rows into as many."""
    scores = {}
    for delimiter in DELIMITERS:
        sample = _lenient(text[:_SAMPLE], delimiter)
        filled = (row for row in sample if any(cell.strip() for cell in row))
        width = len(next(filled, []))
        if width > 1:
            widths = [len(row) for row in islice(filled, 200)]
            fitting = sum(1 for each in widths if each == width)
            scores[delimiter] = (fitting / len(widths) if widths else 1.0, width)
    return max(scores, key=lambda each: scores[each]) if scores else None


def _lenient(text: str, delimiter: str) -> Iterable[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except (csv.Error, StopIteration):
            return


def _unused_character(text: str) -> str:
    """A separator that cannot occur: a one-column file is read with it."""
    candidates = (chr(code) for code in range(0xE000, 0xF8FF))
    return next((char for char in candidates if char not in text), "\x1f")


def _rows(text: str, delimiter: str, name: str) -> tuple[Rows, list[str]]:
    rows = _well_formed(text, delimiter)
    if rows is not None and (_even(rows) or '"' not in text):
        return rows, []
    literal = [line.split(delimiter) for line in _LINE_END.split(text)]
    if _even(literal):
        return _unwrap_columns(literal), ["Quotes are part of the text in this file."]
    if rows is not None:
        spaced = _well_formed(text, delimiter, spaced=True)
        if spaced is not None and _even(spaced):
            return spaced, ["Spaces before quoted cells were left out."]
        return rows, []
    return _careless(text, delimiter, name), [
        "Some quotes are not doubled; they were kept as text."
    ]


def _well_formed(text: str, delimiter: str, *, spaced: bool = False) -> Rows | None:
    """The rows as the csv module reads them, or ``None`` where the quoting breaks its rules."""
    source = io.StringIO(text, newline="")
    try:
        return list(csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=spaced))
    except csv.Error:
        return None


def _even(rows: Rows) -> bool:
    """Whether all filled rows have as many cells as the header."""
    widths = {len(row) for row in rows if any(cell.strip() for cell in row)}
    return len(widths) <= 1


def _unwrap_columns(rows: Rows) -> Rows:
    """Take off quotes around every cell of a column: a writer that quotes but never escapes."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    wrapped = [
        index
        for index in range(len(filled[0]) if filled else 0)
        if all(_wrapped(row[index]) for row in filled[1:] if row[index].strip())
        and any(row[index].strip() for row in filled[1:])
    ]
    for row in filled:
        for index in wrapped:
            if _wrapped(row[index]):
                row[index] = row[index][1:-1].replace('""', '"')
    return filled


def _wrapped(cell: str) -> bool:
    """``"the "big" cat"`` is wrapped; ``"A" and "B"`` is not: its second quote closes the first."""
    if len(cell) < 2 or cell[0] != '"' or cell[-1] != '"':
        return False
    first = cell.find('"', 1, -1)
    return first < 0 or cell[first - 1] in " \t([{\"'“‘-–—/" or first == 1


def _careless(text: str, delimiter: str, name: str) -> Rows:
    """Cell by cell: a cell is quoted if its quotes close properly, otherwise it is plain text."""
    quoted = re.compile(rf'"((?:[^"]|"")*+)"(?={re.escape(delimiter)}|\r|\n|\Z)')
    stop = re.compile(rf"{re.escape(delimiter)}|\r\n|\n|\r|\Z")
    rows: Rows = []
    row: list[str] = []
    position = line_end = last_close = 0
    while position < len(text):
        if position >= line_end:
            line_end, last_close = _line(text, position, delimiter)
        proper = quoted.match(text, position)
        if proper:
            row.append(proper[1].replace('""', '"'))
            position = proper.end()
        else:
            close = -1
            if text[position] == '"' and position < last_close:
                close = _wrapping_quote(text, position, line_end, delimiter)
            found = stop.search(text, position)
            cell_end = close + 1 if close > 0 else found.start() if found else len(text)
            row.append(text[position + 1 : close] if close > 0 else text[position:cell_end])
            position = cell_end
        if len(row) > 2 * MAX_COLUMNS:
            raise too_many_columns(name)
        mark = stop.match(text, position)
        if mark is None or mark[0] != delimiter:
            rows.append(row)
            row = []
        position = mark.end() if mark else position
    return [*rows, row] if row else rows


def _line(text: str, position: int, delimiter: str) -> tuple[int, int]:
    """Where the line ends, and where the last quote in it is that could close a cell."""
    line = _LINE_END.search(text, position)
    end = line.start() if line else len(text)
    last = end - 1 if text.endswith('"', position, end) else -1
    return max(end, position + 1), max(last, text.rfind('"' + delimiter, position, end))


def _wrapping_quote(text: str, position: int, line_end: int, delimiter: str) -> int:
    """The quote in the same line that ends a cell wrapped in quotes, or -1."""
    close = text.find('"' + delimiter, position + 1, line_end)
    if close < 0 and text.endswith('"', position + 1, line_end):
        close = line_end - 1
    return close if close > 0 and _wrapped(text[position : close + 1]) else -1
