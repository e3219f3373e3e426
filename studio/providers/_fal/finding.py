"""Looking for a request whose answer was lost, in fal's own list of an account's requests."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.errors import Unreachable
from studio.models import Call, CannotTell, Finished, NotThere, Running
from studio.providers._fal import outputs
from studio.providers._fal.platform import objects, pages
from studio.providers._fal.prices import Billing
from studio.providers._fal.queue import built_ref, endpoint_of, input_of
from studio.providers._fal.wire import REQUESTS_URL, Wire

BEFORE = timedelta(seconds=60)
"""How far fal's clock may be behind ours."""
SAFE_FOR = timedelta(minutes=5)
"""For so long after its end fal surely keeps a result: large ones go after six minutes."""
LIST = "models/requests/by-endpoint"
AT_ONCE, MOST_PAGES = 100, 20
UNPROVEN = 3
"""So many settle times are waited where no later request proves that ours had its turn: fal lists
a request when it starts, and a model that nobody used for a while starts late."""
MOST_RECEIPTS = 5000
TRIED = "This key may not list the requests of its account, so nobody can look it up."
LOOK = f"Look for it at {REQUESTS_URL}."


@dataclass(frozen=True, slots=True)
class _Item:
    """One line of fal's list."""

    request_id: str
    sent: datetime | None
    ended: datetime | None
    status: int | None
    input: Mapping[str, Any] | None
    output: Mapping[str, Any]


class Receipts:
    """Which job and attempt a request belongs to, as far as this process knows."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def note(self, running: Running, call: Call) -> None:
        """A request was accepted for a call."""
        self._owners[str(running.ref["request_id"])] = (call.job_id, call.attempt)
        while len(self._owners) > MOST_RECEIPTS:
            self._owners.popitem(last=False)

    def may_be(self, request_id: str, call: Call) -> bool:
        """False where a request is known to belong to another call."""
        own = (call.job_id, call.attempt)
        return self._owners.get(request_id, own) == own


async def find(
    call: Call, wire: Wire, billing: Billing, receipts: Receipts
) -> Running | Finished | NotThere | CannotTell:
    """What became of a call: found, provably not there, or not to be told."""
    if call.sent_at is None:
        return CannotTell(known=f"Nobody noted when it was sent. {LOOK}")
    params = [
        ("endpoint_id", endpoint_of(call)),
        ("start", (call.sent_at - BEFORE).strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("expand", "payloads"),
        ("limit", str(AT_ONCE)),
    ]
    try:
        told, complete, status = await pages(
            wire, "models/requests/by-endpoint", params, MOST_PAGES
        )
    except Unreachable as error:
        return CannotTell(known=error.message, ask_again=True)
    if status in {401, 403}:
        return CannotTell(known=f"{TRIED} {LOOK}")
    listed = [item for entry in objects(told) if (item := _item(entry)) is not None]
    items = [item for item in listed if _in_time(item, call.sent_at)]
    items = [item for item in items if receipts.may_be(item.request_id, call)]
    wanted = _compared(call, input_of(call))
    matches = [item for item in items if _compared(call, item.input) == wanted]
    if matches:
        return await _found(call, matches, wire, billing)
    settle = timedelta(seconds=wire.ctx.settle_seconds)
    overtaken = any(_came_later(item, call.sent_at, settle) for item in listed)
    wait = settle if overtaken else UNPROVEN * settle
    return _not_found(call, items, wire.ctx.clock.now() - wait, complete=complete)


def _not_found(
    call: Call, items: list[_Item], proven: datetime, *, complete: bool
) -> NotThere | CannotTell:
    """Silence of the list is proof only when the list is whole, and old enough.

    Args:
        proven: What was sent before that moment would be listed now.
    """
    if not complete:
        return CannotTell(known="fal did not show its whole list of requests.", ask_again=True)
    if any(item.input is None for item in items):
        return CannotTell(known=f"fal lists requests of that time without their input. {LOOK}")
    if call.sent_at is None or call.sent_at > proven:
        said = "fal's list does not show it yet; requests that still wait may be missing there."
        return CannotTell(known=said, ask_again=True)
    return NotThere()


async def _found(
    call: Call, matches: list[_Item], wire: Wire, billing: Billing
) -> Running | Finished | CannotTell:
    if len({item.request_id for item in matches}) > 1:
        return CannotTell(known=f"fal lists several requests that look just like it. {LOOK}")
    item, sent_at = matches[0], call.sent_at
    if call.attempt > 1 and item.sent is not None and sent_at is not None and item.sent < sent_at:
        return CannotTell(known=f"fal lists one just like it, perhaps of an earlier try. {LOOK}")
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


def _in_time(item: _Item, sent_at: datetime) -> bool:
    return item.sent is None or item.sent >= sent_at - BEFORE


def _item(entry: Mapping[str, Any]) -> _Item | None:
    request_id = entry.get("request_id")
    if not isinstance(request_id, str):
        return None
    given, made, status = (entry.get(name) for name in ("json_input", "json_output", "status_code"))
    return _Item(
        request_id=request_id,
        sent=_moment(entry.get("sent_at")),
        ended=_moment(entry.get("ended_at")),
        status=status if isinstance(status, int) else None,
        input=given if isinstance(given, Mapping) else None,
        output=made if isinstance(made, Mapping) else {},
    )


def _moment(told: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _came_later(item: _Item, sent_at: datetime, settle: timedelta) -> bool:
    """Whether a request that came after ours had its turn: then ours, had it come, had it too."""
    return item.sent is not None and item.sent > sent_at + min(BEFORE, settle / 2)
