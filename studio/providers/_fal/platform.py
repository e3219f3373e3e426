"""fal's platform: the account, what a model takes, and lists in pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from studio.errors import UnknownModel, Unreachable
from studio.models import Account, AccountState, Micros, format_usd, to_micros
from studio.providers._base import ModelSchema
from studio.providers._fal.errors import Told, read
from studio.providers._fal.wire import FUNDS_URL, KEY_URL, Wire
from studio.providers._http import NoReply, Params, Reply, plain

LARGE_ANSWER = 16 * 1024 * 1024
LONGEST_NUMBER = 40
"""Most characters of a number that is meant."""
ANY_MODEL = "fal-ai/flux/dev"


async def ask(wire: Wire, path: str, params: Params, limit: int = LARGE_ANSWER) -> Reply:
    """A free question to the platform.

    Raises:
        Unreachable: it did not answer, or only with a failure of its own.
    """
    try:
        reply = await wire.ask("GET", wire.address("platform", path), params=params, limit=limit)
    except NoReply as error:
        raise Unreachable(
            f"fal could not be reached ({error.reason}).", "Check the internet connection."
        ) from error
    if reply.status >= 500 or reply.status == 429 or (reply.good and reply.fields() is None):
        raise Unreachable(
            f"fal answered with status {reply.status} and nothing that can be used.",
            "Try again in a minute.",
        )
    return reply


async def account(wire: Wire, provider: str) -> Account:
    """How the account stands."""
    try:
        reply = await ask(wire, "account/billing", [("expand", "credits")])
        if reply.good:
            return _standing(reply, provider)
        told = read(reply)
        if told.status != 401 and not _is_broke(told):
            # this key may not see the balance: a price is a question that any key may ask
            reply = await ask(wire, "models/pricing", [("endpoint_id", ANY_MODEL)])
            told = read(reply)
    except Unreachable as error:
        fix = f"{error.next_step} Pictures that are already being made go on."
        return _account(provider, AccountState.UNREACHABLE, error.message, fix)
    if told.status == 401:
        said = "fal does not accept this key."
        fix = f"Copy it again from {KEY_URL}, whole, and enter it under Settings."
        return _account(provider, AccountState.BAD_KEY, said, fix)
    if _is_broke(told):
        said = f"The account at fal is out of credits or locked: {told.text!r}."
        return _account(provider, AccountState.NO_FUNDS, said, f"Add credits at {FUNDS_URL}.")
    if told.status == 403:
        said = "This key may not ask fal anything about the account."
        fix = f"It may still make pictures. If not, make a key with more rights at {KEY_URL}."
        return _account(provider, AccountState.READY, said, fix)
    said = "The key works; its balance is not visible to this key."
    fix = f"The balance is at {FUNDS_URL}."
    return _account(provider, AccountState.READY, said, fix)


async def schema(wire: Wire, name: str) -> ModelSchema | None:
    """What a model takes.

    Raises:
        Unreachable: fal cannot be asked now.
        UnknownModel: fal has no such model.
    """
    reply = await ask(wire, "models", [("endpoint_id", name), ("expand", "openapi-3.0")])
    models = (reply.fields() or {}).get("models")
    if reply.status == 404 or (reply.good and models == []):
        raise UnknownModel(
            f"fal has no model {plain(name, 80)!r}.", "Copy the name from the model's page at fal."
        )
    if not reply.good:
        raise Unreachable(
            f"fal does not tell about its models (status {reply.status}).", "Check the key."
        )
    model = models[0] if isinstance(models, list) and isinstance(models[0], dict) else {}
    document = model.get("openapi")
    if not isinstance(document, dict) or "error" in document:
        return None
    metadata = model.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    return ModelSchema(
        document=document,
        label=plain(about.get("display_name") or "", 120),
        description=plain(about.get("description") or "", 600),
    )


async def pages(
    wire: Wire, path: str, params: Params, most: int, *, name: str = "items"
) -> tuple[list[Any], bool, int]:
    """The items of a paged list, whether that is all of them, and the last status.

    Args:
        name: Where a page keeps its items.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    items: list[Any] = []
    cursor: str | None = None
    for _ in range(most):
        more = [*params, ("cursor", cursor)] if cursor else params
        reply = await ask(wire, path, more)
        body = reply.fields() or {}
        found = body.get(name)
        if not reply.good or not isinstance(found, list):
            return items, False, reply.status
        items += found
        told = body.get("next_cursor")
        if not body.get("has_more") and not told:
            return items, True, reply.status
        if not isinstance(told, str) or told == cursor:
            break
        cursor = told
    return items, False, 200


def decimal(value: object) -> Decimal | None:
    """A number told by fal, exact; ``None`` for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        text = str(value).strip()
        if len(text) > LONGEST_NUMBER:
            return None
        number = Decimal(text)
    except (InvalidOperation, ValueError):  # also an integer of too many digits
        return None
    if not number.is_finite() or abs(number) >= 10**12:
        return None
    return number if not number or number.adjusted() > -LONGEST_NUMBER else None


def _standing(reply: Reply, provider: str) -> Account:
    found = (reply.fields() or {}).get("credits")
    told = found if isinstance(found, Mapping) else {}
    amount = decimal(told.get("current_balance"))
    if amount is None or str(told.get("currency") or "USD").upper() != "USD":
        said = "The key works; fal does not tell its balance."
        return _account(provider, AccountState.READY, said, f"The balance is at {FUNDS_URL}.")
    balance = to_micros(amount)
    if balance <= 0:
        said = f"The account at fal has no credits left ({format_usd(balance)})."
        fix = f"Add credits at {FUNDS_URL}."
        return _account(provider, AccountState.NO_FUNDS, said, fix, balance)
    said = f"The key works; {format_usd(balance)} are on the account."
    return _account(provider, AccountState.READY, said, "", balance)


def _is_broke(told: Told) -> bool:
    return told.status in {402, 403} and told.about_funds


def _account(
    provider: str, state: AccountState, said: str, fix: str, balance: Micros | None = None
) -> Account:
    return Account(provider=provider, state=state, message=said, fix=fix, balance=balance)


def objects(found: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list that fal told."""
    for item in found if isinstance(found, list) else []:
        if isinstance(item, Mapping):
            yield item
