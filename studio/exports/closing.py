"""The closing statistics of a batch, for the terminal, the log and the summary file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.models import Asset, BatchStatus, Job, JobState, Micros, format_usd

NOT_MADE = frozenset({JobState.FAILED, JobState.REFUSED, JobState.CANCELED, JobState.UNKNOWN})
"""Ended, or stuck, without a picture."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How a batch went. Times are seconds, money is micro-dollars."""

    total: int
    successful: int
    failed: int
    """Failed, refused, canceled, or of unknown outcome."""
    unknown: int
    """Of those failed, how many may still turn out to be made."""
    retries: int
    generation_time: float
    """Sum over the pictures made: longer than the run where several are made at once."""
    busy_time: float
    """In which at least one picture was in the making."""
    cost: Micros
    reserved: Micros
    images: Path | None
    metadata: Path | None
    unknown_price: int = 0
    """Pictures whose price nobody told: they are not in ``cost``."""

    @property
    def average_time(self) -> float:
        """Mean seconds per picture made; 0 when none was."""
        return self.generation_time / self.successful if self.successful else 0.0

    @property
    def throughput(self) -> float:
        """Pictures per second of work; 0 when none was made."""
        return self.successful / self.busy_time if self.successful and self.busy_time else 0.0

    def share(self, count: int) -> str:
        """``count`` as a percentage of all pictures, such as ``96.9%``."""
        return f"{100 * count / self.total if self.total else 0:.1f}%"

    def pairs(self) -> list[tuple[str, str]]:
        """The block as (label, value), in its order."""
        lines = [
            ("Total images", str(self.total)),
            ("Successfully generated", f"{self.successful} ({self.share(self.successful)})"),
            ("Failed", f"{self.failed} ({self.share(self.failed)})"),
        ]
        if self.unknown:
            lines.append(("Of those, outcome unknown", str(self.unknown)))
        lines += [
            ("Total retries", str(self.retries)),
            ("Total generation time", f"{self.generation_time:.1f} s"),
            ("Average time per image", f"{self.average_time:.2f} s"),
            ("Throughput", f"{self.throughput:.2f} images/second"),
        ]
        if self.images is not None:
            lines.append(("Images directory", self.images.as_posix()))
        if self.metadata is not None:
            lines.append(("Metadata directory", self.metadata.as_posix()))
        lines.append(("Cost", self._cost()))
        if self.reserved:
            lines.append(("Still reserved", f"{format_usd(self.reserved)} (USD)"))
        return lines

    def _cost(self) -> str:
        """The figure in dollars; what is unknown is said to be, never shown as nothing."""
        known = f"{format_usd(self.cost)} (USD)"
        if not self.unknown_price:
            return known
        noun = "picture" if self.unknown_price == 1 else "pictures"
        unknown = f"unknown for {self.unknown_price} {noun}"
        return f"{known}, and {unknown}" if self.cost else unknown


def statistics(
    status: BatchStatus, jobs: Sequence[Job], assets: Mapping[str, Asset], folder: Path | None
) -> Statistics:
    """Count a batch.

    Args:
        status: the batch and its money.
        jobs: all its jobs.
        assets: its pictures by job id; a picture's own duration wins over its job's.
        folder: where the files lie, if anywhere.
    """
    done = [job for job in jobs if job.state is JobState.DONE]
    failed = [job for job in jobs if job.state in NOT_MADE]
    return Statistics(
        total=len(jobs),
        successful=len(done),
        failed=len(failed),
        unknown=sum(job.state is JobState.UNKNOWN for job in failed),
        retries=sum(job.retries for job in jobs),
        generation_time=sum(seconds_of(job, assets.get(job.id)) for job in done),
        busy_time=_busy_time(jobs),
        cost=status.settled,
        reserved=status.reserved,
        images=folder,
        metadata=folder / "metadata" if folder else None,
        unknown_price=sum(job.cost is None and job.spec.quote.expected is None for job in done),
    )


def seconds_of(job: Job, asset: Asset | None) -> float:
    """How long a picture took, in seconds; 0 where it never started."""
    if asset is not None and asset.seconds is not None:
        return asset.seconds
    return job.seconds or 0.0


def _busy_time(jobs: Sequence[Job]) -> float:
    """Seconds in which at least one picture was in the making: a night's pause does not count."""
    spans = sorted(
        (job.started_at, job.finished_at) for job in jobs if job.started_at and job.finished_at
    )
    busy, reached = 0.0, None
    for start, end in spans:
        begin = start if reached is None else max(start, reached)
        busy += max(0.0, (end - begin).total_seconds())
        reached = end if reached is None else max(end, reached)
    return busy
