"""The records of layout ``sections``: keys and log lines that other people's programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from studio.exports.closing import NOT_MADE, Statistics, seconds_of
from studio.models import Asset, BatchStatus, Job, JobState, to_dollars

_SAID = {
    JobState.CANCELED: "Canceled before it was made.",
    JobState.UNKNOWN: "Nobody can tell whether the provider made this picture.",
}
_REQUEST_KEYS = ("request_id", "prediction_id", "generation_id", "id")


def ended(jobs: Iterable[Job]) -> list[Job]:
    """The jobs that have a record: made, or stopped without a picture."""
    return [job for job in jobs if job.state is JobState.DONE or job.state in NOT_MADE]


def picture_record(job: Job, asset: Asset | None, file_name: str) -> dict[str, Any]:
    """What ``metadata/<file>.json`` says; ``generation_time`` is seconds."""
    request = job.spec.request
    width, height = (asset.width, asset.height) if asset else (request.width, request.height)
    return {
        "section": job.spec.section,
        "image_number": job.spec.image_number,
        "image_prompt": request.prompt,
        "description": job.spec.description,
        "output_filename": file_name,
        "generation_time": round(seconds_of(job, asset), 3),
        "timestamp": _moment(job).isoformat(),
        "model": request.model,
        "resolution": f"{width}x{height}",
        "success": job.state is JobState.DONE,
        "error_message": error_message(job),
        "retry_count": job.retries,
        "seed": job.seed,
        "parameters": request.params,
        "cost_usd": to_dollars(job.cost),
        "request_id": _request_id(job),
        "batch_id": job.batch_id,
        "sha256": asset.sha256 if asset else None,
        "job_id": job.id,
        "state": job.state.value,
    }


def error_message(job: Job) -> str | None:
    """Why there is no picture, in a sentence; ``None`` when there is one."""
    if job.state is JobState.DONE:
        return None
    return job.fault.message if job.fault else _SAID.get(job.state, "No picture was made.")


def batch_record(
    status: BatchStatus, closing: Statistics, images: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What ``batch_metadata.json`` says; times are seconds.

    ``generated_at`` is when the last picture ended, so that writing it again changes nothing.
    """
    moments = [str(image["timestamp"]) for image in images]
    return {
        "generated_at": max(moments, default=status.batch.created_at.isoformat()),
        "total_images": closing.total,
        "successful": closing.successful,
        "failed": closing.failed,
        "total_generation_time": round(closing.generation_time, 3),
        "avg_generation_time": round(closing.average_time, 3),
        "total_retries": closing.retries,
        "images": list(images),
        "batch_id": status.batch.id,
        "title": status.batch.title,
        "state": status.batch.state.value,
        "cost_usd": to_dollars(status.settled),
        "reserved_usd": to_dollars(status.reserved),
    }


def log_lines(
    status: BatchStatus, closing: Statistics, jobs: Sequence[Job], names: Mapping[str, str]
) -> list[str]:
    """The whole account of a batch, one line each: start, every job as it ended, statistics."""
    batch = status.batch
    begun = batch.started_at or batch.created_at
    lines = [
        _line(begun, "INFO", f"Batch {batch.id} {batch.title!r} started (times are UTC)"),
        _line(begun, "INFO", f"Model {batch.model}, {closing.total} images from {batch.source!r}"),
    ]
    lines += [_job_line(job, names.get(job.id, "")) for job in sorted(jobs, key=_moment)]
    end = max((_moment(job) for job in jobs), default=begun)
    level = "WARNING" if batch.pause_message else "INFO"
    why = f": {batch.pause_message}" if batch.pause_message else ""
    lines.append(_line(end, level, f"Batch {batch.id} is {batch.state.value}{why}"))
    lines += [_line(end, "INFO", f"{label}: {value}") for label, value in closing.pairs()]
    return lines


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """A record as the file holds it."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _job_line(job: Job, name: str) -> str:
    if job.state is JobState.DONE:
        text = f"Generated {name} in {job.seconds or 0:.2f} s, seed {job.seed}"
        return _line(_moment(job), "INFO", text + _retried(job))
    hint = f" {job.fault.hint}" if job.fault else ""
    text = f"Row {job.spec.row_number}, {name}: {job.state.value}: {error_message(job)}{hint}"
    return _line(_moment(job), "ERROR", text + _retried(job))


def _retried(job: Job) -> str:
    return f", after {job.retries} retries" if job.retries else ""


def _line(at: datetime, level: str, text: str) -> str:
    """One plain line: whatever a description holds, it cannot begin another line."""
    calm = " ".join(text.split())
    printable = "".join(letter if letter.isprintable() else "�" for letter in calm)
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} - {level} - {printable}"


def _moment(job: Job) -> datetime:
    return job.finished_at or job.started_at or job.created_at


def _request_id(job: Job) -> str | None:
    remote = job.remote or {}
    return next((str(remote[key]) for key in _REQUEST_KEYS if remote.get(key)), None)
