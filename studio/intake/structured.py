"""Reading JSON, JSON Lines and YAML into rows: lists of objects or of texts, bare or wrapped."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from studio.errors import BadFile
from studio.intake.columns import FIELDS, same_name
from studio.intake.limits import MAX_COLUMNS, MAX_ROWS, too_many_columns, too_many_rows
from studio.intake.yaml_values import load_yaml
from studio.models import Sheet

_WRAPPERS = ("prompts", "rows", "items")
_PROMPT_NAMES = {same_name(alias) for alias in FIELDS[0].aliases}
_SURROGATE = re.compile("[\ud800-\udfff]")
_SHAPES = (
    'Write a list of objects, such as [{"prompt": "A red fox in snow"}], '
    'a list of texts, or either inside {"prompts": […]}.'
)


def read_json(text: str, name: str, notes: Sequence[str] = ()) -> Sheet:
    """The rows of a JSON document, or of JSON Lines where there are several documents.

    Raises:
        BadFile: not JSON (with line and column), of another shape, or without rows.
    """
    try:
        value = _loads(text, name)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and "\n" in text.strip():
            return read_json_lines(text, name, notes)
        raise _not_json(name, error.msg, error.lineno, error.colno) from error
    return _sheet(value, name, "json", notes)


def read_json_lines(text: str, name: str, notes: Sequence[str] = ()) -> Sheet:
    """The rows of a JSON Lines file, one value in each line; blank lines are skipped.

    Raises:
        BadFile: a line is not JSON (with line and column), or there are no rows.
    """
    values = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(_loads(line, name))
        except json.JSONDecodeError as error:
            raise _not_json(name, error.msg, number, error.colno) from error
        if len(values) > MAX_ROWS:
            raise too_many_rows(name)
    return _sheet(values, name, "jsonl", notes)


def read_yaml(text: str, name: str, notes: Sequence[str] = ()) -> Sheet:
    """The rows of a YAML document, in the same shapes as JSON.

    Raises:
        BadFile: not YAML (with line and column), of another shape, or without rows.
    """
    return _sheet(load_yaml(text, name), name, "yaml", notes)


def _loads(text: str, name: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except RecursionError as error:
        raise BadFile(f"{name!r} nests its values too deeply to be prompts.", _SHAPES) from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:
        raise BadFile(f"{name!r} holds a value that is not JSON: {error}.", _SHAPES) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    found = {}
    for key, value in pairs:
        number, free = 2, key
        while free in found:
            free, number = f"{key} ({number})", number + 1
        found[free] = value
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(word)


def _not_json(name: str, what: str, line: int, column: int) -> BadFile:
    return BadFile(
        f"{name!r} is not valid JSON: line {line}, column {column}: {what}.",
        "Mend that place; most often a comma, a quote or a bracket is missing just before it.",
    )


def _sheet(value: Any, name: str, kind: str, notes: Sequence[str]) -> Sheet:
    items, remarks = _items(value, name)
    if not items:
        raise BadFile(f"{name!r} holds no prompts.", _SHAPES)
    if len(items) > MAX_ROWS:
        raise too_many_rows(name)
    records = [_clean(_record(item)) for item in items]
    filled = [record for record in records if record]
    if not filled:
        raise BadFile(f"{name!r} holds no prompts.", _SHAPES)
    columns = list(dict.fromkeys(key for record in filled for key in record))
    if len(columns) > MAX_COLUMNS:
        raise too_many_columns(name)
    return Sheet(name=name, kind=kind, columns=columns, records=filled, notes=[*notes, *remarks])


def _items(value: Any, name: str) -> tuple[list[Any], list[str]]:
    if isinstance(value, list):
        return value, []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if str(key).casefold() in _WRAPPERS and isinstance(inner, list):
                others = ", ".join(repr(str(other)) for other in value if other != key)
                return inner, [f"Not used beside {key!r}: {others}."] if others else []
        if any(same_name(str(key)) in _PROMPT_NAMES for key in value):
            return [value], []
    raise BadFile(f"{name!r} holds no list of prompts.", _SHAPES)


def _record(item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        return {"prompt": item}
    record: dict[str, Any] = {}
    for position, (key, value) in enumerate(item.items(), start=1):
        column = " ".join(str(key).split()) or f"column {position}"
        number, free = 2, column
        while free in record:
            free, number = f"{column} ({number})", number + 1
        record[free] = value
    return record


def _clean(value: Any) -> Any:
    """Halves of characters, which JSON can spell and no file can hold, become U+FFFD."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)
