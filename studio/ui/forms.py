"""Forms drawn from what a model takes: one widget per field, whatever the model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.errors import StudioError
from studio.models import FieldKind, FormField, ModelCard, PictureFormat, Quote
from studio.ui.words import plain, price

SIZES: dict[str, tuple[int, int] | None] = {
    "Square": (1024, 1024),
    "Landscape": (1216, 832),
    "Portrait": (832, 1216),
    "Wide": (1536, 640),
    "Small": (512, 512),
    "Custom": None,
}
FORMATS: dict[str, PictureFormat] = {
    "As they come": PictureFormat.ORIGINAL,
    "PNG": PictureFormat.PNG,
    "JPEG": PictureFormat.JPEG,
    "WebP": PictureFormat.WEBP,
    "AVIF": PictureFormat.AVIF,
}
SMALLEST = 64


def pick_model(studio: Studio, *, key: str, draft: dict[str, Any]) -> ModelCard:
    """Choose a model; says below what it is and what one picture costs."""
    cards = {card.id: card for card in studio.models.cards()}
    ids = list(cards)
    before = draft.get("model", studio.models.default)
    chosen = st.selectbox(
        "Model",
        ids,
        index=ids.index(before) if before in cards else 0,
        format_func=lambda model: cards[model].label,
        help="Further generators appear here once their keys are set, under Settings.",
        key=f"{key}_model",
    )
    draft["model"] = chosen
    card = cards[chosen]
    each = price(Quote.of(card.price, 1))
    words = each.capitalize() if card.price is None or each == "free" else f"{each} per picture"
    st.caption(plain(" ".join(filter(None, [card.description, f"{words}."]))))
    return card


def pick_size(card: ModelCard, *, key: str, draft: dict[str, Any]) -> tuple[int, int]:
    """Choose a size by name, or in pixels."""
    names = list(SIZES)
    chosen = st.segmented_control(
        "Size",
        names,
        default=draft.get("size", names[0]),
        key=f"{key}_size",
        required=True,
        wrap=True,
    )
    draft["size"] = chosen
    fixed = SIZES[chosen]
    if fixed is not None:
        return fixed
    width_box, height_box = st.columns(2)
    width = width_box.number_input(
        "Width in pixels", SMALLEST, card.max_side,
        min(draft.get("width", card.default_width), card.max_side), step=8,
        key=f"{key}_width_{card.id}",
    )  # fmt: skip
    height = height_box.number_input(
        "Height in pixels", SMALLEST, card.max_side,
        min(draft.get("height", card.default_height), card.max_side), step=8,
        key=f"{key}_height_{card.id}",
    )  # fmt: skip
    draft |= {"width": width, "height": height}
    return width, height


def draft_of(studio: Studio, batch_id: str) -> dict[str, Any]:
    """What was typed for a batch of the Generate page; empty for any other batch."""
    try:
        status = studio.batches.status(batch_id)
    except StudioError:
        return {}
    jobs = studio.batches.jobs(batch_id, limit=1)
    if status.batch.source != "generate" or not jobs:
        return {}
    wish = jobs[0].spec.request
    sizes = {size: name for name, size in SIZES.items() if size}
    return {
        "prompt": wish.prompt,
        "negative": wish.negative_prompt or "",
        "model": wish.model,
        "size": sizes.get((wish.width, wish.height), "Custom"),
        "width": wish.width,
        "height": wish.height,
        "images": min(100, status.counts.total),
        "seed": wish.seed,
        "params": {wish.model: dict(wish.params)},
    }


def fill_fields(
    card: ModelCard, fields: Iterable[FormField], *, key: str, draft: dict[str, Any]
) -> dict[str, Any]:
    """Draw a widget per field and return what differs from the model's own defaults.

    The draft keeps the values of each model apart: the same field may have other limits there.
    """
    fields = list(fields)
    values: dict[str, Any] = draft.setdefault("params", {}).setdefault(card.id, {})
    for field in fields:
        values[field.name] = _widget(field, values, f"{key}_field_{card.id}_{field.name}")
    return {
        field.name: values[field.name]
        for field in fields
        if values[field.name] not in (None, "", field.default)
    }


def _widget(field: FormField, values: Mapping[str, Any], key: str) -> Any:
    now = values.get(field.name, field.default)
    label, told = field.label, field.help or None
    if field.kind is FieldKind.CHOICE:
        options = list(field.choices)
        index = options.index(now) if now in options else 0
        return st.selectbox(label, options, index=index, help=told, key=key, format_func=_readable)
    if field.kind is FieldKind.BOOLEAN:
        return st.toggle(label, value=bool(now), help=told, key=key)
    if field.kind is FieldKind.INTEGER:
        return st.number_input(
            label, _whole(field.minimum), _whole(field.maximum), _whole(now),
            step=1, help=told, key=key,
        )  # fmt: skip
    if field.kind is FieldKind.NUMBER:
        return _number(field, now, key)
    if field.kind is FieldKind.LONG_TEXT:
        return st.text_area(label, value=now or "", help=told, key=key)
    return st.text_input(label, value="" if now is None else str(now), help=told, key=key)


def _number(field: FormField, now: Any, key: str) -> float | None:
    value = None if now is None else float(now)
    low, high = field.minimum, field.maximum
    if low is not None and high is not None and value is not None:
        step = (high - low) / 20
        return st.slider(
            field.label, float(low), float(high), value, step=step, help=field.help, key=key
        )
    return st.number_input(field.label, low, high, value, help=field.help or None, key=key)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _readable(choice: Any) -> str:
    text = str(choice).replace("_", " ")
    return text[:1].upper() + text[1:]
