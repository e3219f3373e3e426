"""How large a prompt file may be, and the sentences that refuse a larger one."""

from __future__ import annotations

from studio.errors import BadFile

MAX_BYTES = 25 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 500
MAX_UNPACKED = 200 * 1024 * 1024
"""Bytes that an XLSX file may unpack to."""
MAX_VALUES = 5_000_000
"""Cells or nested values that one file may hold."""


def too_many_rows(name: str) -> BadFile:
    """The refusal of a file with more than :data:`MAX_ROWS` rows."""
    return BadFile(
        f"{name!r} has more than {MAX_ROWS:,} rows.",
        "Split it into several files and start one batch for each.",
    )


def too_many_columns(name: str) -> BadFile:
    """The refusal of a file with more than :data:`MAX_COLUMNS` columns."""
    return BadFile(
        f"{name!r} has more than {MAX_COLUMNS} columns.",
        "Keep the columns that the prompts need. If cells contain the separator, quote them.",
    )


def too_much_inside(name: str) -> BadFile:
    """The refusal of a file that is far larger inside than it looks."""
    return BadFile(
        f"{name!r} unpacks to far more than a table of prompts needs, so it was not read.",
        "Copy the table into a new file, as plain cells, and upload that.",
    )


def refuse_size(data: bytes, name: str) -> None:
    """Stop at an empty file and at one over :data:`MAX_BYTES`.

    Raises:
        BadFile: nothing in it, or too much.
    """
    if len(data) > MAX_BYTES:
        megabytes = len(data) / 1024 / 1024
        raise BadFile(
            f"{name!r} is {megabytes:.0f} MB; a prompt file may have {MAX_BYTES // 1024**2} MB.",
            "Split it into several files, and remove pictures and other attachments from it.",
        )
    if not data.strip():
        raise empty_file(name)


def empty_file(name: str) -> BadFile:
    """The refusal of a file with nothing in it."""
    return BadFile(
        f"{name!r} is empty.",
        "Upload a table with a column named 'prompt' and one prompt in each row below it.",
    )
