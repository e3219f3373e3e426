"""fal's own bill: what one request cost, and that nothing is free without proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from studio.errors import Unreachable
from studio.models import Micros, to_micros
from studio.providers._fal import history
from studio.providers._fal.platform import decimal, pages
from studio.providers._fal.wire import Wire

KEPT = timedelta(days=89)
MOST_PAGES = 5
MOST = Decimal(10_000)
"""Dollars: no single call costs more; a figure above it is a mistake of somebody."""


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


async def _billed(wire: Wire, request_id: str) -> list[Decimal | None]:
    """The cost of each line of the bill about a request; ``None`` for one that cannot be read.

    Raises:
        PermissionError: this key may not read the bill.
        Unreachable: fal cannot be asked now, or does not show all of it.
    """
    if wire.key is None:
        raise Unreachable("There is no key for fal.", "Its bill is asked once there is one.")
    start = (wire.ctx.clock.now() - KEPT).strftime("%Y-%m-%dT%H:%M:%SZ")
    params = [("request_id", request_id), ("start", start)]
    path, name = "models/billing-events", "billing_events"
    events, complete, status = await pages(wire, path, params, MOST_PAGES, name=name)
    if status == 401:
        raise Unreachable("fal does not accept the key.", "Its bill is asked again by itself.")
    if status == 403:
        raise PermissionError("this key may not read the bill")
    if not complete:
        raise Unreachable("fal does not show its bill now.", "It is asked again by itself.")
    return [_cost(event) for event in events if _is_about(event, request_id)]


def _sum(costs: Sequence[Decimal | None]) -> Micros | None:
    """Credits take away from what was charged, but never more than that."""
    known = [cost for cost in costs if cost is not None]
    return plausible(sum(known, Decimal(0))) if len(known) == len(costs) else None


def _is_about(event: object, request_id: str) -> bool:
    return isinstance(event, Mapping) and event.get("request_id") in (request_id, None)


def _cost(event: Mapping[str, Any]) -> Decimal | None:
    """Dollars of one line of the bill, exact where fal tells it exactly."""
    exact = decimal(event.get("cost_estimate_nano_usd"))
    return exact / 10**9 if exact is not None else decimal(event.get("cost_total"))
