"""Checks an input against a model's OpenAPI schema and complains as fal does (providers.md §1.4).

Stricter than the real one: text that looks like a number is no number here. What passes here
passes there. Unknown fields are ignored, as there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.emulator.fal_endpoints import resolve

Problem = dict[str, Any]
Loc = tuple[str | int, ...]

_TYPES: dict[str, tuple[Callable[[Any], bool], str, str]] = {
    "string": (lambda v: isinstance(v, str), "string_type", "Input should be a valid string"),
    "boolean": (lambda v: isinstance(v, bool), "bool_type", "Input should be a valid boolean"),
    "integer": (
        lambda v: (
            (isinstance(v, int) and not isinstance(v, bool))
            or (isinstance(v, float) and v.is_integer())
        ),
        "int_type",
        "Input should be a valid integer",
    ),
    "number": (
        lambda v: isinstance(v, int | float) and not isinstance(v, bool),
        "float_type",
        "Input should be a valid number",
    ),
    "array": (lambda v: isinstance(v, list), "list_type", "Input should be a valid list"),
    "object": (lambda v: isinstance(v, dict), "dict_type", "Input should be a valid dictionary"),
    "null": (lambda v: v is None, "none_required", "Input should be None"),
}
_BOUNDS: tuple[tuple[str, Callable[[Any, Any], bool], str, str, str], ...] = (
    ("minimum", lambda v, n: v >= n, "greater_than_equal", "greater than or equal to", "ge"),
    ("maximum", lambda v, n: v <= n, "less_than_equal", "less than or equal to", "le"),
    ("exclusiveMinimum", lambda v, n: v > n, "greater_than", "greater than", "gt"),
    ("exclusiveMaximum", lambda v, n: v < n, "less_than", "less than", "lt"),
)
_LENGTHS: tuple[tuple[str, type, Callable[[Any, Any], bool], str], ...] = (
    ("minLength", str, lambda v, n: len(v) >= n, "string_too_short"),
    ("maxLength", str, lambda v, n: len(v) <= n, "string_too_long"),
    ("minItems", list, lambda v, n: len(v) >= n, "too_short"),
    ("maxItems", list, lambda v, n: len(v) <= n, "too_long"),
)


def problems(document: Mapping[str, Any], schema: dict[str, Any], body: Any) -> list[Problem]:
    """Everything wrong with a request body; empty when it is right."""
    return list(_check(document, schema, body, ("body",)))


def problem(
    kind: str, msg: str, loc: Loc, value: Any, ctx: Mapping[str, Any] | None = None
) -> Problem:
    """One entry of the ``detail`` list."""
    found: Problem = {"type": kind, "loc": list(loc), "msg": msg, "input": value}
    if ctx:
        found["ctx"] = dict(ctx)
    return found | {"url": f"https://errors.pydantic.dev/2.11/v/{kind}"}


def _check(
    document: Mapping[str, Any], schema: dict[str, Any], value: Any, loc: Loc
) -> Iterator[Problem]:
    schema = resolve(document, schema)
    if value is None and schema.get("nullable"):
        return
    for part in schema.get("allOf", ()):
        yield from _check(document, part, value, loc)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            yield from _any_of(document, schema[word], value, loc)
    wrong = _wrong_type(schema, value, loc) or _wrong_choice(schema, value, loc)
    if wrong:
        yield wrong
        return
    yield from _limits(schema, value, loc)
    if isinstance(value, dict):
        yield from _fields(document, schema, value, loc)
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _check(document, schema["items"], item, (*loc, index))


def _any_of(
    document: Mapping[str, Any], choices: list[dict[str, Any]], value: Any, loc: Loc
) -> Iterator[Problem]:
    found = [list(_check(document, choice, value, loc)) for choice in choices]
    if all(found):
        for wrong in found:
            yield from wrong


def _fields(
    document: Mapping[str, Any], schema: dict[str, Any], value: dict[str, Any], loc: Loc
) -> Iterator[Problem]:
    for name in schema.get("required", ()):
        if name not in value:
            yield problem("missing", "Field required", (*loc, name), value)
    for name, part in schema.get("properties", {}).items():
        if name in value:
            yield from _check(document, part, value[name], (*loc, name))


def _wrong_type(schema: dict[str, Any], value: Any, loc: Loc) -> Problem | None:
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else list(wanted or ())
    names = [name for name in names if name in _TYPES]
    if not names or any(_TYPES[name][0](value) for name in names):
        return None
    _, kind, msg = _TYPES[names[0]]
    return problem(kind, msg, loc, value)


def _wrong_choice(schema: dict[str, Any], value: Any, loc: Loc) -> Problem | None:
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is None or value in choices:
        return None
    words = [repr(choice) for choice in choices]
    expected = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    return problem(
        "literal_error", f"Input should be {expected}", loc, value, {"expected": expected}
    )


def _limits(schema: dict[str, Any], value: Any, loc: Loc) -> Iterator[Problem]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        for word, holds, kind, text, name in _BOUNDS:
            if word in schema and not holds(value, schema[word]):
                msg = f"Input should be {text} {schema[word]}"
                yield problem(kind, msg, loc, value, {name: schema[word]})
    for word, type_, holds, kind in _LENGTHS:
        if word in schema and isinstance(value, type_) and not holds(value, schema[word]):
            bound = "least" if word.startswith("min") else "most"
            what = "String" if type_ is str else "List"
            msg = f"{what} should have at {bound} {schema[word]} items"
            name = f"{word[:3]}_length"
            yield problem(kind, msg, loc, value, {name: schema[word]})
    pattern = schema.get("pattern")
    if pattern and isinstance(value, str) and not re.search(pattern, value):
        msg = f"String should match pattern '{pattern}'"
        yield problem("string_pattern_mismatch", msg, loc, value, {"pattern": pattern})
