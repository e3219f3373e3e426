"""The choice of a model: from the list, or typed as its provider writes it; with today's price."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from studio.catalog import quote_for
from studio.container import Studio
from studio.errors import AccountError, StudioError, Unreachable
from studio.models import ModelCard, PictureRequest, Quote, format_usd
from studio.ui.session import show_error
from studio.ui.words import plain, price

PRICE_SECONDS = 4.0
"""How long a choice waits for the provider's price of today."""
_UNITS = {"image": "picture"}
_PAGE_ENDS = ("/api", "/playground", "/examples")


def pick_model(studio: Studio, *, key: str, draft: dict[str, Any]) -> ModelCard:
    """Choose a model, or type the id of one; says below what it is and what it costs.

    What is typed and cannot be found leaves the model as it was, in the field too.
    """
    widget = f"{key}_model"
    if (put := draft.pop("put_model", None)) is not None:
        st.session_state[widget] = put
    cards = {card.id: card for card in studio.models.cards()}
    typed: list[str] = draft.setdefault("typed", [])
    before = draft.get("model", studio.models.default)
    if before not in cards and before not in typed:
        typed.append(before)
    ids = [*cards, *typed]
    known = cards | {each: studio.models.card(each) for each in typed}
    names = {line.id: line.label for line in studio.models.providers()}
    chosen = st.selectbox(
        "Model",
        ids,
        index=0 if widget in st.session_state else ids.index(before),
        format_func=lambda model: _option(known.get(model), model, names),
        help="Any other model of a provider can be typed or pasted, as on its page there: "
        "fal-ai/flux/dev. Keys are set under Settings.",
        key=widget,
        accept_new_options=True,
    )
    if (told := draft.pop("no_model", None)) is not None:
        show_error(told)
    card = _known(studio, str(chosen), before, draft=draft, key=key)
    if card.id != chosen or card.id not in ids:
        draft |= {"put_model": card.id, "model": card.id}
        st.rerun()  # so that field and list have what is used
    draft["model"] = card.id
    fresh_prices(studio, [card.id], draft)
    today = studio.models.card(card.id)
    if today.price != card.price:
        st.rerun()  # so that the list has today's price
    st.caption(plain(" ".join(filter(None, [_sentence(card.description), _price_line(card)]))))
    return card


def fresh_prices(studio: Studio, model_ids: Iterable[str], draft: dict[str, Any]) -> None:
    """Ask once in a session for today's prices; where nobody answers, the known ones stand."""
    priced: set[str] = draft.setdefault("priced", set())
    wanted = [model for model in dict.fromkeys(model_ids) if model and model not in priced]
    if wanted:
        priced.update(wanted)
        with st.spinner("Asking for today's price …"):
            studio.live.refresh_prices(wanted, PRICE_SECONDS)


def found_name(studio: Studio, text: str) -> str:
    """The id that somebody means who types a model's name, its id there, or its page's address."""
    said = " ".join(text.split())
    for card in studio.models.cards():
        if said.casefold() == card.label.casefold():
            return card.id
    hosted = [line.id for line in studio.models.providers() if line.needs_key]
    if said.startswith(("https://", "http://")):
        address = urlsplit(said)
        path = address.path.rstrip("/")
        for end in _PAGE_ENDS:
            path = path.removesuffix(end)
        at = [name for name in hosted if name in (address.hostname or "").split(".")]
        return f"{at[0]}:{path.removeprefix('/models').strip('/')}" if at else said
    if "/" in said and ":" not in said and len(hosted) == 1:
        return f"{hosted[0]}:{said.strip('/')}"
    return said


def price_words(card: ModelCard) -> str:
    """``free``, ``about $0.003 a picture``, ``$0.08 a picture``, or ``price unknown``."""
    if card.price is None:
        return price(Quote.of(None, 1))
    quote = _usual_quote(card)
    if quote.is_free:
        return price(quote)
    if quote.expected is None:
        unit = card.price.unit.removesuffix("s")
        return f"{price(Quote.of(card.price, 1))} per {_UNITS.get(unit, unit)}"
    about = "" if quote.low == quote.high else "about "
    return f"{about}{format_usd(quote.expected)} a picture"


def _usual_quote(card: ModelCard) -> Quote:
    """What a picture of the model's usual size and settings costs."""
    usual = PictureRequest(
        model=card.id, prompt="", width=card.default_width, height=card.default_height
    )
    return quote_for(card, usual)


def _price_line(card: ModelCard) -> str:
    words = price_words(card)
    if card.price is not None and card.price.high and "megapixel" in card.price.unit:
        size = f"for {card.default_width}×{card.default_height}; larger pictures cost more"
        words = words.replace("a picture", size)
    return f"{words[:1].upper()}{words[1:]}."


def _sentence(text: str | None) -> str:
    said = (text or "").strip()
    return said if not said or said.endswith((".", "!", "?", "…")) else f"{said}."


def _option(card: ModelCard | None, model: str, providers: dict[str, str]) -> str:
    """A line of the list: provider, name, price."""
    if card is None:
        return model
    provider = providers.get(card.provider, card.provider)
    named = card.label if card.label.startswith(provider) else f"{provider} · {card.label}"
    if card.price is None or not card.price.high:
        return named
    return f"{named} · {price_words(card).removesuffix(' a picture')}"


def _known(
    studio: Studio, chosen: str, before: str, *, draft: dict[str, Any], key: str
) -> ModelCard:
    """The card of what was chosen or typed; its provider is asked once where it is unknown."""
    try:
        card = studio.models.card(found_name(studio, chosen))
        if not studio.models.needs_learning(card.id):
            return card
        return _learned(studio, card, key=key, draft=draft)
    except StudioError as error:
        stays = studio.models.card(before if before != chosen else None)
        draft["no_model"] = _plainer(error, stays)
        return stays


def _plainer(error: StudioError, stays: ModelCard) -> StudioError:
    """The same trouble, with a next step for people, and which model is used now."""
    step = error.next_step if error.next_step.startswith("Did you mean") else (
        "Choose one from the list, or copy its name from its page, such as fal-ai/flux/dev."
    )  # fmt: skip
    return type(error)(error.message, f"{step} {stays.label} is chosen now.")


def _learned(studio: Studio, card: ModelCard, *, key: str, draft: dict[str, Any]) -> ModelCard:
    learnt: dict[str, ModelCard] = draft.setdefault("learnt", {})
    if card.id in learnt:
        return learnt[card.id]
    asked: dict[str, str] = draft.setdefault("asked", {})
    again = card.id in asked and st.button(
        "Ask again what it takes", icon=":material/refresh:", key=f"{key}_ask_{card.id}"
    )
    if card.id not in asked or again:
        try:
            with st.spinner(f"Asking what {card.label} takes …"):
                learned = studio.live.learn(card.id)
        except (AccountError, Unreachable) as error:
            asked[card.id] = f"{error.message} {error.next_step}"
        else:
            learnt[card.id] = learned
            draft |= {"put_model": learned.id, "model": learned.id}
            st.rerun()  # so that the list says what it is called and what it costs
    st.warning(
        f"{plain(asked[card.id])} Until then it gets the prompt and the size, nothing else.",
        icon=":material/help:",
    )
    return card
