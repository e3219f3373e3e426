"""The contract between the engine and a generator. One adapter is one file in this folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, ParamSpec, Protocol, TypeVar

import httpx

from studio.ids import Clock, SystemClock
from studio.models import Call, CannotTell, Fault, Finished, ModelCard, NotThere, Running

P = ParamSpec("P")
T = TypeVar("T")


class CpuRunner(Protocol):
    """Runs a function of pure computation off the event loop."""

    def __call__(
        self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Context:
    """What an adapter may use while it works: nothing else of the studio is visible to it."""

    cpu: CpuRunner
    clock: Clock = field(default_factory=SystemClock)
    http: httpx.AsyncClient | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)
    emit: Callable[[str, Mapping[str, Any]], None] = lambda kind, data: None


class Provider:
    """One generator. Children override what differs; the defaults are the cautious answers."""

    id: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str] = ""
    key_env: ClassVar[tuple[str, ...]] = ()
    """Accepted names of the key's environment variable, first wins; empty needs no key."""
    concurrency: ClassVar[int] = 4
    """Calls in flight at once when nothing else is known."""
    starts_per_second: ClassVar[float | None] = None
    """Most new calls a second; ``None`` is no limit of our own."""

    generator: ClassVar[Literal["algorithmic", "trained"]] = "trained"
    """What the files say about their making: drawn by rules, or by a trained model."""

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The models that are listed; others of the provider can still be typed."""
        return ()

    async def prepare(self, call: Call, ctx: Context) -> Call:
        """Free, repeatable steps before the paid request, such as uploads."""
        return call

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """Send exactly one request that can cost money.

        Raises:
            ProviderFault: with a fault that says whether the request may have arrived.
        """
        raise NotImplementedError

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        """Look at accepted work.

        Raises:
            ProviderFault: the work failed, or could not be looked at (then ``retry`` is true).
        """
        raise NotImplementedError

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        """Look for a call whose answer was lost. Free; never makes anything."""
        return CannotTell(known=f"{self.label} cannot look up a call whose answer was lost.")

    async def cancel(self, ref: Mapping[str, Any], ctx: Context) -> bool:
        """Ask the provider to stop; returns whether the work will still be charged."""
        return True

    def explain(self, fault: Fault) -> str:
        """What a person can do about a fault, in one plain sentence."""
        return fault.hint
