"""From located output to a picture in the gallery: fetch, check, encode, store, settle."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import datetime
from typing import Any, Literal

from studio.db import Tx, assets, batches, jobs, ledger
from studio.engine.bills import ask_later
from studio.engine.moves import Moves
from studio.engine.overruns import flag_overrun
from studio.engine.parts import Parts, end_batch_if_finished, follow_up
from studio.engine.patience import Patience
from studio.engine.resilience import Decision
from studio.errors import BadPicture, StorageError
from studio.failpoints import reach
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
    Usage,
)
from studio.net import fetch
from studio.storage import safe_name


class Delivery:
    """Brings outputs home. Downloads are retried freely and never make a picture again."""

    def __init__(self, parts: Parts, moves: Moves, patience: Patience) -> None:
        self._parts = parts
        self._moves = moves
        self._patience = patience

    async def locate(self, job: Job, answer: Finished) -> Job | None:
        """Spool bytes (or note URLs) so that a crash from here on costs nothing.

        Returns:
            The job; ``None`` where the work that was found belongs to another picture.
        """
        outputs = await self._patience.insist(job.batch_id, lambda: self._spool(job, answer))
        reach("after_spool")
        located = await self._moves.fetching(job, outputs, answer.usage, answer.ref)
        reach("after_locate")
        return located

    async def spooled(self, job: Job) -> Job | None:
        """A job that died with its answer spooled but not noted goes on from there."""
        key = _manifest_key(job)
        if not await asyncio.to_thread(self._parts.storage.exists, key):
            return None
        noted = json.loads(await asyncio.to_thread(self._parts.storage.read, key))
        usage = Usage.model_validate(noted["usage"])
        return await self._moves.fetching(job, noted["outputs"], usage, noted.get("ref"))

    async def deliver(self, job: Job, *, patient: bool = False) -> Job:
        """Finish a job that is ``fetching``: its picture, row and settlement, or its failure.

        It can be repeated after any failure, also after it had succeeded.

        Args:
            patient: A file that is no picture may be fetched again: it is an error, not the end.

        Raises:
            BadPicture: only where it is patient.
        """
        job = self._parts.store.read(lambda tx: jobs.get(tx, job.id))
        if job.state is not JobState.FETCHING:
            return job
        batch = self._parts.store.read(lambda tx: batches.get(tx, job.batch_id))
        try:
            finished = await self._finished(job, batch, patient=patient)
        except BadPicture as error:
            if patient and any("url" in output for output in job.outputs or []):
                raise
            return await self._unusable(job, error)
        kept = [
            await self._store(job, batch, picture, index) for index, picture in enumerate(finished)
        ]
        done = await self._parts.store.awrite(lambda tx: self._settle(tx, job, kept))
        reach("after_settle")
        self._parts.changes.notify(job.batch_id)
        await self.forget_spool(job)
        return done

    async def _spool(self, job: Job, answer: Finished) -> list[dict[str, Any]]:
        outputs: list[dict[str, Any]] = []
        put = self._parts.storage.put
        for index, output in enumerate(answer.outputs):
            if output.data is None:
                outputs.append({"url": output.url})
                continue
            key = f"spool/{job.id}-{job.attempt}-{index}.bin"
            await asyncio.to_thread(put, key, output.data)
            outputs.append({"spool": key})
        reach("mid_spool")
        usage = answer.usage.model_dump(mode="json")
        noted = {"outputs": outputs, "usage": usage, "ref": answer.ref}
        await asyncio.to_thread(put, _manifest_key(job), json.dumps(noted).encode())
        return outputs

    async def forget_spool(self, job: Job) -> None:
        """Remove what was noted on the way. Best effort: the rest goes at the next start."""
        keys = [output["spool"] for output in job.outputs or [] if "spool" in output]
        for key in [*keys, _manifest_key(job)]:
            with contextlib.suppress(StorageError):
                await asyncio.to_thread(self._parts.storage.delete, key)

    async def _finished(self, job: Job, batch: Batch, *, patient: bool) -> list[FinishedPicture]:
        """The usable pictures of the answer.

        Raises:
            BadPicture: none is usable; or one is not and it is patient.
        """
        if not job.outputs:
            raise BadPicture("The answer held no picture.", "Try again or change the prompt.")
        finished: list[FinishedPicture] = []
        bad: BadPicture | None = None
        for output in job.outputs:
            try:
                finished.append(await self._finish(job, batch, output))
            except BadPicture as error:
                if patient and "url" in output:
                    raise
                bad = error
        if bad is not None and not finished:
            raise bad
        return finished

    async def _finish(self, job: Job, batch: Batch, output: dict[str, Any]) -> FinishedPicture:
        data = await self._bytes_of(output)
        reach("after_download")
        provider = self._parts.providers.get(job.spec.request.model.partition(":")[0])
        generator = provider.generator if provider else "trained"
        metadata = _metadata(job, batch, generator) if batch.settings.embed_metadata else None
        return await self._parts.workers.run(
            finish_picture, data, format=batch.settings.format, metadata=metadata
        )

    async def _bytes_of(self, output: dict[str, Any]) -> bytes:
        if "spool" in output:
            return await asyncio.to_thread(self._parts.storage.read, output["spool"])
        return await fetch(self._parts.net.files, output["url"])

    async def _store(self, job: Job, batch: Batch, picture: FinishedPicture, index: int) -> Asset:
        more = f"-{index}-{job.id[-6:]}" if index else ""  # can never be another job's name
        folder = folder_of(batch)
        key = f"pictures/{folder}/{job.file_stem}{more}.{picture.extension}"
        thumbnail = thumbnail_key(picture.sha256)
        await asyncio.to_thread(self._parts.storage.put, thumbnail, picture.thumbnail)
        reach("after_thumbnail")
        await asyncio.to_thread(self._parts.storage.put, key, picture.data)
        now = self._parts.now()
        seconds = (now - job.started_at).total_seconds() if job.started_at else None
        asset_id = self._parts.ids.new("a")
        return asset_of(job, picture, asset_id=asset_id, path=key, seconds=seconds, at=now)

    def _settle(self, tx: Tx, job: Job, kept: list[Asset]) -> Job:
        """One transaction: the rows of the pictures, the money, the state, what follows."""
        at, zone = self._parts.now(), self._parts.settings.timezone
        for index, asset in enumerate(kept):
            assets.insert(tx, asset, position=job.position, output_index=index)
        cost, source = cost_of(job)
        reserved = ledger.reserved_for(tx, job.id)
        booked = ledger.booked(tx, job.id, job.attempt)
        if booked is not None and job.cost is None:  # charged before its picture was found
            cost, source = booked, "as it was booked before its picture was found"
        ledger.settle(tx, job, cost, at, zone, picture=True, source=source)
        done = jobs.move(
            tx, job, JobState.DONE, at, event={"pictures": len(kept), "cost": job.cost}
        )
        ask_later(tx, self._parts, job, at, told=job.cost is not None)
        follow_up(tx, done, at)
        end_batch_if_finished(tx, job.batch_id, at)
        flag_overrun(tx, self._parts, job, cost, reserved)
        reach("before_settle")
        return done

    async def _unusable(self, job: Job, error: BadPicture) -> Job:
        fault = Fault(
            kind=FaultKind.BAD_OUTPUT,
            charged=Charged.NO if job.cost == 0 else Charged.YES,
            cost=job.cost,
            message=f"The provider's file cannot be used. {error.message}",
            hint="Try it again, which is charged again, or choose another model.",
        )
        failed = await self._moves.after_fault(job, fault, Decision(JobState.FAILED))
        await self.forget_spool(job)
        return failed


def asset_of(
    job: Job,
    picture: FinishedPicture,
    *,
    asset_id: str,
    path: str,
    seconds: float | None,
    at: datetime,
) -> Asset:
    """The row of a stored picture: what its job asked for, and what came of it."""
    spec = job.spec
    return Asset(
        id=asset_id,
        job_id=job.id,
        batch_id=job.batch_id,
        path=path,
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
        created_at=at,
    )


def folder_of(batch: Batch) -> str:
    """The folder of a batch's pictures: readable, portable, and unique by its id."""
    return f"{safe_name(batch.title, max_length=40)}-{batch.id[-8:]}"


def thumbnail_key(sha256: str) -> str:
    """Where the thumbnail of a picture with that content lies."""
    return f"thumbs/{sha256[:2]}/{sha256}.webp"


def _manifest_key(job: Job) -> str:
    return f"spool/{job.id}-{job.attempt}.json"


def cost_of(job: Job) -> tuple[int, str]:
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
