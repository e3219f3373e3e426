"""fal's queue: where a request is found again, and what its status says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from studio.models import Call, Fault, FaultKind, ProviderFault, Running
from studio.providers._fal.wire import Wire
from studio.providers._http import Reply, plain, unclear

NEVER_SENT = "sync_mode"
"""An input that would put the picture into the answer and keep it out of fal's history."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)+")
_ID = re.compile(r"[\x21-\x7e]{1,200}")
_NAMESPACES = {"workflows", "comfy"}
_ENDED = {"COMPLETED", "FAILED", "ERROR", "CANCELED", "CANCELLED"}
"""fal only says the first; the others are end states of copies of its queue."""
_WORDS = {"IN_PROGRESS": "in progress", "IN_QUEUE": "in the queue"}


@dataclass(frozen=True, slots=True)
class State:
    """What the status of a request says."""

    status: str
    position: int | None = None
    error: str = ""
    error_type: str = ""

    @property
    def ended(self) -> bool:
        """Whether there is a result, be it a picture or an error."""
        return self.status in _ENDED

    @property
    def failed(self) -> bool:
        """Whether the status already says that the work failed."""
        return bool(self.error or self.error_type)


def endpoint_of(call: Call) -> str:
    """The model's name at fal, which is part of an address.

    Raises:
        ProviderFault: it can be no model of fal.
    """
    name = call.request.model.partition(":")[2]
    if not _NAME.fullmatch(name):
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_REQUEST,
                message=f"{plain(name, 80)!r} is no name of a model at fal.",
                hint="A name at fal reads like fal-ai/flux/dev.",
            )
        )
    return name


def input_of(call: Call) -> dict[str, Any]:
    """The exact input to send.

    Raises:
        ProviderFault: it asks for something that would lose the picture.
    """
    if call.request.params.get(NEVER_SENT):
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_REQUEST,
                message=f"The setting {NEVER_SENT!r} is not possible here.",
                hint="Leave it out: fal would not keep the picture, so it could be lost.",
            )
        )
    filled = call.input(tuple(call.prepared.get("images", ())))
    filled.pop(NEVER_SENT, None)
    return filled


def root_of(endpoint: str) -> str:
    """The part of a model's name that every address after the submit begins with."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in _NAMESPACES else 2])


def is_id(text: str) -> bool:
    """Whether a text can be the id of a request."""
    return _ID.fullmatch(text) is not None


def built_ref(wire: Wire, endpoint: str, request_id: str) -> dict[str, Any]:
    """All that is needed to find a request again, with addresses made by fal's own rule."""
    here = wire.address("queue", f"{root_of(endpoint)}/requests/{quote(request_id, safe='')}")
    return {
        "request_id": request_id,
        "endpoint": endpoint,
        "status_url": f"{here}/status",
        "response_url": here,
        "cancel_url": f"{here}/cancel",
    }


def accepted(wire: Wire, endpoint: str, reply: Reply) -> Running:
    """The receipt of a submit.

    Raises:
        ProviderFault: it was accepted, but the receipt cannot be read: its outcome is unknown.
    """
    body = reply.fields() or {}
    request_id = body.get("request_id")
    if not isinstance(request_id, str) or not _ID.fullmatch(request_id):
        raise ProviderFault(unclear("fal accepted the request, but its receipt cannot be read."))
    ref = built_ref(wire, endpoint, request_id)
    told = {name: body.get(name) for name in ref if name.endswith("_url")}
    ref |= {name: url for name, url in told.items() if isinstance(url, str) and wire.is_fal(url)}
    return Running(ref=ref, queue_position=_position(body), progress=_WORDS["IN_QUEUE"])


def url_of(wire: Wire, ref: Mapping[str, Any], name: str) -> str:
    """One of a request's addresses: fal's own where it is fal's, else built.

    Raises:
        ProviderFault: what was noted about the request finds nothing.
    """
    noted = ref.get(name)
    if isinstance(noted, str) and wire.is_fal(noted):
        return noted
    endpoint, request_id = ref.get("endpoint"), ref.get("request_id")
    if not isinstance(endpoint, str) or not isinstance(request_id, str):
        raise ProviderFault(unclear("What was noted about this request does not find it at fal."))
    return str(built_ref(wire, endpoint, request_id)[name])


def read_state(body: Mapping[str, Any] | None) -> State | None:
    """The state told by a status body or event; ``None`` where it tells none."""
    if body is None or not isinstance(body.get("status"), str):
        return None
    return State(
        status=body["status"].upper(),
        position=_position(body),
        error=plain(body.get("error") or ""),
        error_type=plain(body.get("error_type") or "", 60),
    )


def running(ref: Mapping[str, Any], state: State) -> Running:
    """Work that goes on, in the state told."""
    waits = state.status == "IN_QUEUE"
    return Running(
        ref=dict(ref),
        progress=_WORDS.get(state.status, plain(state.status, 60).lower()),
        queue_position=state.position if waits else None,
    )


def _position(body: Mapping[str, Any]) -> int | None:
    told = body.get("queue_position")
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
