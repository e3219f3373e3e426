"""What every hosted adapter needs of HTTP: one exchange, bounded, never repeated nor redirected."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from studio.failpoints import reach
from studio.models import Charged, Fault, FaultKind, ProviderFault

SMALL_ANSWER = 2 * 1024 * 1024
"""Most bytes of an answer that holds no picture."""
SHORT, LONG = 120.0, 600.0
"""Longest seconds for an exchange of small bodies, and of large ones."""
LONGEST_HINT = 24 * 3600.0
SHORTEST_SECRET = 8

Params = Sequence[tuple[str, str]]

_NOTHING_SENT = (
    httpx.ConnectError,  # also name look-up and the TLS handshake
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the tunnel through a proxy was never built
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_SLOW = "no answer in time"


class NoReply(Exception):
    """The network failed before an answer came.

    Args:
        reason: What failed, in plain words, never with an address or a key in them.
        sent: Whether any of the request may have arrived.
    """

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status is certain, its body may be broken off."""

    status: int
    headers: httpx.Headers
    body: bytes
    whole: bool = True
    """False when the connection broke while the body was read."""
    too_large: bool = False
    """True when the body was larger than allowed; then it is empty."""

    @property
    def good(self) -> bool:
        """Whether the status says that it went well."""
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, as something on the way may put in between."""
        return "html" in self.headers.get("content-type", "").lower()

    def json(self) -> Any:
        """The body as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body) if self.whole else None
        except (ValueError, RecursionError):
            return None

    def fields(self) -> dict[str, Any] | None:
        """The body as a JSON object; ``None`` where it is none."""
        found = self.json()
        return found if isinstance(found, dict) else None


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    params: Params = (),
    content: bytes | None = None,
    limit: int = SMALL_ANSWER,
    hide: str | None = None,
    seconds: float | None = SHORT,
) -> Reply:
    """Send one request and read its answer.

    Args:
        limit: Most bytes of the body.
        hide: A secret: an answer that repeats it arrives without it.
        seconds: Longest for the whole exchange.

    Raises:
        NoReply: no answer came.
    """
    try:
        request = client.build_request(
            method, url, headers=headers, params=list(params) or None, content=content
        )
    except (httpx.InvalidURL, ValueError) as error:  # also halves of a character
        raise NoReply("its address is none", sent=False) from error
    try:
        async with asyncio.timeout(seconds):
            return await _exchanged(client, request, limit, hide)
    except TimeoutError as error:
        raise NoReply(_SLOW, sent=True) from error


async def _exchanged(
    client: httpx.AsyncClient, request: httpx.Request, limit: int, hide: str | None
) -> Reply:
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
    except _NOTHING_SENT as error:
        raise NoReply(_reason(error), sent=False) from error
    except httpx.HTTPError as error:
        raise NoReply(_reason(error), sent=True) from error
    if request.method == "POST":
        reach("after_send")
    told = response.headers.multi_items()
    headers = httpx.Headers([(name, without(value, hide)) for name, value in told])
    body, whole = bytearray(), True
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) > limit:
                return Reply(response.status_code, headers, b"", too_large=True)
    except (httpx.HTTPError, httpx.StreamError):
        whole = False
    finally:
        await response.aclose()
    return Reply(response.status_code, headers, _hidden(bytes(body), hide), whole)


def encode(value: object) -> bytes:
    """JSON for a request: UTF-8, compact, keys in the order given.

    Raises:
        ProviderFault: something in it has no form in JSON, such as a number that is not finite.
    """
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        ).encode()
    except (ValueError, TypeError) as error:
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_REQUEST,
                message="The request holds a value that cannot be written as JSON.",
                hint="Check the settings of the model for a value that is no number or text.",
            )
        ) from error


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait from a ``Retry-After`` header, given in seconds or as a date."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        seconds = float(told)
    except ValueError:
        try:
            moment = parsedate_to_datetime(told)
        except ValueError:
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_HINT)


def plain(text: object, most: int = 300) -> str:
    """A provider's words for our sentences: one line, nothing invisible, at most ``most`` long."""
    visible = "".join(char if char.isprintable() else " " for char in str(text)[: most * 8])
    line = " ".join(visible.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def unanswered(error: NoReply, label: str) -> Fault:
    """The fault of a paid request that got no answer."""
    if not error.sent:
        return Fault(
            kind=FaultKind.UNAVAILABLE,
            retry=True,
            message=f"{label} could not be reached ({error.reason}); nothing was sent.",
            hint="Check the internet connection; it is tried again by itself.",
        )
    return unclear(f"{label} was asked, but did not answer ({error.reason}).")


def unclear(message: str) -> Fault:
    """The fault of a paid request of which nobody can tell whether it was accepted."""
    return Fault(
        kind=FaultKind.UNKNOWN_OUTCOME,
        charged=Charged.MAYBE,
        message=message,
        hint="It may have been accepted and charged: look at the provider's site before a retry.",
    )


def could_not_look(message: str, *, after: float | None = None, busy: bool = False) -> Fault:
    """The fault of a failed look at accepted work: the work itself goes on."""
    return Fault(
        kind=FaultKind.RATE_LIMITED if busy else FaultKind.UNAVAILABLE,
        retry=True,
        retry_after=after,
        looking=True,
        message=message,
        hint="The work goes on at the provider; it is looked at again by itself.",
    )


def without(text: str, secret: str | None) -> str:
    """A text that does not repeat a secret, nor the second half of one."""
    for part in _parts(secret):
        text = text.replace(part, "[hidden]")
    return text


def _hidden(body: bytes, secret: str | None) -> bytes:
    for part in _parts(secret):
        body = body.replace(part.encode(), b"[hidden]")
    return body


def _parts(secret: str | None) -> list[str]:
    whole = secret or ""
    parts = (whole, whole.rpartition(":")[2])  # a key may be an id and a secret
    return [part for part in parts if len(part) >= SHORTEST_SECRET]


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return _SLOW
    if isinstance(error, _NOTHING_SENT):
        return "no connection"
    return "the connection broke"
