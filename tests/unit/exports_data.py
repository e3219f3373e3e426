"""Batches, jobs and pictures in memory, for the tests of exports."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from studio.models import (
    Asset,
    Batch,
    BatchCounts,
    BatchSettings,
    BatchState,
    BatchStatus,
    Charged,
    Fault,
    FaultKind,
    Job,
    JobSpec,
    JobState,
    PictureRequest,
    Quote,
)
from studio.storage import picture_name

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
FREE = Quote(low=0, expected=0, high=0)


def make_batch(state: BatchState = BatchState.DONE, batch_id: str = "b_1") -> Batch:
    """A batch of the sketch engine."""
    return Batch(
        id=batch_id,
        title="Autumn",
        state=state,
        source="autumn.csv",
        model="sketch:default",
        settings=BatchSettings(),
        quote=FREE,
        created_at=START,
        started_at=START,
        finished_at=START + timedelta(minutes=1),
    )


def make_job(
    number: int,
    *,
    state: JobState = JobState.DONE,
    section: str = "Sea",
    description: str | None = None,
) -> Job:
    """Job *number*: started at second *number*, two seconds long."""
    label = f"Wave {number}" if description is None else description
    request = PictureRequest(
        model="sketch:default", prompt=f"a wave, number {number}", width=96, height=64
    )
    failed = state in {JobState.FAILED, JobState.REFUSED}
    return Job(
        id=f"j_{number}",
        batch_id="b_1",
        position=number,
        spec=JobSpec(
            request=request,
            row_number=number,
            section=section,
            image_number=number,
            description=label,
        ),
        seed=1000 + number,
        file_stem=picture_name(section, number, label, ""),
        state=state,
        attempt=1,
        retries=1 if failed else 0,
        remote={"request_id": f"r-{number}"},
        fault=make_fault() if failed else None,
        cost=0,
        created_at=START,
        started_at=START + timedelta(seconds=number),
        finished_at=START + timedelta(seconds=number + 2),
    )


def make_fault() -> Fault:
    """A fault in words."""
    return Fault(
        kind=FaultKind.UNAVAILABLE,
        charged=Charged.NO,
        message="The provider did not answer.",
        hint="Try again later.",
    )


def make_picture(
    folder: Path, job: Job, name: str, data: bytes | None = None
) -> tuple[Asset, Path]:
    """A stored picture of a job and where its file lies."""
    content = data if data is not None else f"pixels of {job.id}".encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{job.id}.png"
    path.write_bytes(content)
    asset = Asset(
        id=f"a_{job.id}",
        job_id=job.id,
        batch_id=job.batch_id,
        path=f"pictures/x/{name}",
        media_type="image/png",
        width=96,
        height=64,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        prompt=job.spec.request.prompt,
        model="sketch:default",
        provider="sketch",
        seed=job.seed,
        seconds=1.5,
        created_at=START,
    )
    return asset, path


def make_status(batch: Batch, jobs: list[Job], *, settled: int = 0) -> BatchStatus:
    """The status that these jobs add up to."""
    counts: dict[str, int] = {}
    for job in jobs:
        counts[job.state.value] = counts.get(job.state.value, 0) + 1
    return BatchStatus(batch=batch, counts=BatchCounts(**counts), settled=settled, reserved=0)
