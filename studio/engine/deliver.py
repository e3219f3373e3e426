"""From located output to a picture in the gallery: fetch, check, encode, store, settle."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from studio.db import Tx, assets, batches, jobs, ledger
from studio.engine.moves import Moves
from studio.engine.parts import Parts, end_batch_if_finished, follow_up
from studio.engine.resilience import Decision
from studio.errors import BadPicture
from studio.images import FinishedPicture, PictureMetadata, finish_picture
from studio.models import (
    Asset,
    Batch,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Job,
    JobState,
)
from studio.net import fetch, http_client
from studio.storage import safe_name


class Delivery:
    """Brings outputs home. Downloads are retried freely and never make a picture again."""

    def __init__(self, parts: Parts, moves: Moves) -> None:
        self._parts = parts
        self._moves = moves

    async def locate(self, job: Job, answer: Finished) -> Job:
        """Spool bytes (or note URLs) so that a crash from here on costs nothing."""
        outputs: list[dict[str, Any]] = []
        for index, output in enumerate(answer.outputs):
            if output.data is not None:
                key = f"spool/{job.id}-{job.attempt}-{index}.bin"
                await asyncio.to_thread(self._parts.storage.put, key, output.data)
                outputs.append({"spool": key})
            else:
                outputs.append({"url": output.url})
        return await self._moves.fetching(job, outputs, answer.usage)

    async def deliver(self, job: Job) -> Job:
        """Finish a job that is ``fetching``: its picture, row and settlement, or its failure."""
        batch = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id))
        try:
            if not job.outputs:
                raise BadPicture("The answer held no picture.", "Try again or change the prompt.")
            finished = [await self._finish(job, batch, output) for output in job.outputs]
        except BadPicture as error:
            return await self._unusable(job, error)
        kept = [
            await self._store(job, batch, picture, index) for index, picture in enumerate(finished)
        ]
        done = await self._parts.store.awrite(lambda tx: self._settle(tx, job, kept))
        self._parts.changes.notify(job.batch_id)
        for output in job.outputs:
            if "spool" in output:
                await asyncio.to_thread(self._parts.storage.delete, output["spool"])
        return done

    async def _finish(self, job: Job, batch: Batch, output: dict[str, Any]) -> FinishedPicture:
        data = await self._bytes_of(output)
        generator = self._parts.provider_of(job).generator
        metadata = _metadata(job, batch, generator) if batch.settings.embed_metadata else None
        return await self._parts.workers.run(
            finish_picture, data, format=batch.settings.format, metadata=metadata
        )

    async def _bytes_of(self, output: dict[str, Any]) -> bytes:
        if "spool" in output:
            return await asyncio.to_thread(self._parts.storage.read, output["spool"])
        async with http_client() as client:
            return await fetch(client, output["url"])

    async def _store(self, job: Job, batch: Batch, picture: FinishedPicture, index: int) -> Asset:
        more = f"-alt{index}" if index else ""
        folder = folder_of(batch)
        key = f"pictures/{folder}/{job.file_stem}{more}.{picture.extension}"
        thumbnail = thumbnail_key(picture.sha256)
        await asyncio.to_thread(self._parts.storage.put, thumbnail, picture.thumbnail)
        await asyncio.to_thread(self._parts.storage.put, key, picture.data)
        return self._asset(job, picture, key)

    def _asset(self, job: Job, picture: FinishedPicture, key: str) -> Asset:
        spec, now = job.spec, self._parts.now()
        seconds = (now - job.started_at).total_seconds() if job.started_at else None
        return Asset(
            id=self._parts.ids.new("a"),
            job_id=job.id,
            batch_id=job.batch_id,
            path=key,
            media_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            size=len(picture.data),
            sha256=picture.sha256,
            prompt=spec.request.prompt,
            negative_prompt=spec.request.negative_prompt,
            model=spec.request.model,
            provider=spec.request.model.partition(":")[0],
            section=spec.section,
            image_number=spec.image_number,
            description=spec.description,
            seed=job.seed,
            params=spec.request.params,
            variables=spec.variables,
            parent_asset_id=spec.parent_asset_id,
            round=spec.round,
            cost=job.cost,
            seconds=seconds,
            created_at=now,
        )

    def _settle(self, tx: Tx, job: Job, kept: list[Asset]) -> Job:
        """One transaction: the rows of the pictures, the money, the state, what follows."""
        at, zone = self._parts.now(), self._parts.settings.timezone
        for index, asset in enumerate(kept):
            assets.insert(tx, asset, position=job.position, output_index=index)
        cost, source = _cost(job)
        ledger.settle(tx, job, cost, at, zone, picture=True, source=source)
        done = jobs.move(
            tx, job, JobState.DONE, at, event={"pictures": len(kept), "cost": job.cost}
        )
        follow_up(tx, done, at)
        end_batch_if_finished(tx, job.batch_id, at)
        return done

    async def _unusable(self, job: Job, error: BadPicture) -> Job:
        cost, _ = _cost(job)
        fault = Fault(
            kind=FaultKind.BAD_OUTPUT,
            charged=Charged.YES if cost else Charged.NO,
            cost=cost,
            message=error.message,
            hint=error.next_step,
        )
        return await self._moves.after_fault(job, fault, Decision(JobState.FAILED))


def folder_of(batch: Batch) -> str:
    """The folder of a batch's pictures: readable, portable, and unique by its id."""
    return f"{safe_name(batch.title, max_length=40)}-{batch.id[-8:]}"


def thumbnail_key(sha256: str) -> str:
    """Where the thumbnail of a picture with that content lies."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"


def _cost(job: Job) -> tuple[int, str]:
    """What is settled: the provider's figure, or else the quoted price, which then says so."""
    if job.cost is not None:
        return job.cost, job.cost_source or "told by the provider"
    if job.spec.quote.expected is not None:
        return job.spec.quote.expected, "quoted price; the provider gave no figure"
    return 0, "price unknown"


def _metadata(
    job: Job, batch: Batch, generator: Literal["algorithmic", "trained"]
) -> PictureMetadata:
    request = job.spec.request
    return PictureMetadata(
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        model=request.model,
        seed=job.seed,
        width=request.width,
        height=request.height,
        params=request.params,
        batch_id=batch.id,
        job_id=job.id,
        created_at=job.created_at.isoformat(),
        generator=generator,
    )
