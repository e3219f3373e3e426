"""Mending a sheet: cells changed in the table, and the bad rows as a CSV to mend elsewhere."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from studio.errors import BadRows
from studio.intake.cells import cell_text
from studio.models import CheckedSheet, RowIssue, Sheet

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_TABLES = ("csv", "xlsx")


def with_cells(sheet: Sheet, edits: Mapping[int, Mapping[str, Any]]) -> Sheet:
    """The sheet with some cells replaced; the given one stays as it is.

    Args:
        sheet: The file.
        edits: Row number (the first data row is 1) → column → new value. A column that the file
            does not have is added.

    Raises:
        BadRows: there is no row of that number.
    """
    records = list(sheet.records)
    columns = list(sheet.columns)
    for number, cells in edits.items():
        if not 1 <= number <= len(records):
            raise BadRows(
                f"{sheet.name!r} has no row {number}.",
                f"Its rows are numbered 1 to {len(records):,}.",
            )
        values = {
            column: cell_text(value) if sheet.kind in _TABLES else value
            for column, value in cells.items()
        }
        records[number - 1] = records[number - 1] | values
        columns.extend(column for column in values if column not in columns)
    return sheet.model_copy(update={"records": records, "columns": columns})


def error_csv(checked: CheckedSheet) -> bytes:
    """The rows that cannot run, with a column that says why, for a spreadsheet program.

    UTF-8 with a byte order mark, so that Excel reads it right. Cells that a spreadsheet would
    take for a formula begin with an apostrophe.
    """
    problems: defaultdict[int, list[RowIssue]] = defaultdict(list)
    for issue in checked.errors:
        problems[issue.row].append(issue)
    general = problems.pop(0, [])
    numbers = range(1, len(checked.sheet.records) + 1) if general else sorted(problems)
    columns = checked.sheet.columns
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([_harmless(name) for name in (*columns, _free_name("Problem", columns))])
    for number in numbers:
        record = checked.sheet.records[number - 1]
        cells = [cell_text(record.get(column)) for column in columns]
        said = " ".join(_sentence(issue) for issue in (*general, *problems.get(number, ())))
        writer.writerow([_harmless(cell) for cell in (*cells, f"Row {number}: {said}")])
    return target.getvalue().encode("utf-8-sig", errors="replace")


def _free_name(name: str, columns: list[str]) -> str:
    return name if name not in columns else _free_name(name + " found", columns)


def _sentence(issue: RowIssue) -> str:
    where = f"{issue.column}: " if issue.column else ""
    return f"{where}{issue.message} {issue.fix}"


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
