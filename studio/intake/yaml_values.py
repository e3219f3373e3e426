"""Reading YAML as plain values: YAML 1.2 scalars, no objects, aliases and depth bounded."""

from __future__ import annotations

import re
from typing import Any

import yaml

from studio.errors import BadFile
from studio.intake.limits import MAX_VALUES, too_much_inside

_MAX_DEPTH = 40


class _PlainLoader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """Safe loading where ``16:9``, ``no`` and ``2026-11-21`` stay the text that was written.

    YAML 1.1, PyYAML's dialect, reads them as 969, false and a date.
    """


_PlainLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("merge", r"<<", "<"),
):
    _PlainLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first)
    )


def load_yaml(text: str, name: str) -> Any:
    """The value that a YAML text stands for.

    Raises:
        BadFile: not YAML (with line and column), or one that expands without bound.
    """
    try:
        _refuse_depth(text, name)
        loader = _PlainLoader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            if _expanded(node, {}, name) > MAX_VALUES:
                raise too_much_inside(name)
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise _not_yaml(error, name) from error
    except ValueError as error:  # such as a number of a million digits
        raise BadFile(
            f"{name!r} holds a value that cannot be read: {error}.",
            "Put that value in quotes.",
        ) from error


def _refuse_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_PlainLoader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > _MAX_DEPTH:
                raise too_much_inside(name)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


def _expanded(node: yaml.Node, known: dict[int, int], name: str) -> int:
    """How many values the node stands for once its aliases are written out."""
    size = known.get(id(node))
    if size == 0:  # still being counted: it contains itself
        raise too_much_inside(name)
    if size is not None:
        return size
    known[id(node)] = 0
    total = 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            total += _expanded(key, known, name) + _expanded(value, known, name)
    elif isinstance(node, yaml.SequenceNode):
        total += sum(_expanded(item, known, name) for item in node.value)
    known[id(node)] = total
    return total


def _not_yaml(error: yaml.YAMLError, name: str) -> BadFile:
    where, what = "", "it cannot be read"
    if isinstance(error, yaml.MarkedYAMLError):
        what = error.problem or what
        if error.problem_mark is not None:
            where = f" line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}:"
    elif isinstance(error, yaml.reader.ReaderError):
        what = (
            f"the character {chr(error.character)!r} is not allowed"
            if isinstance(error.character, int)
            else what
        )
    return BadFile(
        f"{name!r} is not valid YAML:{where} {what}.",
        "Mend that place. Texts with a colon or quotes are safest inside 'single quotes'.",
    )
