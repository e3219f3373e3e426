"""The contract between the engine and a generator. One adapter is one file in this folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, ParamSpec, Protocol, TypeVar

import httpx

from studio.ids import Clock, SystemClock
from studio.models import (
    Account,
    AccountState,
    Call,
    CannotTell,
    Fault,
    Finished,
    Micros,
    ModelCard,
    NotThere,
    Price,
    Running,
)

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
    secret: str | None = None
    """The key of this provider's account."""
    bases: Mapping[str, str] = field(default_factory=dict)
    """Name of each of the provider's addresses → where it is, without a slash at the end."""
    settle_seconds: float = 120.0
    """How long after a call a list of the provider must not be taken for complete."""
    emit: Callable[[str, Mapping[str, Any]], None] = lambda kind, data: None

    @property
    def client(self) -> httpx.AsyncClient:
        """The shared HTTP client.

        Raises:
            RuntimeError: this context was made without one.
        """
        if self.http is None:
            raise RuntimeError("this context has no HTTP client")
        return self.http


@dataclass(frozen=True, slots=True)
class Base:
    """One address of a provider: the settings that may move it, and where it usually is."""

    env: tuple[str, ...]
    """Accepted names of the environment variable, first wins."""
    default: str


@dataclass(frozen=True, slots=True)
class ModelSchema:
    """What a provider tells about the input of one of its models."""

    document: Mapping[str, Any]
    """An OpenAPI document, or a JSON Schema object."""
    label: str = ""
    description: str = ""


class Provider:
    """One generator. Children override what differs; the defaults are the cautious answers."""

    id: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str] = ""
    key_env: ClassVar[tuple[str, ...]] = ()
    """Accepted names of the key's environment variable, first wins; empty needs no key."""
    key_url: ClassVar[str] = ""
    """Where a person gets a key."""
    funds_url: ClassVar[str] = ""
    """Where a person puts money on the account."""
    base_urls: ClassVar[Mapping[str, Base]] = {}
    """The provider's addresses, so that an emulator or a proxy can stand in."""
    keeps_bill: ClassVar[bool] = False
    """Whether :meth:`bill` can tell what one call cost."""
    keeps_outputs: ClassVar[float | None] = None
    """Seconds after its end for which a call's output can surely be fetched; ``None``: unknown."""
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

    async def wait(
        self, ref: Mapping[str, Any], seconds: float, ctx: Context
    ) -> Running | Finished:
        """Look at accepted work again after at most ``seconds``; sooner where there is news.

        Raises:
            ProviderFault: as :meth:`check`.
        """
        await ctx.clock.sleep(seconds)
        return await self.check(ref, ctx)

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        """Look for a call whose answer was lost. Free; never makes anything."""
        return CannotTell(known=f"{self.label} cannot look up a call whose answer was lost.")

    async def cancel(self, ref: Mapping[str, Any], ctx: Context) -> bool:
        """Ask the provider to stop; returns whether the work will still be charged."""
        return True

    async def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, ctx: Context
    ) -> str | None:
        """Which request a webhook is about, where its signature is the provider's and fresh.

        Nothing else that it says is to be believed: the request is looked at with our own key.

        Args:
            headers: By their names in small letters.

        Returns:
            The id as :meth:`identity` tells it; ``None`` for what the provider did not sign.

        Raises:
            Unreachable: what proves the signature cannot be had now.
        """
        return None

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        """The provider's own id in a reference: no two calls may share it. ``None`` has none."""
        return None

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        """What finds a request of which only the provider's own id is known; ``None``: nothing.

        Args:
            name: The model's name at the provider.
        """
        return None

    async def matches(self, ref: Mapping[str, Any], call: Call, ctx: Context) -> bool | None:
        """Whether a request was made with the input of a call; ``None`` where nobody can tell."""
        return None

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> Micros | None:
        """What the provider's own bill says about one call that ended a while ago.

        Returns:
            Micro-dollars, 0 where the bill can be read and has nothing for this call; ``None``
            where the bill cannot be read with this key.

        Raises:
            Unreachable: it cannot be asked now.
        """
        return None

    async def bills(self, refs: Sequence[Mapping[str, Any]], ctx: Context) -> list[Micros | None]:
        """What the lines of the provider's own bill say about several calls, in their order.

        Returns:
            Micro-dollars, 0 only where lines about a call add up to nothing; ``None`` where there
            is none about it yet. Whether it was free then, :meth:`bill` may be able to prove.

        Raises:
            Unreachable: it cannot be asked now.
            AccountError: this key may not read the bill.
        """
        return [await self.bill(ref, ctx) or None for ref in refs]

    async def account(self, ctx: Context) -> Account:
        """How the account stands, by a look that costs nothing."""
        return Account(provider=self.id, state=AccountState.READY, message="It needs no account.")

    async def prices(self, names: Sequence[str], ctx: Context) -> dict[str, Price]:
        """Live prices of models, by their name at the provider; unknown ones are left out.

        Raises:
            Unreachable: the provider cannot be asked now.
        """
        return {}

    async def schema(self, name: str, ctx: Context) -> ModelSchema | None:
        """What a model takes, told by the provider; ``None`` where it does not tell.

        Raises:
            Unreachable: the provider cannot be asked now.
            UnknownModel: it has no such model.
        """
        return None

    def explain(self, fault: Fault) -> str:
        """What a person can do about a fault, in one plain sentence."""
        return fault.hint
