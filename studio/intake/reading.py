"""Reading a prompt file of any kind: what it is comes from its content, its name is a hint."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from studio.errors import BadFile
from studio.intake.columns import FIELDS, same_name
from studio.intake.encoding import Decoded, decode, refuse_binary
from studio.intake.limits import empty_file, refuse_size
from studio.intake.structured import read_json, read_json_lines, read_yaml
from studio.intake.tabular import DELIMITERS, read_delimited
from studio.intake.workbook import is_zip, read_workbook
from studio.models import Sheet

_JSON = {".json"}
_JSON_LINES = {".jsonl", ".ndjson"}
_YAML = {".yaml", ".yml"}
_TABLE = {".csv", ".tsv", ".txt", ".tab"}
_YAML_START = re.compile(
    r"(?:\ufeff|---|#[^\n]*|\s)*(?:(?:prompts|rows|items)\s*:\s*(?:\r?\n|#)|-\s+\w[\w ]*\s*:\s)",
    re.IGNORECASE,
)
_PROMPT_NAMES = {same_name(alias) for alias in FIELDS[0].aliases}


def read_sheet(data: bytes, name: str) -> Sheet:
    """Read an uploaded prompt file: CSV, XLSX, JSON, JSON Lines or YAML.

    Args:
        data: The file's bytes.
        name: The file's name, for messages and as a hint of its kind. Never used as a path.

    Raises:
        BadFile: it is empty, too large, no text, or not what a prompt file can be.
    """
    refuse_size(data, name)
    if is_zip(data):
        return read_workbook(data, name)
    refuse_binary(data, name)
    decoded = decode(data, name)
    if not decoded.text.strip():
        raise empty_file(name)
    return _read_text(decoded, name, PurePosixPath(name.replace("\\", "/")).suffix.casefold())


def _read_text(decoded: Decoded, name: str, suffix: str) -> Sheet:
    text, notes = decoded.text, [_encoding_note(decoded)]
    if suffix in _JSON_LINES and _json_like(text):
        return read_json_lines(text, name, notes)
    if suffix in _JSON:
        return (
            read_delimited(text, name, notes) if _table_like(text) else read_json(text, name, notes)
        )
    if suffix in _YAML:
        return (
            read_delimited(text, name, notes) if _table_like(text) else read_yaml(text, name, notes)
        )
    if _json_like(text):
        try:
            return read_json(text, name, notes)
        except BadFile:
            if suffix not in _TABLE:
                raise
    if _YAML_START.match(text[:2000]):
        return read_yaml(text, name, notes)
    return read_delimited(text, name, notes)


def _encoding_note(decoded: Decoded) -> str:
    if decoded.sure:
        return f"Read as {decoded.label}."
    return (
        f"The encoding is a guess ({decoded.label}): check that the letters look right, "
        "or save the file as CSV UTF-8."
    )


def _json_like(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _table_like(text: str) -> bool:
    """Whether the first line is a header with a prompt column, whatever the file is called."""
    line = text.lstrip().partition("\n")[0]
    if _json_like(line) or ":" in line:
        return False
    return any(
        same_name(cell.strip(' "\r')) in _PROMPT_NAMES
        for delimiter in DELIMITERS
        for cell in line.split(delimiter)
    )
