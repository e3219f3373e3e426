"""What fal's models cost: live prices, and what one request was billed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx

from studio.errors import Unreachable
from studio.models import Charged, Fault, Micros, Price, Usage, to_micros
from studio.providers._fal.bills import MOST, bill, plausible
from studio.providers._fal.platform import ask, decimal, objects
from studio.providers._fal.wire import Wire

AT_ONCE = 50
"""Most models in one question about prices."""
MOST_PAGES = 5
ASKED_AFTER, REMEMBERED, FORGIVEN, BLIND = 60.0, 600.0, 60.0, 3600.0
"""Seconds after which a price is asked again, and until which it holds while fal cannot be asked;
for which it is let be that one could not be learned, and that a key has no rights.
"""
UNITS_HEADER = "x-fal-billable-units"


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars for one unit of a model's output, exact."""

    unit: str
    dollars: Decimal


async def rates(wire: Wire, names: Sequence[str]) -> dict[str, Rate]:
    """Live rates in US dollars; unknown models and other currencies are left out.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    found: dict[str, Rate] = {}
    wanted = list(dict.fromkeys(names))
    for start in range(0, len(wanted), AT_ONCE):
        chunk = wanted[start : start + AT_ONCE]
        told = await _asked(wire, chunk)
        if told is None and len(chunk) > 1:  # one unknown name spoils the whole question
            for name in chunk:
                found |= await _asked(wire, [name]) or {}
        found |= told or {}
    return {name: rate for name, rate in found.items() if name in wanted}


@dataclass(frozen=True, slots=True)
class _Known:
    """A model's rate, of which moment that is, and until when it need not be asked again."""

    rate: Rate | None
    of: float
    until: float


class Billing:
    """Prices, and what requests were billed with them; remembers prices for a minute, by account.

    A price that is asked for a quote is the one that the next requests are booked at.
    """

    def __init__(self) -> None:
        self._rates: dict[tuple[str, str], _Known] = {}
        self._blind: dict[str, float] = {}
        """Accounts whose key may not read the bill → until when not to ask again."""

    async def prices(self, wire: Wire, names: Sequence[str]) -> dict[str, Price]:
        """Live prices, by the model's name; what was remembered of them is forgotten.

        Raises:
            Unreachable: fal cannot be asked now.
        """
        today = wire.ctx.clock.now().date()
        told: dict[str, Price] = {}
        for name, rate in (await self._ask(wire, names)).items():
            each = to_micros(rate.dollars)
            told[name] = Price(
                unit=rate.unit,
                low=each,
                expected=each,
                high=each,
                source="fal pricing API",
                as_of=today,
            )
        return told

    async def usage(
        self, wire: Wire, ref: Mapping[str, Any], headers: httpx.Headers | None
    ) -> Usage:
        """What one request was billed, from the answer's own header or else from the bill."""
        details: dict[str, Any] = {"request_id": ref.get("request_id")}
        units = _units_of(headers)
        if units is None:
            cost = await self.billed(wire, ref)
            source = "fal's bill" if cost is not None else "fal did not tell what it billed"
            return Usage(cost=cost, source=source, details=details)
        details["billable_units"] = float(units)
        rate = await self._rate(wire, str(ref.get("endpoint")))
        if rate is None:
            if units == 0:
                return Usage(cost=0, source="0 units, told by fal", details=details)
            said = f"{_number(units)} units, told by fal; the price of one could not be learned"
            return Usage(cost=None, source=said, details=details)
        details |= {"unit": rate.unit, "unit_price": float(rate.dollars)}
        named = rate.unit if units == 1 else f"{rate.unit}s"
        source = f"{_number(units)} {named} told by fal × our price of ${_number(rate.dollars)}"
        cost = plausible(units * rate.dollars)
        if cost is None:
            said = f"{source}, which no call can cost"
            return Usage(cost=None, source=said, details=details)
        details["computed"] = True  # the bill may say otherwise: prices change
        return Usage(cost=cost, source=source, details=details)

    async def billed(self, wire: Wire, ref: Mapping[str, Any]) -> Micros | None:
        """What fal's bill says about one request; ``None`` while it says nothing to this key."""
        now, who = wire.ctx.clock.monotonic(), _account_of(wire)
        request_id = ref.get("request_id")
        if not isinstance(request_id, str) or now < self._blind.get(who, now):
            return None
        try:
            return await bill(wire, request_id)
        except PermissionError:
            self._blind[who] = now + BLIND
            return None

    async def charge(
        self, fault: Fault, wire: Wire, ref: Mapping[str, Any], headers: httpx.Headers | None
    ) -> Fault:
        """A fault of finished work with what it cost, where that can be learned."""
        if fault.looking:
            return fault
        if fault.charged is Charged.NO and not _units_of(headers):
            return fault
        usage = await self.usage(wire, ref, headers)
        units = usage.details.get("billable_units")
        if units == 0 or usage.cost == 0:
            return fault.model_copy(update={"charged": Charged.NO, "cost": None})
        if units is None and usage.cost is None:
            return fault
        paid = {"charged": Charged.YES, "cost": usage.cost, "retry": False}
        return fault.model_copy(update=paid)

    async def _rate(self, wire: Wire, endpoint: str) -> Rate | None:
        now, key = wire.ctx.clock.monotonic(), (_account_of(wire), endpoint)
        known = self._rates.get(key)
        if known is not None and now < known.until:
            return known.rate
        try:
            await self._ask(wire, [endpoint])
        except Unreachable:
            held = known is not None and now < known.of + REMEMBERED
            last = known if known is not None and held else _Known(None, now, now)
            self._rates[key] = replace(last, until=now + FORGIVEN)
        return self._rates[key].rate

    async def _ask(self, wire: Wire, names: Sequence[str]) -> dict[str, Rate]:
        """The rates of now, which hold from now on; of two answers that of the later question."""
        now, who = wire.ctx.clock.monotonic(), _account_of(wire)
        found = await rates(wire, names)
        for name in names:
            known, rate = self._rates.get((who, name)), found.get(name)
            if known is None or known.of <= now:
                until = now + (ASKED_AFTER if rate else FORGIVEN)
                self._rates[who, name] = _Known(rate, now, until)
        return found


