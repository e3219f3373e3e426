"""From a model's inputs to form fields: neutral descriptions that any form can draw."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from studio.catalog.roles import Roles, is_picture
from studio.catalog.schemas import Spec, read_inputs
from studio.models import FieldKind, FormField

__all__ = ["fields_from_schema", "form_fields"]

_KINDS = {
    "string": FieldKind.TEXT,
    "integer": FieldKind.INTEGER,
    "number": FieldKind.NUMBER,
    "boolean": FieldKind.BOOLEAN,
}
_LABELS = {
    "num_inference_steps": "Inference steps",
    "enable_safety_checker": "Safety checker",
    "output_format": "File format at the provider",
    "enable_prompt_expansion": "Expand the prompt",
    "expand_prompt": "Expand the prompt",
    "enhance_prompt": "Improve the prompt",
    "enable_web_search": "Search the web",
    "mask_url": "Mask",
    "loras": "LoRAs",
    "lora_scale": "LoRA scale",
}
_OFTEN = re.compile(
    r"(num_)?(inference_)?steps(_num)?|guidance(_scale)?|cfg(_scale)?|true_cfg|strength|styles?"
    r"|style_(name|preset)|resolution|quality|background|rendering_speed|performance|duration"
    r"|thinking_level|mask(_image)?_url|raw"
)
"""What people change often; everything else that may be left out is drawn further down."""

_LONG = re.compile(r".*(prompt|description|instructions?)")
_SPELLED = {"url": "URL", "urls": "URLs", "id": "ID", "ids": "IDs", "lora": "LoRA", "cfg": "CFG"}


def fields_from_schema(schema: Mapping[str, Any]) -> tuple[FormField, ...]:
    """The form fields of every input of a JSON Schema object, in its own order.

    The extension key ``x-advanced`` keeps a rarely used input out of the first view.
    """
    return tuple(_field(spec) for spec in read_inputs(schema) or ())


def form_fields(inputs: Sequence[Spec], roles: Roles) -> tuple[FormField, ...]:
    """The fields of everything that the studio does not handle itself.

    The picture to start from comes first, for those who have its address; the size stands for
    choices that are no size, such as ``auto``.
    """
    size = roles.names.size.name if roles.names.size else None
    made = []
    for spec in inputs:
        if spec.name in roles.handled:
            continue
        field = _field(spec)
        if spec.name == size:
            if not field.choices:
                continue
            field = field.model_copy(
                update={"kind": FieldKind.SIZE, "advanced": True, "required": False}
            )
        elif roles.picture is not None and spec.name == roles.picture.name:
            label = "Pictures to start from" if spec.type == "array" else "Picture to start from"
            field = field.model_copy(update={"start": True, "label": label, "advanced": False})
        elif "x-advanced" not in spec.keywords:
            field = field.model_copy(update={"advanced": _is_rare(spec)})
        made.append(field)
    return tuple(sorted(made, key=lambda field: not field.start))


def _is_rare(spec: Spec) -> bool:
    return not (spec.required or spec.ui.get("important") or _OFTEN.fullmatch(spec.name))


def _field(spec: Spec) -> FormField:
    kind = _kind(spec)
    listed = spec.type == "array"
    items = spec.items if listed else None
    return FormField(
        name=spec.name,
        kind=kind,
        label=_label(spec),
        help=" ".join(spec.text("description").split()),
        required=spec.required,
        default=spec.default,
        minimum=spec.number("minimum"),
        maximum=spec.number("maximum"),
        exclusive_minimum=spec.number("exclusiveMinimum"),
        exclusive_maximum=spec.number("exclusiveMaximum"),
        multiple_of=spec.number("multipleOf"),
        choices=items.choices if items else spec.choices,
        shape=spec.type if kind is FieldKind.JSON and spec.type in ("object", "array") else "",
        items=_item_kind(spec, items) if items else None,
        min_items=_whole(spec.number("minItems")),
        max_items=_whole(spec.number("maxItems")),
        advanced=bool(spec.keywords.get("x-advanced", False)),
    )


def _kind(spec: Spec) -> FieldKind:
    if spec.type == "array":
        return FieldKind.JSON
    if spec.choices:
        return FieldKind.CHOICE
    if is_picture(spec):
        return FieldKind.IMAGE
    if spec.type == "string" and _LONG.fullmatch(spec.name):
        return FieldKind.LONG_TEXT
    return _KINDS.get(spec.type, FieldKind.JSON)


def _item_kind(spec: Spec, items: Spec) -> FieldKind | None:
    if items.choices:
        return FieldKind.CHOICE
    if is_picture(spec):
        return FieldKind.IMAGE
    return FieldKind.JSON if items.type == "object" else _KINDS.get(items.type)


def _label(spec: Spec) -> str:
    """The title, where somebody wrote one; titles made from the name are made better here."""
    title, words = " ".join(spec.text("title").split()), spec.name.replace("_", " ")
    if title and title.casefold() != words.casefold():
        return title
    if spec.name in _LABELS:
        return _LABELS[spec.name]
    text = re.sub(r"^num (?=\w)", "number of ", words)
    text = re.sub(r"^enable (?=\w)", "", text)
    spelled = " ".join(_SPELLED.get(word, word) for word in text.split())
    return spelled[:1].upper() + spelled[1:]


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
