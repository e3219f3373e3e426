"""Files without a row and rows without a file: found, and brought together again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.db import Tx, assets, batches, events, jobs, ledger, stand_ins
from studio.engine import Parts
from studio.engine.bills import ask_later
from studio.engine.deliver import asset_of, folder_of, thumbnail_key
from studio.engine.parts import end_batch_if_finished
from studio.engine.recovery import LOST_FILES
from studio.errors import BadPicture, StorageError
from studio.images import finish_picture, read_stamp, thumbnail
from studio.models import Job, JobState, PictureFormat

FOUND = "the picture was found on the disk; the quoted price"
PRICE_UNKNOWN = "price unknown"
_WAY: dict[JobState, JobState] = {
    JobState.FAILED: JobState.QUEUED,
    JobState.REFUSED: JobState.QUEUED,
    JobState.CANCELED: JobState.QUEUED,
    JobState.QUEUED: JobState.SUBMITTING,
    JobState.SUBMITTING: JobState.FETCHING,
    JobState.RUNNING: JobState.FETCHING,
    JobState.UNKNOWN: JobState.FETCHING,
    JobState.FETCHING: JobState.DONE,
}
"""The moves by which a job comes to its end from where it stands."""


@dataclass(slots=True)
class Orphans:
    """What does not belong together, by storage key."""

    adoptable: list[tuple[str, str]] = field(default_factory=list)
    """(file, its job): the job has no picture, or is lost and written in the file."""
    homeless: list[str] = field(default_factory=list)
    """Files that belong to no job."""
    missing: list[str] = field(default_factory=list)
    """Files that rows name and that are gone."""
    bare: list[str] = field(default_factory=list)
    """Pictures without a thumbnail."""


def find(parts: Parts) -> Orphans:
    """Look at every picture on the disk and every row. Changes nothing."""
    known = parts.store.read(_known)
    found = Orphans()
    keys = set(parts.storage.keys("pictures/"))
    for key in sorted(keys - known.keys()):
        job_id = _job_of(parts, key)
        if job_id is None:
            found.homeless.append(key)
        else:
            found.adoptable.append((key, job_id))
    found.missing = sorted(known.keys() - keys)
    thumbnails = set(parts.storage.keys("thumbs/"))
    found.bare = [
        key for key in sorted(keys & known.keys()) if thumbnail_key(known[key]) not in thumbnails
    ]
    return found


def adopt(parts: Parts, key: str, job_id: str) -> bool:
    """Give a file its row, and end its job with it; false where it is no picture after all."""
    try:
        finished = finish_picture(
            parts.storage.read(key), format=PictureFormat.ORIGINAL, metadata=None
        )
    except BadPicture:
        set_aside(parts, key)
        return False
    parts.storage.put(thumbnail_key(finished.sha256), finished.thumbnail)

    told, at = read_stamp(finished.data) or {}, parts.now()
    folder, _, name = key.partition("/")[2].rpartition("/")

    def work(tx: Tx) -> None:
        if not _exists(tx, job_id):
            stem = name.rpartition(".")[0]
            stand_ins.from_stamp(tx, told, folder.rpartition("-")[0] or folder, stem, at)
        job = jobs.get(tx, job_id)
        asset = asset_of(job, finished, asset_id=parts.ids.new("a"), path=key, seconds=None, at=at)
        assets.insert(tx, asset, position=job.position)
        if job.state is not JobState.DONE:
            _end(tx, parts, job)
        events.record(
            tx, "adopted", batch_id=job.batch_id, job_id=job.id, at=at, data={"file": key}
        )

    parts.store.write(work)
    return True


def set_aside(parts: Parts, key: str) -> Path:
    """Move a file that nobody knows to the folder for such; it is never deleted."""
    source = parts.storage.path(key)
    target = parts.storage.root / LOST_FILES / key
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():
            target = target.with_name(f"{target.stem}-again{target.suffix}")
        source.replace(target)
    except OSError as error:
        raise StorageError(
            f"{key!r} could not be moved to {LOST_FILES!r}: {error.strerror}.",
            "Look at the data folder, then repair again.",
        ) from error
    return target


def draw_thumbnail(parts: Parts, key: str) -> bool:
    """Make the thumbnail of a stored picture again; false where the file is damaged."""
    with contextlib.suppress(BadPicture):
        data = parts.storage.read(key)
        sha256 = parts.store.read(_known)[key]
        parts.storage.put(thumbnail_key(sha256), thumbnail(data))
        return True
    return False


def _end(tx: Tx, parts: Parts, job: Job) -> None:
    """Bring a job to its end along the table of moves: its picture is there and was paid for."""
    at, zone = parts.now(), parts.settings.timezone
    waited = job.state in {JobState.QUEUED, JobState.CANCELED}
    known = None if waited else job.cost
    amount = job.spec.quote.expected if known is None else known
    source = PRICE_UNKNOWN if amount is None else FOUND
    while job.state is not JobState.DONE:
        state, changes = _WAY[job.state], dict[str, int]()
        if state is JobState.SUBMITTING and (waited or not job.attempt):
            changes = {"attempt": job.attempt + 1}  # one that the row does not know of
        elif state is JobState.DONE:
            ledger.settle(tx, job, amount or 0, at, zone, picture=True, source=source)
            if not known:
                ask_later(tx, parts, job, at)
        job = jobs.move(tx, job, state, at, event={"why": "its picture was on the disk"}, **changes)
    end_batch_if_finished(tx, job.batch_id, at)


def _known(tx: Tx) -> dict[str, str]:
    """Path → content of every picture that has a row."""
    return {row["path"]: row["sha256"] for row in tx.query("select path, sha256 from assets")}


def _job_of(parts: Parts, key: str) -> str | None:
    """The job that a file belongs to: by what is written in it, or by its name."""
    return next((job_id for job_id in _candidates(parts, key) if _is_bare(parts, job_id)), None)


def _candidates(parts: Parts, key: str) -> Iterator[str]:
    told = read_stamp(parts.storage.read(key)) or {}
    job_id = told.get("job_id")
    if isinstance(job_id, str) and (
        parts.store.read(lambda tx: _exists(tx, job_id)) or stand_ins.is_enough(told)
    ):
        yield job_id
    _, _, rest = key.partition("/")
    folder, _, name = rest.partition("/")
    found = parts.store.read(
        lambda tx: list(
            tx.query("select id, batch_id from jobs where file_stem = ?", [name.rpartition(".")[0]])
        )
    )
    for row in found:
        batch = parts.store.read(lambda tx, i=row["batch_id"]: batches.get(tx, i))  # type: ignore[misc]
        if folder_of(batch) == folder:
            yield row["id"]


def _exists(tx: Tx, job_id: str) -> bool:
    return any(True for _ in tx.query("select 1 from jobs where id = ?", [job_id]))


def _is_bare(parts: Parts, job_id: str) -> bool:
    return not parts.store.read(lambda tx: assets.of_jobs(tx, [job_id]))
