"""After a crash: work of dead processes is taken over from exactly where its state says it was."""

from __future__ import annotations

from collections.abc import Callable, Collection

from studio.db import Tx, jobs
from studio.engine.parts import Parts
from studio.models import Job


async def take_over(
    parts: Parts, works_on: Callable[[Job], bool], busy: Collection[str]
) -> list[Job]:
    """Jobs in flight whose process is gone, now owned by this one.

    Args:
        works_on: Whether this process works on a job.
        busy: Ids of jobs that this process already works on.
    """
    orphans = [
        job
        for job in parts.store.read(jobs.in_flight)
        if works_on(job) and job.id not in busy and _is_orphan(parts, job)
    ]
    if not orphans:
        return []
    return await parts.store.awrite(lambda tx: _adopt(tx, parts, orphans))


def clean_left_overs(parts: Parts) -> int:
    """Remove half-written files and spooled answers that no job needs; returns how many.

    Only while this is the one process at work: another's half-written file is not left over.
    """
    if not parts.owner.is_alone():
        return 0
    day_ago = parts.now().timestamp() - 24 * 3600
    parts.owner.forget_dead(older_than=day_ago)
    removed = parts.storage.clean_parts()
    for key in list(parts.storage.keys("spool/")):
        job_id = key.rpartition("/")[2].partition("-")[0].partition(".")[0]
        if not parts.store.read(lambda tx, i=job_id: jobs.needs_spool(tx, i)):  # type: ignore[misc]
            parts.storage.delete(key)
            removed += 1
    return removed


def _is_orphan(parts: Parts, job: Job) -> bool:
    return job.owner is None or job.owner == parts.owner.id or not parts.owner.is_alive(job.owner)


def _adopt(tx: Tx, parts: Parts, orphans: list[Job]) -> list[Job]:
    return [
        job.model_copy(update={"owner": parts.owner.id})
        for job in orphans
        if jobs.adopt_owner(tx, job.id, job.owner, parts.owner.id)
    ]
