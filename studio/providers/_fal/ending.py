"""What a request that ended brought: pictures, a failure, or an answer that proves nothing yet.

That something is free, or lost, is said only when it is proved: by the status, by the model's own
words, or by fal's list. Until then the request is looked at again, and in the end nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from studio.errors import Unreachable
from studio.models import Charged, Fault, FaultKind, Finished, ProviderFault, Running
from studio.providers._fal import errors, history, outputs, queue
from studio.providers._fal.errors import Told
from studio.providers._fal.history import Item
from studio.providers._fal.prices import Billing
from studio.providers._fal.puzzles import Puzzles, Seen
from studio.providers._fal.wire import Wire
from studio.providers._http import Reply, could_not_look, unclear

UNFINISHED = queue.State("IN_PROGRESS")
KNOWN_WORDS = {"IN_QUEUE", "IN_PROGRESS"}
GONE = {404, 410}
RESULT = "result"


class Endings:
    """Reads the ends of requests, and remembers the puzzling ones.

    Args:
        billing: Tells what each cost.
    """

    def __init__(self, billing: Billing) -> None:
        self._billing = billing
        self._puzzles = Puzzles()

    def goes_on(self, wire: Wire, ref: Mapping[str, Any], state: queue.State) -> None:
        """A request was told to go on.

        Raises:
            ProviderFault: in an unheard-of state, and has been for too long.
        """
        if state.status in KNOWN_WORDS:
            self._puzzles.solved(_id(ref))
        elif self._again(wire, ref, state.status).too_long:
            raise ProviderFault(unclear(f"fal has said {state.status!r} for half an hour."))

    async def no_status(
        self, wire: Wire, ref: Mapping[str, Any], reply: Reply
    ) -> Running | Finished:
        """fal answered that it does not know a request: its list may know better.

        Raises:
            ProviderFault: with what is known about it.
        """
        seen = self._again(wire, ref, "status")
        looking = could_not_look("fal does not show this request just now.")
        item = await self._listed(wire, ref, seen, looking)
        if item is not None:
            if item.output or item.failed:
                return await self._by_list(wire, ref, item)
            if not item.over and not seen.too_long:
                return queue.running(ref, UNFINISHED)
            if item.over and seen.several:
                raise await self._lost(wire, ref)
        if seen.a_while:
            raise ProviderFault(errors.status_fault(reply, wire.ctx.clock.now()))
        raise ProviderFault(looking)

    async def result(
        self, wire: Wire, ref: Mapping[str, Any], state: queue.State, reply: Reply
    ) -> Running | Finished:
        """What the answer to a fetch of the result means.

        Raises:
            ProviderFault: the work failed, or the look at it.
        """
        told = errors.read(reply, state.error, state.error_type)
        found = outputs.read(reply.fields() or {} if reply.good else {})
        if found.pictures:
            self._puzzles.solved(_id(ref))
            usage = await self._billing.usage(wire, ref, reply.headers)
            return Finished(outputs=found.pictures, usage=usage)
        now = wire.ctx.clock.now()
        if not reply.good and errors.about_asking(told, failed=state.failed):
            raise ProviderFault(errors.looking_fault(reply, told, now))
        fault = _certain(reply, told, state, found)
        if fault is not None:
            self._puzzles.solved(_id(ref))
            raise ProviderFault(await self._billing.charge(fault, wire, ref, reply.headers))
        return await self._puzzling(wire, ref, reply, told)

    async def _puzzling(
        self, wire: Wire, ref: Mapping[str, Any], reply: Reply, told: Told
    ) -> Running | Finished:
        """It ended, but this answer proves neither how nor that it was free."""
        seen = self._again(wire, ref, RESULT)
        looking = errors.looking_fault(reply, told, wire.ctx.clock.now())
        if seen.several or told.status in GONE:
            item = await self._listed(wire, ref, seen, looking)
            if item is not None and (item.output or item.failed):
                return await self._by_list(wire, ref, item)
            if seen.a_while or (seen.several and item is not None and item.over):
                if told.status in GONE:
                    raise await self._lost(wire, ref)
                if reply.good and reply.whole and not reply.is_page:
                    raise await self._unreadable(wire, ref, reply)
        if seen.too_long:
            raise ProviderFault(_nobody_knows())
        if told.unfinished:
            return queue.running(ref, UNFINISHED)
        raise ProviderFault(looking)

    async def _listed(
        self, wire: Wire, ref: Mapping[str, Any], seen: Seen, looking: Fault
    ) -> Item | None:
        try:
            return await history.of_request(wire, ref)
        except Unreachable as error:
            raise ProviderFault(_nobody_knows() if seen.too_long else looking) from error

    async def _by_list(self, wire: Wire, ref: Mapping[str, Any], item: Item) -> Finished:
        """The end of a request as fal's list shows it."""
        self._puzzles.solved(_id(ref))
        reply = item.as_reply()
        if not item.failed:
            found = outputs.read(item.output)
            if found.pictures:
                usage = await self._billing.usage(wire, ref, None)
                return Finished(outputs=found.pictures, usage=usage)
            fault = without_picture(item.output, found)
        else:
            fault = errors.work_fault(errors.read(reply))
        raise ProviderFault(await self._billing.charge(fault, wire, ref, None))

    async def _lost(self, wire: Wire, ref: Mapping[str, Any]) -> ProviderFault:
        fault = errors.lost_fault()
        return ProviderFault(await self._billing.charge(fault, wire, ref, None))

    async def _unreadable(self, wire: Wire, ref: Mapping[str, Any], reply: Reply) -> ProviderFault:
        fault = without_picture(None, outputs.Found(()))
        return ProviderFault(await self._billing.charge(fault, wire, ref, reply.headers))

    def _again(self, wire: Wire, ref: Mapping[str, Any], what: str) -> Seen:
        return self._puzzles.again(_id(ref), what, wire.ctx.clock.monotonic())


def without_picture(body: Mapping[str, Any] | None, found: outputs.Found) -> Fault:
    """The fault of a good answer that holds no picture."""
    kind, charged = FaultKind.REFUSED, Charged.YES
    hint = "Change the prompt and try again."
    if found.blacked:
        said = "fal's safety filter blacked the picture out."
    elif found.promised:
        said, charged = "fal answered without a picture, as models do that decline.", Charged.MAYBE
    else:
        kind, hint = FaultKind.BAD_OUTPUT, "Choose a model that makes pictures."
        said = "fal's answer holds no picture." if body else "fal's answer is unreadable."
    return Fault(kind=kind, charged=charged, message=said, hint=hint)


def _certain(reply: Reply, told: Told, state: queue.State, found: outputs.Found) -> Fault | None:
    """The fault that an answer without a picture proves; ``None`` where it proves nothing."""
    if reply.good:
        return None if not reply.whole or reply.is_page else _empty(reply, told, state, found)
    words = told.own and reply.fields() is not None
    if state.failed:
        sure = told.status < 500 or words
    else:
        vague = told.status in {*GONE, 408, 425} or told.unfinished
        sure = 400 <= told.status < 500 and words and not vague
    return errors.work_fault(told) if sure or told.listed else None


def _empty(reply: Reply, told: Told, state: queue.State, found: outputs.Found) -> Fault | None:
    if state.failed:
        return errors.work_fault(told)
    body = reply.fields()
    return without_picture(body, found) if body else None


def _nobody_knows() -> Fault:
    return unclear("fal made this, but has not shown a result that can be read for half an hour.")


def _id(ref: Mapping[str, Any]) -> str:
    return str(ref.get("request_id"))
