"""Prompt templates: ``{column}``, ``{a|b|c}``, ``{1..5}``, and ``{{ }}`` for plain braces.

Outside of braces ``{{`` and ``}}`` stand for one brace each; alternatives may hold columns, ranges
and further alternatives. What a column's cell says is never expanded again.
"""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from studio.intake.cells import cell_text
from studio.intake.columns import same_name

MAX_EXPANSIONS = 500
MAX_LENGTH = 8_000
_MAX_NESTING = 5

_RANGE = re.compile(r"\s*(-?\d{1,9})\s*(?:\.\.|-)\s*(-?\d{1,9})\s*(?:\.\.\s*(-?\d{1,9})\s*)?")
_MARK = re.compile(r"[{}|]")
_KNOWN = re.compile(r"\{([^{}|]+)\}")


class Expansion(NamedTuple):
    """One prompt that a template stands for, and what was chosen in it."""

    text: str
    choices: tuple[str, ...] = ()


class TemplateProblem(NamedTuple):
    """Why a template cannot be used; ``column`` is set where another cell is at fault."""

    code: str
    message: str
    fix: str
    column: str | None = None


class _TemplateError(Exception):
    def __init__(self, code: str, message: str, fix: str, column: str | None = None) -> None:
        super().__init__(message)
        self.problem = TemplateProblem(code, message, fix, column)


@dataclass(frozen=True, slots=True)
class Variables:
    """The cells of one row, found by column name without regard to case, spaces, underscores."""

    record: Mapping[str, Any]
    lookup: Mapping[str, str]
    """:func:`same_name` of a name → column."""
    own: str | None = None
    """The column that holds the template: it cannot stand in itself."""

    def column(self, name: str) -> str | None:
        """The column of that name, or ``None``."""
        column = name if name in self.record else self.lookup.get(same_name(name))
        return None if column == self.own else column

    def names(self) -> list[str]:
        """The columns that can be used."""
        return [name for name in dict.fromkeys(self.lookup.values()) if name != self.own]


@dataclass(frozen=True, slots=True)
class _Range:
    numbers: range
    digits: int


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Nodes, ...]


_Node: TypeAlias = "str | _Range | _Choice"
_Nodes: TypeAlias = "tuple[_Node, ...]"


def expand(template: str, variables: Variables) -> list[Expansion] | TemplateProblem:
    """Every prompt that the template stands for, in order, or why there is none."""
    if "{" not in template and "}" not in template:
        return [Expansion(template)]
    try:
        nodes = _parse(template, variables, 0)
        count = _count(nodes)
        if count > MAX_EXPANSIONS:
            return TemplateProblem(
                "too_many_alternatives",
                f"The alternatives in this prompt stand for {count:,} different prompts.",
                f"Use at most {MAX_EXPANSIONS}, or spread them over several rows.",
            )
        if (longest := _longest(nodes)) > MAX_LENGTH:
            return TemplateProblem(
                "prompt_long",
                f"With its columns filled in, the prompt has {longest:,} characters.",
                f"Shorten it to at most {MAX_LENGTH:,} characters.",
            )
        return _render(nodes)
    except _TemplateError as error:
        return error.problem


def fill_known(text: str, variables: Variables) -> str:
    """The text with each ``{column}`` that exists filled in; all else stays as written.

    So does a text that would grow beyond :data:`MAX_LENGTH` characters.
    """

    def cell(match: re.Match[str]) -> str:
        column = variables.column(match[1])
        if column is None:
            return match[0]
        return cell_text(variables.record.get(column)).strip()[: MAX_LENGTH + 1]

    if "{" not in text or len(text) > MAX_LENGTH:
        return text
    filled = _KNOWN.sub(cell, text)
    return filled if len(filled) <= MAX_LENGTH else text


def _parse(text: str, variables: Variables, depth: int) -> _Nodes:
    nodes: list[_Node] = []
    position = 0
    while position < len(text):
        brace = _next_brace(text, position)
        if brace > position:
            nodes.append(text[position:brace])
        if brace == len(text):
            break
        if depth == 0 and text[brace : brace + 2] in ("{{", "}}"):
            nodes.append(text[brace])
            position = brace + 2
            continue
        if text[brace] == "}":
            raise _unbalanced("A '}' has no '{' before it.")
        end, parts = _group(text, brace)
        nodes.append(_meaning(parts, variables, depth + 1))
        position = end
    return tuple(nodes)


