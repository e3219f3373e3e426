"""Questions to providers that cost nothing: accounts, prices, schemas; answers are remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import TimeoutError as TooLate
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog

from studio.container.known_models import KnownModels
from studio.db import Tx, learned
from studio.engine import Engine, Parts
from studio.errors import KeyMissing, StudioError, Unreachable
from studio.models import Account, AccountState, ModelCard, Price
from studio.providers import Context, Provider

PRICE_HOURS = 1.0
"""A price that is older is asked for again."""

log = structlog.get_logger("studio.live")

T = TypeVar("T")
Question = Callable[[Context], Coroutine[Any, Any, T]]


class Live:
    """Asks providers on the engine's loop, and waits for the answer at most as long as allowed."""

    def __init__(self, parts: Parts, engine: Engine, models: KnownModels) -> None:
        self._parts = parts
        self._engine = engine
        self._models = models

    def account(self, provider_id: str, timeout: float = 15.0, key: str | None = None) -> Account:
        """How an account stands now.

        Args:
            timeout: Seconds to wait at most.
            key: Try this key instead of the one in use; nothing is remembered then.
        """
        provider = self._parts.providers[provider_id]
        try:
            account = self._ask(provider, provider.account, timeout, key)
        except Unreachable as error:
            account = Account(
                provider=provider_id,
                state=AccountState.UNREACHABLE,
                message=error.message,
                fix=error.next_step,
            )
        if key is None:
            self._remember(learned.ACCOUNT, {provider_id: account.model_dump(mode="json")}, "live")
        return account

    def last_account(self, provider_id: str) -> tuple[Account, datetime] | None:
        """What :meth:`account` found last, and when."""
        found = self._parts.store.read(lambda tx: learned.recall(tx, learned.ACCOUNT, provider_id))
        return None if found is None else (Account.model_validate(found.value), found.at)

    def learn(self, model_id: str, timeout: float = 15.0) -> ModelCard:
        """Ask what a model takes and costs, and remember it; returns its card.

        Raises:
            UnknownModel: its provider has no such model.
            KeyMissing: its provider tells nothing without a key.
            Unreachable: its provider cannot be asked now.
        """
        card = self._models.card(model_id)
        provider = self._parts.providers[card.provider]
        if provider.key_env and self._parts.keys.get(provider.key_env) is None:
            raise key_missing(provider)
        schema = self._ask(provider, lambda ctx: provider.schema(card.name, ctx), timeout)
        if schema is not None:
            known = {
                "document": dict(schema.document),
                "label": schema.label,
                "description": schema.description,
            }
            self._remember(learned.SCHEMA, {card.id: known}, provider.label)
        self.refresh_prices([card.id], timeout)
        return self._models.card(card.id)

    def refresh_prices(
        self, model_ids: Sequence[str], timeout: float = 10.0, *, anew: bool = False
    ) -> None:
        """Ask for the prices that are missing or old. What cannot be asked now stays as it was.

        Args:
            anew: Ask also for those that were told a moment ago: they seem to have changed.
        """
        wanted: dict[str, list[str]] = defaultdict(list)
        for model_id in dict.fromkeys(model_ids):
            provider = self._parts.providers.get(model_id.partition(":")[0])
            if provider is None or not provider.key_env:
                continue
            if self._is_fresh(model_id) and not anew:
                continue
            if self._parts.keys.get(provider.key_env) is not None:
                wanted[provider.id].append(model_id.partition(":")[2])
        for provider_id, names in wanted.items():
            provider = self._parts.providers[provider_id]
            try:
                found = self._ask(provider, partial(provider.prices, names), timeout)
            except StudioError as error:
                log.warning("prices_not_learned", provider=provider_id, error=error.message)
                continue
            self._remember_prices(provider, found)

    def _remember_prices(self, provider: Provider, found: dict[str, Price]) -> None:
        facts = {f"{provider.id}:{name}": price.model_dump(mode="json") for name, price in
                 found.items()}  # fmt: skip
        self._remember(learned.PRICE, facts, provider.label)

    def _is_fresh(self, model_id: str) -> bool:
        found = self._parts.store.read(lambda tx: learned.recall(tx, learned.PRICE, model_id))
        return found is not None and self._parts.now() - found.at < timedelta(hours=PRICE_HOURS)

    def _remember(self, kind: str, facts: dict[str, Any], source: str) -> None:
        now = self._parts.now()

        def work(tx: Tx) -> None:
            for name, value in facts.items():
                learned.remember(tx, kind, name, value, source=source, at=now)

        if facts:
            self._parts.store.write(work)

    def _ask(
        self, provider: Provider, question: Question[T], timeout: float, key: str | None = None
    ) -> T:
        """The answer to a question.

        Raises:
            Unreachable: none came in time.
        """

        async def ask() -> T:
            context = self._parts.context(provider)
            return await question(context if key is None else replace(context, secret=key))

        future = self._engine.ask(ask())
        try:
            return future.result(timeout)
        except TooLate as error:
            future.cancel()
            raise Unreachable(
                f"{provider.label} did not answer within {timeout:g} seconds.",
                "Check the connection, then try again.",
            ) from error


def key_missing(provider: Provider) -> KeyMissing:
    """The error for a provider that has no key yet; it names the way that is free."""
    return KeyMissing(
        f"There is no key for {provider.label}.",
        f"Connect one under Settings or set {provider.key_env[0]}; the model sketch:default is "
        "free and needs none.",
    )
