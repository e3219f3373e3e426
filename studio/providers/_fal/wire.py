"""The line to fal: its addresses, and the key, which only ever goes to fal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from ipaddress import ip_address
from types import MappingProxyType

import httpx

from studio.models import Fault, FaultKind, ProviderFault
from studio.providers._base import Base, Context
from studio.providers._fal.skew import Skew
from studio.providers._http import SHORT, SMALL_ANSWER, Params, Reply, exchange, without

KEY_URL = "https://fal.ai/dashboard/keys"
FUNDS_URL = "https://fal.ai/dashboard/billing"
REQUESTS_URL = "https://fal.ai/dashboard/requests"
BASES: Mapping[str, Base] = MappingProxyType(
    {
        "queue": Base(("FAL_QUEUE_BASE",), "https://queue.fal.run"),
        "platform": Base(("FAL_PLATFORM_BASE",), "https://api.fal.ai/v1"),
        "rest": Base(("FAL_REST_BASE",), "https://rest.fal.ai"),
    }
)
_HOMES = ("fal.run", "fal.ai")
_PORTS = {"http": 80, "https": 443}


class Wire:
    """One conversation with fal, on the studio's client and with the account's key."""

    def __init__(self, ctx: Context, skew: Skew | None = None) -> None:
        self.ctx = ctx
        self.skew = skew or Skew()
        self._secret = (ctx.secret or "").strip()

    @property
    def key(self) -> str | None:
        """The key; ``None`` where there is none that could be sent."""
        sendable = self._secret.isascii() and self._secret.isprintable() and " " not in self._secret
        return self._secret if self._secret and sendable else None

    def need_key(self, *, looking: bool = False) -> str:
        """The key.

        Raises:
            ProviderFault: there is none.
        """
        if self.key is not None:
            return self.key
        told = (
            "The key for fal holds characters that no key has."
            if self._secret
            else "There is no key for fal."
        )
        raise ProviderFault(
            Fault(
                kind=FaultKind.BAD_KEY,
                retry=looking,
                looking=looking,
                message=told,
                hint=f"Get a key at {KEY_URL} and enter it under Settings, then resume.",
            )
        )

    def address(self, base: str, path: str) -> str:
        """A full address under one of fal's bases."""
        root = self.ctx.bases.get(base) or BASES[base].default
        return f"{root.rstrip('/')}/{path.lstrip('/')}"

    def is_fal(self, url: str) -> bool:
        """Whether an address belongs to fal, or to what the settings put in its place."""
        return self._belongs(url, _HOMES)

    def may_upload_to(self, url: str) -> bool:
        """Whether a picture may be sent to an address that fal named."""
        origin = _origin(url)
        if origin is None:
            return False
        return self.is_fal(url) or (origin[0] == "https" and not _is_private(origin[1]))

    def is_store(self, url: str) -> bool:
        """Whether an address may be given a picture to keep."""
        return self._belongs(url, (*_HOMES, "fal.media"))

    def _belongs(self, url: str, homes: tuple[str, ...]) -> bool:
        origin = _origin(url)
        if origin is None:
            return False
        if origin in {_origin(self.address(base, "")) for base in BASES}:
            return True
        scheme, host, port = origin
        at_home = any(host == home or host.endswith(f".{home}") for home in homes)
        return at_home and (scheme, port) == ("https", 443)

    async def ask(
        self,
        method: str,
        url: str,
        *,
        params: Params = (),
        content: bytes | None = None,
        limit: int = SMALL_ANSWER,
        seconds: float | None = SHORT,
    ) -> Reply:
        """One request to fal with the key, where the address is fal's.

        Args:
            seconds: Longest for the whole answer.

        Raises:
            NoReply: no answer came.
        """
        headers = self._headers(url)
        if content is not None:
            headers["Content-Type"] = "application/json"
        before = self.ctx.clock.now()
        reply = await exchange(
            self.ctx.client,
            method,
            url,
            headers=headers,
            params=params,
            content=content,
            limit=limit,
            hide=self.key,
            seconds=seconds,
        )
        if self.is_fal(url):
            self.skew.note(reply.headers.get("date"), before, self.ctx.clock.now())
        return reply

    def hidden(self, text: str) -> str:
        """Words of fal without the key, should they repeat it."""
        return without(text, self.key)

    @asynccontextmanager
    async def stream(self, url: str, seconds: float) -> AsyncIterator[httpx.Response]:
        """An open answer whose events may be ``seconds`` apart.

        Raises:
            httpx.HTTPError: it cannot be had.
        """
        headers = self._headers(url) | {"Accept": "text/event-stream"}
        timeout = httpx.Timeout(10.0, read=seconds)
        async with self.ctx.client.stream(
            "GET", url, headers=headers, timeout=timeout, follow_redirects=False
        ) as response:
            yield response

    def _headers(self, url: str) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if self.key is not None and self.is_fal(url):
            headers["Authorization"] = f"Key {self.key}"
        return headers


def _origin(url: str) -> tuple[str, str, int] | None:
    """(scheme, host, port); ``None`` for what is no web address."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):  # also halves of a character
        return None
    if parsed.scheme not in _PORTS or not parsed.host:
        return None
    return parsed.scheme, parsed.host.lower(), parsed.port or _PORTS[parsed.scheme]


def _is_private(host: str) -> bool:
    """Whether a host is one by its very name: nothing is looked up."""
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        name = host.rstrip(".")
        return (
            "." not in name
            or name.endswith((".localhost", ".local", ".internal"))
            or (name.rpartition(".")[2].isdigit())
        )  # such as 127.1, which is an address too
