"""Lanes: how many calls a provider account gets at once, how fast, and when it gets none."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.models import Fault, FaultKind

BREAKER_AFTER = 5
BREAKER_SECONDS = 30.0
BARE_BUSY_SECONDS = 2.0
LONGEST_PAUSE = 900.0


@dataclass(slots=True)
class Lane:
    """The traffic to one provider account. Times are seconds on the monotonic clock.

    Concurrency grows by one per window of successes and is halved when the provider says
    "too fast" (additive increase, multiplicative decrease); a pause it asks for is kept. After
    five failures in a row to reach it the lane closes for half a minute, then lets exactly one
    call try: only the success of that call opens it again.
    """

    capacity: int
    starts_per_second: float | None = None
    in_flight: int = 0
    _limit: float = field(init=False)
    _closed_until: float = 0.0
    _failures: int = 0
    _broken: bool = False
    _trial: Seat | None = None
    _tokens: float = 1.0
    _refilled_at: float = 0.0

    def __post_init__(self) -> None:
        self._limit = float(self.capacity)

    @property
    def limit(self) -> int:
        """Calls allowed at once now."""
        return max(1, int(self._limit))

    @property
    def is_broken(self) -> bool:
        """Whether the provider could not be reached so often that at most one call may try."""
        return self._broken

    def set_capacity(self, wanted: int) -> None:
        """Change the most calls at once, such as when a batch asks for more workers."""
        if wanted != self.capacity:
            self._limit = max(1.0, min(float(wanted), self._limit + wanted - self.capacity))
            self.capacity = wanted

    def has_room(self, now: float) -> bool:
        """Whether one more call may start now."""
        if self._trial is not None:
            return False
        return self.in_flight < self.limit and self.opens_at(now) <= now

    def opens_at(self, now: float) -> float:
        """When the lane takes calls again, as far as time decides it."""
        self._refill(now)
        if self.starts_per_second is None or self._tokens >= 1:
            return self._closed_until
        return max(self._closed_until, now + (1 - self._tokens) / self.starts_per_second)

    def start(self, now: float) -> Seat:
        """One call starts; in a broken lane it is the one that may try."""
        self._refill(now)
        self._tokens -= 1
        seat = self.join()
        if self._broken:
            self._trial = seat
        return seat

    def join(self) -> Seat:
        """A call takes its place that is under way already, such as one of a dead process."""
        self.in_flight += 1
        return Seat(self)

    def finish(self, seat: Seat) -> None:
        """A call no longer occupies the provider."""
        self.in_flight -= 1
        if seat is self._trial:
            self._trial = None

    def succeeded(self, seat: Seat) -> None:
        """The provider did what it was asked by a call."""
        if self._broken and seat is not self._trial:
            return  # it was sent before the provider went away
        self._trial, self._broken, self._failures = None, False, 0
        self._limit = min(float(self.capacity), self._limit + 1 / self._limit)

    def failed(self, seat: Seat, fault: Fault, now: float) -> None:
        """Learn from the fault of a call: slow down, wait, or close."""
        if fault.kind is FaultKind.UNKNOWN_OUTCOME:
            return  # no answer says nothing; it is looked up, and may still succeed
        if fault.kind is FaultKind.RATE_LIMITED:
            self._limit = max(1.0, self._limit / 2)
            asked = BARE_BUSY_SECONDS if fault.retry_after is None else fault.retry_after
            self._closed_until = max(self._closed_until, now + min(asked, LONGEST_PAUSE))
        elif fault.kind is FaultKind.UNAVAILABLE:
            self._unreachable(seat, now)
        else:
            self._failures = 0
        if seat is self._trial:
            self._trial = None

    def _unreachable(self, seat: Seat, now: float) -> None:
        self._failures += 1
        if self._failures >= BREAKER_AFTER and not self._broken:
            self._broken = True
            self._closed_until = max(self._closed_until, now + BREAKER_SECONDS)
        elif seat is self._trial:
            self._closed_until = max(self._closed_until, now + BREAKER_SECONDS)

    def _refill(self, now: float) -> None:
        if self.starts_per_second is None:
            self._tokens = 1.0
            return
        gained = (now - self._refilled_at) * self.starts_per_second
        self._tokens = min(max(1.0, self.starts_per_second), self._tokens + gained)
        self._refilled_at = now


@dataclass(slots=True, eq=False)
class Seat:
    """One call's place in a lane: the lane learns from what becomes of that very call."""

    lane: Lane

    def finish(self) -> None:
        """The call no longer occupies the provider."""
        self.lane.finish(self)

    def succeeded(self) -> None:
        """The provider did what it was asked."""
        self.lane.succeeded(self)

    def failed(self, fault: Fault, now: float) -> None:
        """Learn from a fault: slow down, wait, or close."""
        self.lane.failed(self, fault, now)
