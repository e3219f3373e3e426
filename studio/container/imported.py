"""The rows of an imported picture: recognised by name and content, written in one transaction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any

from studio.db import Tx, assets, batches, events, jobs, ledger
from studio.db.jobs import NewJob
from studio.engine.deliver import asset_of
from studio.errors import NotFound
from studio.images import FinishedPicture
from studio.intake.old_outputs import OldPicture
from studio.models import Asset, Batch, BatchState, Job, JobSpec, JobState, PictureRequest

UNKNOWN_MODEL = "imported:unknown"
NO_SEED = -1
"""How picture programs write that the seed is not known."""
_OWNED = re.compile(r"(fal)-ai/.+")
"""Models that carry the name of the service that runs them."""
_COMPLETE_ID = re.compile(r"[a-z][a-z0-9_]*:\S+")
_ID_LENGTH = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """An old picture whose file is in place, about to get its rows."""

    picture: OldPicture
    finished: FinishedPicture
    stem: str
    path: str
    asset_id: str
    made_at: datetime
    taken_at: datetime
    parent: Asset | None


def batch_id_of(folder: Path) -> str:
    """The batch of an old folder: always the same for the same place."""
    return f"b_{_digest('folder', str(folder))}"


def asset_id(picture: OldPicture, sha256: str, *, complete: bool) -> str:
    """The id that a picture with that name and content has, wherever its folder lies."""
    return f"a_{_digest(picture.identity, sha256, str(complete))}"


def model_id(noted: str | None) -> str:
    """``provider:model`` for a model as an old program called it."""
    if not noted:
        return UNKNOWN_MODEL
    if owned := _OWNED.fullmatch(noted):
        return f"{owned[1]}:{noted}"
    return noted if _COMPLETE_ID.fullmatch(noted) else f"imported:{noted}"


def find_known(tx: Tx, picture: OldPicture, sha256: str) -> Asset | None:
    """The picture, if the gallery has it: from an import, or as the original of an export."""
    if found := assets.many(tx, [asset_id(picture, sha256, complete=True)]):
        return found[0]
    if bare := assets.many(tx, [asset_id(picture, sha256, complete=False)]):
        return None if picture.complete else bare[0]
    if picture.job_id:
        for asset in assets.of_jobs(tx, [picture.job_id]):
            if asset.sha256 == sha256:
                return asset
    with suppress(NotFound):
        same = assets.by_hash(tx, sha256)
        if same.file_name == PurePosixPath(picture.name).name:
            return same
    return None


def store_picture(
    tx: Tx, new: NewPicture, batch: Batch, told: Mapping[str, Any], zone: tzinfo
) -> Asset:
    """Write job, picture, money and story of one imported picture; its batch with the first.

    Args:
        told: What the old folder says about itself; kept in the batch's story.
        zone: In which budget days begin.
    """
    _ensure_batch(tx, batch, new, told)
    job = _done_job(tx, batch.id, new)
    asset = _asset(job, new)
    asset = _instead_of_bare(tx, new, asset)
    assets.insert(tx, asset, position=job.position)
    if asset.cost is not None and not _paid_before(tx, new):
        source = f"imported: noted in {new.picture.noted_in}"
        ledger.settle(tx, job, asset.cost, new.made_at, zone, picture=True, source=source)
    events.record(
        tx, "job_imported", batch_id=batch.id, job_id=job.id, at=new.taken_at,
        data={
            "message": _words(new, told),
            "folder": told["folder"],
            "file": new.picture.name,
            "sha256": new.finished.sha256,
            "records": dict(new.picture.records),
        },
    )  # fmt: skip
    return asset


def _ensure_batch(tx: Tx, batch: Batch, new: NewPicture, told: Mapping[str, Any]) -> None:
    with suppress(NotFound):
        batches.get(tx, batch.id)
        return
    began = new.made_at - timedelta(seconds=new.picture.seconds or 0)
    named = batch.model_copy(update={"model": model_id(new.picture.model)})
    batches.insert(tx, named)
    batches.move(tx, batch.id, BatchState.RUNNING, began)
    batches.move(tx, batch.id, BatchState.DONE, new.taken_at)
    events.record(
        tx, "batch_imported", batch_id=batch.id, at=new.taken_at,
        data={"message": f"from {told['folder']}", **told},
    )  # fmt: skip


def _done_job(tx: Tx, batch_id: str, new: NewPicture) -> Job:
    """The job as if it had run here, at the time when it ran there."""
    picture = new.picture
    position = jobs.next_position(tx, batch_id)
    job_id = f"j_{new.asset_id.removeprefix('a_')}"
    seed = NO_SEED if picture.seed is None else picture.seed
    began = new.made_at - timedelta(seconds=picture.seconds or 0)
    spec = _spec(new, position + 1)
    jobs.insert_many(tx, batch_id, [NewJob(job_id, position, spec, seed, new.stem)], began)
    job = jobs.get(tx, job_id)
    by = {"message": "by the program that the picture comes from"}
    job = jobs.move(tx, job, JobState.SUBMITTING, began, attempt=1, event=by)
    remote = {"request_id": picture.request_id} if picture.request_id else None
    source = f"noted in {picture.noted_in}" if picture.cost is not None else None
    job = jobs.move(
        tx, job, JobState.FETCHING, new.made_at,
        remote=remote, cost=picture.cost, cost_source=source, retries=picture.retries,
    )  # fmt: skip
    return jobs.move(tx, job, JobState.DONE, new.made_at, event={"cost": picture.cost})


def _spec(new: NewPicture, row_number: int) -> JobSpec:
    picture = new.picture
    return JobSpec(
        request=PictureRequest(
            model=model_id(picture.model),
            prompt=picture.prompt,
            negative_prompt=picture.negative_prompt,
            width=new.finished.width,
            height=new.finished.height,
            seed=picture.seed,
            params=dict(picture.params),
        ),
        row_number=row_number,
        prompt_id=picture.prompt_id,
        section=picture.section,
        image_number=picture.image_number,
        description=picture.description,
        variables=dict(picture.variables),
        parent_job_id=new.parent.job_id if new.parent else None,
        parent_asset_id=new.parent.id if new.parent else None,
        round=picture.round,
    )


def _asset(job: Job, new: NewPicture) -> Asset:
    return asset_of(
        job, new.finished, asset_id=new.asset_id, path=new.path,
        seconds=new.picture.seconds, at=new.made_at,
    )  # fmt: skip


def _instead_of_bare(tx: Tx, new: NewPicture, asset: Asset) -> Asset:
    """A picture that had come without its record gives way and leaves its stars and tags."""
    bare = _bare(tx, new)
    if bare is None:
        return asset
    assets.set_deleted(tx, [bare.id], new.taken_at)
    kept = {name: getattr(bare, name) for name in ("starred", "rating", "tags", "title")}
    return asset.model_copy(update=kept)


def _paid_before(tx: Tx, new: NewPicture) -> bool:
    bare = _bare(tx, new)
    return bare is not None and bare.cost is not None


def _bare(tx: Tx, new: NewPicture) -> Asset | None:
    other = asset_id(new.picture, new.finished.sha256, complete=False)
    if not new.picture.complete:
        return None
    return next(iter(assets.many(tx, [other])), None)


def _words(new: NewPicture, told: Mapping[str, Any]) -> str:
    noted = new.picture.records
    said = f"described in {', '.join(noted)}" if noted else "no record of it was found"
    return f"from {new.picture.name} in {told['folder']}; {said}"


def _digest(*parts: str) -> str:
    text = "\n".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:_ID_LENGTH]
