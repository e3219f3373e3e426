"""The façade: everything that pages, API and CLI need. It never waits for a provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from studio.access import Access
from studio.container.audit import Audit
from studio.container.budgets import Budgets
from studio.container.costs import Costs
from studio.container.delivery import Deliveries
from studio.container.gallery import Gallery
from studio.container.health import Health
from studio.container.importing import Imports
from studio.container.known_models import KnownModels
from studio.container.live import Live
from studio.container.lost import LostAndFound
from studio.container.planner import Planner
from studio.container.running import Batches
from studio.db import Store
from studio.engine import Engine, Parts
from studio.engine.owners import Owner
from studio.engine.parts import trusted_origins
from studio.ids import Clock, IdMaker, RandomIds, SystemClock
from studio.images import Workers
from studio.keys import Keys
from studio.logs import configure_logs
from studio.net import Connections
from studio.providers import Provider, discover
from studio.settings import Settings, load_settings
from studio.storage import LocalStorage
from studio.webhooks import Webhooks

DATABASE = "studio.db"


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything, built and connected. Use :func:`open_studio`."""

    settings: Settings
    models: KnownModels
    live: Live
    keys: Keys
    planner: Planner
    batches: Batches
    budgets: Budgets
    imports: Imports
    lost: LostAndFound
    gallery: Gallery
    costs: Costs
    audit: Audit
    health: Health
    exports: Deliveries
    access: Access
    webhooks: Webhooks
    engine: Engine
    parts: Parts

    def close(self) -> None:
        """Stop the engine (work in flight stays resumable) and close the database."""
        ended = self.engine.close(for_good=True)
        self.parts.workers.close()
        self.parts.store.close()
        if ended:  # otherwise its work is still ours: nobody may take it over
            self.parts.owner.release()

    def __enter__(self) -> Studio:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_studio(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    ids: IdMaker | None = None,
    providers: Mapping[str, Provider] | None = None,
    everything: bool = False,
) -> Studio:
    """Open the studio.

    Args:
        everything: Work on every running batch of the database from now on (the server does);
            otherwise only on batches started or resumed through this object.

    Raises:
        BadSetting: a setting cannot be used.
        DatabaseError: the database cannot be opened.
    """
    settings = settings or load_settings()
    configure_logs(settings)
    clock = clock or SystemClock()
    found = discover() if providers is None else providers
    parts = _parts(settings, clock, ids or RandomIds(clock), found)
    engine = Engine(parts, everything=everything)
    models = KnownModels(parts)
    exports = Deliveries(parts)
    parts.hooks |= exports.hooks()
    batches = Batches(parts, engine)
    studio = Studio(
        settings=settings,
        models=models,
        live=Live(parts, engine, models),
        keys=parts.keys,
        planner=Planner(parts, models),
        batches=batches,
        budgets=Budgets(parts, batches),
        imports=Imports(parts),
        lost=LostAndFound(parts, engine, batches),
        gallery=Gallery(parts),
        costs=Costs(parts),
        audit=Audit(parts),
        health=Health(parts),
        exports=exports,
        access=Access(settings, clock),
        webhooks=Webhooks(parts, engine),
        engine=engine,
        parts=parts,
    )
    if everything:
        engine.start()
    return studio


def _parts(
    settings: Settings, clock: Clock, ids: IdMaker, providers: Mapping[str, Provider]
) -> Parts:
    data, private = settings.studio_data_dir, settings.studio_allow_private_urls
    return Parts(
        store=Store(data / DATABASE),
        storage=LocalStorage(data),
        workers=Workers(),
        providers=providers,
        settings=settings,
        clock=clock,
        ids=ids,
        owner=Owner(data / "locks", ids.new("o")),
        net=Connections(trusted_origins(providers), allow_private=private),
    )
