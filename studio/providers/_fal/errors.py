"""Every shape in which fal says no, and the fault it becomes.

fal answers in three shapes: a list of typed errors (the model's own), a flat ``detail`` with an
``error_type`` (its infrastructure), and ``{"error": {…}}`` (its platform). Proxies add HTML.
Sources: fal.ai/docs/model-apis/errors and …/request-errors, read 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.models import Charged, Fault, FaultKind
from studio.providers._fal.wire import FUNDS_URL, KEY_URL, REQUESTS_URL
from studio.providers._http import Reply, could_not_look, plain, retry_after, unclear

REFUSAL_TYPES = re.compile(r"content_policy|nsfw|safety|moderat|sensitive|no_media_generated")
REFUSAL_WORDS = re.compile(
    r"content polic|safety (?:system|filter|check)|nsfw|flagged|moderation|sensitive content|"
    r"prohibited|inappropriate"
)
FUNDS_WORDS = re.compile(r"balance|locked|top up|insufficient (?:credit|fund)|out of credit")
INFRASTRUCTURE_TYPES = {
    "request_timeout", "startup_timeout", "internal_error", "runner_scheduling_failure",
    "runner_connection_timeout", "runner_disconnected", "runner_connection_refused",
    "runner_connection_error", "runner_incomplete_response", "runner_server_error",
}  # fmt: skip
LOCKED_WORDS = re.compile(
    r"locked(?!.*(?:balance|top up|credit|fund)).*(?:policy|violat|terms|abuse)"
)
"""An account that is locked for what was made with it; an empty one gets the same status."""
TRANSIENT_TYPES = {
    "internal_server_error", "generation_timeout", "downstream_service_error",
    "downstream_service_unavailable",
}  # fmt: skip
CANCELED_TYPES = {"client_cancelled", "client_disconnected", "request_cancelled"}
UNFINISHED_WORDS = re.compile(r"in progress|in queue|not (?:yet )?(?:complete|finish|ready)")
RETRY_LATER = "It is tried again by itself."


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says went wrong."""

    status: int
    text: str = ""
    """In fal's words, fit for a sentence of ours."""
    types: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """The inputs it is about."""
    listed: bool = False
    """True for the model's own list of typed errors."""
    own: bool = False
    """True when it reads as fal's or the model's own words, not a proxy's on the way."""
    signed: bool = False
    """True when it also bears fal's own marks."""
    again: bool | None = None
    """Whether fal says that the same request might go well; ``None`` where it does not say."""

    @property
    def refuses(self) -> bool:
        """Whether it is about what the picture would show."""
        if any(REFUSAL_TYPES.search(kind) for kind in self.types):
            return True
        return not self.listed and bool(REFUSAL_WORDS.search(self.text.lower()))

    @property
    def unfinished(self) -> bool:
        """Whether it only says that the request has not ended."""
        early = 400 <= self.status < 500 and not self.types
        return early and bool(UNFINISHED_WORDS.search(self.text.lower()))

    @property
    def about_funds(self) -> bool:
        """Whether it is about money on the account."""
        return self.status == 402 or bool(FUNDS_WORDS.search(self.text.lower()))


def read(reply: Reply, error: str = "", error_type: str = "") -> Told:
    """What a failed answer says, or else what the status of the request said."""
    body = reply.fields() or {}
    detail = body.get("detail")
    platform = body.get("error")
    kind = str(body.get("error_type") or reply.headers.get("x-fal-error-type") or error_type)
    listed = [item for item in detail if isinstance(item, dict)] if isinstance(detail, list) else []
    text: object = detail if isinstance(detail, str) else ""
    if isinstance(platform, dict):
        text, kind = platform.get("message", ""), kind or str(platform.get("type") or "")
    elif not text and isinstance(platform, str):
        text = platform
    if listed:
        text = "; ".join(str(item.get("msg") or item.get("type") or "") for item in listed[:3])
    found = [str(item.get("type") or "") for item in listed]
    return Told(
        status=reply.status,
        text=plain(text or error),
        types=tuple(plain(word, 60) for word in (*found, kind) if word),
        fields=tuple(dict.fromkeys(_field(item.get("loc")) for item in listed)),
        listed=bool(listed),
        own=bool(detail or kind or _marked(reply)),
        signed=bool(body.get("error_type") or (body and _marked(reply))),
        again=_says_again(reply),
    )


