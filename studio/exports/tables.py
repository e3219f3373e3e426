"""Tables for spreadsheets and programs: CSV that cannot carry formulas, JSON and YAML manifests."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, TextIO

import yaml

from studio.errors import BadParameter
from studio.models import Asset, to_dollars

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet compute a cell (OWASP, CSV injection)."""


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file as spreadsheets like it: UTF-8 with byte order mark, CRLF, no live formulas.

    Numbers stay numbers; times become ISO 8601; ``None`` becomes an empty cell; other values
    become JSON. Text that a spreadsheet would compute gets a leading apostrophe.
    """
    text = io.StringIO(newline="")
    write_csv(text, columns, rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "backslashreplace")


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same table row by row into a file that was opened with ``newline=""``."""
    writer = csv.writer(file)
    writer.writerow([_cell(column) for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return value
    text = _text(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def manifest(assets: Iterable[Asset], kind: str) -> bytes:
    """Everything about some pictures as ``csv``, ``json`` or ``yaml``.

    Raises:
        BadParameter: another kind.
    """
    records = [_record(asset) for asset in assets]
    if kind == "csv":
        columns = list(records[0]) if records else ["id", "file"]
        return csv_bytes(columns, ([record[column] for column in columns] for record in records))
    if kind == "json":
        text = json.dumps({"pictures": records}, ensure_ascii=False, indent=2)
        return f"{text}\n".encode()
    if kind == "yaml":
        return yaml.safe_dump(
            {"pictures": records}, allow_unicode=True, sort_keys=False, encoding="utf-8"
        )
    raise BadParameter(f"There is no manifest of kind {kind!r}.", "Choose csv, json or yaml.")


def _record(asset: Asset) -> dict[str, Any]:
    record = asset.model_dump(mode="json", exclude={"path", "cost", "deleted_at"})
    return {
        "id": record.pop("id"),
        "file": asset.file_name,
        **record,
        "cost_usd": to_dollars(asset.cost),
    }
