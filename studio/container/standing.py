"""How a batch stands at one moment: counts, money, an honest estimate of the time left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median

from studio.db import Tx, batches, durations, glance, ledger
from studio.engine import Parts
from studio.ids import SystemClock
from studio.models import Batch, BatchCounts, BatchState, BatchStatus, CancelReport
from studio.models.standing import BatchMoney
from studio.models.trouble import Trouble, told_together

ETA_NEEDS = 3
"""Pictures that must be done before their times say anything."""
LONGEST_GAP = 60.0
"""Seconds without any work after which what was before says nothing about now: a pause."""

Span = tuple[float, float]
"""When a picture was started and when it was done, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast pictures arrive."""

    per_second: float
    typical: float
    """Median seconds from sending a picture to having it."""


def status_of(tx: Tx, batch: Batch, now: datetime | None = None) -> BatchStatus:
    """Counts, money and time of a batch, in one consistent view.

    Args:
        now: The present moment; by default that of the system.
    """
    counts = batches.counts(tx, batch.id)
    spend = ledger.spent(tx, batch_id=batch.id)
    flights = glance.in_flight(tx, batch.id) if counts.in_flight else []
    moment = (now or SystemClock().now()).timestamp()
    pace = pace_of(_spans(batches.durations(tx, batch.id)), [_at(f.started_at) for f in flights],
                   moment)  # fmt: skip
    left = None
    if batch.state is BatchState.RUNNING and counts.unfinished:
        left = _time_left(tx, counts, flights, pace, moment)
    places = [flight.place for flight in flights if flight.place is not None]
    return BatchStatus(
        batch=batch,
        counts=counts,
        settled=spend.settled,
        reserved=spend.reserved,
        eta_seconds=left,
        pictures_per_minute=pace.per_second * 60 if pace else None,
        in_line=len(places),
        next_in_line=min(places, default=None),
    )


def money(parts: Parts, batch_id: str) -> BatchMoney:
    """What a batch was quoted and what it came to; unknown prices are counted, never summed.

    Raises:
        NotFound: there is no such batch.
    """

    def look(tx: Tx) -> BatchMoney:
        quote = batches.get(tx, batch_id).quote
        spend = ledger.spent(tx, batch_id=batch_id)
        # a known quote is the sum of known prices: only where it is unknown can one be missing
        odd = glance.pictures_of_unknown_price(tx, batch_id) if quote.expected is None else 0
        return BatchMoney(
            quote=quote, settled=spend.settled, reserved=spend.reserved,
            without_picture=spend.without_picture, pictures=spend.pictures, unknown_price=odd,
        )  # fmt: skip

    return parts.store.read(look)


def troubles(parts: Parts, batch_id: str) -> list[Trouble]:
    """Why pictures of a batch are missing, equal faults together, the most frequent first."""
    return told_together(parts.store.read(lambda tx: glance.failures(tx, batch_id)))


def cancel_report(tx: Tx, batch_id: str) -> CancelReport:
    """What cancelling means for money."""
    counts = batches.counts(tx, batch_id)
    return CancelReport(
        waiting=counts.queued,
        in_flight=counts.in_flight,
        may_charge=ledger.spent(tx, batch_id=batch_id).reserved,
    )


def pace_of(done: Sequence[Span], started: Sequence[float], now: float) -> Pace | None:
    """The pace of a batch; ``None`` until there are a few pictures since it last stood still.

    Args:
        done: The pictures finished last.
        started: When those under way were sent, seconds since the epoch.
        now: The present moment, seconds since the epoch.
    """
    if len(done) < ETA_NEEDS:
        return None
    typical = median(end - start for start, end in done)
    longest = 10 * typical + LONGEST_GAP  # a picture taken over after a night took not a night
    clipped = [(max(start, end - longest), end) for start, end in done]
    recent = _since_pause(clipped, min(started, default=None))
    if len(recent) < ETA_NEEDS:
        return None
    first = min(start for start, _ in recent)
    last = max(end for _, end in recent)
    if started:  # a provider that stalls makes the estimate grow, a wave of pictures does not
        last = max(last, now - 1.5 * typical)
    return Pace(len(recent) / (last - first), typical) if last > first else None


def _since_pause(spans: Sequence[Span], under_way_since: float | None) -> list[Span]:
    """The pictures made since the last long gap in which nothing was in the making."""
    kept: list[Span] = []
    reached = under_way_since
    for start, end in sorted(spans, key=lambda span: span[1], reverse=True):
        if reached is not None and end < reached - LONGEST_GAP:
            break
        kept.append((start, end))
        reached = start if reached is None else min(reached, start)
    return kept


def _time_left(
    tx: Tx, counts: BatchCounts, flights: Sequence[glance.Flight], pace: Pace | None, now: float
) -> float | None:
    """Seconds until the last picture, or ``None`` where nothing honest can be said.

    The batch's own pace; before there is one, what the same models took earlier, divided by how
    many are being made at once now.
    """
    if pace is None:
        typical = _earlier(tx, [flight.model for flight in flights])
        if typical is None:
            return None
        pace = Pace(len(flights) / typical, typical)
    newest = max((_at(flight.started_at) for flight in flights), default=None)
    tail = 0.0 if newest is None else newest + pace.typical - now
    return max(counts.unfinished / pace.per_second, tail)


def _earlier(tx: Tx, models: Collection[str]) -> float | None:
    """Seconds that a picture of these models took before, or ``None`` where too few were made."""
    seen = durations.of_models(tx, set(models))
    if not seen or any(len(times) < ETA_NEEDS for times in seen.values()):
        return None
    typical = {
        model: median(end - start for start, end in _spans(times)) for model, times in seen.items()
    }
    return fmean(typical[model] for model in models) or None


def _spans(times: Sequence[tuple[str, str]]) -> list[Span]:
    return [(_at(started), _at(finished)) for started, finished in times if started and finished]


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
