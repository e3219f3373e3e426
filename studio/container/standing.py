"""How a batch stands at one moment: counts, money, an honest estimate of the time left."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median

from studio.db import Tx, batches, durations, glance, lost, spending
from studio.engine import Parts
from studio.ids import SystemClock
from studio.models import Batch, BatchState, BatchStatus, CancelReport, Job
from studio.models.standing import BatchMoney
from studio.models.trouble import Trouble, told_together

ETA_NEEDS = 3
"""Pictures that must be done before their times say anything."""
LATEST = 40
"""Pictures looked at: the newest ones."""
SHORTEST = 0.001
"""Seconds below which no picture is taken to be made."""
LONGEST_GAP = 60.0
"""Seconds without any work after which what was before says nothing about now: a pause."""

Span = tuple[float, float]
"""When a picture was started and when it was done, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast pictures arrive."""

    per_second: float
    typical: float
    """Median seconds from sending a picture to having it, never 0."""


def status_of(tx: Tx, batch: Batch, now: datetime | None = None) -> BatchStatus:
    """Counts, money and time of a batch, in one consistent view.

    Args:
        now: The present moment; by default that of the system.
    """
    counts = batches.counts(tx, batch.id)
    spend = spending.spent(tx, batch_id=batch.id)
    flights = glance.in_flight(tx, batch.id) if counts.in_flight else []
    moment = (now or SystemClock().now()).timestamp()
    sent = [_at(flight.started_at) for flight in flights]
    pace = pace_of(_spans(batches.durations(tx, batch.id, LATEST)), sent, moment)
    places = [flight.place for flight in flights if flight.place is not None]
    left = None
    if batch.state is BatchState.RUNNING and counts.unfinished:
        expected = pace or _earlier_pace(tx, [flight.model for flight in flights])
        left = expected and time_left(expected, counts.unfinished, sent, moment)
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


def alive(parts: Parts, looked_at: int) -> list[BatchStatus]:
    """Those of the newest batches that run, and then those that are paused, newest first.

    Args:
        looked_at: How many of the newest are looked through; the others cost no more than that.
    """
    now = parts.now()

    def look(tx: Tx) -> list[BatchStatus]:
        recent = batches.newest(tx, looked_at)
        living = {BatchState.RUNNING, BatchState.PAUSED}
        return [status_of(tx, batch, now) for batch in recent if batch.state in living]

    found = [parts.refusals.shown_in(status) for status in parts.store.read(look)]
    return sorted(found, key=lambda status: status.batch.state is not BatchState.RUNNING)


def news(parts: Parts, batch_id: str) -> Hashable:
    """What is another value as soon as there is something new to show about a batch at rest."""
    written = parts.store.read(lambda tx: glance.last_written(tx, batch_id))
    return (*written, parts.refusals.why(batch_id))


def under_way(parts: Parts, batch_id: str) -> list[Job]:
    """The jobs of a batch that are worked on now, in the order of the file."""
    return parts.store.read(lambda tx: glance.jobs_in_flight(tx, batch_id))


def money(parts: Parts, batch_id: str) -> BatchMoney:
    """What a batch was quoted and what it came to; unknown prices are counted, never summed.

    Raises:
        NotFound: there is no such batch.
    """

    def look(tx: Tx) -> BatchMoney:
        quote = batches.get(tx, batch_id).quote
        spend = spending.spent(tx, batch_id=batch_id)
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
    aside = spending.spent(tx, batch_id=batch_id).reserved
    return CancelReport(
        waiting=counts.queued,
        in_flight=counts.in_flight,
        may_charge=max(0, aside - lost.held(tx, batch_id)),  # unknown outcomes are not touched
    )


def pace_of(done: Sequence[Span], sent: Sequence[float], now: float) -> Pace | None:
    """The pace of a batch; ``None`` until there are a few pictures since it last stood still.

    Each picture counts by the part of its making that lies in the time looked at, those under way
    by how long they took so far: so the pace neither jumps with each wave of pictures nor starts
    too low, and a provider that stalls makes it fall.

    Args:
        done: The pictures finished last, up to :data:`LATEST`.
        sent: When those under way were sent, seconds since the epoch.
        now: The present moment, seconds since the epoch.
    """
    if len(done) < ETA_NEEDS:
        return None
    typical = max(median(end - start for start, end in done), SHORTEST)
    longest = 10 * typical + LONGEST_GAP  # a picture taken over after a night took not a night
    clipped = [(max(start, end - longest), end) for start, end in done]
    recent = _since_pause(clipped, min(sent, default=None))
    if len(recent) < ETA_NEEDS:
        return None
    whole = len(recent) < LATEST  # then all of the work since the beginning is known
    begin = min(start if whole else end for start, end in recent)
    until = now if sent else max(end for _, end in recent)
    made = sum(_part_after(begin, start, end) for start, end in recent)
    made += sum(_part_made(begin, start, typical, now) for start in sent)
    return Pace(made / (until - begin), typical) if made > 0 and until > begin else None


def time_left(pace: Pace, unfinished: int, sent: Sequence[float], now: float) -> float:
    """Seconds until the last picture, at least what the picture sent last will still take.

    Args:
        unfinished: Pictures to come, those under way included.
        sent: When those under way were sent, seconds since the epoch.
        now: The present moment, seconds since the epoch.
    """
    under_way = sum(_part_made(start, start, pace.typical, now) for start in sent)
    tail = max((start + pace.typical - now for start in sent), default=0.0)
    return max((unfinished - under_way) / pace.per_second, tail, 0.0)


def _part_after(begin: float, start: float, end: float) -> float:
    """How much of a finished picture was made after ``begin``: 0 to 1."""
    return min(1.0, max(0.0, end - begin) / max(end - start, SHORTEST))


def _part_made(begin: float, start: float, typical: float, now: float) -> float:
    """How much of a picture under way was made after ``begin``: never more than all of it."""
    return min(1.0, max(0.0, now - max(begin, start)) / typical)


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


def _earlier_pace(tx: Tx, models: Sequence[str]) -> Pace | None:
    """The pace to expect from what the models under way took before, at the present parallelism.

    ``None`` where nothing is under way or too few pictures were ever made.
    """
    seen = durations.of_models(tx, set(models))
    if not seen or any(len(times) < ETA_NEEDS for times in seen.values()):
        return None
    usual = {
        model: median(end - start for start, end in _spans(times)) for model, times in seen.items()
    }
    typical = max(fmean(usual[model] for model in models), SHORTEST)
    return Pace(len(models) / typical, typical)


def _spans(times: Sequence[tuple[str, str]]) -> list[Span]:
    return [(_at(started), _at(finished)) for started, finished in times if started and finished]


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
