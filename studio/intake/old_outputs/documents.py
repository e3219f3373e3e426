"""Reading the JSON and YAML files of old folders: bounded, safe, and never with a traceback."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from studio.errors import BadFile
from studio.intake.limits import MAX_BYTES
from studio.intake.yaml_values import load_yaml
from studio.models.imports import ImportProblem

RECORD_BYTES = 4 * 1024 * 1024
"""Most bytes of the record of one picture."""
SUMMARY_BYTES = MAX_BYTES
"""Most bytes of the record of a whole folder."""
_MOST_VALUES = 500_000
_DEEPEST = 60
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MEND = (
    "Mend or replace it and import again: what is there already is recognised. "
    "Without it, its picture keeps only what its name and other files tell."
)


class Document(NamedTuple):
    """The content of a file: its values, or its bare text where it cannot be read as such."""

    value: Any
    problem: ImportProblem | None = None


def read_document(path: Path, told: str, *, most: int = RECORD_BYTES) -> Document:
    """The plain values in a JSON or YAML file.

    Args:
        told: What the file is called in messages.
        most: Larger files are not read.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= most else b""
    except OSError as error:
        why = error.strerror or type(error).__name__
        return _problem(None, told, f"It cannot be read: {why}.")
    if size > most:
        why = f"It is {size / 1024**2:,.0f} MB; a record may have {most // 1024**2} MB."
        return _problem(None, told, why)
    text = _decoded(data)
    try:
        return Document(_parsed(text, path.suffix.lower(), told, most))
    except BadFile as error:
        return _problem(_UNSTORABLE.sub("\ufffd", text), told, error.message)


def _problem(value: Any, told: str, message: str) -> Document:
    return Document(value, ImportProblem(file=told, message=message, fix=_MEND))


def _decoded(data: bytes) -> str:
    """UTF-8 or UTF-16 by its mark; else what old programs on Windows wrote."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _parsed(text: str, suffix: str, told: str, most: int) -> Any:
    if suffix in {".yaml", ".yml"}:
        return _Plain(told, most).of(load_yaml(text, told))
    try:
        value = json.loads(text, parse_constant=str)
    except json.JSONDecodeError as error:
        raise BadFile(
            f"It is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}.", _MEND
        ) from error
    except RecursionError as error:
        raise BadFile("It nests its values too deeply.", _MEND) from error
    except ValueError as error:  # such as a number of a million digits
        raise BadFile(f"It holds a value that cannot be read: {error}.", _MEND) from error
    return _Plain(told, most).of(value)


class _Plain:
    """Makes values storable: text keys, no halves of characters, bounded depth and size."""

    def __init__(self, told: str, most: int) -> None:
        self._told = told
        self._values = 0
        self._letters_left = 4 * most

    def of(self, value: Any, depth: int = 0) -> Any:
        """The value as plain JSON."""
        self._values += 1
        if depth > _DEEPEST or self._values > _MOST_VALUES or self._letters_left < 0:
            raise BadFile("It holds far more than the record of a picture needs.", _MEND)
        if isinstance(value, dict):
            return {self._text(str(key)): self.of(inner, depth + 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner, depth + 1) for inner in value]
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if abs(value) < float("inf") else str(value)
        return self._text(str(value))

    def _text(self, text: str) -> str:
        self._letters_left -= len(text)
        return _UNSTORABLE.sub("\ufffd", text)
