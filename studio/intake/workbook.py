"""Reading the first filled sheet of an Excel workbook (XLSX), within bounds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from studio.errors import BadFile
from studio.intake.cells import cell_text
from studio.intake.limits import MAX_UNPACKED, MAX_VALUES, empty_file, too_much_inside
from studio.intake.tabular import sheet_from_rows
from studio.models import Sheet

_MAX_SHEET_ROWS = 1_048_576
_DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl lets through when parts of a workbook are missing or wrong."""


def is_zip(data: bytes) -> bool:
    """Whether the bytes begin like a zip archive, which every XLSX file is."""
    return data.startswith(b"PK\x03\x04")


def read_workbook(data: bytes, name: str) -> Sheet:
    """The table in the first visible sheet that has cells.

    Cells become text: ``3.0`` → ``3``, dates → ISO 8601, formulas → their stored results.

    Raises:
        BadFile: no workbook, a damaged one, one that unpacks to too much, or an empty one.
    """
    try:
        _refuse_other_archives(data, name)
        return _first_table(data, name)
    except _DAMAGED as error:
        raise BadFile(
            f"{name!r} is a damaged Excel file, or one locked with a password.",
            "Open it in your spreadsheet program, save it again as .xlsx or .csv, and upload that.",
        ) from error


def _refuse_other_archives(data: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
            raise _other_archive(names, name)
        if sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise too_much_inside(name)
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as source:
                    if b"<!DOCTYPE" in source.read(4096):
                        raise too_much_inside(name)


def _other_archive(names: set[str], name: str) -> BadFile:
    if any(each.startswith("word/") for each in names):
        what = "a Word document"
    elif "content.xml" in names:
        what = "an OpenDocument file"
    else:
        what = "a zip archive"
    return BadFile(
        f"{name!r} is {what}, not a table of prompts.",
        "Save the table as .xlsx or .csv and upload that.",
    )


def _first_table(data: bytes, name: str) -> Sheet:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in visible:
            sheet.reset_dimensions()  # the stated size may be wrong, even by millions of rows
            if any(True for row in _cells(sheet, name) if any(row)):
                notes = (
                    [f"Read from the sheet {sheet.title!r}."] if len(book.worksheets) > 1 else []
                )
                return sheet_from_rows(_cells(sheet, name), name, "xlsx", notes)
    finally:
        book.close()
    raise empty_file(name)


def _cells(sheet: Any, name: str) -> Iterator[list[str]]:
    values = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        values += len(row)
        if number > _MAX_SHEET_ROWS or values > MAX_VALUES:
            raise too_much_inside(name)
        cells = [_as_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _as_text(value: object) -> str:
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else cell_text(value)