def _next_brace(text: str, position: int) -> int:
    found = [at for at in (text.find("{", position), text.find("}", position)) if at >= 0]
    return min(found, default=len(text))


def _group(text: str, start: int) -> tuple[int, list[str]]:
    """Where the group that opens at ``start`` ends, and its parts between bars."""
    depth, begin = 0, start + 1
    parts: list[str] = []
    for match in _MARK.finditer(text, start):
        at = match.start()
        if match[0] == "{":
            depth += 1
            if depth > _MAX_NESTING:
                raise _unbalanced("Braces are nested too deeply.")
        elif match[0] == "}":
            depth -= 1
        if depth == 0 or (depth == 1 and match[0] == "|"):
            parts.append(text[begin:at])
            begin = at + 1
        if depth == 0:
            return at + 1, parts
    raise _unbalanced("A '{' has no '}' after it.")


def _unbalanced(message: str) -> _TemplateError:
    return _TemplateError(
        "template_braces", message, "Close the brace, or write {{ and }} for plain braces."
    )


def _meaning(parts: list[str], variables: Variables, depth: int) -> _Node:
    if len(parts) > 1:
        return _Choice(tuple(_parse(part, variables, depth) for part in parts))
    name = parts[0]
    column = variables.column(name)
    if column is not None:
        return _cell(column, variables)
    if numbers := _RANGE.fullmatch(name):
        return _range(numbers)
    raise _missing(name, variables)


def _cell(column: str, variables: Variables) -> str:
    value = cell_text(variables.record.get(column)).strip()
    if not value:
        raise _TemplateError(
            "variable_empty",
            f"The prompt uses {{{column}}}, and this row has nothing in {column!r}.",
            f"Fill in {column!r}, or take {{{column}}} out of the prompt.",
            column,
        )
    return value


def _range(match: re.Match[str]) -> _Range:
    first, last = int(match[1]), int(match[2])
    step = abs(int(match[3])) if match[3] else 1
    if step == 0:
        raise _TemplateError(
            "template_range",
            f"The range {{{match[0].strip()}}} has a step of 0.",
            "Use a step of 1 or more.",
        )
    numbers = range(first, last + 1, step) if last >= first else range(first, last - 1, -step)
    padded = any(len(text) > 1 and text.startswith("0") for text in (match[1], match[2]))
    return _Range(numbers, max(len(match[1]), len(match[2])) if padded else 0)


def _missing(name: str, variables: Variables) -> _TemplateError:
    names = variables.names()
    shown = ", ".join(repr(each) for each in names[:20]) or "none besides the prompt"
    close = difflib.get_close_matches(same_name(name), variables.lookup, n=1)
    column = variables.lookup[close[0]] if close else None
    hint = f"Did you mean {{{column}}}? " if column and column != variables.own else ""
    return _TemplateError(
        "variable_missing",
        f"The prompt uses {{{name[:60]}}}, and there is no column {name[:60]!r}.",
        f"{hint}The file's columns: {shown}. For plain braces write {{{{ and }}}}.",
    )


def _count(nodes: _Nodes) -> int:
    total = 1
    for node in nodes:
        if isinstance(node, _Range):
            total *= len(node.numbers)
        elif isinstance(node, _Choice):
            total *= sum(_count(option) for option in node.options)
    return total


def _longest(nodes: _Nodes) -> int:
    total = 0
    for node in nodes:
        if isinstance(node, str):
            total += len(node)
        elif isinstance(node, _Range):
            total += 10
        else:
            total += max(_longest(option) for option in node.options)
    return total


def _render(nodes: _Nodes) -> list[Expansion]:
    made = []
    for picks in itertools.product(*(_picks(node) for node in nodes)):
        text = "".join(pick.text for pick in picks)
        made.append(Expansion(text, tuple(itertools.chain(*(pick.choices for pick in picks)))))
    return made


def _picks(node: _Node) -> Iterable[Expansion]:
    if isinstance(node, str):
        return (Expansion(node),)
    if isinstance(node, _Range):
        texts = [f"{number:0{node.digits}d}" for number in node.numbers]
    else:
        texts = [made.text for option in node.options for made in _render(option)]
    return [Expansion(text, (text,)) for text in texts]
