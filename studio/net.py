"""The one HTTP client factory, and bounded fetching that never reaches into a private network."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from urllib.request import getproxies

import httpx

from studio.errors import BadPicture
from studio.failpoints import reach

CONNECTIONS = 32
MAX_BYTES = 64 * 1024 * 1024
DOWNLOAD_SECONDS = 300.0
"""The longest that one download may take in all: a server that drips must not hold its place."""


class UnsafeAddressError(httpx.UnsupportedProtocol):
    """An address that is not on the public internet: it is never asked."""


class PublicOnly(httpx.AsyncHTTPTransport):
    """Connects to public addresses only; the address that was checked is the one it connects to.

    Args:
        trusted: Origins (``scheme://host:port``) that may be anywhere, such as configured bases.
    """

    def __init__(self, trusted: Collection[str] = (), *, limits: httpx.Limits) -> None:
        super().__init__(limits=limits)
        self._trusted = frozenset(trusted)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check where the request goes, then send it there and nowhere else."""
        url = request.url
        if url.scheme not in {"http", "https"}:
            raise UnsafeAddressError(f"{url.scheme!r} is not fetched", request=request)
        if origin_of(str(url)) in self._trusted:
            return await super().handle_async_request(request)
        address = await _public_address(url.host, url.port or _usual_port(url), request)
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,  # keeps the Host header of the name that was asked for
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": url.host},
        )
        return await super().handle_async_request(pinned)


class Connections:
    """The clients of one event loop, made when first needed and closed together.

    Args:
        trusted: Origins of configured bases, which may lie in a private network.
        allow_private: Fetch results from private addresses too.
    """

    def __init__(self, trusted: Collection[str] = (), *, allow_private: bool = False) -> None:
        self._trusted = trusted
        self._allow_private = allow_private
        self._api: httpx.AsyncClient | None = None
        self._files: httpx.AsyncClient | None = None

    @property
    def api(self) -> httpx.AsyncClient:
        """For calls to configured bases."""
        if self._api is None:
            self._api = http_client()
        return self._api

    @property
    def files(self) -> httpx.AsyncClient:
        """For files at addresses that somebody else names."""
        if self._files is None:
            public_but = None if self._allow_private else self._trusted
            self._files = http_client(public_but, redirects=True)
        return self._files

    async def close(self) -> None:
        """Close what was opened."""
        opened, self._api, self._files = (self._api, self._files), None, None
        for client in opened:
            if client is not None:
                await client.aclose()


def http_client(
    public_but: Collection[str] | None = None, *, redirects: bool = False
) -> httpx.AsyncClient:
    """A client with a bounded pool, sane timeouts and no retries of its own.

    Args:
        public_but: Reach public addresses only, except for these origins; ``None`` reaches all.
            Where the environment names a proxy, that proxy decides what can be reached.
        redirects: Follow redirects; never for requests that carry a key.
    """
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    guarded = public_but is not None and not getproxies().keys() & {"http", "https", "all"}
    transport = PublicOnly(public_but or (), limits=limits) if guarded else None
    return httpx.AsyncClient(
        limits=limits,
        transport=transport,
        timeout=httpx.Timeout(60.0, connect=20.0),
        follow_redirects=redirects,
        max_redirects=5,
    )


def origin_of(url: str) -> str:
    """``scheme://host:port`` of an address, the port always named."""
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.host}:{parsed.port or _usual_port(parsed)}"


async def fetch(client: httpx.AsyncClient, url: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes at ``url``.

    Raises:
        BadPicture: the file is larger than ``limit`` bytes.
        httpx.HTTPError: it cannot be had now.
    """
    try:
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            return await _fetch(client, url, limit)
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"no end after {DOWNLOAD_SECONDS:g} seconds") from error
    except httpx.InvalidURL as error:
        raise httpx.UnsupportedProtocol(f"not an address: {error}") from error


async def _fetch(client: httpx.AsyncClient, url: str, limit: int) -> bytes:
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            reach("mid_download")
            if len(body) > limit:
                raise BadPicture(
                    f"The file at the provider is larger than {limit // 1_048_576} MB.",
                    "Ask the model for a smaller picture.",
                )
    return bytes(body)


async def _public_address(host: str, port: int, request: httpx.Request) -> str:
    """One address of a host, all of whose addresses are public.

    Raises:
        UnsafeAddressError: one of them is not.
        httpx.ConnectError: the name is not known.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError(f"{host!r} is not known: {error}", request=request) from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not is_public(address):
            raise UnsafeAddressError(f"{host!r} is not on the public internet", request=request)
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def _usual_port(url: httpx.URL) -> int:
    return 443 if url.scheme == "https" else 80
