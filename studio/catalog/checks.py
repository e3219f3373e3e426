"""Checking values for a model's settings: sensible spellings are understood, the rest explained."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from studio.models import FieldKind, FormField

_TRUE = {"true", "yes", "y", "on", "1", "1.0"}
_FALSE = {"false", "no", "n", "off", "0", "0.0"}
_ADDRESS = re.compile(r"https?://[^\s/]+\S*|data:image/[\w.+-]+;base64,\S+", re.IGNORECASE)
_MOST_CHOICES = 12
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class ParamProblem:
    """A value that a model does not take."""

    name: str
    message: str
    fix: str


def check_params(
    fields: Sequence[FormField], params: Mapping[str, Any], *, has_picture: bool = False
) -> tuple[dict[str, Any], list[ParamProblem]]:
    """Coerce what is sensible (``"512"`` → 512) and name what is not.

    Empty values mean "not given". Names that the model does not have are problems.

    Args:
        fields: What the model takes.
        params: Values as typed in a form, a cell or a command.
        has_picture: Whether the request has stored pictures to start from, so that no address
            of one is needed.

    Returns:
        The clean values, and one problem for each value that cannot be used.
    """
    by_name = {field.name: field for field in fields}
    clean: dict[str, Any] = {}
    problems: list[ParamProblem] = []
    for name, value in params.items():
        if _is_empty(value):
            continue
        field = by_name.get(name)
        if field is None:
            known = ", ".join(sorted(by_name)) or "none"
            fix = f"Remove it. Settings of this model: {known}."
            problems.append(ParamProblem(name, f"This model has no setting {name!r}.", fix))
            continue
        try:
            clean[name] = _COERCE[field.kind](field, value)
        except ValueError as error:
            message = f"{_shown(value)} does not fit {field.label!r}."
            problems.append(ParamProblem(name, message, str(error)))
    named = {problem.name for problem in problems}
    problems.extend(
        _missing(field)
        for field in fields
        if field.required
        and field.default is None
        and not (field.start and has_picture)
        and field.name not in clean
        and field.name not in named
    )
    return clean, problems


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _shown(value: Any) -> str:
    """The value as written, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _missing(field: FormField) -> ParamProblem:
    if field.start:
        return ParamProblem(
            field.name,
            f"{field.label!r} is needed: this model changes a picture.",
            f"Give its address as {field.name!r}, such as https://example.com/picture.png, "
            "or choose a model that draws from text.",
        )
    return ParamProblem(field.name, f"{field.label!r} is needed.", _what_to_give(field))


def _what_to_give(field: FormField) -> str:
    if field.kind is FieldKind.IMAGE:
        return f"Give the address of a picture for {field.name!r}."
    if field.kind is FieldKind.JSON and field.shape:
        return f"Give a value for {field.name!r}. {_json_fix(field)}"
    return f"Give a value for {field.name!r}."


def _integer(field: FormField, value: Any) -> int:
    number = _as_float(field, value)
    if not number.is_integer():
        raise ValueError(f"Give a whole number{_range(field)}.")
    _bounded(field, number)
    return value if isinstance(value, int) else int(number)


def _number(field: FormField, value: Any) -> float:
    return _bounded(field, _as_float(field, value))


