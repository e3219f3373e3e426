"""Looking for a request whose answer was lost: only ever ours, and silence alone proves nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.errors import Unreachable
from studio.models import Call, CannotTell, Finished, NotThere, Running
from studio.providers._fal import outputs
from studio.providers._fal.history import Item, Listing, of_request, since
from studio.providers._fal.prices import Billing
from studio.providers._fal.queue import built_ref, endpoint_of, input_of, url_of
from studio.providers._fal.receipts import Moments, Receipts
from studio.providers._fal.wire import REQUESTS_URL, Wire
from studio.providers._http import NoReply

MARGIN = timedelta(seconds=60)
"""How far from its moment a request of ours may be listed, and how much later a later one is."""
REPEATED, MOST_RESULT = ("prompt", "seed"), 64 * 1024 * 1024
DAY = timedelta(hours=24)
JUMP = timedelta(seconds=30)
"""A correction of the clock that makes the list be asked again."""
SAFE_FOR = timedelta(minutes=5)
"""For so long after its end fal surely keeps a result: large ones go after six minutes."""
TRIED = "This key may not list the requests of its account, so nobody can look it up."
LOOK = f"Look for it at {REQUESTS_URL}."


@dataclass(frozen=True, slots=True)
class _When:
    """The moment at which a call was sent, in fal's clock."""

    earliest: datetime
    latest: datetime
    now: datetime | None
    """The most that fal's clock shows now; ``None`` while its clock is not known."""

    def near(self, item: Item) -> bool:
        """Whether a request was sent at about that moment."""
        if item.sent is None:
            return True
        return self.earliest - MARGIN <= item.sent <= self.latest + MARGIN

    def overtaken(self, items: Sequence[Item], settle: timedelta) -> bool:
        """Whether a later request had its turn: then ours, had it come, had it too."""
        if self.now is None:
            return False
        after = self.latest + min(MARGIN, settle / 2)
        return any(item.sent is not None and after < item.sent <= self.now for item in items)


async def find(
    call: Call, wire: Wire, billing: Billing, receipts: Receipts
) -> Running | Finished | NotThere | CannotTell:
    """What became of a call: found, provably not there, or not to be told."""
    sent_at = receipts.moments(call)
    if sent_at is None:
        return CannotTell(known=f"Nobody noted when it was sent. {LOOK}")
    try:
        found = await _looked(call, wire, sent_at, receipts)
    except Unreachable as error:
        return CannotTell(known=error.message, ask_again=True)
    if isinstance(found, CannotTell | NotThere):
        return found
    receipts.claim(found.request_id, call)
    return await _followed(call, found, wire, billing)


async def matches(ref: Mapping[str, Any], call: Call, wire: Wire) -> bool | None:
    """Whether a request had the input of a call; ``None`` where fal does not show its input."""
    try:
        item = await of_request(wire, ref)
    except Unreachable:
        return None
    wanted = _compared(call, input_of(call))
    if item is not None and item.input is not None:
        return _holds(item.input, wanted)
    return await _by_result(ref, call, wire)


async def _by_result(ref: Mapping[str, Any], call: Call, wire: Wire) -> bool | None:
    """The same by what many models repeat in their result: the seed in use, and the prompt, which
    some write anew.
    """
    try:
        reply = await wire.ask("GET", url_of(wire, ref, "response_url"), limit=MOST_RESULT)
    except NoReply:
        return None
    told = reply.fields() if reply.good else None
    told, wanted = told or {}, input_of(call)
    same = {
        name: str(told[name]) == str(wanted[name])
        for name in REPEATED
        if name in told and name in wanted
    }
    if same.get("seed") is False:
        return False
    if same.get("seed") and _own_seed(call) is not None:
        return True
    return True if same.get("prompt") else None


