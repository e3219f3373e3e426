"""What a cell's value means: as text, as a whole number, without hidden characters."""

from __future__ import annotations

import json
import re
from typing import Any

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
"""Controls and writing-direction overrides: nobody types them, and they can mislead a reader."""

_WHOLE = re.compile(r"([+-]?[0-9]{1,15})(?:\.0+)?")


def cell_text(value: Any) -> str:
    """A cell as a person would write it; ``""`` for an empty one."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, (bool, int, float)):
        return _number_text(value)
    if isinstance(value, list) and not any(isinstance(each, (list, dict)) for each in value):
        return ", ".join(cell_text(each) for each in value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _number_text(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def without_hidden(text: str) -> str:
    """The text without control characters and direction overrides; tabs and line ends stay."""
    return text if text.isprintable() else _HIDDEN.sub("", text)


def whole_number(text: str) -> int | None:
    """``"3"``, ``" 3 "`` and ``"3.0"`` → 3; ``None`` for anything else."""
    match = _WHOLE.fullmatch(text.strip())
    return int(match[1]) if match else None
