"""The form of a wish: which model, which size, and the settings that the model has."""

from __future__ import annotations

from typing import Any

import streamlit as st

from studio.catalog import nearest_ratio, sides_for
from studio.container import Studio
from studio.errors import AccountError, StudioError, Unreachable
from studio.models import Mode, ModelCard, PictureFormat, Quote, SizeInput, SizeKind
from studio.ui.fields import fill_fields, readable
from studio.ui.session import show_error
from studio.ui.words import plain, price

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
_UNITS = {"image": "picture"}


def pick_model(studio: Studio, *, key: str, draft: dict[str, Any]) -> ModelCard:
    """Choose a model, or type the id of one; says below what it is and what it costs."""
    cards = {card.id: card for card in studio.models.cards()}
    typed: list[str] = draft.setdefault("typed", [])
    before = draft.get("model", studio.models.default)
    if before not in cards and before not in typed:
        typed.append(before)
    ids = [*cards, *typed]
    names = {line.id: line.label for line in studio.models.providers()}
    chosen = st.selectbox(
        "Model",
        ids,
        index=ids.index(before),
        format_func=lambda model: _option(cards.get(model), model, names),
        help="Any model of a provider can be typed too, such as fal:owner/name. "
        "Keys are set under Settings.",
        key=f"{key}_model",
        required=True,
        accept_new_options=True,
    )
    card = _known(studio, str(chosen), key=key, draft=draft)
    if card is None:
        card = studio.models.card(before if before in cards else None)
    draft["model"] = card.id
    if card.id not in ids:
        typed.append(card.id)
        st.rerun()  # so that the list has what was typed
    words = price_words(card)
    told = " ".join(filter(None, [card.description, f"{words[:1].upper()}{words[1:]}."]))
    st.caption(plain(told))
    return card


def _option(card: ModelCard | None, model: str, providers: dict[str, str]) -> str:
    """A line of the list: provider, name, price."""
    if card is None:
        return model
    provider = providers.get(card.provider, card.provider)
    named = card.label if card.label.startswith(provider) else f"{provider} · {card.label}"
    return named if card.price is None or not card.price.high else f"{named} · {price_words(card)}"


def price_words(card: ModelCard) -> str:
    """``free``, ``$0.003 per megapixel``, or ``price unknown``."""
    each = price(Quote.of(card.price, 1))
    if card.price is None or each in ("free", "price unknown"):
        return each
    unit = card.price.unit.removesuffix("s")
    return f"{each} per {_UNITS.get(unit, unit)}"


def _known(studio: Studio, chosen: str, *, key: str, draft: dict[str, Any]) -> ModelCard | None:
    """The card of what was chosen or typed; its provider is asked once where it is unknown."""
    try:
        card = studio.models.card(chosen)
        if not studio.models.needs_learning(card.id):
            return card
        return _learned(studio, card, key=key, draft=draft)
    except StudioError as error:
        show_error(error)
        return None


def _learned(studio: Studio, card: ModelCard, *, key: str, draft: dict[str, Any]) -> ModelCard:
    asked: dict[str, str] = draft.setdefault("asked", {})
    again = card.id in asked and st.button(
        "Ask again what it takes", icon=":material/refresh:", key=f"{key}_ask_{card.id}"
    )
    if card.id not in asked or again:
        try:
            with st.spinner(f"Asking what {card.label} takes…"):
                return studio.live.learn(card.id)
        except (AccountError, Unreachable) as error:
            asked[card.id] = f"{error.message} {error.next_step}"
    st.warning(
        f"{plain(asked[card.id])} Until then it gets the prompt and the size, nothing else.",
        icon=":material/help:",
    )
    return card


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
    chosen = st.segmented_control(
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
    chosen = st.segmented_control(
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
