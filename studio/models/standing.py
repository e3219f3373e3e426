"""How a batch stands in words: where its pictures are, and what they cost against the quote."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from studio.models.batch import BatchState, BatchStatus, PauseReason
from studio.models.job import Job, JobState
from studio.models.money import Micros, Quote, format_together, format_usd
from studio.models.prompt import PlannedModel

STATE_WORDS: dict[JobState, str] = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being made",
    JobState.RUNNING: "being made",
    JobState.FETCHING: "being saved",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.REFUSED: "refused",
    JobState.CANCELED: "canceled",
    JobState.UNKNOWN: "outcome unknown",
}
_CENT = 10_000
_TEENS = range(11, 14)
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}


class BatchMoney(BaseModel):
    """What a batch was quoted, and what it came to so far. Amounts are micro-dollars."""

    model_config = ConfigDict(frozen=True)

    quote: Quote
    settled: Micros
    reserved: Micros
    without_picture: Micros = 0
    """The part of ``settled`` for which no picture came."""
    pictures: int = 0
    """Pictures in hand, whatever they cost."""
    unknown_price: int = 0
    """Those of them whose price nobody told: they count as nothing in ``settled``."""

    @property
    def is_free(self) -> bool:
        """Nothing was or will be charged, and that is certain."""
        return self.quote.is_free and not (self.settled or self.reserved or self.unknown_price)

    @property
    def words(self) -> str:
        """Quote against actual, in one line; empty where all is free."""
        if self.is_free:
            return ""
        parts = [f"Quoted {quoted_words(self.quote)}", self.spent_words]
        if self.unknown_price:
            parts.append(f"{_pictures(self.unknown_price)} of unknown price")
        if self.reserved:
            parts.append(f"{format_usd(self.reserved)} set aside")
        return " · ".join(filter(None, parts))

    @property
    def spent_words(self) -> str:
        """What was paid for how many pictures, and what for none; empty where only unknown prices
        are known.
        """
        priced = max(0, self.pictures - self.unknown_price)
        if self.settled == 0 and priced == 0:
            return "" if self.unknown_price else "nothing spent yet"
        if self.settled and self.settled == self.without_picture:
            return f"spent {format_usd(self.settled)} without a picture"
        told = f" for {_pictures(priced)}" if priced else ""
        if not self.without_picture:
            return f"spent {format_usd(self.settled)}{told}"
        made, lost = format_together(self.settled - self.without_picture, self.without_picture)
        return f"spent {made}{told}, {lost} without {'one' if told else 'a picture'}"


def quoted_words(quote: Quote) -> str:
    """A quote: ``$0.80 to $1.00``, one figure, or ``at an unknown price``."""
    if quote.low is None or quote.high is None:
        return "at an unknown price"
    return range_words(quote.low, quote.high)


def range_words(low: Micros, high: Micros) -> str:
    """Two amounts as people read them: equally fine, ``low`` rounded down and ``high`` up.

    ``$0.024 to $0.096``, ``$0.09 to $0.20``; ``up to $0.003`` where ``low`` is next to nothing.
    """
    if low == high:
        return format_usd(high)
    step = _CENT if high >= 10 * _CENT else max(1, 10 ** (len(str(high)) - 2))
    least, most = low // step * step, -(-high // step) * step
    if least == most:
        return format_usd(most)
    return f"{format_usd(least)} to {format_usd(most)}" if least else f"up to {format_usd(most)}"


def price_origin(part: PlannedModel) -> str:
    """Where a planned model's price comes from, and of which day it is; empty when unknown."""
    if part.price_source is None or part.quote.expected is None:
        return ""
    day = part.price_as_of
    if day is None:
        return part.price_source
    source = part.price_source.removesuffix(day.isoformat()).rstrip(" ,").removesuffix(" as quoted")
    return f"{source}, {day.day} {day:%b %Y}"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return f"{number:,}{ending}"


def place_words(job: Job) -> str:
    """Where one picture is: ``waiting``, ``in line, 3rd``, ``being made``, ``being saved``."""
    place = job.progress.queue_position if job.progress else None
    if job.state is JobState.RUNNING and place is not None:
        return f"in line, {ordinal(place + 1)}"
    return STATE_WORDS[job.state]


def flight_words(status: BatchStatus, provider: str) -> list[str]:
    """The work under way by stage: in line at the provider, being made, being saved.

    Args:
        provider: What the provider is called.
    """
    counts, words = status.counts, []
    if status.in_line:
        best = status.next_in_line
        place = "" if best is None else f", next is {ordinal(best + 1)}"
        words.append(f"{status.in_line:,} in line at {provider}{place}")
    if making := counts.submitting + counts.running - status.in_line:
        words.append(f"{making:,} being made")
    if counts.fetching:
        words.append(f"{counts.fetching:,} being saved")
    return words


def speed_words(status: BatchStatus) -> str:
    """``8 a minute``, ``20 an hour``; empty while nothing can be said."""
    speed = status.pictures_per_minute
    if not speed:
        return ""
    return f"{speed:,.0f} a minute" if speed >= 2 else f"{max(1, round(speed * 60))} an hour"


def _pictures(number: int) -> str:
    return f"{number:,} picture{'' if number == 1 else 's'}"


def still_moves(status: BatchStatus) -> bool:
    """Whether a batch still moves by itself; one that waits for the disk does."""
    batch, counts = status.batch, status.counts
    if batch.state is BatchState.RUNNING or batch.pause_reason is PauseReason.DISK:
        return counts.unfinished > 0
    return counts.in_flight > 0
