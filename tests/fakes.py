"""A provider for tests that does what it is told and keeps its own bill."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from studio.models import (
    Call,
    CannotTell,
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

CENT = 10_000


def png(width: int = 64, height: int = 64, color: tuple[int, int, int] = (90, 90, 220)) -> bytes:
    """A small real picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


Answer = Finished | Running | Fault | Exception


class FakeProvider(Provider):
    """Answers from ``script``, one entry per submit (the last one repeats), and bills each call."""

    id = "fake"
    label = "Fake"
    concurrency = 4

    def __init__(self, *script: Answer, price: int | None = CENT) -> None:
        self.script = list(script) or [self.picture()]
        self.price = price
        self.submits: list[Call] = []
        self.finds: list[str] = []
        self.found: Callable[[Call], Running | Finished | NotThere | CannotTell] = lambda call: (
            CannotTell(known="It keeps no list.")
        )
        self.checks: list[Answer] = [self.picture()]
        self.cancel_charges = True
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    @staticmethod
    def picture(cost: int | None = CENT) -> Finished:
        """A finished answer."""
        usage = Usage(cost=cost, source="told by the fake")
        return Finished(outputs=(Output(data=png(), media_type="image/png"),), usage=usage)

    @property
    def charged(self) -> int:
        """What this provider charged."""
        return CENT * len(self.submits)

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        price = None
        if self.price is not None:
            price = Price(low=self.price, expected=self.price, high=self.price, source="test")
        modes = (Mode.IMAGE, Mode.EDIT)
        return (ModelCard(id="fake:one", label="Fake one", price=price, modes=modes),)

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.submits.append(call)
            answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        try:
            await ctx.clock.sleep(0)
            return _given(answer)
        finally:
            self._now -= 1

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        return _given(self.checks.pop(0) if len(self.checks) > 1 else self.checks[0])

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        self.finds.append(call.job_id)
        return self.found(call)

    async def cancel(self, ref: Mapping[str, Any], ctx: Context) -> bool:
        return self.cancel_charges


def _given(answer: Answer) -> Running | Finished:
    if isinstance(answer, Fault):
        raise ProviderFault(answer)
    if isinstance(answer, Exception):
        raise answer
    return answer


def fault(kind: FaultKind, **changes: Any) -> Fault:
    """A fault of some kind."""
    return Fault(kind=kind, message="It went wrong.", hint="Try again.", **changes)
