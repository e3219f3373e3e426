"""After a crash: work of dead processes is taken over from exactly where its state says it was."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection

from studio.db import Tx, batches, jobs
from studio.engine.parts import Parts
from studio.errors import NotFound
from studio.models import BatchState, Job, JobState, Usage
from studio.models.job import TRANSITIONS

LOST_FILES = "lost-files"
"""Folder of files that belong to nothing that the database knows."""
_NEVER_ANSWERED = frozenset(
    {JobState.QUEUED, JobState.UNKNOWN, JobState.FAILED, JobState.REFUSED, JobState.CANCELED}
)
"""States in which a row may stand that is older than the answer."""


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
    for key in sorted(parts.storage.keys("spool/"), reverse=True):  # what they are comes first
        removed += _clear(parts, key)
    return removed


def _clear(parts: Parts, key: str) -> bool:
    """Remove a spooled file that nobody needs. A whole answer to a job that the database does not
    know was paid for: it is kept aside.
    """
    job_id, attempt = _named(key)
    if key.endswith(".json"):
        _take_in(parts, key, job_id, attempt)
    if parts.store.read(lambda tx: jobs.needs_spool(tx, job_id)):
        return False
    noted = f"{job_id}-{attempt}.json"
    if not parts.store.read(lambda tx: _exists(tx, job_id)) and (
        key.endswith(noted) or parts.storage.exists(f"{LOST_FILES}/spool/{noted}")
    ):
        parts.storage.put(f"{LOST_FILES}/{key}", parts.storage.read(key))
    parts.storage.delete(key)
    return True


def _exists(tx: Tx, job_id: str) -> bool:
    return any(True for _ in tx.query("select 1 from jobs where id = ?", [job_id]))


def _named(key: str) -> tuple[str, int]:
    """The job and the attempt that a spooled file belongs to."""
    job_id, _, rest = key.rpartition("/")[2].partition("-")
    attempt = rest.partition("-")[0].partition(".")[0]
    return job_id.partition(".")[0], int(attempt) if attempt.isdecimal() else 0


def _take_in(parts: Parts, key: str, job_id: str, attempt: int) -> None:
    """An answer that the database knows nothing of, as after a repair: it was paid for, so its job
    goes on from there and is not made again.
    """

    def work(tx: Tx) -> None:
        job = jobs.get(tx, job_id)
        newer = attempt > job.attempt or (job.state, attempt) == (JobState.UNKNOWN, job.attempt)
        if not newer or job.state not in _NEVER_ANSWERED:
            return
        noted, at = json.loads(parts.storage.read(key)), parts.now()
        usage = Usage.model_validate(noted["usage"])
        for state in (JobState.QUEUED, JobState.SUBMITTING):
            if state in TRANSITIONS[job.state] and job.state is not JobState.UNKNOWN:
                job = jobs.move(tx, job, state, at, event={"why": "its answer was on the disk"})
        jobs.move(
            tx, job, JobState.FETCHING, at, attempt=attempt, outputs=noted["outputs"],
            remote=noted.get("ref"), cost=usage.cost, cost_source=usage.source, fault=None,
        )  # fmt: skip
        if batches.get(tx, job.batch_id).state is BatchState.DONE:
            batches.move(tx, job.batch_id, BatchState.RUNNING, at)

    with contextlib.suppress(NotFound, ValueError, KeyError):  # no such job, or no such answer
        parts.store.write(work)


def _is_orphan(parts: Parts, job: Job) -> bool:
    return job.owner is None or job.owner == parts.owner.id or not parts.owner.is_alive(job.owner)


def _adopt(tx: Tx, parts: Parts, orphans: list[Job]) -> list[Job]:
    return [
        job.model_copy(update={"owner": parts.owner.id})
        for job in orphans
        if jobs.adopt_owner(tx, job.id, job.owner, parts.owner.id)
    ]