async def _asked(wire: Wire, names: Sequence[str]) -> dict[str, Rate] | None:
    """The rates of some models; ``None`` where fal does not know one of them."""
    found: dict[str, Rate] = {}
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        params = [("endpoint_id", name) for name in names]
        reply = await ask(wire, "models/pricing", params + ([("cursor", cursor)] if cursor else []))
        if reply.status in {404, 400, 422}:
            return None
        if not reply.good:
            raise Unreachable(
                f"fal does not tell its prices (status {reply.status}).", "Check the key."
            )
        body = reply.fields() or {}
        for entry in objects(body.get("prices")):
            rate = _rate_of(entry)
            if rate is not None:
                found[str(entry.get("endpoint_id"))] = rate
        told = body.get("next_cursor")
        if not body.get("has_more") or not isinstance(told, str) or told == cursor:
            break
        cursor = told
    return found


def _rate_of(entry: Mapping[str, Any]) -> Rate | None:
    dollars = decimal(entry.get("unit_price"))
    currency = str(entry.get("currency") or "USD").upper()
    if dollars is None or not 0 <= dollars <= MOST or currency != "USD":
        return None
    return Rate(unit=_unit(str(entry.get("unit") or "image")), dollars=dollars)


def _unit(told: str) -> str:
    """``Images`` or ``per image`` as ``image``: the units that the catalog counts in."""
    words = " ".join(told.lower().replace("_", " ").split()).removeprefix("per ")
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _units_of(headers: httpx.Headers | None) -> Decimal | None:
    """The units that an answer says were billed; ``None`` where it says none that can be."""
    units = decimal(headers.get(UNITS_HEADER)) if headers is not None else None
    return units if units is not None and units >= 0 else None


def _account_of(wire: Wire) -> str:
    return hashlib.sha256((wire.key or "").encode()).hexdigest()


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
