"""One widget per setting of a model, whatever its kind, with what is wrong said beneath it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from studio.catalog import check_params
from studio.models import FieldKind, FormField, ModelCard
from studio.ui.words import plain

_FEW = 4
"""Up to this many choices stand side by side."""
_SHORT = 34
"""Side by side, choices have at most this many letters together."""
_WIDEST_SLIDER = 200
_LARGEST = 2**53 - 1
"""The largest whole number that a browser keeps exactly."""
_OWN = "Model's own"
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "webp": "WebP"}


def fill_fields(
    card: ModelCard, fields: Iterable[FormField], *, key: str, draft: dict[str, Any]
) -> dict[str, Any]:
    """Draw a widget per field and return what differs from the model's own defaults.

    The draft keeps the values of each model apart: the same field may have other limits there.
    A size is not drawn here: ``pick_size`` leaves its choice in the draft.
    """
    values: dict[str, Any] = draft.setdefault("params", {}).setdefault(card.id, {})
    given: dict[str, Any] = {}
    for field in fields:
        if field.kind is not FieldKind.SIZE:
            values[field.name] = _draw(field, values, f"{key}_field_{card.id}_{field.name}")
        value = values.get(field.name)
        if _is_given(field, value):
            given[field.name] = _checked(field, value)
    return given


def is_needed(field: FormField) -> bool:
    """Whether a model cannot do without an answer."""
    return field.required and field.default is None


def _is_given(field: FormField, value: Any) -> bool:
    if value is None or (isinstance(value, str | list) and not value):
        return False
    return field.kind is FieldKind.SIZE or value != field.default


def _checked(field: FormField, value: Any) -> Any:
    """The value as the model takes it; what does not fit is said, and the plan refuses it."""
    clean, problems = check_params([field], {field.name: value})
    for problem in problems:
        st.caption(f":red[{plain(problem.fix)}]")
    return clean.get(field.name, value)


def _draw(field: FormField, values: Mapping[str, Any], key: str) -> Any:
    now = values.get(field.name, field.default)
    if field.kind is FieldKind.CHOICE:
        return _choice(field, now, key)
    if field.kind is FieldKind.BOOLEAN:
        on = st.toggle(_label(field), value=bool(now), help=_help(field), key=key)
        return on or (None if field.default is None else False)
    if field.kind is FieldKind.INTEGER:
        return _integer(field, now, key)
    if field.kind is FieldKind.NUMBER:
        return _number(field, now, key)
    if field.kind is FieldKind.JSON:
        return _json(field, now, key)
    return _text(field, now, key)


def _label(field: FormField) -> str:
    return f"{field.label} (needed)" if is_needed(field) else field.label


def _help(field: FormField) -> str | None:
    needed = "This model needs it." if is_needed(field) else ""
    return plain(" ".join(filter(None, [field.help, needed]))) or None


def _choice(field: FormField, now: Any, key: str) -> Any:
    options = list(field.choices)
    chosen = now if now in options else None
    if len(options) <= _FEW and sum(len(str(option)) for option in options) <= _SHORT:
        return st.segmented_control(
            _label(field), options, default=chosen, required=field.default is not None,
            help=_help(field), key=key, format_func=readable,
        )  # fmt: skip
    return st.selectbox(
        _label(field), options, index=None if chosen is None else options.index(chosen),
        help=_help(field), key=key, format_func=readable, placeholder=_OWN,
    )  # fmt: skip


def _integer(field: FormField, now: Any, key: str) -> int | None:
    low = None if field.minimum is None else _exact(math.ceil(field.minimum))
    high = None if field.maximum is None else _exact(math.floor(field.maximum))
    if field.exclusive_minimum is not None:
        low = _exact(math.floor(field.exclusive_minimum) + 1)
    if field.exclusive_maximum is not None:
        high = _exact(math.ceil(field.exclusive_maximum) - 1)
    within = _within(now, low, high)
    value = None if within is None else _exact(int(within))
    step = max(1, int(field.multiple_of or 1))
    label, told = _label(field), _help(field)
    narrow = low is not None and high is not None and low < high <= low + step * _WIDEST_SLIDER
    if narrow and value is not None:
        chosen: int = st.slider(label, low, high, value, step=step, help=told, key=key)
        return chosen
    typed = st.number_input(
        label, low, high, value, step=step, help=told, key=key, placeholder=_OWN
    )
    return None if typed is None else int(typed)


def _number(field: FormField, now: Any, key: str) -> float | None:
    low, high = (None if b is None else float(b) for b in (field.minimum, field.maximum))
    over, under = field.exclusive_minimum, field.exclusive_maximum
    bounds = [b for b in (low, high, over, under) if b is not None]
    step = _fine_step(max(bounds) - min(bounds)) if len(bounds) > 1 else 0.1
    if over is not None:
        low = float(over) + step
    if under is not None:
        high = float(under) - step
    value = _within(None if now is None else float(now), low, high)
    if low is not None and high is not None and value is not None and low < high:
        return st.slider(_label(field), low, high, value, step=step, help=_help(field), key=key)
    return st.number_input(
        _label(field), low, high, value, step=step, help=_help(field), key=key, placeholder=_OWN
    )


def _fine_step(span: float) -> float:
    """A round step that parts a span into some dozens: 0.01 for 0 to 1, 0.1 for 1 to 20."""
    return float(10.0 ** math.floor(math.log10(span / 20))) if span > 0 else 0.1


def _within(value: float | None, low: float | None, high: float | None) -> float | None:
    """The value, unless the model's own bounds forbid it."""
    if value is None or (low is not None and value < low) or (high is not None and value > high):
        return None
    return value


