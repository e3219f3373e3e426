"""Starting a batch: a plan becomes jobs, once; the same file again adds only what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from studio.container.live import key_missing
from studio.container.requeue import MADE_BY_A_RERUN, is_loss, requeue
from studio.container.specs import rerun_key, stem_of
from studio.db import Tx, batches, jobs
from studio.db.jobs import NewJob
from studio.engine import Parts
from studio.engine.parts import end_batch_if_finished
from studio.models import Batch, BatchState, JobSpec, JobState, Plan
from studio.models.budget import person_name
from studio.storage.names import TakenNames, unique_name


def need_keys(parts: Parts, plan: Plan) -> None:
    """Refuse at the door what would only pause for want of a key."""
    for name in {spec.request.model.partition(":")[0] for spec in plan.specs}:
        provider = parts.providers.get(name)
        if provider and provider.key_env and parts.keys.get(provider.key_env) is None:
            raise key_missing(provider)


def store(tx: Tx, parts: Parts, plan: Plan) -> str:
    """New batch, or what is missing in an old one. The same plan or file twice is one batch."""
    key = rerun_key(plan.options)
    started = batches.by_plan(tx, plan.id)
    if started is not None:
        return started.id
    old = None if key is None or plan.options.again else batches.by_key(tx, key)
    if old is not None:
        _top_up(tx, parts, old.id, plan)
        return old.id
    batch_id, now = parts.ids.new("b"), parts.now()
    batches.insert(tx, _new_batch(batch_id, plan, now), key, plan.id)
    batches.move(tx, batch_id, BatchState.RUNNING, now)
    _add(tx, parts, batch_id, plan.specs)
    return batch_id


def _top_up(tx: Tx, parts: Parts, batch_id: str, plan: Plan) -> None:
    settings, before = plan.options.settings, batches.get(tx, batch_id).settings
    kept = {"budget": settings.budget or before.budget}
    batches.update_settings(tx, batch_id, settings.model_copy(update=kept))
    known = jobs.hashes(tx, batch_id)
    missing = [spec for spec in plan.specs if spec.content_hash not in known]
    today = {known[spec.content_hash][0]: spec for spec in plan.specs
             if spec.content_hash in known}  # fmt: skip
    waiting = [jobs.get(tx, job_id) for job_id in today]
    ended = [job for job in waiting if job.state in MADE_BY_A_RERUN and not is_loss(job)]
    _add(tx, parts, batch_id, missing)
    for spec in missing:
        batches.add_quote(tx, batch_id, spec.quote)
    for job in waiting:  # they are made at the price that was shown today
        if job.state in {JobState.QUEUED, *MADE_BY_A_RERUN}:
            jobs.plan_again(tx, job.id, today[job.id])
    requeue(tx, parts, batch_id, ended)
    now = parts.now()
    if plan.specs and batches.get(tx, batch_id).state is not BatchState.RUNNING:
        batches.move(tx, batch_id, BatchState.RUNNING, now)
    end_batch_if_finished(tx, batch_id, now)


def _add(tx: Tx, parts: Parts, batch_id: str, specs: Sequence[JobSpec]) -> None:
    taken = TakenNames(jobs.file_stems(tx, batch_id))
    first = jobs.next_position(tx, batch_id)
    new = []
    for position, spec in enumerate(specs, start=first):
        stem = unique_name(stem_of(spec), taken)
        taken.add(stem)
        seed = spec.request.seed
        chosen = parts.ids.seed() if seed is None else seed
        new.append(NewJob(parts.ids.new("j"), position, spec, chosen, stem))
    jobs.insert_many(tx, batch_id, new, parts.now())


def _new_batch(batch_id: str, plan: Plan, at: datetime) -> Batch:
    options = plan.options
    return Batch(
        id=batch_id, title=options.title, state=BatchState.DRAFT, source=options.source,
        model=options.model, settings=options.settings, quote=plan.quote,
        created_by=person_name(options.created_by) if options.created_by else None, created_at=at,
    )  # fmt: skip
