"""Failures told apart by money: free to try again, charged, written off, or still unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from studio.container import Studio
from studio.container.requeue import is_loss
from studio.engine.resilience import WRITTEN_OFF
from studio.models import Charged, FaultKind, Job, JobState, format_usd
from studio.models.lost import LostItem, LostKind
from studio.models.trouble import Failure, Trouble
from studio.ui.words import JOB_WORDS


class Standing(StrEnum):
    """What trying a failed picture again means for money."""

    OPEN = "open"
    """Nobody knows yet whether it was made."""
    FREE = "free"
    """Nothing was charged for it."""
    CHARGED = "charged"
    """It was charged, or may have been."""
    WRITTEN_OFF = "written_off"
    """Nobody ever knew; a person let it count as spent."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pictures that went wrong in the same way, and of which the same may be done."""

    trouble: Trouble
    standing: Standing
    jobs: Mapping[str, Job]
    """Those that were read: all of a batch at rest, few of one that moves."""

    @property
    def ids(self) -> list[str]:
        """The jobs."""
        return [failure.job_id for failure in self.trouble.failures]

    @property
    def findable(self) -> list[str]:
        """Those whose picture the provider may still have: a refusal left none."""
        return [one.job_id for one in self.trouble.failures if one.state is JobState.FAILED]

    @property
    def headline(self) -> str:
        """How many, and what became of them."""
        trouble, number = self.trouble, len(self.trouble.failures)
        if self.standing is Standing.WRITTEN_OFF:
            cost = sum(self.jobs[job_id].cost or 0 for job_id in self.ids)
            return f"{number:,} {written_off_words(cost)}"
        fault = trouble.fault
        if fault and fault.kind is FaultKind.UNKNOWN_OUTCOME and self.standing is not Standing.OPEN:
            return f"{number:,} without a picture, as the provider's bill tells"
        return trouble.headline

    @property
    def state_words(self) -> str:
        """Its state in a word or two."""
        if self.standing is Standing.WRITTEN_OFF:
            return "written off"
        return JOB_WORDS[self.trouble.state]

    @property
    def is_sure(self) -> bool:
        """Whether they surely were charged."""
        fault = self.trouble.fault
        return fault is not None and fault.charged is Charged.YES


def groups_of(troubles: Iterable[Trouble], jobs: Mapping[str, Job]) -> list[Group]:
    """Troubles, split where one may be tried again for its price and another was paid for."""
    groups = []
    for trouble in troubles:
        parts: dict[Standing, list[Failure]] = {}
        for failure in trouble.failures:
            standing = standing_of(failure, jobs.get(failure.job_id))
            parts.setdefault(standing, []).append(failure)
        groups += [
            Group(Trouble(trouble.state, failures[0].fault, failures), standing, jobs)
            for standing, failures in parts.items()
        ]
    return groups


def standing_of(failure: Failure, job: Job | None) -> Standing:
    """What trying one again means for money; without its job the fault tells."""
    if failure.state is JobState.UNKNOWN:
        return Standing.OPEN
    if job is None:
        fault = failure.fault
        charged = fault is not None and fault.charged is not Charged.NO
        return Standing.CHARGED if charged else Standing.FREE
    if is_written_off(job):
        return Standing.WRITTEN_OFF
    return Standing.CHARGED if is_loss(job) else Standing.FREE


def is_written_off(job: Job) -> bool:
    """Whether nobody knew what became of it, and it counts as spent until a bill says better."""
    told = job.fault is None or job.fault.kind is FaultKind.UNKNOWN_OUTCOME
    source = job.cost_source or ""
    return job.state is JobState.FAILED and told and source.startswith(WRITTEN_OFF)


def written_off_words(cost: int) -> str:
    """To follow a number or a name: ``written off, counted as $0.003``."""
    return f"written off, counted as {format_usd(cost) if cost else 'nothing'}"


def loss_of(studio: Studio, job_id: str) -> LostItem | None:
    """An ended picture as a loss to decide about; ``None`` when it went on meanwhile."""
    job = studio.batches.job(job_id)
    if job.state not in {JobState.FAILED, JobState.REFUSED}:
        return None
    told = Charged.MAYBE if is_written_off(job) or job.fault is None else job.fault.charged
    provider = job.spec.request.model.partition(":")[0]
    return LostItem(
        kind=LostKind.PAID, job_id=job.id, batch_id=job.batch_id, batch_title="",
        row=job.spec.row_number, name=job.spec.description or job.spec.request.prompt[:60],
        model=job.spec.request.model, provider=provider, amount=job.cost or 0, charged=told,
        known="", hint="", remote_id=None, sent_at=job.started_at,
    )  # fmt: skip
