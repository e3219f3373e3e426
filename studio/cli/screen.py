"""The two channels of the command line: messages to stderr, results to stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from studio.errors import StudioError

_WIDE = 160
"""Columns of a table that goes to a file or pipe."""


def messages() -> Console:
    """The console for progress and messages: stderr."""
    return _console(stderr=True)


def results() -> Console:
    """The console for tables that were asked for: stdout."""
    return _console(stderr=False)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=stderr)
    if console.is_terminal:
        return console
    return Console(stderr=stderr, highlight=False, soft_wrap=stderr, width=_WIDE)


def say(text: str, style: str = "") -> None:
    """One plain line for the person at the terminal; user text in it is data, never markup."""
    messages().print(Text(plain(text), style=style))


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """A spinner on stderr while something is asked; nothing where nobody looks."""
    console = messages()
    if not console.is_terminal:
        yield
        return
    with console.status(Text(plain(text))):
        yield


def can_ask() -> bool:
    """Whether a person sits at a terminal and can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def plain(text: object) -> str:
    """Text on one line without anything that could steer a terminal."""
    calm = " ".join(str(text).split())
    return "".join(letter if letter.isprintable() else "�" for letter in calm)


def write_json(document: Mapping[str, Any]) -> None:
    """The one JSON document of a command, on stdout."""
    unicode_safe = "utf" in (sys.stdout.encoding or "").lower()
    text = json.dumps(document, ensure_ascii=not unicode_safe, indent=2)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def show_error(error: StudioError, *, as_json: bool) -> None:
    """An error in its two sentences; on stdout as JSON when that was asked for."""
    say(f"Error: {error.message}", "bold red")
    if error.next_step:
        say(error.next_step)
    if as_json:
        body = {"code": error.code, "message": error.message, "next_step": error.next_step}
        write_json({"error": body | getattr(error, "details", {})})


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    right: Sequence[str] = (),
    header: bool = True,
) -> Table:
    """A table of plain cells; columns named in ``right`` are aligned for figures."""
    drawn = Table(box=None, pad_edge=False, header_style="bold", show_header=header)
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(cell if isinstance(cell, Text) else Text(plain(cell)) for cell in row))
    return drawn
