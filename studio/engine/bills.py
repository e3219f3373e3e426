"""Holding what was booked against the provider's own bill, in bulk, once that must be complete.

Each attempt is booked in a transaction of its own, from the sum that the ledger holds by then, and
only while its question is open: two processes that ask the same bill book it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import structlog

from studio.db import Tx, assets, bill_checks, followups, jobs, ledger, notes, receipts
from studio.db.followups import DueBill
from studio.engine.overruns import flag_overrun
from studio.engine.parts import Parts
from studio.engine.resilience import MAYBE_CHARGED, WRITTEN_OFF
from studio.errors import AccountError, Unreachable
from studio.models import Charged, Job, JobState, Micros, format_usd
from studio.providers import Provider

LONGEST_QUESTION = 30.0
FREE_AFTER = 5
"""A failure that is on no bill after so many settle times was free."""
TOLD_AFTER = 5
"""A cost that was told is held against the bill after so many settle times."""
PERHAPS = (MAYBE_CHARGED, WRITTEN_OFF)
"""Sources of settlements for calls of which nobody knew whether they were charged."""
ASSUMED = (*PERHAPS, "charged by the provider, at the reserved price")
"""Sources of settlements whose amount nobody had told."""
GIVE_UP = timedelta(hours=48)
"""An attempt that is on no bill after that keeps the cost that was told or assumed."""
PROBE = timedelta(hours=1)
"""A bill that this key may not read is asked for only so often, with one question."""
LONGEST_WAIT = 300.0
_ON_ITS_WAY = {JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHING, JobState.UNKNOWN}
_MADE = {JobState.DONE}
MOST_PROOFS = 10
"""Most questions in one round whether single calls were free."""

log = structlog.get_logger("studio.engine")

Ref = Mapping[str, Any]


def ask_later(tx: Tx, parts: Parts, job: Job, at: datetime, *, told: bool = False) -> None:
    """Remember to ask the bill about a settled attempt, once it must be complete.

    Args:
        told: The provider said what it cost: it is compared later than a cost only assumed.
    """
    provider = parts.providers.get(job.spec.request.model.partition(":")[0])
    if provider is None or not provider.keeps_bill or not job.remote:
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
        await _put_off(parts, name, parts.now() + timedelta(seconds=wait), error.message)
    else:
        await _book_all(parts, provider, asked, billed, began)


async def _book_all(
    parts: Parts,
    provider: Provider,
    asked: Sequence[tuple[DueBill, Ref]],
    billed: Sequence[Micros | None],
    began: datetime,
) -> None:
    """One transaction for each attempt; its age is that at which it was asked about."""
    found = {item.id: amount for (item, _), amount in zip(asked, billed, strict=True)}
    silent = [(item, ref) for item, ref in asked if found[item.id] is None]
    found |= await _single(parts, provider, silent)
    proofs = {item.id for item, _ in silent}
    for item, _ in asked:
        amount, is_proof = found.get(item.id), item.id in proofs

        def work(
            tx: Tx,
            item: DueBill = item,
            amount: Micros | None = amount,
            is_proof: bool = is_proof,
        ) -> None:
            _conclude(tx, parts, item, amount, began, is_proof=is_proof)

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
        lambda tx: [pair for pair in silent if _may_be_free(tx, parts, pair[0])]
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


def _conclude(
    tx: Tx, parts: Parts, item: DueBill, billed: Micros | None, at: datetime, *, is_proof: bool
) -> None:
    """Book what the bill says of one attempt, or put the question off, or give it up.

    Args:
        is_proof: A bill of 0 is not written there: it was concluded from its silence.
    """
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    entry = ledger.settlement(tx, str(item.job_id), item.attempt)
    if not followups.is_open(tx, item.id):
        return  # another process was faster
    if entry is None:
        followups.finish(tx, item.id, at)
        return
    job = jobs.get(tx, str(item.job_id))
    age = at - entry.at
    if job.attempt == item.attempt and job.state in _ON_ITS_WAY:
        _later(tx, item, at + max(settle, timedelta(seconds=1)), "its picture is on its way")
    elif billed is not None and (billed or not is_proof or _may_be_free(tx, parts, item)):
        _book(tx, parts, job, item.attempt, billed)
        followups.finish(tx, item.id, at)
    elif age < GIVE_UP:  # its line may be late, or another process has the key to read it
        least = settle if entry.source.startswith(ASSUMED) else settle * TOLD_AFTER
        wait = max(least, age / 2, timedelta(seconds=1))
        _later(tx, item, at + wait, "the bill has no line about it yet")
    else:
        followups.finish(tx, item.id, at, followups.GIVEN_UP)
        log.info("bill_says_nothing", job_id=item.job_id)


def _later(tx: Tx, item: DueBill, until: datetime, why: str) -> None:
    followups.postpone(tx, item.id, until, why)


def _may_be_free(tx: Tx, parts: Parts, item: DueBill) -> bool:
    """Whether a bill that has nothing for an attempt means that it was free.

    What was made is never free because its line is late; what may have failed is, after a while.
    """
    job_id = str(item.job_id)
    entry = ledger.settlement(tx, job_id, item.attempt)
    if entry is None or entry.picture or not entry.source.startswith(PERHAPS):
        return False
    job = jobs.get(tx, job_id)
    if job.attempt == item.attempt and (
        job.state in _MADE or job.state in _ON_ITS_WAY or assets.of_jobs(tx, [job_id])
    ):
        return False  # it was found after all
    settle = timedelta(seconds=parts.settings.studio_settle_seconds)
    return parts.now() - entry.at >= FREE_AFTER * settle


def _book(tx: Tx, parts: Parts, job: Job, attempt: int, billed: Micros) -> None:
    """Bring an attempt to what the bill says, and note what had been booked before."""
    at, zone = parts.now(), parts.settings.timezone
    source = f"{parts.provider_of(job).label}'s own bill: {format_usd(billed)}"
    asked = job.model_copy(update={"attempt": attempt})
    booked = ledger.booked(tx, job.id, attempt) or 0
    changed = ledger.correct(tx, asked, billed, at, zone, source=source)
    bill_checks.record(tx, job.id, attempt, at, booked=booked, billed=billed)
    if changed > 0:
        flag_overrun(tx, parts, job, billed, job.spec.quote.high or 0)
    if job.attempt != attempt or not job.state.is_terminal:
        return  # a later attempt lives: the row tells about that one
    if not changed and job.cost == billed and not (job.cost_source or "").startswith(ASSUMED):
        return  # as it was told: nothing is news
    fault = job.fault
    if fault is not None:
        charged = Charged.YES if billed else Charged.NO
        fault = fault.model_copy(update={"charged": charged, "cost": billed or None})
    notes.bill(tx, job, fault, at, cost=billed, source=source, changed=changed)


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


async def _put_off(parts: Parts, provider: str, until: datetime, why: str) -> None:
    """Every question that is due to a bill waits, without one call for each."""
    at = parts.now()
    await parts.store.awrite(
        lambda tx: followups.postpone_bills(tx, provider, at, until, why, since=at - GIVE_UP)
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
