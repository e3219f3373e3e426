"""Why pictures are missing, in plain words, with equal faults told together: for every face."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from studio.models.job import Job, JobState
from studio.models.money import format_usd
from studio.models.request import Charged, Fault, FaultKind

KIND_WORDS: dict[FaultKind, str] = {
    FaultKind.BAD_REQUEST: "not accepted by the model",
    FaultKind.REFUSED: "refused by the safety filter",
    FaultKind.BAD_KEY: "stopped because the key was refused",
    FaultKind.NO_FUNDS: "stopped because the account has no funds",
    FaultKind.RATE_LIMITED: "turned away because the provider was too busy",
    FaultKind.UNAVAILABLE: "not made because the provider was not available",
    FaultKind.UNKNOWN_OUTCOME: "with an unknown outcome",
    FaultKind.BAD_OUTPUT: "without a usable picture",
    FaultKind.LOST: "lost at the provider",
}
CHARGED_WORDS: dict[Charged, str] = {
    Charged.YES: "charged",
    Charged.NO: "not charged",
    Charged.MAYBE: "may have been charged",
}
_RANGES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Failure:
    """One picture without a result: as little of its job as is needed to tell why."""

    job_id: str
    row: int
    name: str
    """Its description, or the head of its prompt."""
    state: JobState
    fault: Fault | None


@dataclass(slots=True)
class Trouble:
    """Pictures that went wrong in the same way."""

    state: JobState
    fault: Fault | None
    """What went wrong with the first of them; only the cost may differ for the others."""
    failures: list[Failure] = field(default_factory=list)

    @property
    def headline(self) -> str:
        """How many, and what happened: ``14 refused by the safety filter``."""
        return f"{len(self.failures):,} {what_happened(self.fault, self.state)}"

    @property
    def charged(self) -> str:
        """Whether it cost money, and how much where that is known."""
        return charged_words([failure.fault for failure in self.failures if failure.fault])

    @property
    def rows(self) -> str:
        """Where in the file: ``row 3``, ``rows 3, 5–9 and 12``."""
        numbers = sorted({failure.row for failure in self.failures})
        return f"row{'' if len(numbers) == 1 else 's'} {number_ranges(numbers)}"


def what_happened(fault: Fault | None, state: JobState) -> str:
    """What became of a picture, to follow a number."""
    return KIND_WORDS[fault.kind] if fault is not None else state.value


def charged_words(faults: Sequence[Fault]) -> str:
    """Whether equal faults cost money: ``not charged``, ``charged $0.025 each``.

    An amount that nobody told is said to be unknown, never to be nothing.
    """
    if not faults:
        return CHARGED_WORDS[Charged.NO]
    charged = faults[0].charged
    words = CHARGED_WORDS[charged]
    if charged is Charged.NO:
        return words
    costs = [fault.cost for fault in faults if fault.cost is not None]
    if len(costs) < len(faults):
        told = ", the provider does not say how much"
        return f"{words}{told if charged is Charged.YES else ''}"
    if len(costs) == 1:
        return f"{words} {format_usd(costs[0])}"
    if len(set(costs)) == 1:
        return f"{words} {format_usd(costs[0])} each"
    return f"{words} {format_usd(sum(costs))} in all"


def number_ranges(numbers: Sequence[int]) -> str:
    """Rising numbers in few words: ``3, 5–9 and 12``; a long list ends with how many more."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    words = [_run(*run) for run in runs[:_RANGES_SHOWN]]
    if more := sum(last - first + 1 for first, last in runs[_RANGES_SHOWN:]):
        words.append(f"{more:,} more")
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _run(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first}, {last}" if last == first + 1 else f"{first}–{last}"


def told_together(failures: Iterable[Failure]) -> list[Trouble]:
    """Failures of the same kind and words as one, the largest first."""
    groups: dict[tuple[object, ...], Trouble] = {}
    for failure in failures:
        fault = failure.fault
        alike = fault and (fault.kind, fault.message, fault.hint, fault.charged)
        group = groups.setdefault((failure.state, alike), Trouble(failure.state, fault))
        group.failures.append(failure)
    return sorted(groups.values(), key=lambda group: len(group.failures), reverse=True)


def troubles_of(jobs: Iterable[Job]) -> list[Trouble]:
    """The same from jobs; those in hand, canceled or without a fault have no trouble to tell."""
    return told_together(
        Failure(
            job.id,
            job.spec.row_number,
            job.spec.description or job.spec.request.prompt[:60],
            job.state,
            job.fault,
        )
        for job in jobs
        if job.fault is not None and job.state not in {JobState.DONE, JobState.CANCELED}
    )
