"""fal: hundreds of hosted models behind one queue. Every request is looked up, none sent twice."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from studio.catalog import load_cards
from studio.models import (
    Account,
    AccountState,
    Call,
    CannotTell,
    Fault,
    FaultKind,
    Finished,
    Micros,
    ModelCard,
    NotThere,
    Price,
    ProviderFault,
    Running,
)
from studio.providers._base import Base, Context, ModelSchema, Provider
from studio.providers._fal import bills, errors, finding, hooks, platform, queue, stream
from studio.providers._fal.ending import GONE, UNFINISHED, Endings
from studio.providers._fal.prices import Billing
from studio.providers._fal.receipts import Receipts
from studio.providers._fal.skew import Skew
from studio.providers._fal.uploads import Uploads
from studio.providers._fal.wire import BASES, FUNDS_URL, KEY_URL, REQUESTS_URL, Wire
from studio.providers._http import (
    LONG,
    SHORT,
    NoReply,
    Reply,
    could_not_look,
    encode,
    unanswered,
    unclear,
)

MOST_RESULT = 64 * 1024 * 1024
MOST_NOTED = 2000
STREAMS, SHORTEST_STREAM, STREAMLESS = 6, 1.0, 60.0
"""Streams open at once (of 16 connections), and seconds: worth one, without one after trouble."""


class Fal(Provider):
    """Submits to fal's queue, follows by its status, and tells what fal billed."""

    id: ClassVar[str] = "fal"
    label: ClassVar[str] = "fal"
    description: ClassVar[str] = "Hundreds of hosted image models behind one key; paid by use."
    key_env: ClassVar[tuple[str, ...]] = ("FAL_KEY", "FAL_API_KEY", "FAL_AI_API_KEY")
    key_url: ClassVar[str] = KEY_URL
    funds_url: ClassVar[str] = FUNDS_URL
    base_urls: ClassVar[Mapping[str, Base]] = BASES
    keeps_bill: ClassVar[bool] = True
    keeps_outputs: ClassVar[float | None] = 3600.0  # an hour after the end, says fal of its results
    concurrency: ClassVar[int] = 10
    # An account starts with two requests in progress at once, but what is over that waits in fal's
    # queue instead of being refused: ten keep every runner of a small account busy, and a stopped
    # batch has few requests left behind.

    def __init__(self) -> None:
        self._uploads = Uploads()
        self._billing = Billing()
        self._receipts = Receipts()
        self._endings = Endings(self._billing)
        self._skew = Skew()
        self._signatures = hooks.Signatures()
        self._last: OrderedDict[str, queue.State] = OrderedDict()
        self._streams = 0
        self._streamless_until = 0.0

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        """The listed models; every other model of fal can be typed."""
        return load_cards(self.id)

    async def prepare(self, call: Call, ctx: Context) -> Call:
        """Bring the pictures to start from to fal, each once."""
        if not call.references:
            return call
        wire = Wire(ctx, self._skew)
        wire.need_key()
        images = [await self._uploads.address_of(picture, wire) for picture in call.references]
        return call.model_copy(update={"prepared": {**call.prepared, "images": images}})

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        """Put one request into the queue."""
        wire = Wire(ctx, self._skew)
        wire.need_key()
        endpoint, body = queue.endpoint_of(call), encode(queue.input_of(call))
        address = wire.address("queue", endpoint)
        self._receipts.leaves(call, ctx.clock.now())
        try:  # for as long as the engine lets it
            reply = await wire.ask(
                "POST", address, params=hooks.asked(call), content=body, seconds=None
            )
        except NoReply as error:
            raise ProviderFault(unanswered(error, self.label)) from error
        if not reply.good:
            raise ProviderFault(errors.submit_fault(reply, endpoint, ctx.clock.now()))
        running = queue.accepted(wire, endpoint, reply)
        if not self._receipts.claim(str(running.ref["request_id"]), call):
            raise ProviderFault(unclear("fal answered with the receipt of another request."))
        self._note(running.ref, queue.State("IN_QUEUE", running.queue_position))
        return running

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        """Look at the status, and fetch the result once there is one."""
        wire = Wire(ctx, self._skew)
        wire.need_key(looking=True)
        reply = await self._look(wire, queue.url_of(wire, ref, "status_url"))
        if reply.status in GONE:
            return await self._endings.no_status(wire, ref, reply)
        if not reply.good:
            raise ProviderFault(errors.status_fault(reply, ctx.clock.now()))
        state = queue.read_state(reply.fields())
        if state is None:
            raise ProviderFault(could_not_look("fal's answer about the request is unreadable."))
        return await self._told(wire, ref, state)

    async def wait(
        self, ref: Mapping[str, Any], seconds: float, ctx: Context
    ) -> Running | Finished:
        """Listen to fal's stream of the status; where that is of no use, wait and look."""
        began = ctx.clock.monotonic()
        wire = Wire(ctx, self._skew)
        wire.need_key(looking=True)
        state = None
        if self._may_stream(seconds, began):
            self._streams += 1
            try:
                url = f"{queue.url_of(wire, ref, 'status_url')}/stream"
                before = self._last.get(str(ref.get("request_id")))
                state = await stream.listen(wire, url, seconds, before)
            finally:
                self._streams -= 1
            if state is None:
                self._streamless_until = ctx.clock.monotonic() + STREAMLESS
        if state is not None:
            return await self._told(wire, ref, state)
        left = seconds - (ctx.clock.monotonic() - began)
        return await super().wait(ref, max(0.0, left), ctx)

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        """Look for a lost request in fal's list, by its exact input."""
        wire = Wire(ctx, self._skew)
        wire.need_key(looking=True)
        return await finding.find(call, wire, self._billing, self._receipts)

    async def cancel(self, ref: Mapping[str, Any], ctx: Context) -> bool:
        """Take a request out of the queue; one that runs is charged, whether it stops or not."""
        wire = Wire(ctx, self._skew)
        wire.need_key(looking=True)
        reply = await self._look(wire, queue.url_of(wire, ref, "cancel_url"), method="PUT")
        in_time = str((reply.fields() or {}).get("status")).upper() == "OK"
        return not (reply.good and in_time)

    async def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, ctx: Context
    ) -> str | None:
        """The request that fal says has ended, by fal's own signature of the last minutes."""
        return await self._signatures.request_of(headers, body, Wire(ctx, self._skew))

    def reference(self, remote_id: str, name: str, ctx: Context) -> dict[str, Any] | None:
        """Where a request is found of which a person, or fal's own notice, told the id."""
        if not queue.is_id(remote_id):
            return None
        return queue.built_ref(Wire(ctx, self._skew), name, remote_id)

    async def matches(self, ref: Mapping[str, Any], call: Call, ctx: Context) -> bool | None:
        """Whether fal's list shows a request with the input of a call."""
        return await finding.matches(ref, call, Wire(ctx, self._skew))

    def identity(self, ref: Mapping[str, Any]) -> str | None:
        """The id that fal gave the request."""
        return str(ref["request_id"]) if ref.get("request_id") else None

    async def bill(self, ref: Mapping[str, Any], ctx: Context) -> Micros | None:
        """What fal's bill says about one request; 0 where it ended and the bill has none for it."""
        return await bills.whole_bill(Wire(ctx, self._skew), ref)

    async def bills(self, refs: Sequence[Mapping[str, Any]], ctx: Context) -> list[Micros | None]:
        """What the lines of fal's bill say about requests, fifty in one question."""
        return await bills.of_many(Wire(ctx, self._skew), refs)

    async def account(self, ctx: Context) -> Account:
        """Whether the key works, and what is on the account."""
        wire = Wire(ctx, self._skew)
        try:
            wire.need_key()
        except ProviderFault as problem:
            state = AccountState.BAD_KEY if (ctx.secret or "").strip() else AccountState.NO_KEY
            told = problem.fault
            return Account(provider=self.id, state=state, message=told.message, fix=told.hint)
        return await platform.account(wire, self.id)

    async def prices(self, names: Sequence[str], ctx: Context) -> dict[str, Price]:
        """Live prices in US dollars."""
        return await self._billing.prices(Wire(ctx, self._skew), names)

    async def schema(self, name: str, ctx: Context) -> ModelSchema | None:
        """What a model takes, as an OpenAPI document."""
        return await platform.schema(Wire(ctx, self._skew), name)

    def explain(self, fault: Fault) -> str:
        """The next step, with the page at fal where it is done."""
        page = {
            FaultKind.BAD_KEY: f"Keys are at {KEY_URL}.",
            FaultKind.NO_FUNDS: f"Credits are at {FUNDS_URL}.",
            FaultKind.UNKNOWN_OUTCOME: f"fal lists its requests at {REQUESTS_URL}.",
            FaultKind.LOST: f"fal lists its requests at {REQUESTS_URL}.",
        }.get(fault.kind, "")
        return fault.hint if "fal.ai/" in fault.hint else f"{fault.hint} {page}".strip()

    def _may_stream(self, seconds: float, now: float) -> bool:
        free = self._streams < STREAMS and now >= self._streamless_until
        return free and seconds >= SHORTEST_STREAM

    def _goes_on(self, wire: Wire, ref: Mapping[str, Any], state: queue.State) -> Running:
        self._endings.goes_on(wire, ref, state)
        self._note(ref, state)
        return queue.running(ref, state)

    def _note(self, ref: Mapping[str, Any], state: queue.State) -> None:
        """Remember what was told, so that only something else is news."""
        self._last[str(ref.get("request_id"))] = state
        while len(self._last) > MOST_NOTED:
            self._last.popitem(last=False)

    async def _look(
        self,
        wire: Wire,
        url: str,
        *,
        method: str = "GET",
        limit: int = platform.LARGE_ANSWER,
        seconds: float = SHORT,
    ) -> Reply:
        try:
            return await wire.ask(method, url, limit=limit, seconds=seconds)
        except NoReply as error:
            said = f"fal could not be reached ({error.reason})."
            raise ProviderFault(could_not_look(said)) from error

    async def _told(
        self, wire: Wire, ref: Mapping[str, Any], state: queue.State
    ) -> Running | Finished:
        if not state.ended:
            return self._goes_on(wire, ref, state)
        self._last.pop(str(ref.get("request_id")), None)
        address = queue.url_of(wire, ref, "response_url")
        reply = await self._look(wire, address, limit=MOST_RESULT, seconds=LONG)
        answer = await self._endings.result(wire, ref, state, reply)
        if isinstance(answer, Running):
            self._note(ref, UNFINISHED)
        return answer