def submit_fault(reply: Reply, model: str, now: datetime) -> Fault:
    """The fault of a submit that was answered with anything but acceptance."""
    told = read(reply)
    if told.status == 429:
        return _busy(reply, now)
    if told.status == 503 and told.signed:
        said = f"fal takes no requests for {model!r} now{_quote(told)}."
        after = retry_after(reply.headers, now)
        return _fault(FaultKind.UNAVAILABLE, said, RETRY_LATER, retry=True, retry_after=after)
    if not 400 <= told.status < 500 or told.status == 408:
        return unclear(f"fal answered with status {told.status} instead of a receipt.")
    if told.status == 404:
        said = f"fal has no model {model!r}{_quote(told)}."
        return _fault(FaultKind.BAD_REQUEST, said, "Check the name of the model.")
    return account_fault(told) or _about_input(told)


def free_fault(reply: Reply, doing: str, now: datetime) -> Fault:
    """The fault of a free step, such as an upload: it can always be repeated."""
    told = read(reply)
    if told.status == 429:
        return _busy(reply, now)
    if told.status == 413:
        said = f"fal says the picture is too large while {doing}."
        return _fault(FaultKind.BAD_REQUEST, said, "Use a smaller picture.")
    if 400 <= told.status < 500:
        return account_fault(told) or _about_input(told)
    said = f"fal failed while {doing} (status {told.status}); nothing was sent to the model."
    return _fault(FaultKind.UNAVAILABLE, said, RETRY_LATER, retry=True)


def status_fault(reply: Reply, now: datetime) -> Fault:
    """The fault of a look at a request that was answered with an error."""
    told = read(reply)
    if told.status in {404, 410}:
        return unclear(f"fal no longer knows this request{_quote(told)}.")
    return looking_fault(reply, told, now)


def lost_fault() -> Fault:
    """The fault of a finished picture that fal keeps nowhere any more."""
    said = "fal no longer keeps the finished picture: it expired before it was fetched."
    hint = f"It was charged. fal keeps a result for an hour; its list is at {REQUESTS_URL}."
    return _fault(FaultKind.LOST, said, hint, charged=Charged.YES)


def about_asking(told: Told, *, failed: bool) -> bool:
    """Whether an answer is about the asking, and not about the work.

    Args:
        failed: Whether it is known otherwise that the work failed.
    """
    return told.status in {401, 402, 403, 429} and not failed and not told.listed


def work_fault(told: Told) -> Fault:
    """The fault of work that failed; a client error may have been charged, a server error never."""
    return _ended(told).model_copy(update={"looking": False})


def _ended(told: Told) -> Fault:
    server = told.status >= 500 or bool(INFRASTRUCTURE_TYPES.intersection(told.types))
    charged = Charged.NO if server else Charged.MAYBE
    if CANCELED_TYPES.intersection(told.types):
        said, hint = "The request was canceled at fal.", "Retry it if you want the picture."
        return _fault(FaultKind.UNAVAILABLE, said, hint, charged=charged, canceled=True)
    if told.refuses:
        return _refused(told, charged)
    if server or TRANSIENT_TYPES.intersection(told.types):
        said = f"fal could not finish the picture{_quote(told)}."
        again = told.again is not False
        hint = RETRY_LATER if again else "Retry it later, or use another model."
        return _fault(FaultKind.UNAVAILABLE, said, hint, retry=again, charged=charged)
    account = None if told.listed else account_fault(told)
    if account is not None:  # the next submit meets it again, and pauses the batch for it
        return account.model_copy(update={"kind": FaultKind.UNAVAILABLE, "retry": True})
    return _about_input(told).model_copy(update={"charged": charged})


