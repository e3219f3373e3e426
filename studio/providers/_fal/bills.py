"""fal's own bill: what requests cost, and that nothing is free without proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from studio.errors import AccountError, KeyMissing, Unreachable
from studio.models import Micros, to_micros
from studio.providers._fal import history
from studio.providers._fal.platform import decimal, objects, pages
from studio.providers._fal.wire import KEY_URL, Wire

KEPT = timedelta(days=89)
MOST_PAGES = 5
AT_ONCE = 50
"""Most requests in one question about the bill."""
MOST_QUESTIONS = 16
"""Most questions about those, where one of them spoils the answer and has to be found."""
MOST = Decimal(10_000)
"""Dollars: no single call costs more; a figure above it is a mistake of somebody."""


@dataclass(slots=True)
class _Count:
    """How many questions may still be asked, and how many were answered."""

    left: int
    answered: int = 0


def plausible(dollars: Decimal) -> Micros | None:
    """Micro-dollars; ``None`` for what no call can cost."""
    return to_micros(dollars) if 0 <= dollars <= MOST else None


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


async def whole_bill(wire: Wire, ref: Mapping[str, Any]) -> Micros | None:
    """The same once the bill must be complete: 0 where the request ended and has no line in it.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    try:
        costs = await _billed(wire, str(ref.get("request_id")))
    except PermissionError:
        return None
    if costs:
        return _sum(costs)
    item = await history.of_request(wire, ref)
    return 0 if item is not None and item.over else None


async def of_many(wire: Wire, refs: Sequence[Mapping[str, Any]]) -> list[Micros | None]:
    """What the lines of the bill say about each of some requests; ``None`` where there is none.

    Raises:
        Unreachable: fal cannot be asked now.
        AccountError: this key may not read the bill.
    """
    wanted = [str(ref.get("request_id") or "") for ref in refs]
    ids = list(dict.fromkeys(request_id for request_id in wanted if request_id))
    costs: dict[str, list[Decimal | None]] = {}
    if wire.key is None:
        raise KeyMissing("There is no key for fal.", f"Make one at {KEY_URL} and enter it.")
    for start in range(0, len(ids), AT_ONCE):
        count = _Count(MOST_QUESTIONS)
        try:
            costs |= await _of_some(wire, ids[start : start + AT_ONCE], count)
        except PermissionError as error:
            raise AccountError(
                "fal's bill cannot be read with this key.",
                f"A key with admin rights can read it: {KEY_URL}.",
            ) from error
        if not count.answered:
            raise Unreachable("fal does not show its bill now.", "It is asked again by itself.")
    return [_sum(costs[request_id]) if costs.get(request_id) else None for request_id in wanted]


async def _of_some(
    wire: Wire, ids: Sequence[str], count: _Count
) -> dict[str, list[Decimal | None]]:
    """The lines about some requests. One that spoils the answer is found by halves, and left out.

    Raises:
        PermissionError: this key may not read the bill.
        Unreachable: fal cannot be asked now.
    """
    if not count.left:
        return {}
    count.left -= 1
    events = await _events(wire, ids)
    if events is not None:
        count.answered += 1
        return _by_request(events, ids)
    if len(ids) == 1:
        return {}
    half = len(ids) // 2
    first = await _of_some(wire, ids[:half], count)
    return first | await _of_some(wire, ids[half:], count)


async def _billed(wire: Wire, request_id: str) -> list[Decimal | None]:
    """The cost of each line of the bill about a request; ``None`` for one that cannot be read.

    Raises:
        PermissionError: this key may not read the bill.
        Unreachable: fal cannot be asked now, or does not show all of it.
    """
    events = await _events(wire, [request_id])
    if events is None:
        raise Unreachable("fal does not show its bill now.", "It is asked again by itself.")
    return [_cost(event) for event in events if event.get("request_id") in (request_id, None)]


async def _events(wire: Wire, ids: Sequence[str]) -> list[Mapping[str, Any]] | None:
    """The lines of the bill about some requests, each once; ``None`` where not all are shown.

    Raises:
        PermissionError: this key may not read the bill.
        Unreachable: fal cannot be asked now.
    """
    if wire.key is None:
        raise Unreachable("There is no key for fal.", "Its bill is asked once there is one.")
    start = (wire.ctx.clock.now() - KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = [*(("request_id", request_id) for request_id in ids), ("start", start)]
    path, name = "models/billing-events", "billing_events"
    events, complete, status = await pages(wire, path, params, MOST_PAGES, name=name)
    if status == 401:
        raise Unreachable("fal does not accept the key.", "Its bill is asked again by itself.")
    if status == 403:
        raise PermissionError("this key may not read the bill")
    return list(_each_once(objects(events))) if complete else None


def _each_once(events: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """The lines without repeats: pages that shift while they are read show one of them twice.

    Only a line with a moment can be known for a repeat.
    """
    seen: set[str] = set()
    for event in events:
        text = json.dumps(event, sort_keys=True, default=str)
        if event.get("timestamp") is None or text not in seen:
            yield event
        seen.add(text)


def _by_request(
    events: Sequence[Mapping[str, Any]], ids: Sequence[str]
) -> dict[str, list[Decimal | None]]:
    """Request → the costs of its lines; one alone was asked about where the line names none."""
    found: dict[str, list[Decimal | None]] = {}
    for event in events:
        named = event.get("request_id")
        if named is None and len(ids) == 1:
            named = ids[0]
        if isinstance(named, str) and named in ids:
            found.setdefault(named, []).append(_cost(event))
    return found


def _sum(costs: Sequence[Decimal | None]) -> Micros | None:
    """Credits take away from what was charged, but never more than that."""
    known = [cost for cost in costs if cost is not None]
    return plausible(sum(known, Decimal(0))) if len(known) == len(costs) else None


def _cost(event: Mapping[str, Any]) -> Decimal | None:
    """Dollars of one line of the bill, exact where fal tells it exactly."""
    exact = decimal(event.get("cost_estimate_nano_usd"))
    return exact / 10**9 if exact is not None else decimal(event.get("cost_total"))
