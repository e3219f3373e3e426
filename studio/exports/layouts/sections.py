"""Layout ``sections``: ``Section_001_Description.png`` with ``metadata/`` and a batch summary."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from studio.exports.atomic import copy_file, sha256_of, write_bytes
from studio.exports.closing import Statistics, statistics
from studio.exports.section_records import (
    batch_record,
    ended,
    json_bytes,
    log_lines,
    picture_record,
)
from studio.models import Asset, Batch, BatchStatus, Job, JobState, PictureFormat
from studio.storage.names import (
    MAX_NAME_BYTES,
    TakenNames,
    safe_name,
    unique_name,
)

METADATA = "metadata"
SUMMARY = "batch_metadata.json"
LOG = "batch_generation.log"


class Sections:
    """Pictures side by side in one folder, one JSON record each, one summary, one log."""

    name = "sections"
    picture_format: PictureFormat | None = PictureFormat.PNG

    def picture_name(
        self, batch: Batch, job: Job, asset: Asset | None, taken: Container[str]
    ) -> str:
        """The name given when the picture was stored; for none, the name it would have had."""
        return unique_name(_wanted(batch, job, asset), taken)

    def write_job(
        self, folder: Path, batch: Batch, job: Job, asset: Asset | None, picture: Path | None
    ) -> bool:
        """Copy the picture unless it is there, and write ``metadata/<file>.json``."""
        if not ended([job]):
            return False
        made = asset is not None and picture is not None and job.state is JobState.DONE
        name = self._place(folder, batch, job, asset if made else None)
        written = False
        if picture is not None and made:
            _forget_failure(folder, batch, job, but=name)
            if not (folder / name).exists():
                copy_file(picture, folder / name)
                written = True
        write_bytes(_record_path(folder, name), json_bytes(picture_record(job, asset, name)))
        return written

    def find(self, folder: Path, batch: Batch, job: Job, asset: Asset) -> Path | None:
        """The job's picture in ``folder``, if it is there."""
        picture = folder / self._place(folder, batch, job, asset)
        return picture if picture.is_file() else None

    def write_summary(
        self, folder: Path, status: BatchStatus, jobs: Sequence[Job], assets: Mapping[str, Asset]
    ) -> None:
        """Write ``batch_metadata.json`` and ``batch_generation.log`` from the jobs."""
        names = {
            job.id: self._place(folder, status.batch, job, assets.get(job.id))
            for job in ended(jobs)
        }
        closing = statistics(status, jobs, assets, folder)
        summary, log = _account(status, closing, jobs, assets, names)
        write_bytes(folder / SUMMARY, summary)
        write_bytes(folder / LOG, log)

    def entries(
        self,
        status: BatchStatus,
        jobs: Sequence[Job],
        assets: Mapping[str, Asset],
        pictures: Mapping[str, Path],
    ) -> Iterator[tuple[str, Path | bytes]]:
        """The same files for an archive."""
        names: dict[str, str] = {}
        taken = TakenNames()
        for job in sorted(ended(jobs), key=lambda job: job.state is not JobState.DONE):
            asset = assets.get(job.id)
            names[job.id] = self.picture_name(status.batch, job, asset, taken)
            taken.add(names[job.id])
        for job in ended(jobs):
            if job.id in pictures:
                yield names[job.id], pictures[job.id]
            record = picture_record(job, assets.get(job.id), names[job.id])
            yield f"{METADATA}/{names[job.id]}.json", json_bytes(record)
        closing = statistics(status, jobs, assets, None)
        summary, log = _account(status, closing, jobs, assets, names)
        yield SUMMARY, summary
        yield LOG, log

    def _place(self, folder: Path, batch: Batch, job: Job, asset: Asset | None) -> str:
        """The job's own name in ``folder``: never one under which something else lies."""
        wanted = _wanted(batch, job, asset)
        return next(name for name in _names_like(wanted) if _is_free(folder, name, job, asset))


LAYOUT = Sections()


def _account(
    status: BatchStatus,
    closing: Statistics,
    jobs: Sequence[Job],
    assets: Mapping[str, Asset],
    names: Mapping[str, str],
) -> tuple[bytes, bytes]:
    """The summary and the log."""
    finished = ended(jobs)
    images = [picture_record(job, assets.get(job.id), names[job.id]) for job in finished]
    lines = log_lines(status, closing, finished, names)
    text = "".join(f"{line}\n" for line in lines)
    return json_bytes(batch_record(status, closing, images)), text.encode()


def _wanted(batch: Batch, job: Job, asset: Asset | None) -> str:
    if asset is not None:
        return safe_name(asset.file_name, max_length=MAX_NAME_BYTES)
    kept = batch.settings.format
    extension = {PictureFormat.ORIGINAL: "png", PictureFormat.JPEG: "jpg"}.get(kept, kept.value)
    return safe_name(f"{job.file_stem}.{extension}", max_length=MAX_NAME_BYTES)


def _names_like(name: str) -> Iterator[str]:
    """``a.png``, ``a_2.png``, ``a_3.png`` …"""
    passed = TakenNames()
    while True:
        candidate = unique_name(name, passed)
        passed.add(candidate)
        yield candidate


def _is_free(folder: Path, name: str, job: Job, asset: Asset | None) -> bool:
    """Whether the job may use the name: it is its own already, or nobody's."""
    record = _read_record(folder, name)
    if record.get("job_id") == job.id:
        return True
    target = folder / name
    if not target.exists():
        return asset is not None or not record
    if asset is None or target.stat().st_size != asset.size:
        return False
    return sha256_of(target) == asset.sha256


def _forget_failure(folder: Path, batch: Batch, job: Job, *, but: str) -> None:
    """Remove the record of this job's earlier failure, if it lies under another name."""
    name = _wanted(batch, job, None)
    if name != but and _read_record(folder, name).get("job_id") == job.id:
        with suppress(FileNotFoundError):
            _record_path(folder, name).unlink()


def _read_record(folder: Path, name: str) -> dict[str, Any]:
    """The record under a name; empty when there is none that can be read."""
    try:
        record = json.loads(_record_path(folder, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _record_path(folder: Path, name: str) -> Path:
    return folder / METADATA / f"{name}.json"