def _exact(number: int) -> int:
    """A bound that a browser can hold."""
    return min(_LARGEST, max(-_LARGEST, number))


def _json(field: FormField, now: Any, key: str) -> Any:
    if field.items is FieldKind.CHOICE:
        chosen = [each for each in now if each in field.choices] if isinstance(now, list) else []
        return st.multiselect(
            _label(field), list(field.choices), chosen, max_selections=field.max_items,
            help=_help(field), key=key, format_func=readable, placeholder=_OWN,
        )  # fmt: skip
    plain_items = field.items not in (None, FieldKind.JSON)
    return st.text_area(
        _label(field), value=written(now, lines=plain_items), height=90, help=_help(field),
        key=key, placeholder=_example(field),
    )  # fmt: skip


def written(value: Any, *, lines: bool) -> str:
    """A value as people edit it: text as it is, a plain list one a line, anything else as JSON."""
    if value is None or isinstance(value, str):
        return value or ""
    if lines and isinstance(value, list):
        return "\n".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, indent=1)


def _example(field: FormField) -> str:
    if field.items is FieldKind.IMAGE:
        return "https://… (one address a line)"
    if field.items in (None, FieldKind.JSON):
        return '[{"…": …}]' if field.shape == "array" else '{"…": …}'
    return "One a line"


def _text(field: FormField, now: Any, key: str) -> str:
    text = "" if now is None else str(now)
    if field.kind is FieldKind.LONG_TEXT:
        return st.text_area(_label(field), value=text, height=90, help=_help(field), key=key)
    if field.kind is FieldKind.IMAGE:
        told = _help(field) or "The address of a picture on the web, starting with https://."
        return st.text_input(
            _label(field), value=text, help=told, key=key, placeholder="https://…",
            icon=":material/image:",
        )  # fmt: skip
    return st.text_input(_label(field), value=text, help=_help(field), key=key)


def readable(choice: Any) -> str:
    """A choice for people: ``landscape_16_9`` reads ``Landscape 16:9``."""
    if str(choice) in _FORMATS:
        return _FORMATS[str(choice)]
    words = str(choice).split("_")
    while len(words) > 1 and words[-1].isdecimal() and words[-2].isdecimal():
        words[-2:] = [f"{words[-2]}:{words[-1]}"]
    text = " ".join(words)
    return text[:1].upper() + text[1:]
