"""What leaves the studio: folders in a layout (as pictures land, or on demand), zips, sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from studio import exports
from studio.db import Tx, assets, batches, jobs, spending
from studio.db.followups import Followup
from studio.engine import Hook, Parts
from studio.engine.deliver import thumbnail_key
from studio.errors import BadParameter
from studio.models import Asset, Batch, BatchStatus, Job, JobState

DEFAULT_LAYOUT = "sections"


class Deliveries:
    """Writes pictures and their records where people want them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def layouts(self) -> tuple[str, ...]:
        """The layouts that folders and zips can have."""
        return exports.layout_names()

    def hooks(self) -> dict[str, Hook]:
        """What the engine runs after a job and after a batch that has an output folder."""
        return {"layout_job": self._after_job, "layout_batch": self._after_batch}

    def folder(self, batch_id: str, folder: Path, layout: str = DEFAULT_LAYOUT) -> int:
        """Write what is missing in ``folder``; returns how many pictures were written.

        Raises:
            BadParameter: no such layout.
            StorageError: the disk refused.
        """
        chosen = exports.layout(layout)
        status, all_jobs, made = self._contents(batch_id)
        written = 0
        for job in all_jobs:
            if job.state.is_terminal or job.state is JobState.UNKNOWN:
                asset = made.get(job.id)
                written += chosen.write_job(folder, status.batch, job, asset, self._path(asset))
        chosen.write_summary(folder, status, all_jobs, made)
        return written

    def zip_batch(
        self, batch_id: str, target: BinaryIO | Path, layout: str = DEFAULT_LAYOUT
    ) -> int:
        """Write a batch as a zip in a layout; returns the number of files in it."""
        chosen = exports.layout(layout)
        status, all_jobs, made = self._contents(batch_id)
        pictures = {job_id: path for job_id, asset in made.items() if (path := self._path(asset))}
        return exports.write_zip(target, chosen.entries(status, all_jobs, made, pictures))

    def zip(self, asset_ids: Sequence[str], target: BinaryIO | Path) -> int:
        """Write chosen pictures as a zip; returns the number of files in it."""
        chosen = self._chosen(asset_ids)
        entries = [(asset.file_name, path) for asset in chosen if (path := self._path(asset))]
        manifest = ("manifest.json", exports.manifest(chosen, "json"))
        return exports.write_zip(target, [*entries, manifest])

    def contact_sheet(self, asset_ids: Sequence[str]) -> bytes:
        """One picture (JPEG) with all the chosen ones on it."""
        storage = self._parts.storage
        return exports.contact_sheet(
            [
                (asset, path)
                for asset in self._chosen(asset_ids)
                if (path := storage.path(thumbnail_key(asset.sha256))).is_file()
            ]
        )

    def manifest(self, asset_ids: Sequence[str], kind: str) -> bytes:
        """Everything about the chosen pictures as csv, json or yaml."""
        return exports.manifest(self._chosen(asset_ids), kind)

    def _after_job(self, due: Followup) -> None:
        if due.job_id is None:
            return
        job_id = due.job_id

        def look(tx: Tx) -> tuple[Batch, Job, list[Asset]]:
            job = jobs.get(tx, job_id)
            return batches.get(tx, due.batch_id), job, assets.of_jobs(tx, [job_id])

        batch, job, made = self._parts.store.read(look)
        if batch.settings.output:
            chosen = exports.layout(batch.settings.layout or DEFAULT_LAYOUT)
            asset = made[0] if made else None
            chosen.write_job(Path(batch.settings.output), batch, job, asset, self._path(asset))

    def _after_batch(self, due: Followup) -> None:
        status, all_jobs, made = self._contents(due.batch_id)
        settings = status.batch.settings
        if settings.output:
            chosen = exports.layout(settings.layout or DEFAULT_LAYOUT)
            chosen.write_summary(Path(settings.output), status, all_jobs, made)

    def _contents(self, batch_id: str) -> tuple[BatchStatus, list[Job], Mapping[str, Asset]]:
        def look(tx: Tx) -> tuple[BatchStatus, list[Job], Mapping[str, Asset]]:
            batch = batches.get(tx, batch_id)
            spend = spending.spent(tx, batch_id=batch_id)
            status = BatchStatus(
                batch=batch,
                counts=batches.counts(tx, batch_id),
                settled=spend.settled,
                reserved=spend.reserved,
            )
            made = assets.all_of_batch(tx, batch_id)
            return status, jobs.of_batch(tx, batch_id, limit=-1), made

        return self._parts.store.read(look)

    def _chosen(self, asset_ids: Sequence[str]) -> list[Asset]:
        found = self._parts.store.read(lambda tx: assets.many(tx, asset_ids))
        if not found:
            raise BadParameter("No picture is chosen.", "Choose at least one picture.")
        return found

    def _path(self, asset: Asset | None) -> Path | None:
        if asset is None:
            return None
        path = self._parts.storage.path(asset.path)
        return path if path.is_file() else None