def _as_float(field: FormField, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(str(value).strip().replace(",", "."))
    except (TypeError, ValueError):
        raise ValueError(f"Give a {_kind_of_number(field)}{_range(field)}.") from None
    if not math.isfinite(number):
        raise ValueError(f"Give a {_kind_of_number(field)}{_range(field)}.")
    return number


def _kind_of_number(field: FormField) -> str:
    return "whole number" if field.kind is FieldKind.INTEGER else "number"


def _bounded(field: FormField, number: float) -> float:
    too_low = (field.minimum is not None and number < field.minimum) or (
        field.exclusive_minimum is not None and number <= field.exclusive_minimum
    )
    too_high = (field.maximum is not None and number > field.maximum) or (
        field.exclusive_maximum is not None and number >= field.exclusive_maximum
    )
    if too_low or too_high:
        raise ValueError(f"Give a {_kind_of_number(field)}{_range(field)}.")
    step = field.multiple_of
    if step and (Fraction(str(number)) / Fraction(str(step))).denominator != 1:
        raise ValueError(f"Give a multiple of {step:g}{_range(field)}.")
    return number


def _range(field: FormField) -> str:
    """Both bounds in words, such as `` from 1 to 50``; starts with a space unless empty."""
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        return f" from {_count(low)} to {_count(high)}"
    parts = [
        f"{words} {_count(bound)}"
        for words, bound in (
            ("of at least", low),
            ("above", field.exclusive_minimum),
            ("of at most", high),
            ("below", field.exclusive_maximum),
        )
        if bound is not None
    ]
    return f" {' and '.join(parts)}" if parts else ""


def _count(number: float) -> str:
    """A bound for people: whole numbers in full, others as short as they are exact."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _boolean(field: FormField, value: Any) -> bool:
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ValueError("Write yes or no.")


def _choice(field: FormField, value: Any) -> Any:
    wanted = str(value).strip().casefold()
    for choice in field.choices:
        if _spelled(choice) == wanted:
            return choice
    for choice in field.choices:
        if _same_number(choice, value):
            return choice
    first = [str(choice) for choice in field.choices[:_MOST_CHOICES]]
    more = len(field.choices) - len(first)
    raise ValueError(f"Choose one of: {', '.join(first)}{f' and {more} more' if more else ''}.")


def _spelled(choice: Any) -> str:
    return str(choice).strip().casefold()


def _same_number(choice: Any, value: Any) -> bool:
    """Whether a choice that is a number, or looks like one, has the value of another: 5 and 5.0."""
    try:
        return not isinstance(value, bool) and float(str(choice)) == float(str(value).strip())
    except ValueError:
        return False


def _text(field: FormField, value: Any) -> str:
    if isinstance(value, Mapping | list | tuple):
        raise ValueError("Write it as one text.")  # noqa: TRY004 - a wrong value, not a wrong call
    return str(value)


def _image(field: FormField, value: Any) -> str:
    text = str(value).strip()
    if not _ADDRESS.fullmatch(text):
        raise ValueError("Give the address of a picture, such as https://example.com/picture.png.")
    return text


def _size(field: FormField, value: Any) -> Any:
    """A choice, or width and height where the model takes those."""
    if isinstance(value, Mapping) and {"width", "height"} <= value.keys():
        whole = {name: _integer(field, value[name]) for name in ("width", "height")}
        if min(whole.values()) < 1:
            raise ValueError("Give a width and a height in pixels.")
        return whole
    return _choice(field, value) if field.choices else _text(field, value)


def _json(field: FormField, value: Any) -> Any:
    parsed = _parsed(field, value) if isinstance(value, str) else value
    if field.shape == "object" and not isinstance(parsed, Mapping):
        raise ValueError(_json_fix(field))
    if field.shape != "array":
        return parsed
    entries = list(parsed) if isinstance(parsed, list | tuple) else None
    if entries is None:
        raise ValueError(_json_fix(field))
    low, high = field.min_items, field.max_items
    if (low is not None and len(entries) < low) or (high is not None and len(entries) > high):
        raise ValueError(f"Give {_how_many(low, high)}.")
    return [_entry(field, entry) for entry in entries]


def _parsed(field: FormField, text: str) -> Any:
    """JSON; for lists of plain values also one a line, and for anything else the text itself."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if text.lstrip().startswith(("{", "[")) or field.shape == "object":
            raise ValueError(_json_fix(field)) from error
    if field.shape == "array" and field.items not in (None, FieldKind.JSON):
        return [line.strip() for line in text.splitlines() if line.strip()]
    if field.shape == "array":
        raise ValueError(_json_fix(field))
    return text


def _entry(field: FormField, entry: Any) -> Any:
    if field.items is None:
        return entry
    if field.items is FieldKind.JSON and not isinstance(entry, Mapping):
        raise ValueError(_json_fix(field))
    one = field.model_copy(update={"kind": field.items, "shape": "", "items": None})
    return _COERCE[field.items](one, entry)


def _how_many(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return f"{low} entries" if low == high else f"{low} to {high} entries"
    return f"at least {low} of them" if high is None else f"at most {high} of them"


def _json_fix(field: FormField) -> str:
    if field.shape == "object":
        return 'Write it as JSON in braces, such as {"key": 1}.'
    if field.shape != "array":
        return 'Write it as JSON, such as {"key": 1}.'
    if field.items is FieldKind.IMAGE:
        return "Give the addresses of pictures, one a line."
    if field.items in (None, FieldKind.JSON):
        return 'Write it as a JSON list, such as [{"key": 1}].'
    return 'Write one a line, or as a JSON list, such as ["a", "b"].'


_COERCE: dict[FieldKind, Callable[[FormField, Any], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.NUMBER: _number,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.CHOICE: _choice,
    FieldKind.IMAGE: _image,
    FieldKind.SIZE: _size,
    FieldKind.JSON: _json,
}
