"""What the engine is built from, and the small steps that all of its files share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from studio.db import Store, Tx, assets, batches, budgets, followups, jobs
from studio.db.followups import Followup
from studio.db.ledger import Caps
from studio.engine.changes import Changes
from studio.engine.owners import Owner
from studio.engine.refusals import Refusals
from studio.ids import Clock, IdMaker
from studio.images import Workers
from studio.keys import Keys, addresses
from studio.models import Batch, BatchState, Call, Fault, FaultKind, Job, JobState
from studio.models.job import UNFINISHED
from studio.net import Connections, origin_of
from studio.providers import Context, Provider
from studio.settings import Settings
from studio.storage import LocalStorage

Hook = Callable[[Followup], None]
"""Does one follow-up. Runs in a worker thread and must bear being run twice."""


@dataclass(slots=True)
class Parts:
    """The services that the engine composes; all injectable."""

    store: Store
    storage: LocalStorage
    workers: Workers
    providers: Mapping[str, Provider]
    settings: Settings
    clock: Clock
    ids: IdMaker
    owner: Owner
    keys: Keys = field(default_factory=Keys)
    net: Connections = field(default_factory=Connections)
    changes: Changes = field(default_factory=Changes)
    refusals: Refusals = field(default_factory=Refusals)
    hooks: dict[str, Hook] = field(default_factory=dict)
    webhook: Callable[[Job], str | None] = lambda job: None
    """Where a provider may tell that a job's present attempt has ended; ``None``: nowhere."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return self.clock.now()

    def caps(self, tx: Tx, batch: Batch) -> Caps:
        """The budgets that apply to a batch now: the installation's, and those people set."""
        chosen = budgets.current(tx)
        return Caps(
            batch=batch.settings.budget,
            day=lowest(self.settings.daily_budget, chosen.get(budgets.DAY)),
            month=lowest(self.settings.monthly_budget, chosen.get(budgets.MONTH)),
            total=lowest(self.settings.total_budget, chosen.get(budgets.TOTAL)),
            person=person_cap(tx, self.settings, batch.created_by),
            name=batch.created_by,
            zone=self.settings.timezone,
        )

    def context(self, provider: Provider) -> Context:
        """What an adapter may use while it works; made on the engine's loop."""
        return Context(
            cpu=self.workers.run,
            clock=self.clock,
            http=self.net.api,
            secret=self.keys.get(provider.key_env),
            bases=bases_of(provider),
            settle_seconds=self.settings.studio_settle_seconds,
        )

    def batch_of(self, job: Job) -> Batch:
        """The batch of a job, as it is now."""
        return self.store.read(lambda tx: batches.get(tx, job.batch_id))

    def seconds_for(self, job: Job) -> float:
        """How long one attempt of a job may be sent, and then be made."""
        own = self.store.read(lambda tx: batches.get(tx, job.batch_id)).settings.timeout
        return own or self.settings.studio_timeout

    def provider_of(self, job: Job) -> Provider:
        """The adapter that a job goes to.

        Raises:
            KeyError: the provider was removed since the job was made.
        """
        return self.providers[job.spec.request.model.partition(":")[0]]


def bases_of(provider: Provider) -> dict[str, str]:
    """Where a provider's addresses lie now, by their names."""
    return addresses({name: (base.env, base.default) for name, base in provider.base_urls.items()})


def trusted_origins(providers: Mapping[str, Provider]) -> frozenset[str]:
    """The origins of all configured addresses: their results may come from there, wherever it is.

    Raises:
        BadSetting: an address that is none.
    """
    return frozenset(
        origin_of(base) for provider in providers.values() for base in bases_of(provider).values()
    )


def person_cap(tx: Tx, settings: Settings, person: str | None) -> int | None:
    """What a person may spend a month: their own cap where somebody gave them one, higher or lower
    than everybody's; ``None`` for nobody, or without a limit.
    """
    if person is None:
        return None
    own = budgets.last_change(tx, budgets.scope_of_person(person))
    return settings.person_budget if own is None or own.cap is None else own.cap


def lowest(*caps: int | None) -> int | None:
    """The tightest of some caps; ``None`` where none is set."""
    return min((cap for cap in caps if cap is not None), default=None)


def call_of(parts: Parts, job: Job) -> Call:
    """The call that a job's present attempt makes: the same after any restart.

    References travel as bytes that were checked when they were stored.
    """
    wanted = job.spec.request.references
    pictures = parts.store.read(lambda tx: [assets.get(tx, asset_id) for asset_id in wanted])
    return Call(
        job_id=job.id,
        attempt=job.attempt,
        request=job.spec.request,
        seed=job.seed,
        references=tuple(parts.storage.read(picture.path) for picture in pictures),
        body=job.spec.body,
        names=job.spec.names,
        sent_at=job.started_at,
        webhook=parts.webhook(job),
    )


def internal_fault(error: BaseException, kind: FaultKind = FaultKind.BAD_OUTPUT) -> Fault:
    """The fault for a failure of our own."""
    return Fault(
        kind=kind,
        message=f"The studio itself failed while making this picture ({type(error).__name__}).",
        hint="Try it again; if it keeps failing, the log in the data folder tells more.",
    )


def end_batch_if_finished(tx: Tx, batch_id: str, at: datetime) -> None:
    """Mark a batch done with its last job, in that job's own transaction."""
    batch = batches.get(tx, batch_id)
    if batch.state not in {BatchState.RUNNING, BatchState.PAUSED}:
        return
    if not jobs.any_in(tx, batch_id, UNFINISHED):
        batches.move(tx, batch_id, BatchState.DONE, at)
        if batch.settings.output:
            followups.add(tx, "layout_batch", batch_id=batch_id, at=at)


def follow_up(tx: Tx, job: Job, at: datetime) -> None:
    """Remember what must happen after a job ended."""
    if batches.get(tx, job.batch_id).settings.output and job.state is not JobState.CANCELED:
        followups.add(tx, "layout_job", batch_id=job.batch_id, job_id=job.id, at=at)
