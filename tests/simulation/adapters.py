"""The adapters of the simulated providers: honest ones, who say what a real one could know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from studio.errors import Unreachable
from studio.failpoints import reach
from studio.models import (
    Call,
    CannotTell,
    Charged,
    Fault,
    FaultKind,
    Finished,
    Mode,
    ModelCard,
    NotThere,
    Output,
    Price,
    ProviderFault,
    Running,
    Usage,
)
from studio.providers import Context, Provider
from tests.simulation.disk import Host
from tests.simulation.world import MANNERS, SETTLE, Answered, Manner, Work, World, picture_of

HOST = "pictures.test"
_KINDS = {
    "unsent": (FaultKind.UNAVAILABLE, True, Charged.NO),
    "busy": (FaultKind.RATE_LIMITED, True, Charged.NO),
    "unavailable": (FaultKind.UNAVAILABLE, True, Charged.NO),
    "bad_key": (FaultKind.BAD_KEY, False, Charged.NO),
    "no_funds": (FaultKind.NO_FUNDS, False, Charged.NO),
    "lost_answer": (FaultKind.UNKNOWN_OUTCOME, False, Charged.MAYBE),
}


class SimulatedProvider(Provider):
    """One provider, as one process sees it."""

    manner: Manner
    concurrency = 3

    def __init__(self, world: World, host: Host) -> None:
        self._world = world
        self._host = host

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        amount = self.manner.price
        price = Price(low=amount, expected=amount, high=amount, source="simulated")
        return (ModelCard(id=f"{self.id}:one", label=self.label, price=price, modes=(Mode.IMAGE,)),)

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """Send the request."""
        await asyncio.sleep(self._world.between(0.0, 0.05))
        self._host.touch("request")
        told = await self._world.send(self.manner, call)
        reach("after_send")
        self._host.touch("answer")
        if told.work is None:
            raise ProviderFault(_fault_of(told))
        return self._said(told.work) if self.manner.synchronous else _accepted(told.work)

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        """Look at accepted work."""
        await self._ask("look")
        work = self._world.by_id(str(ref["id"]))
        if work.forgotten and self._world.loop.time() >= work.begins:
            raise ProviderFault(_ended(FaultKind.LOST, Charged.MAYBE))
        return self._said(work)

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        """Look for a request of that attempt in the list."""
        if not self.manner.lists:
            return CannotTell(known="It keeps no list.")
        await self._ask("find")
        now = self._world.loop.time()
        for work in self._world.of_job(call.job_id):
            if work.attempt == call.attempt and work.manner is self.manner and work.listed <= now:
                return _accepted(work)
        left = call.left_at
        if left is None or (ctx.clock.now() - left).total_seconds() < SETTLE:
            return CannotTell(known="Its list does not show it.", ask_again=True)
        return NotThere()

    async def cancel(self, ref: Mapping[str, Any], ctx: Context) -> bool:
        """Take back what has not begun."""
        await self._ask("look")
        work = self._world.by_id(str(ref["id"]))
        if self.manner.stops and self._world.loop.time() < work.begins:
            work.stopped = True
        return not work.stopped

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        """The id in a reference."""
        return str(ref["id"])

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        """What finds a request of that id."""
        return None if self.manner.synchronous else {"id": remote_id}

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> int | None:
        """What the bill says; its lines are a while late."""
        await asyncio.sleep(self._world.between(0.01, 0.2))
        self._host.touch("question")
        if self._world.strikes("bill_fails"):
            raise Unreachable("The bill could not be read.", "It is asked again.")
        if not self.manner.bills:
            return None
        work = self._world.by_id(str(ref["id"]))
        return work.charge if self._world.loop.time() >= work.billed_at else 0

    async def _ask(self, what: str) -> None:
        """A free question: it can fail, and then says nothing about the work."""
        await asyncio.sleep(self._world.between(0.01, 0.3))
        self._host.touch("question")
        if self._world.strikes(f"{what}_stalls"):
            await asyncio.sleep(60)
        elif not self._world.strikes(f"{what}_fails"):
            return
        busy = self._world.strikes("busy")
        kind = FaultKind.RATE_LIMITED if busy else FaultKind.UNAVAILABLE
        raise ProviderFault(
            Fault(kind=kind, retry=True, message="No.", hint="Again.", looking=True)
        )

    def _said(self, work: Work) -> Running | Finished:
        if work.stopped:
            raise ProviderFault(_ended(FaultKind.BAD_REQUEST, Charged.NO))
        if self._world.loop.time() < work.ends:
            return _accepted(work)
        if work.outcome == "made":
            url = f"https://{HOST}/{work.remote_id}.png"
            output = Output(url=url) if self.manner.urls else Output(data=picture_of(work))
            usage = Usage(cost=work.told, source="told by the provider")
            return Finished(outputs=(output,), usage=usage)
        charged = Charged.YES if work.charge else Charged.NO
        if work.outcome == "refuse":
            raise ProviderFault(_ended(FaultKind.REFUSED, charged, _told(work)))
        again = not work.charge
        raise ProviderFault(_ended(FaultKind.UNAVAILABLE, charged, _told(work), again=again))


def _told(work: Work) -> int | None:
    return work.told if work.charge else None


def _accepted(work: Work) -> Running:
    return Running(ref={"id": work.remote_id})


def _ended(
    kind: FaultKind, charged: Charged, cost: int | None = None, again: bool = False
) -> Fault:
    return Fault(
        kind=kind, retry=again, charged=charged, cost=cost, looking=False,
        message="It ended without a picture.", hint="Try again.",
    )  # fmt: skip


def _fault_of(told: Answered) -> Fault:
    kind, again, charged = _KINDS[told.trouble]
    return Fault(
        kind=kind, retry=again, charged=charged, retry_after=told.retry_after,
        message=f"Simulated: {told.trouble}.", hint="Try again.",
    )  # fmt: skip


def adapters(world: World, host: Host) -> dict[str, Provider]:
    """All simulated providers, for one process."""
    made: dict[str, Provider] = {}
    for manner in MANNERS:
        names = {
            "id": manner.id, "label": manner.id.title(), "manner": manner,
            "keeps_bill": manner.bills,
        }  # fmt: skip
        made[manner.id] = type(manner.id.title(), (SimulatedProvider,), names)(world, host)
    return made


def file_server(world: World, host: Host) -> httpx.MockTransport:
    """Where results can be fetched."""

    async def serve(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(world.between(0.01, 0.3))
        host.touch("download")
        work = world.by_id(request.url.path.strip("/").removesuffix(".png"))
        now = world.loop.time()
        if now >= work.gone_at:
            return httpx.Response(410)
        if now < work.late_until:
            return httpx.Response(503)
        return httpx.Response(200, content=picture_of(work))

    return httpx.MockTransport(serve)
