"""How a batch stands, as one JSON document and one exit code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.models import (
    Asset,
    BatchState,
    BatchStatus,
    Fault,
    Job,
    JobSpec,
    PauseReason,
    Place,
    Plan,
    Quote,
    to_dollars,
)

if TYPE_CHECKING:
    from studio.container import Studio

ALL_DONE, SOME_FAILED, BUDGET_STOP, ACCOUNT_REFUSED, INTERRUPTED = 0, 1, 3, 4, 130

_PAUSED = {
    PauseReason.BUDGET: BUDGET_STOP,
    PauseReason.FUNDS: ACCOUNT_REFUSED,
    PauseReason.KEY: ACCOUNT_REFUSED,
    PauseReason.DISK: SOME_FAILED,
    PauseReason.USER: INTERRUPTED,
}
_PAGE = 1000

DEFAULT_LAYOUT = "sections"
"""The layout of an output folder for which none is named."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the pictures of a batch are delivered, and in which layout."""

    folder: Path | None
    layout: str

    @classmethod
    def of(cls, status: BatchStatus) -> Target:
        """The place that the batch itself remembers."""
        kept = status.batch.settings
        return cls(Path(kept.output) if kept.output else None, kept.layout or DEFAULT_LAYOUT)


def exit_code(status: BatchStatus) -> int:
    """What a batch that no longer moves means for the caller's script."""
    reason = status.batch.pause_reason
    if status.batch.state is BatchState.PAUSED and reason is not None:
        return _PAUSED[reason]
    counts = status.counts
    missing = counts.failed + counts.refused + counts.unknown + counts.canceled + counts.unfinished
    return SOME_FAILED if missing else ALL_DONE


def all_jobs(studio: Studio, batch_id: str) -> list[Job]:
    """Every job of a batch, in the order of the sheet."""
    jobs: list[Job] = []
    while True:
        page = studio.batches.jobs(batch_id, limit=_PAGE, offset=len(jobs))
        jobs += page
        if len(page) < _PAGE:
            return jobs


def pictures_of(studio: Studio, status: BatchStatus) -> dict[str, Asset]:
    """The pictures of a batch by job id."""
    assets = studio.batches.assets(status.batch.id, limit=max(1, status.counts.total))
    return {asset.job_id: asset for asset in assets}


def all_files(studio: Studio, status: BatchStatus) -> dict[str, str]:
    """Where the pictures of a batch lie for the caller, by job id."""
    place, assets = Target.of(status), pictures_of(studio, status)
    found = {
        job.id: _file(studio, status, job, assets.get(job.id), place)
        for job in all_jobs(studio, status.batch.id)
        if job.id in assets
    }
    return {job_id: file for job_id, file in found.items() if file is not None}


def is_job(id_: str) -> bool:
    """Whether an id names a job; otherwise it names a batch."""
    return id_.startswith("j_")


def place_of(priority: int) -> Place:
    """Where among the batches one of some priority is served."""
    if priority == 0:
        return Place.NORMAL
    return Place.FIRST if priority > 0 else Place.LAST


def batch_document(
    studio: Studio,
    status: BatchStatus,
    *,
    skipped: int | None = None,
    target: Target | None = None,
) -> dict[str, Any]:
    """The shape of ``run``, ``resume``, ``retry`` and ``status``.

    ``held_usd`` is the part of ``reserved_usd`` that waits for unknown outcomes. ``settled_usd``
    does not cover the ``unknown_price`` pictures whose price nobody told.
    """
    from studio.container.standing import money

    assets = pictures_of(studio, status)
    place = target or Target.of(status)
    document = summary_document(status, skipped=skipped, target=place)
    known = money(studio.parts, status.batch.id)
    document["held_usd"] = to_dollars(studio.lost.summary(status.batch.id).held)
    document["unknown_price"] = known.unknown_price
    document["charged_without_picture_usd"] = to_dollars(known.without_picture)
    jobs = all_jobs(studio, status.batch.id)
    document["jobs"] = [
        _job(job, _file(studio, status, job, assets.get(job.id), place)) for job in jobs
    ]
    return document


