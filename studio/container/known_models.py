"""The models that can be used: every provider's cards, and any model a hosted provider may have."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from studio.errors import UnknownModel
from studio.models import ModelCard, ProviderLine
from studio.providers import Provider
from studio.settings import provider_secret


class KnownModels:
    """Finds model cards."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers

    def cards(self) -> list[ModelCard]:
        """Every listed model, those of providers that need no key first."""
        ordered = sorted(self._providers.values(), key=lambda p: (bool(p.key_env), p.id))
        return [card for provider in ordered for card in provider.cards]

    @property
    def default(self) -> str:
        """The model used when none is named: one that works offline and free."""
        return self.cards()[0].id

    def card(self, model_id: str | None) -> ModelCard:
        """The card of a model; ``None`` means the default.

        A model of a hosted provider need not be listed: it gets a bare card with an unknown price.

        Raises:
            UnknownModel: no such provider, or a built-in engine without such a model.
        """
        wanted = self.default if model_id is None else model_id.strip()
        listed = {alias: card for card in self.cards() for alias in (card.id, *card.aliases)}
        if wanted in listed:
            return listed[wanted]
        provider_id, _, name = wanted.partition(":")
        provider = self._providers.get(provider_id)
        if provider is not None and provider.key_env and name:
            return ModelCard(id=wanted, label=name, description=f"A model of {provider.label}.")
        close = difflib.get_close_matches(wanted, listed, n=1, cutoff=0.5)
        raise UnknownModel(
            f"There is no model {wanted!r}.",
            f"Did you mean {close[0]!r}?" if close else f"Choose one of: {', '.join(listed)}.",
        )

    def providers(self) -> list[ProviderLine]:
        """The providers and whether they are ready to use."""
        return [
            ProviderLine(
                id=provider.id,
                label=provider.label,
                description=provider.description,
                needs_key=bool(provider.key_env),
                ready=not provider.key_env or provider_secret(provider.key_env) is not None,
            )
            for provider in self._providers.values()
        ]