def account_fault(told: Told, *, looking: bool = False) -> Fault | None:
    """The fault of a key or account that fal does not accept; ``None`` where it is not that."""
    if told.status not in {401, 402, 403} or (told.status == 403 and told.refuses):
        return None
    kind, hint = FaultKind.BAD_KEY, f"Check the key at {KEY_URL} and enter it under Settings."
    if told.status == 401:
        said = f"fal does not accept the key{_quote(told)}."
    elif told.status == 403 and LOCKED_WORDS.search(told.text.lower()):
        said = f"fal has locked this account{_quote(told)}."
        hint = "Write to fal's support: until it is unlocked, it makes no pictures."
    elif told.about_funds:
        kind, hint = FaultKind.NO_FUNDS, f"Add credits at {FUNDS_URL}, then resume."
        said = f"The account at fal is out of credits or locked{_quote(told)}."
    else:
        said = f"This key may not use this model{_quote(told)}."
        hint = f"Ask for access at fal, or use a key that has it: {KEY_URL}."
    return _fault(kind, said, hint, retry=looking, looking=looking)


def looking_fault(reply: Reply, told: Told, now: datetime) -> Fault:
    """The fault of a look that failed: the work goes on, or has ended."""
    account = account_fault(told, looking=True)
    if account is not None:
        return account
    after = retry_after(reply.headers, now)
    if told.status == 429:
        return could_not_look("fal is asked too often just now.", after=after, busy=True)
    if reply.good:
        return could_not_look("fal's answer with the result did not arrive.", after=after)
    return could_not_look(f"fal could not be asked (status {told.status}).", after=after)


def _about_input(told: Told) -> Fault:
    if told.refuses:
        return _refused(told, Charged.NO)
    named = ", ".join(repr(field) for field in told.fields if field)
    if named:
        said = f"The model does not accept {named}{_quote(told)}."
        return _fault(FaultKind.BAD_REQUEST, said, f"Change {named} and try again.")
    said = f"fal does not accept this request (status {told.status}){_quote(told)}."
    return _fault(FaultKind.BAD_REQUEST, said, "Check the prompt and the settings of the model.")


def _refused(told: Told, charged: Charged) -> Fault:
    silent = "no_media_generated" in told.types
    said = "The model made no picture of this" if silent else "fal refused this for its content"
    hint = "Change the prompt or the picture it starts from."
    return _fault(FaultKind.REFUSED, f"{said}{_quote(told)}.", hint, charged=charged)


def _busy(reply: Reply, now: datetime) -> Fault:
    after = retry_after(reply.headers, now)
    said = "fal is busy with this account's other requests."
    return _fault(FaultKind.RATE_LIMITED, said, RETRY_LATER, retry=True, retry_after=after)


def _fault(
    kind: FaultKind, message: str, hint: str, *, looking: bool = False, **more: Any
) -> Fault:
    return Fault(kind=kind, message=message, hint=hint, looking=looking, **more)


def _quote(told: Told) -> str:
    words = told.text or ", ".join(told.types)
    return f": {words.rstrip('.')!r}" if words else ""


def _field(loc: object) -> str:
    """``["body", "image_size", "width"]`` as ``image_size.width``."""
    parts = [str(part) for part in loc] if isinstance(loc, list | tuple) else []
    return plain(".".join(parts[1:] if parts[:1] == ["body"] else parts), 80)


def _says_again(reply: Reply) -> bool | None:
    told = reply.headers.get("x-fal-retryable") or reply.headers.get("x-fal-needs-retry")
    return None if told is None else told.strip().lower() in {"1", "true", "yes"}


def _marked(reply: Reply) -> bool:
    return "x-fal-request-id" in reply.headers or "x-fal-error-type" in reply.headers
