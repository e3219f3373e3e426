"""The comparison of quotes, ledger and providers' bills, for the costs page and the CLI."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import takewhile

from studio.db import Tx, bill_checks, learned, spending
from studio.db.bill_checks import Paid
from studio.engine import Parts
from studio.models import Micros
from studio.models.bill import (
    FLAGGED_ABOVE,
    BillCheck,
    BilledPicture,
    ModelDrift,
    ProviderBill,
)

DAYS = 90
"""Providers keep bills for about that long."""
LAST_PICTURES = 50
"""A model's drift is that of so many pictures at most: what it costs by now."""
ENOUGH = 5
"""After so many pictures in a row that cost what was quoted, what was off before is past."""
A_RUN = 3
"""So many pictures in a row that are off by the same share tell of a changed price."""
MOST_MODELS = 40


def bill_check(parts: Parts, limit: int) -> BillCheck:
    """The comparison as it stands, with at most ``limit`` of the charges that differ."""
    since = parts.now() - timedelta(days=DAYS)

    def look(tx: Tx) -> BillCheck:
        bills = _bills(tx, parts, since)
        rows = [
            BilledPicture(
                job_id=row.job_id, batch_id=row.batch_id, asset_id=row.asset_id, name=row.name,
                model=row.model, attempt=row.attempt, at=datetime.fromisoformat(row.at),
                quoted=row.quoted, booked=row.booked, billed=row.billed, source=row.source,
            )
            for row in bill_checks.different(tx, since, limit)
        ]  # fmt: skip
        different = sum(bill.different for bill in bills)
        drift = _drifts(tx)
        return BillCheck(
            days=DAYS, bills=bills, rows=rows, more=max(0, different - len(rows)), drift=drift
        )

    return parts.store.read(look)


def ask_again(parts: Parts) -> None:
    """Ask the bills again now that could not be read or did not tell."""
    now = parts.now()
    parts.store.write(lambda tx: bill_checks.ask_again(tx, now, now - timedelta(days=DAYS)))


def _bills(tx: Tx, parts: Parts, since: datetime) -> list[ProviderBill]:
    facts = learned.everything(tx, bill_checks.READABLE)
    keepers = [provider.id for provider in parts.providers.values() if provider.keeps_bill]
    found: list[ProviderBill] = []
    for tally in bill_checks.tallies(tx, since, keepers):
        provider, fact = parts.providers.get(tally.provider), facts.get(tally.provider)
        known = fact.value if fact is not None and not fact.value["readable"] else None
        found.append(
            ProviderBill(
                provider=tally.provider,
                label=provider.label if provider else tally.provider,
                equal=tally.equal,
                different=tally.different,
                difference=tally.difference,
                waiting=tally.waiting,
                given_up=tally.given_up,
                readable=known is None,
                told=known["told"] if known else "",
                fix=known["fix"] if known else "",
                asks_again=datetime.fromisoformat(known["until"]) if known else None,
            )
        )
    return found


def _drifts(tx: Tx) -> list[ModelDrift]:
    models = [name for name, _ in spending.grouped(tx, "model")][:MOST_MODELS]
    prices = learned.everything(tx, learned.PRICE)
    found = [line for model in models if (line := _drift(tx, model, prices.get(model))) is not None]
    return sorted(found, key=lambda line: -abs(line.share or 0.0))


def _drift(tx: Tx, model: str, price: learned.Learned | None) -> ModelDrift | None:
    """``None`` for a model without pictures that cost money or were to."""
    known = bill_checks.paid(tx, model, LAST_PICTURES)
    if not any(picture.quoted or picture.cost for picture in known):
        return None
    paid, of = latest(known)
    quoted_last = max(datetime.fromisoformat(picture.created_at) for picture in paid)
    return ModelDrift(
        model=model,
        pictures=len(paid),
        of=of,
        quoted=_mean([picture.quoted for picture in paid]),
        actual=_mean([picture.cost for picture in paid]),
        refreshed=price is not None and price.at > quoted_last,
    )


def latest(paid: list[Paid]) -> tuple[list[Paid], int]:
    """The newest pictures that were off their quotes to the same side, and among how many they
    are; where :data:`ENOUGH` were right since, those that were right, and 0.

    Pictures that cost what was quoted would only blur by how much the others were off: two at
    three times their quote among fifty are no drift of 8 %.
    """
    right = list(takewhile(lambda picture: not _side(picture), paid))
    if len(right) >= min(ENOUGH, len(paid)):
        return right, 0
    off = [(place, one) for place, one in enumerate(_stretch(paid)) if _side(one)]
    newest = off[0][1]
    run = [one for _, one in takewhile(lambda each: _same_share(each[1], newest), off)]
    if len(run) < A_RUN:
        run = [one for _, one in off if _side(one) == _side(newest)]
    last = next(place for place, one in off if one is run[-1])
    return run, last + 1


def _stretch(paid: list[Paid]) -> list[Paid]:
    """The newest pictures, back to where enough in a row were right."""
    right = 0
    for place, picture in enumerate(paid):
        right = 0 if _side(picture) else right + 1
        if right == ENOUGH:
            return paid[: place + 1 - ENOUGH]
    return paid


def _side(picture: Paid) -> int:
    """1 above what was quoted at most, -1 below the least, by more than is worth a look; else 0."""
    if picture.cost > picture.high * (1 + FLAGGED_ABOVE):
        return 1
    return -1 if picture.cost < picture.low * (1 - FLAGGED_ABOVE) else 0


def _same_share(one: Paid, other: Paid) -> bool:
    """Whether two pictures are off their quotes by about the same share."""
    left, right = one.cost * other.quoted, other.cost * one.quoted
    return abs(left - right) <= FLAGGED_ABOVE * max(left, right)


def _mean(amounts: list[Micros]) -> Micros:
    return round(sum(amounts) / len(amounts))