def summary_document(
    status: BatchStatus, *, skipped: int | None = None, target: Target | None = None
) -> dict[str, Any]:
    """The same without the jobs, as ``batches`` lists it."""
    batch, counts = status.batch, status.counts
    folder = (target or Target.of(status)).folder
    return {
        "batch_id": batch.id,
        "state": batch.state.value,
        "total": counts.total,
        "done": counts.done,
        "failed": counts.failed,
        "refused": counts.refused,
        "unknown": counts.unknown,
        "skipped": status.skipped if skipped is None else skipped,
        "quote_usd": _quote(batch.quote),
        "settled_usd": to_dollars(status.settled),
        "reserved_usd": to_dollars(status.reserved),
        "output": str(folder) if folder else None,
        "canceled": counts.canceled,
        "waiting": counts.unfinished,
        "title": batch.title,
        "model": batch.model,
        "created_at": batch.created_at.isoformat(),
        "pause_reason": batch.pause_reason.value if batch.pause_reason else None,
        "pause_message": batch.pause_message,
        "place": place_of(batch.priority).value,
    }


def plan_document(plan: Plan, output: Path | None) -> dict[str, Any]:
    """The same shape for work that was only planned."""
    return {
        "batch_id": plan.batch_id,
        "state": BatchState.DRAFT.value,
        "total": plan.pictures,
        "done": 0,
        "failed": 0,
        "refused": 0,
        "unknown": 0,
        "skipped": plan.skipped,
        "quote_usd": _quote(plan.quote),
        "settled_usd": 0,
        "reserved_usd": 0,
        "held_usd": 0,
        "unknown_price": 0,
        "notes": plan.notes,
        "output": str(output) if output else None,
        "jobs": [_planned(spec) for spec in plan.specs],
    }


def _file(
    studio: Studio, status: BatchStatus, job: Job, asset: Asset | None, place: Target
) -> str | None:
    """Where the picture lies for the caller: in the output folder, or in the studio's own."""
    if asset is None:
        return None
    if place.folder is not None:
        from studio.exports import layout

        exported = layout(place.layout).find(place.folder, status.batch, job, asset)
        if exported is not None:
            return str(exported)
    return str(studio.gallery.file(asset.id))


def _job(job: Job, file: str | None) -> dict[str, Any]:
    fault = job.fault
    return {
        "id": job.id,
        "row": job.spec.row_number,
        "state": job.state.value,
        "file": file,
        "seed": job.seed,
        "attempts": job.attempt,
        "retries": job.retries,
        "cost_usd": to_dollars(job.cost),
        "cost_source": job.cost_source,
        "error": None
        if fault is None or file is not None
        else {
            "kind": fault.kind.value,
            "message": fault.message,
            "next_step": fault.hint,
            "charged": fault.charged.value,
        },
        "fault": None if fault is None or file is not None else fault_document(fault),
    }


def fault_document(fault: Fault) -> dict[str, Any]:
    """A fault as data; a cost that nobody told is ``None``, never 0."""
    return {
        "kind": fault.kind.value,
        "message": fault.message,
        "hint": fault.hint,
        "charged": fault.charged.value,
        "cost_usd": to_dollars(fault.cost),
    }


def _planned(spec: JobSpec) -> dict[str, Any]:
    request = spec.request
    return {
        "id": None,
        "row": spec.row_number,
        "state": BatchState.DRAFT.value,
        "file": None,
        "seed": request.seed,
        "attempts": 0,
        "retries": 0,
        "cost_usd": None,
        "error": None,
        "model": request.model,
        "prompt": request.prompt,
        "size": f"{request.width}x{request.height}",
        "quote_usd": _quote(spec.quote),
    }


def _quote(quote: Quote) -> dict[str, float | None]:
    return {
        "low": to_dollars(quote.low),
        "expected": to_dollars(quote.expected),
        "high": to_dollars(quote.high),
    }