async def _looked(
    call: Call, wire: Wire, sent_at: Moments, receipts: Receipts
) -> Item | NotThere | CannotTell:
    """The line of the list that is ours, or what its silence means.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    listing = await _around(call, wire, sent_at)
    if not listing.allowed:
        return CannotTell(known=f"{TRIED} {LOOK}")
    found = _judged(call, listing.items, _when(wire, sent_at), receipts)
    if found is not None:
        return found
    unproven = _unproven(listing, wire, sent_at)
    if unproven is not None and wire.skew.bounds is not None:
        return unproven
    # the clocks may be wrong all the same: a whole day is searched before it is said
    day = await since(wire, endpoint_of(call), _when(wire, sent_at).earliest - DAY)
    found = _judged(call, day.items, _when(wire, sent_at), receipts)
    return found or unproven or NotThere()


async def _around(call: Call, wire: Wire, sent_at: Moments) -> Listing:
    """What was sent since about that moment, by fal's clock.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    asked = _when(wire, sent_at).earliest
    listing = await since(wire, endpoint_of(call), asked - MARGIN)
    learned = _when(wire, sent_at).earliest
    if abs(learned - asked) > JUMP:  # this answer told that fal's clock is another one
        listing = await since(wire, endpoint_of(call), learned - MARGIN)
    return listing


def _when(wire: Wire, sent_at: Moments) -> _When:
    bounds = wire.skew.bounds
    if bounds is None:
        return _When(sent_at.first, sent_at.last, None)
    low, high = bounds
    return _When(sent_at.first + low, sent_at.last + high, wire.ctx.clock.now() + high)


def _judged(
    call: Call, items: Sequence[Item], when: _When, receipts: Receipts
) -> Item | CannotTell | None:
    """The request of a call among those of a list; ``None`` where there is no trace of it."""
    free = [item for item in items if receipts.may_be(item.request_id, call)]
    wanted = _compared(call, input_of(call))
    same = [item for item in free if _holds(item.input, wanted)]
    ours = _own_seed(call)
    some = [item for item in same if when.near(item)] or (same if ours is not None else [])
    if some:
        exact = [item for item in some if _compared(call, item.input) == wanted]
        return _single(call, exact or some, when)
    if same:
        return CannotTell(known=f"fal lists one just like it, but of another time. {LOOK}")
    if ours is not None and any(_has_seed(item.input, *ours) for item in free):
        return CannotTell(known=f"fal lists its seed with another input. {LOOK}")
    if any(item.input is None and when.near(item) for item in free):
        return CannotTell(known=f"fal lists requests of that time without their input. {LOOK}")
    return None


def _single(call: Call, some: Sequence[Item], when: _When) -> Item | CannotTell:
    if call.attempt > 1:
        some = [item for item in some if item.sent is not None and item.sent >= when.earliest]
        if not some:
            return CannotTell(
                known=f"fal lists one just like it, perhaps of an earlier try. {LOOK}"
            )
    if len({item.request_id for item in some}) > 1:
        return CannotTell(known=f"fal lists several requests that look just like it. {LOOK}")
    return some[0]


def _unproven(listing: Listing, wire: Wire, sent_at: Moments) -> CannotTell | None:
    """Why silence proves nothing; ``None`` where it proves that the call never arrived."""
    settle = timedelta(seconds=wire.ctx.settle_seconds)
    if not listing.complete:
        return CannotTell(known="fal did not show its whole list of requests.", ask_again=True)
    late = wire.ctx.clock.now() - sent_at.last >= settle
    if late and _when(wire, sent_at).overtaken(listing.items, settle):
        return None
    said = "fal's list does not show it; requests that still wait may be missing there."
    return CannotTell(known=said, ask_again=True)


async def _followed(call: Call, item: Item, wire: Wire, billing: Billing) -> Running | Finished:
    ref = built_ref(wire, endpoint_of(call), item.request_id)
    expired = item.ended is not None and item.ended < wire.ctx.clock.now() - SAFE_FOR
    kept = outputs.read(item.output) if expired and item.status == 200 else None
    if kept is None or not kept.pictures:
        return Running(ref=ref)
    return Finished(outputs=kept.pictures, usage=await billing.usage(wire, ref, None))


def _compared(call: Call, told: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An input as far as two can be compared: uploads have another address each time."""
    if told is None:
        return None
    pictures = call.names.images if call.names is not None and call.references else None
    return {name: value for name, value in told.items() if name != pictures}


def _holds(told: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> bool:
    """Whether an input is what we sent; fal may have filled in more."""
    if told is None or wanted is None:
        return False
    return all(name in told and told[name] == value for name, value in wanted.items())


def _own_seed(call: Call) -> tuple[str, int] | None:
    """Where our own seed stands in the input, and which: it is in no other call."""
    if call.request.seed is not None or call.names is None or not call.names.seed:
        return None
    return call.names.seed, call.seed


def _has_seed(told: Mapping[str, Any] | None, name: str, seed: int) -> bool:
    return told is not None and str(told.get(name)) == str(seed)
