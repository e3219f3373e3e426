"""fal's own list of an account's requests: what it says about one, or about those of a time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from studio.providers._fal.platform import objects, pages
from studio.providers._fal.wire import Wire
from studio.providers._http import Reply

LIST = "models/requests/by-endpoint"
AT_ONCE, MOST_PAGES = 100, 20


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list."""

    request_id: str
    sent: datetime | None
    ended: datetime | None
    status: int | None
    input: Mapping[str, Any] | None
    output: Mapping[str, Any]

    @property
    def over(self) -> bool:
        """Whether the list says that it ended."""
        return self.ended is not None or self.status is not None

    @property
    def failed(self) -> bool:
        """Whether the list says that it ended without a picture."""
        return self.status is not None and self.status >= 400

    def as_reply(self) -> Reply:
        """Its output as the answer that it once was."""
        body = json.dumps(dict(self.output)).encode()
        return Reply(self.status or 200, httpx.Headers(), body)


@dataclass(frozen=True, slots=True)
class Listing:
    """Some lines of the list."""

    items: Sequence[Item]
    complete: bool
    """Whether that is all of them."""
    allowed: bool = True
    """False when this key may not see the list."""


async def since(wire: Wire, endpoint: str, start: datetime) -> Listing:
    """What was sent to a model since a moment of fal's clock, with inputs and outputs.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    params = [
        ("endpoint_id", endpoint),
        ("start", start.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ("expand", "payloads"),
        ("limit", str(AT_ONCE)),
    ]
    told, complete, status = await pages(wire, LIST, params, MOST_PAGES)
    return Listing(_items(told), complete, allowed=status not in {401, 403})


async def of_request(wire: Wire, ref: Mapping[str, Any]) -> Item | None:
    """What the list says about one request; ``None`` where it says nothing to this key.

    Raises:
        Unreachable: fal cannot be asked now.
    """
    endpoint, request_id = ref.get("endpoint"), ref.get("request_id")
    if not isinstance(endpoint, str) or not isinstance(request_id, str):
        return None
    params = [("endpoint_id", endpoint), ("request_id", request_id), ("expand", "payloads")]
    told, _, _ = await pages(wire, LIST, params, 1)
    return next((item for item in _items(told) if item.request_id == request_id), None)


def _items(told: Sequence[Any]) -> list[Item]:
    return [item for entry in objects(list(told)) if (item := _item(entry)) is not None]


def _item(entry: Mapping[str, Any]) -> Item | None:
    request_id = entry.get("request_id")
    if not isinstance(request_id, str):
        return None
    given, made, status = (entry.get(name) for name in ("json_input", "json_output", "status_code"))
    return Item(
        request_id=request_id,
        sent=_moment(entry.get("sent_at")),
        ended=_moment(entry.get("ended_at")),
        status=status if isinstance(status, int) and not isinstance(status, bool) else None,
        input=given if isinstance(given, Mapping) else None,
        output=made if isinstance(made, Mapping) else {},
    )


def _moment(told: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
