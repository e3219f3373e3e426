"""Options that commands share, and the reading of their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.errors import BadParameter, NotFound
from studio.models import Micros, to_micros

if TYPE_CHECKING:
    from studio.container import Studio

JsonFlag = Annotated[
    bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")
]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Go ahead without asking.")]
BatchArgument = Annotated[
    str | None, typer.Argument(metavar="[BATCH]", help="Batch id; the latest when left out.")
]

_SIZE = re.compile(r"\s*(\d{1,5})\s*[x×X*]\s*(\d{1,5})\s*")


def read_params(pairs: Sequence[str]) -> dict[str, str]:
    """``["steps=20"]`` → ``{"steps": "20"}``.

    Raises:
        BadParameter: no ``=``, or no name before it.
    """
    params: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise BadParameter(
                f"--param {pair!r} has no name and value.", "Write it as --param name=value."
            )
        params[name.strip()] = value.strip()
    return params


def read_size(text: str | None) -> tuple[int | None, int | None]:
    """``"1024x768"`` → ``(1024, 768)``.

    Raises:
        BadParameter: anything else.
    """
    if text is None:
        return None, None
    match = _SIZE.fullmatch(text)
    if match is None or "0" in {match[1].lstrip("0") or "0", match[2].lstrip("0") or "0"}:
        raise BadParameter(
            f"--size {text!r} is not a size.", "Write width x height in pixels: --size 1024x768."
        )
    return int(match[1]), int(match[2])


def read_budget(text: str | None) -> Micros | None:
    """Dollars to micro-dollars.

    Raises:
        BadParameter: not an amount above zero.
    """
    if text is None:
        return None
    amount = to_micros(text)
    if amount <= 0:
        raise BadParameter(
            f"--budget {text!r} leaves nothing to spend.", "Give an amount above 0, such as 2.50."
        )
    return amount


def read_prompt_file(argument: Path | None, option: Path | None) -> Path:
    """The one prompt file, given as ``FILE``, ``--prompts`` or ``--input-file``.

    Raises:
        BadParameter: none, or two different ones.
    """
    if argument and option and argument != option:
        raise BadParameter(
            f"Two prompt files are given: {argument.name!r} and {option.name!r}.",
            "Name one of them.",
        )
    path = argument or option
    if path is None:
        raise BadParameter(
            "No prompt file is given.",
            "Name a CSV, XLSX, JSON, JSON Lines or YAML file: studio run prompts.csv.",
        )
    return path


def chosen_batch(studio: Studio, batch: str | None) -> str:
    """The batch named, or the latest.

    Raises:
        NotFound: there is no batch at all.
    """
    found = batch or studio.batches.latest()
    if found is None:
        raise NotFound("There is no batch yet.", "Make one with: studio run prompts.csv.")
    return found
