"""From a model's input schema to form fields, and the check of values against them.

The schemas are JSON Schema as OpenAPI files carry it (``type``, ``enum``, ``minimum`` …); the
extension key ``x-advanced`` keeps a rarely used input out of the first view.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.models import FieldKind, FormField

_KINDS = {
    "string": FieldKind.TEXT,
    "integer": FieldKind.INTEGER,
    "number": FieldKind.NUMBER,
    "boolean": FieldKind.BOOLEAN,
    "object": FieldKind.JSON,
    "array": FieldKind.JSON,
}
_TRUE = {"true", "yes", "y", "on", "1"}
_FALSE = {"false", "no", "n", "off", "0"}


@dataclass(frozen=True, slots=True)
class ParamProblem:
    """A value that a model does not take."""

    name: str
    message: str
    fix: str


def fields_from_schema(schema: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The form fields of a JSON Schema object, in its own order."""
    required = set(schema.get("required", ()))
    return tuple(
        _field(name, spec, required=name in required)
        for name, spec in schema.get("properties", {}).items()
    )


def _field(name: str, spec: Mapping[str, Any], *, required: bool) -> FormField:
    choices = tuple(spec.get("enum", ()))
    kind = FieldKind.CHOICE if choices else _KINDS.get(spec.get("type", "string"), FieldKind.TEXT)
    return FormField(
        name=name,
        kind=kind,
        label=spec.get("title") or name.replace("_", " ").capitalize(),
        help=spec.get("description", ""),
        required=required,
        default=spec.get("default"),
        minimum=spec.get("minimum"),
        maximum=spec.get("maximum"),
        choices=choices,
        advanced=bool(spec.get("x-advanced", False)),
    )


def check_params(
    fields: Sequence[FormField], params: Mapping[str, Any]
) -> tuple[dict[str, Any], list[ParamProblem]]:
    """Coerce what is sensible (``"512"`` → 512) and name what is not.

    Empty values mean "not given". Names that the model does not have are problems.

    Returns:
        The clean values, and one problem for each value that cannot be used.
    """
    by_name = {field.name: field for field in fields}
    clean: dict[str, Any] = {}
    problems: list[ParamProblem] = []
    for name, value in params.items():
        if value is None or value == "":
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
            problems.append(
                ParamProblem(name, f"{value!r} does not fit {field.label!r}.", str(error))
            )
    missing = [f for f in fields if f.required and f.default is None and f.name not in clean]
    named = {problem.name for problem in problems}
    problems.extend(
        ParamProblem(f.name, f"{f.label!r} is needed.", f"Give a value for {f.name!r}.")
        for f in missing
        if f.name not in named
    )
    return clean, problems


def _integer(field: FormField, value: Any) -> int:
    number = _as_float(field, value)
    if not number.is_integer():
        raise ValueError(f"Give a whole number{_range(field)}.")
    return int(_bounded(field, number))


def _number(field: FormField, value: Any) -> float:
    return _bounded(field, _as_float(field, value))


def _as_float(field: FormField, value: Any) -> float:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = float(str(value).strip().replace(",", "."))
    except (TypeError, ValueError):
        raise ValueError(f"Give a number{_range(field)}.") from None
    if not math.isfinite(number):
        raise ValueError(f"Give a number{_range(field)}.")
    return number


def _bounded(field: FormField, number: float) -> float:
    too_low = field.minimum is not None and number < field.minimum
    too_high = field.maximum is not None and number > field.maximum
    if too_low or too_high:
        raise ValueError(f"Give a number{_range(field)}.")
    return number


def _range(field: FormField) -> str:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        return f" from {low:g} to {high:g}"
    if low is not None:
        return f" of at least {low:g}"
    return f" of at most {high:g}" if high is not None else ""


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
        if str(choice).casefold() == wanted:
            return choice
    raise ValueError(f"Choose one of: {', '.join(map(str, field.choices))}.")


def _text(field: FormField, value: Any) -> str:
    return str(value)


def _json(field: FormField, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError('Write it as JSON, such as {"key": 1}.') from error


_COERCE: dict[FieldKind, Callable[[FormField, Any], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.INTEGER: _integer,
    FieldKind.NUMBER: _number,
    FieldKind.BOOLEAN: _boolean,
    FieldKind.CHOICE: _choice,
    FieldKind.IMAGE: _text,
    FieldKind.SIZE: _text,
    FieldKind.JSON: _json,
}
