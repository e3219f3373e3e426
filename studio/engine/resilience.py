"""What follows from a fault: a table from data to decision. The engine acts on it."""

from __future__ import annotations

from dataclasses import dataclass

from studio.models import Charged, Fault, FaultKind, JobState, Micros, PauseReason

FIRST_WAIT = 2.0
LONGEST_WAIT = 300.0
LONGEST_ASKED = 900.0
BUSY_ATTEMPTS = 20
MAYBE_CHARGED = "may have been charged, counted at the reserved price"
PRICE_UNKNOWN = "price unknown"
WRITTEN_OFF = "outcome unknown, written off at the reserved price"

_PAUSES = {FaultKind.BAD_KEY: PauseReason.KEY, FaultKind.NO_FUNDS: PauseReason.FUNDS}


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a job after a fault."""

    state: JobState
    wait: float = 0.0
    """Seconds before a queued job may go again."""
    counts_as_retry: bool = False
    pause: PauseReason | None = None
    """Pause the batch: every row would fail the same way."""


def decide(fault: Fault, *, attempt: int, retries: int, max_retries: int) -> Decision:
    """The decision for a job that met ``fault`` on attempt ``attempt`` (the first is 1).

    Waits between tries are 2, 4, 8 … seconds unless the provider named a longer one. "Too busy"
    is not the picture's fault: it is tried again without using up the retries.
    """
    if fault.kind in _PAUSES:
        return Decision(JobState.QUEUED, pause=_PAUSES[fault.kind])
    if fault.kind is FaultKind.UNKNOWN_OUTCOME:
        return Decision(JobState.UNKNOWN)
    if fault.kind is FaultKind.REFUSED:
        return Decision(JobState.REFUSED)
    if fault.retry and fault.charged is Charged.NO:
        if fault.kind is FaultKind.RATE_LIMITED and attempt < max_retries + BUSY_ATTEMPTS:
            return Decision(JobState.QUEUED, wait=_asked(fault) or FIRST_WAIT)
        if retries < max_retries:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2**retries)
            return Decision(JobState.QUEUED, wait=max(wait, _asked(fault)), counts_as_retry=True)
    return Decision(JobState.FAILED)


def _asked(fault: Fault) -> float:
    """The wait the provider asked for, within reason (seconds)."""
    return min(max(fault.retry_after or 0.0, 0.0), LONGEST_ASKED)


def charge_for(fault: Fault, reserved: Micros) -> tuple[Micros, str] | None:
    """What a failed call costs: (micro-dollars, source), or ``None`` when nothing is charged."""
    if fault.charged is Charged.NO:
        return None
    if fault.cost is not None:
        return fault.cost, "told by the provider"
    if fault.charged is Charged.YES:
        return reserved, "charged by the provider, at the reserved price"
    return reserved, MAYBE_CHARGED
