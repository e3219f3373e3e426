"""Asking providers' own bills about what was booked, in bulk, once they must be complete."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from studio.db import Tx, bill_checks, followups, jobs, receipts
from studio.db.followups import DueBill
from studio.engine.bill_booking import (
    GIVE_UP,
    TOLD_AFTER,
    conclude,
    may_be_free,
    note_equal,
)
from studio.engine.parts import Parts
from studio.errors import AccountError, Unreachable
from studio.failpoints import reach
from studio.models import Job, Micros
from studio.providers import Provider

LONGEST_QUESTION = 30.0
PROBE = timedelta(hours=1)
"""A bill that this key may not read is asked for only so often, with one question."""
LONGEST_WAIT = 300.0
FEWEST_QUESTIONS = 100
"""A bill that cannot be reached is asked so often, for hours, before a question is given up."""
MOST_PROOFS = 10
"""Most questions in one round whether single calls were free."""

log = structlog.get_logger("studio.engine")

Ref = Mapping[str, Any]


def ask_later(tx: Tx, parts: Parts, job: Job, at: datetime, *, told: bool = False) -> None:
    """Remember to ask the bill about an ended attempt, once it must be complete.

    Args:
        told: The provider said what it cost: it is compared later than a cost only assumed.
    """
    provider = parts.providers.get(job.spec.request.model.partition(":")[0])
    if provider is None or not provider.keeps_bill:
        return
    if not job.remote and receipts.of_attempt(tx, job.id, job.attempt) is None:
        return
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    kind = f"{followups.BILLS}:{job.attempt}"
    later = at + settle * (TOLD_AFTER if told else 1)
    followups.add(tx, kind, batch_id=job.batch_id, job_id=job.id, at=at, not_before=later)


def by_provider(due: Sequence[DueBill]) -> list[list[DueBill]]:
    """The questions that one call can answer."""
    ordered = sorted(due, key=lambda item: item.provider)
    return [list(group) for _, group in groupby(ordered, key=lambda item: item.provider)]


async def ask_bills(parts: Parts, group: Sequence[DueBill]) -> None:
    """Ask one provider's bill about some attempts at once, and book what it says of each.

    Afterwards each of the questions is answered, put off, or given up.
    """
    name, began = group[0].provider, parts.now()
    provider = parts.providers.get(name)
    closed = parts.store.read(lambda tx: bill_checks.closed_until(tx, name, began))
    if provider is None or not provider.keeps_bill:
        await _put_off(parts, name, parts.now() + PROBE, "its provider keeps no bill")
        return
    if closed is not None:
        await _put_off(parts, name, closed, "the bill cannot be read with this key")
        return
    refs = parts.store.read(lambda tx: [_ref_of(tx, item) for item in group])
    asked = [(item, ref) for item, ref in zip(group, refs, strict=True) if ref is not None]
    await _let_go(parts, [item for item, ref in zip(group, refs, strict=True) if ref is None])
    try:
        billed = await _ask(parts, provider, [ref for _, ref in asked])
    except AccountError as error:
        await _shut(parts, provider, error)
    except Unreachable as error:
        wait = min(LONGEST_WAIT, 2.0 ** max(item.attempts for item in group))
        until = parts.now() + timedelta(seconds=wait)
        await _put_off(parts, name, until, error.message, fewest=FEWEST_QUESTIONS)
    else:
        await _book_all(parts, provider, asked, billed, began)


async def _book_all(
    parts: Parts,
    provider: Provider,
    asked: Sequence[tuple[DueBill, Ref]],
    billed: Sequence[Micros | None],
    began: datetime,
) -> None:
    """One transaction for each attempt that moves money, and one for all that were as booked."""
    found = {item.id: amount for (item, _), amount in zip(asked, billed, strict=True)}
    silent = [(item, ref) for item, ref in asked if found[item.id] is None]
    found |= await _single(parts, provider, silent)
    proofs = {item.id for item, _ in silent}
    reach("before_book")
    pairs = [(item, found.get(item.id)) for item, _ in asked]
    for item, amount in await parts.store.awrite(lambda tx: note_equal(tx, pairs, began)):
        is_proof = item.id in proofs

        def work(
            tx: Tx,
            item: DueBill = item,
            amount: Micros | None = amount,
            is_proof: bool = is_proof,
        ) -> None:
            conclude(tx, parts, item, amount, began, is_proof=is_proof)

        await parts.store.awrite(work)


async def _ask(parts: Parts, provider: Provider, refs: Sequence[Ref]) -> list[Micros | None]:
    """What the bill's lines say.

    Raises:
        AccountError: this key may not read the bill.
        Unreachable: it cannot be asked now.
    """
    if not refs:
        return []
    try:
        async with asyncio.timeout(LONGEST_QUESTION):
            billed = await provider.bills(refs, parts.context(provider))
    except TimeoutError as error:
        told = f"{provider.label} did not show its bill."
        raise Unreachable(told, "It is asked again by itself.") from error
    if any(amount is not None for amount in billed):
        name, at = provider.id, parts.now()
        if not parts.store.read(lambda tx: bill_checks.is_readable(tx, name)):
            await parts.store.awrite(lambda tx: bill_checks.can_be_read(tx, name, at))
    return billed


async def _single(
    parts: Parts, provider: Provider, silent: Sequence[tuple[DueBill, Ref]]
) -> dict[int, Micros]:
    """Of attempts that may have been free and have no line: what asking for each alone proves."""
    perhaps = parts.store.read(
        lambda tx: [pair for pair in silent if may_be_free(tx, parts, pair[0])]
    )
    told: dict[int, Micros] = {}
    for item, ref in perhaps[:MOST_PROOFS]:
        try:
            async with asyncio.timeout(LONGEST_QUESTION):
                amount = await provider.bill(ref, parts.context(provider))
        except (TimeoutError, Unreachable):
            break
        if amount is not None:
            told[item.id] = amount
    return told


def _ref_of(tx: Tx, item: DueBill) -> Ref | None:
    """What finds the request of an attempt at its provider."""
    ref = receipts.of_attempt(tx, str(item.job_id), item.attempt)
    if ref is not None:
        return ref
    job = jobs.get(tx, str(item.job_id))
    return job.remote if job.attempt == item.attempt else None


async def _let_go(parts: Parts, items: Sequence[DueBill]) -> None:
    """Nothing finds these at their provider: their bill cannot be asked."""
    at = parts.now()

    def work(tx: Tx) -> None:
        for item in items:
            followups.finish(tx, item.id, at, followups.GIVEN_UP)

    if items:
        await parts.store.awrite(work)


async def _put_off(
    parts: Parts, provider: str, until: datetime, why: str, *, fewest: int = 0
) -> None:
    """Every question that is due to a bill waits, without one call for each."""
    at = parts.now()
    await parts.store.awrite(
        lambda tx: followups.postpone_bills(
            tx, provider, at, until, why, since=at - GIVE_UP, fewest=fewest
        )
    )


async def _shut(parts: Parts, provider: Provider, error: AccountError) -> None:
    """This key may not read the bill: remember it, for the costs page and for the next hour."""
    at = parts.now()
    until = at + PROBE
    name, why = provider.id, error.message

    def work(tx: Tx) -> None:
        bill_checks.cannot_be_read(tx, name, at, told=why, fix=error.next_step, until=until)
        followups.postpone_bills(tx, name, at, until, why, since=at - GIVE_UP)

    await parts.store.awrite(work)
    log.info("bill_not_readable", provider=name)
