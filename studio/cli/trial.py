"""One test picture per provider, made the way every picture is made, for ``studio doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from studio.cli import screen
from studio.cli.follow import Stop, follow
from studio.cli.prices import price_source
from studio.models import (
    BatchState,
    BatchStatus,
    Check,
    JobState,
    Mode,
    PauseReason,
    Plan,
    Quote,
    RunOptions,
    Verdict,
    format_usd,
)

if TYPE_CHECKING:
    from studio.container import Studio

TITLE = "Doctor's test picture"
PROMPT = "A red apple on a white table, soft light, simple watercolour"
SIDE = 512
_REFUSALS = (PauseReason.KEY, PauseReason.FUNDS)


def cheapest(studio: Studio, provider: str) -> Plan | None:
    """The test picture with the listed model that costs least; ``None`` where none is listed.

    A model whose price is unknown is taken only where no price is known.
    """
    plans = [
        _plan(studio, card.id, min(SIDE, card.max_side))
        for card in studio.models.cards()
        if card.provider == provider and Mode.IMAGE in card.modes
    ]
    return min(plans, key=_by_price, default=None)


def price_words(quote: Quote) -> str:
    """``for free``, ``for $0.003``, or ``at an unknown price``."""
    if quote.is_free:
        return "for free"
    if quote.expected is None:
        return "at an unknown price"
    return f"for {format_usd(quote.expected)}"


def price_check(studio: Studio, label: str, plan: Plan) -> Check:
    """What the cheapest listed model costs, and who says so."""
    card = studio.models.card(plan.options.model)
    source = f"; {price_source(card.price)}" if card.price else ""
    words = price_words(plan.quote).removeprefix("for ").removeprefix("at ")
    known = plan.quote.expected is not None
    return Check(
        name=f"{label}: price",
        verdict=Verdict.OK if known else Verdict.WARNING,
        message=f"One picture of {card.label}: {words}{source}.",
        fix="" if known else "Look the price up at the provider before a larger batch.",
    )


def may_make(label: str, plan: Plan, *, yes: bool) -> bool:
    """Whether the test picture may be made: a free one always, a paid one when somebody agrees."""
    if yes or plan.quote.is_free:
        return True
    if not screen.can_ask():
        return False
    question = f"Make one test picture with {label} {price_words(plan.quote)}?"
    return typer.confirm(question, default=False, err=True)


def left_out(label: str, plan: Plan) -> Check:
    """Said where nobody agreed to the price."""
    return Check(
        name=f"{label}: test picture",
        verdict=Verdict.WARNING,
        message=f"Left out: one would be made {price_words(plan.quote)}.",
        fix="Add --yes to agree, or --no-picture to go without.",
    )


def make(studio: Studio, label: str, plan: Plan, stop: Stop) -> tuple[Check, bool]:
    """Make the picture; (what came of it, whether the account was refused)."""
    batch_id = studio.batches.start(plan)
    status = follow(studio, batch_id, stop)
    refused = status.batch.pause_reason in _REFUSALS
    if status.batch.state is BatchState.PAUSED:
        studio.batches.cancel(batch_id)  # nothing of a test is left waiting
    return _finding(studio, label, status), refused


def _finding(studio: Studio, label: str, status: BatchStatus) -> Check:
    name, batch_id = f"{label}: test picture", status.batch.id
    if status.counts.done:
        cost = "free" if status.settled == 0 else f"{format_usd(status.settled)} charged"
        message = f"Made and kept in the gallery, {cost}."
        return Check(name=name, verdict=Verdict.OK, message=message)
    job = studio.batches.jobs(batch_id, limit=1)[0]
    if status.batch.pause_message:
        message, fix = status.batch.pause_message, "Mend that, then look again."
    elif job.fault is not None:
        message, fix = job.fault.message, job.fault.hint
    else:
        words = "its outcome is unknown" if job.state is JobState.UNKNOWN else "it is not done yet"
        message, fix = f"No picture: {words}.", f"Look again with: studio status {batch_id}."
    return Check(name=name, verdict=Verdict.ERROR, message=message, fix=fix)


def _plan(studio: Studio, model: str, side: int) -> Plan:
    options = RunOptions(
        model=model, width=side, height=side, images=1, title=TITLE, source="doctor"
    )
    return studio.planner.single(PROMPT, options)


def _by_price(plan: Plan) -> tuple[bool, int]:
    return plan.quote.expected is None, plan.quote.expected or 0
