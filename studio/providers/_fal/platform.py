"""fal's platform: the account, what a model takes, and what one request cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from studio.errors import UnknownModel, Unreachable
from studio.models import Account, AccountState, Micros, format_usd, to_micros
from studio.providers._base import ModelSchema
from studio.providers._fal.errors import Told, read
from studio.providers._fal.wire import FUNDS_URL, KEY_URL, Wire
from studio.providers._http import NoReply, Params, Reply, plain

LARGE_ANSWER = 16 * 1024 * 1024
BILLS_KEPT = timedelta(days=89)
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


async def bill(wire: Wire, request_id: str) -> Micros | None:
    """What fal's bill says about one request now; ``None`` while it says nothing to this key.

    Raises:
        PermissionError: this key may not read the bill.
    """
    try:
        costs = await _billed(wire, request_id)
    except Unreachable:
        return None
    return _sum(costs) if costs else None


async def whole_bill(wire: Wire, request_id: str) -> Micros | None:
    """The same once the bill must be complete: 0 where it has nothing for that request.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    try:
        return _sum(await _billed(wire, request_id))
    except PermissionError:
        return None


async def _billed(wire: Wire, request_id: str) -> list[Decimal | None]:
    """The cost of each line of the bill about a request; ``None`` for one that cannot be read.

    Raises:
        PermissionError: this key may not read the bill.
        Unreachable: fal cannot be asked now.
    """
    start = (wire.ctx.clock.now() - BILLS_KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = [("request_id", request_id), ("start", start)]
    reply = await ask(wire, "models/billing-events", params)
    if reply.status in {401, 403}:
        raise PermissionError("this key may not read the bill")
    events = (reply.fields() or {}).get("billing_events")
    if not reply.good or not isinstance(events, list):
        raise Unreachable("fal does not show its bill now.", "It is asked again by itself.")
    return [_cost(event) for event in events if _is_about(event, request_id)]


def _sum(costs: Sequence[Decimal | None]) -> Micros | None:
    known = [cost for cost in costs if cost is not None]
    return to_micros(sum(known, Decimal(0))) if len(known) == len(costs) else None


async def pages(wire: Wire, path: str, params: Params, most: int) -> tuple[list[Any], bool, int]:
    """The items of a paged list, whether that is all of them, and the last status.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    items: list[Any] = []
    cursor: str | None = None
    for _ in range(most):
        more = [*params, ("cursor", cursor)] if cursor else params
        reply = await ask(wire, path, more)
        body = reply.fields() or {}
        found = body.get("items")
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
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


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


def _is_about(event: object, request_id: str) -> bool:
    return isinstance(event, Mapping) and event.get("request_id") in {request_id, None}


def _cost(event: Mapping[str, Any]) -> Decimal | None:
    """Dollars of one line of the bill, exact where fal tells it exactly."""
    exact = decimal(event.get("cost_estimate_nano_usd"))
    return exact / 10**9 if exact is not None else decimal(event.get("cost_total"))


def objects(found: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list that fal told."""
    for item in found if isinstance(found, list) else []:
        if isinstance(item, Mapping):
            yield item
