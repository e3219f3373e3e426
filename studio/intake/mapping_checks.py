"""Checks of the mapping itself: is there a prompt column, does any field come twice."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from studio.intake.columns import (
    FIELD_NAMES,
    IGNORE,
    PARAM,
    VARIABLE,
    duplicated_columns,
)
from studio.models import RowIssue, Severity, Sheet


def check_mapping(sheet: Sheet, mapping: Mapping[str, str]) -> list[RowIssue]:
    """What is wrong with the columns as a whole; such issues have row 0."""
    issues = duplicate_warnings(sheet)
    used: dict[str, str] = {}
    for column, field in mapping.items():
        if field in (VARIABLE, IGNORE):
            continue
        if field not in FIELD_NAMES and not (field.startswith(PARAM) and field != PARAM):
            issues.append(_unknown_field(column, field))
        elif field in used:
            issues.append(_field_twice(column, used[field], field))
        used.setdefault(field, column)
    if "prompt" not in used:
        issues.append(_no_prompt(sheet))
    return issues


def duplicate_warnings(sheet: Sheet) -> list[RowIssue]:
    """A warning for each column that repeats another's name."""
    return [
        RowIssue(
            row=0,
            column=renamed,
            severity=Severity.WARNING,
            code="duplicate_column",
            message=f"The file has more than one column {column!r}; this one is {renamed!r} here.",
            fix="Rename or remove one of them in the file if the wrong one is used.",
        )
        for renamed, column in duplicated_columns(sheet.columns)
    ]


def _no_prompt(sheet: Sheet) -> RowIssue:
    names = ", ".join(repr(column[:60]) for column in sheet.columns[:20])
    more = " …" if len(sheet.columns) > 20 else ""
    return RowIssue(
        row=0,
        column=None,
        severity=Severity.ERROR,
        code="no_prompt_column",
        message=f"No column holds the prompts. Columns in this file: {names}{more}.",
        fix=(
            "Choose the prompt column in the mapping, or name one 'prompt' in the file. "
            "If the first line is already a prompt, put a line 'prompt' above it."
        ),
    )


def _unknown_field(column: str, field: str) -> RowIssue:
    known = [*sorted(FIELD_NAMES), VARIABLE, IGNORE]
    close = difflib.get_close_matches(field, known, n=1)
    return RowIssue(
        row=0,
        column=column,
        severity=Severity.ERROR,
        code="unknown_field",
        message=f"The column {column!r} is mapped to {field!r}, which means nothing here.",
        fix=f"Did you mean {close[0]!r}?" if close else f"Choose one of: {', '.join(known)}.",
    )


def _field_twice(column: str, other: str, field: str) -> RowIssue:
    return RowIssue(
        row=0,
        column=column,
        severity=Severity.ERROR,
        code="field_twice",
        message=f"The columns {other!r} and {column!r} are both mapped to {field!r}.",
        fix="Keep one of them and make the other a variable.",
    )
