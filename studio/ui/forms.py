"""The form of a wish: which size, which file format, and what was typed before."""

from __future__ import annotations

from typing import Any

import streamlit as st

from studio.catalog import nearest_ratio, sides_for
from studio.container import Studio
from studio.errors import StudioError
from studio.models import Mode, ModelCard, PictureFormat, SizeInput, SizeKind
from studio.ui.fields import fill_fields, readable
from studio.ui.model_choice import pick_model

__all__ = ["FORMATS", "SIZES", "draft_of", "fill_fields", "pick_model", "pick_size"]

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


def pick_size(card: ModelCard, *, key: str, draft: dict[str, Any]) -> tuple[int, int]:
    """Choose a size in pixels by name, or one of the shapes that the model offers."""
    size = card.inputs.size if card.inputs else None
    if card.inputs is not None and size is None:
        kept = "keeps the size of the picture" if Mode.IMAGE not in card.modes else "has one size"
        st.caption(f"This model {kept}.")
        return card.default_width, card.default_height
    if size is not None and size.choices and size.kind in (SizeKind.RATIO, SizeKind.PRESET):
        return _pick_shape(card, size, key=key, draft=draft)
    return _pick_pixels(card, size, key=key, draft=draft)


def _pick_shape(
    card: ModelCard, size: SizeInput, *, key: str, draft: dict[str, Any]
) -> tuple[int, int]:
    """One of the model's own choices; one that is no size, such as ``auto``, is left to it."""
    shapes: dict[str, str] = draft.setdefault("shapes", {})
    options = list(size.choices)
    left = draft.get("params", {}).get(card.id, {}).get(size.name)
    before = shapes.get(card.id) or left or _shape_of_draft(size, draft) or size.default
    chosen = st.pills(
        "Shape", options, default=before if before in options else options[0],
        format_func=readable, key=f"{key}_size_{card.id}", required=True, wrap=True,
    )  # fmt: skip
    shapes[card.id] = str(chosen)
    area = card.default_width * card.default_height
    sides = sides_for(str(chosen), area)
    _leave_to_model(card, size, None if sides else str(chosen), draft)
    return sides or (card.default_width, card.default_height)


def _shape_of_draft(size: SizeInput, draft: dict[str, Any]) -> str | None:
    width, height = draft.get("width"), draft.get("height")
    return nearest_ratio(size.choices, width / height) if width and height else None


def _leave_to_model(
    card: ModelCard, size: SizeInput, choice: str | None, draft: dict[str, Any]
) -> None:
    """Keep in the draft that the model shall choose the size itself, or that it shall not."""
    params = draft.setdefault("params", {}).setdefault(card.id, {})
    params[size.name] = choice


def _pick_pixels(
    card: ModelCard, size: SizeInput | None, *, key: str, draft: dict[str, Any]
) -> tuple[int, int]:
    open_choices = [c for c in size.choices if sides_for(c) is None] if size else []
    own = {readable(choice): choice for choice in open_choices}
    names = [*own, *SIZES]
    before = draft.get("size", "Square")
    chosen = st.pills(
        "Size", names, default=before if before in names else "Square", key=f"{key}_size",
        required=True, wrap=True,
    )  # fmt: skip
    draft["size"] = chosen
    if size is not None and size.choices:
        _leave_to_model(card, size, own.get(str(chosen)), draft)
    if chosen in own:
        return card.default_width, card.default_height
    fixed = SIZES[str(chosen)]
    return fixed if fixed is not None else _pick_sides(card, size, key=key, draft=draft)


def _pick_sides(
    card: ModelCard, size: SizeInput | None, *, key: str, draft: dict[str, Any]
) -> tuple[int, int]:
    lowest = max(SMALLEST, size.minimum if size else 0)
    step = max(8, size.multiple_of if size else 0)
    sides = []
    usual = {"width": card.default_width, "height": card.default_height}
    for box, (name, default) in zip(st.columns(2), usual.items(), strict=True):
        value = max(lowest, min(draft.get(name, default), card.max_side))
        sides.append(
            box.number_input(
                f"{name.capitalize()} in pixels", lowest, card.max_side, value, step=step,
                key=f"{key}_{name}_{card.id}",
            )
        )  # fmt: skip
        draft[name] = sides[-1]
    return sides[0], sides[1]


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
