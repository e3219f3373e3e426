"""The meaning of columns: the fields of a prompt, their aliases, and the guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from studio.models import Sheet

EXTRA_CELLS = "(extra cells)"
"""Column that carries what a row has beyond the header, so that nothing is lost unseen."""

VARIABLE = "variable"
IGNORE = "ignore"
PARAM = "param:"

_RENAMED = re.compile(r"(.+) \((\d+)\)")


class MappableField(NamedTuple):
    """Something that a column can mean: its name, its label for people, its aliases, best first."""

    name: str
    label: str
    aliases: tuple[str, ...]
    help: str = ""


FIELDS: tuple[MappableField, ...] = (
    MappableField(
        "prompt",
        "Prompt",
        (
            "prompt",
            "image prompt",
            "positive prompt",
            "prompt text",
            "full prompt",
            "prompts",
            "text prompt",
            "text",
            "caption",
            "bildprompt",
        ),
        "What to draw. May hold {column}, {a|b} and {1..5}.",
    ),
    MappableField(
        "negative_prompt",
        "Negative prompt",
        ("negative prompt", "negative", "neg prompt", "avoid"),
        "What to leave out, for models that take it.",
    ),
    MappableField(
        "section",
        "Section",
        ("section", "category", "group", "chapter", "kapitel", "kategorie"),
        "Groups rows; the first part of file names.",
    ),
    MappableField(
        "image_number",
        "Image number",
        ("image number", "image no", "number", "no", "nr", "#"),
        "Counted within the section when left out.",
    ),
    MappableField(
        "description",
        "Description",
        ("description", "title", "name", "label"),
        "A brief name; the last part of file names.",
    ),
    MappableField("prompt_id", "Id", ("prompt id", "id", "sku"), "A name of your own for the row."),
    MappableField("seed", "Seed", ("seed", "random seed"), "A whole number from 0 to 2147483647."),
    MappableField(
        "size",
        "Size",
        ("size", "image size", "resolution", "dimensions"),
        "Such as 1024x768, square, or landscape 16:9.",
    ),
    MappableField("width", "Width", ("width", "image width", "target width"), "In pixels."),
    MappableField("height", "Height", ("height", "image height", "target height"), "In pixels."),
    MappableField(
        "aspect_ratio", "Aspect ratio", ("aspect ratio", "aspect", "ratio"), "Such as 16:9."
    ),
    MappableField(
        "model", "Model", ("model", "model id", "model name"), "Overrides the batch's model."
    ),
    MappableField(
        "images",
        "Images per row",
        ("images", "num images", "image count", "number of images", "count", "copies", "n"),
        "How many pictures of this row, 1 to 100.",
    ),
)
"""Every field that a column can be mapped to, besides parameters, ``variable`` and ``ignore``."""

FIELD_NAMES = frozenset(field.name for field in FIELDS)

_PARAM_ALIASES = (
    ("num_inference_steps", "inference_steps", "steps", "num_steps"),
    ("guidance_scale", "guidance", "cfg", "cfg_scale"),
    ("output_quality", "quality"),
)


def same_name(name: str) -> str:
    """A column name without case, spaces, underscores and hyphens, for comparing."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_\-.]+", "", folded)


_RANKS: dict[str, tuple[str, int]] = {
    same_name(alias): (field.name, rank)
    for field in FIELDS
    for rank, alias in enumerate((field.name, *field.aliases))
}


def guess_mapping(sheet: Sheet, param_names: Collection[str] = ()) -> dict[str, str]:
    """What each column probably means.

    Args:
        sheet: The file.
        param_names: Names of the model's parameters.

    Returns:
        Column → field name, ``param:<name>``, or ``variable`` for a column of no known meaning.
        Where two columns claim a field, the better alias has it and the other is a variable.
    """
    mapping = dict.fromkeys(sheet.columns, VARIABLE)
    for field, column in _claims(sheet.columns).items():
        mapping[column] = field
    params = _param_lookup(param_names)
    taken: set[str] = set()
    for column in sheet.columns:
        name = params.get(same_name(column))
        if mapping[column] == VARIABLE and name is not None and name not in taken:
            mapping[column] = PARAM + name
            taken.add(name)
    return mapping


def _claims(columns: Iterable[str]) -> dict[str, str]:
    best: dict[str, tuple[int, str]] = {}
    for column in columns:
        known = _RANKS.get(same_name(column))
        if known is not None and (known[0] not in best or known[1] < best[known[0]][0]):
            best[known[0]] = (known[1], column)
    return {field: column for field, (_, column) in best.items()}


def _param_lookup(names: Collection[str]) -> dict[str, str]:
    lookup: dict[str, str] = {}
    for family in _PARAM_ALIASES:
        member = next((name for name in names if name in family), None)
        if member is not None:
            lookup |= {same_name(alias): member for alias in family}
    return lookup | {same_name(name): name for name in names}


def name_columns(header: Iterable[str]) -> tuple[list[str], list[str]]:
    """Usable, distinct column names for a header, and notes on what was renamed."""
    names: list[str] = []
    notes: list[str] = []
    seen: set[str] = set()
    for position, raw in enumerate(header, start=1):
        name = " ".join(raw.split()) or f"column {position}"
        if name in seen:
            number = 2
            while f"{name} ({number})" in seen:
                number += 1
            renamed = f"{name} ({number})"
            notes.append(f"The column {name!r} is there more than once; one became {renamed!r}.")
            name = renamed
        seen.add(name)
        names.append(name)
    return names, notes


def duplicated_columns(columns: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of a renamed duplicate and the column that it repeats."""
    names = list(columns)
    matches = ((name, _RENAMED.fullmatch(name)) for name in names)
    return [(name, match[1]) for name, match in matches if match and match[1] in names]


def columns_by_field(mapping: Mapping[str, str], columns: Iterable[str]) -> dict[str, str]:
    """Field or ``param:<name>`` → the first column that means it."""
    found: dict[str, str] = {}
    for column in columns:
        field = mapping.get(column, VARIABLE)
        if field not in (VARIABLE, IGNORE):
            found.setdefault(field, column)
    return found
