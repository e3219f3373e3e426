"""The models that can be used: every provider's cards, and any model a hosted provider may have."""

from __future__ import annotations

import difflib

from studio.catalog import card_from_schema
from studio.db import learned
from studio.engine import Parts
from studio.errors import UnknownModel
from studio.models import ModelCard, Price, ProviderLine

OWN_PRICE_SOURCE = "your own figure"


class KnownModels:
    """Finds model cards: the packaged ones, and what providers told about theirs."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._providers = parts.providers
        self._read: dict[str, tuple[str, ModelCard]] = {}

    def cards(self) -> list[ModelCard]:
        """Every listed model, those of providers that need no key first."""
        ordered = sorted(self._providers.values(), key=lambda p: (bool(p.key_env), p.id))
        packaged = [card for provider in ordered for card in provider.cards]
        prices, own = self._prices()
        return [_priced(card, prices, own) for card in packaged]

    @property
    def default(self) -> str:
        """The model used when none is named: one that works offline and free."""
        return self.cards()[0].id

    def card(self, model_id: str | None) -> ModelCard:
        """The card of a model; ``None`` means the default.

        A model of a hosted provider need not be listed: until its provider told what it takes, it
        gets a guessed card.

        Raises:
            UnknownModel: no such provider, or a built-in engine without such a model.
        """
        cards = self.cards()
        wanted = cards[0].id if model_id is None else model_id.strip()
        listed = {alias: card for card in cards for alias in (card.id, *card.aliases)}
        if wanted in listed:
            return listed[wanted]
        provider_id, _, name = wanted.partition(":")
        provider = self._providers.get(provider_id)
        if provider is not None and provider.key_env and name:
            return _priced(self._unlisted(wanted, name, provider.label), *self._prices())
        close = difflib.get_close_matches(wanted, listed, n=1, cutoff=0.5)
        raise UnknownModel(
            f"There is no model {wanted!r}.",
            f"Did you mean {close[0]!r}?" if close else f"Choose one of: {', '.join(listed)}.",
        )

    def needs_learning(self, model_id: str) -> bool:
        """Whether only its provider can tell what a model takes, and has not been asked."""
        return self.card(model_id).guessed

    def providers(self) -> list[ProviderLine]:
        """The providers and whether they are ready to use."""
        return [
            ProviderLine(
                id=provider.id,
                label=provider.label,
                description=provider.description,
                needs_key=bool(provider.key_env),
                ready=not provider.key_env or self._parts.keys.get(provider.key_env) is not None,
            )
            for provider in self._providers.values()
        ]

    def _unlisted(self, wanted: str, name: str, label: str) -> ModelCard:
        told = self._parts.store.read(lambda tx: learned.recall(tx, learned.SCHEMA, wanted))
        if told is None:
            return ModelCard(
                id=wanted, label=name, description=f"A model of {label}.", guessed=True
            )
        moment = told.at.isoformat()
        if self._read.get(wanted, ("",))[0] != moment:
            card = card_from_schema(
                wanted,
                told.value["document"],
                label=told.value["label"] or name,
                description=told.value["description"],
            )
            facts = {"source": f"told by {told.source}", "as_of": told.at.date()}
            self._read[wanted] = (moment, card.model_copy(update=facts))
        return self._read[wanted][1]

    def _prices(self) -> tuple[dict[str, Price], dict[str, Price]]:
        """Prices that providers told, and those that people gave themselves."""
        told = self._parts.store.read(lambda tx: learned.everything(tx, learned.PRICE))
        given = self._parts.store.read(lambda tx: learned.everything(tx, learned.OWN_PRICE))
        own = {
            name: Price(
                low=fact.value, expected=fact.value, high=fact.value,
                source=OWN_PRICE_SOURCE, as_of=fact.at.date(),
            )
            for name, fact in given.items()
        }  # fmt: skip
        return {name: Price.model_validate(fact.value) for name, fact in told.items()}, own


def _priced(card: ModelCard, told: dict[str, Price], own: dict[str, Price]) -> ModelCard:
    """The card with the provider's live price; where nobody knows one, a person's own figure."""
    live = told.get(card.id)
    if live is not None:
        factors = card.price.factors if card.price else {}
        return card.model_copy(update={"price": live.model_copy(update={"factors": factors})})
    if card.price is None and card.id in own:
        return card.model_copy(update={"price": own[card.id]})
    return card
