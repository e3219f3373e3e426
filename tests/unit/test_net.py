"""Fetching over HTTP: bounded, without redirects, honest about failures."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from studio.errors import BadPicture
from studio.net import (
    Connections,
    UnsafeAddressError,
    fetch,
    http_client,
    is_public,
    origin_of,
)


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = {"/ok": (200, b"x" * 1000), "/moved": (302, b""), "/gone": (404, b"")}[
            self.path
        ]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/ok")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it)
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)  # noqa: TID251  (a server of the test's own)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def get(url: str, limit: int = 10_000) -> bytes:
    async def work() -> bytes:
        async with http_client() as client:
            return await fetch(client, url, limit)

    with asyncio.Runner() as runner:
        return runner.run(work())


def test_bytes_within_the_limit(address: str) -> None:
    assert get(f"{address}/ok") == b"x" * 1000


def test_too_large_is_refused(address: str) -> None:
    with pytest.raises(BadPicture, match="larger"):
        get(f"{address}/ok", limit=999)


@pytest.mark.parametrize("path", ["/moved", "/gone"])
def test_anything_but_success_is_an_error(address: str, path: str) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        get(address + path)


def get_files(url: str, trusted: tuple[str, ...] = (), *, allow_private: bool = False) -> bytes:
    async def work() -> bytes:
        connections = Connections(trusted, allow_private=allow_private)
        try:
            return await fetch(connections.files, url)
        finally:
            await connections.close()

    with asyncio.Runner() as runner:
        return runner.run(work())


def test_a_result_in_a_private_network_is_not_fetched(address: str) -> None:
    for url in (f"{address}/ok", address.replace("127.0.0.1", "localhost") + "/ok"):
        with pytest.raises(UnsafeAddressError):
            get_files(url)


def test_a_configured_base_may_lie_anywhere(address: str) -> None:
    assert get_files(f"{address}/ok", (origin_of(address),)) == b"x" * 1000
    assert get_files(f"{address}/ok", allow_private=True) == b"x" * 1000


def test_another_port_of_a_trusted_host_is_not_trusted(address: str) -> None:
    with pytest.raises(UnsafeAddressError):
        get_files(f"{address}/ok", ("http://127.0.0.1:1",))


def test_a_redirect_into_a_private_network_is_not_followed(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first hop is public as far as the check can tell; the redirect names this machine."""
    port = httpx.URL(address).port

    async def resolve(host: str, *_: object, **__: object) -> list[object]:
        return [(None, None, None, "", ("93.184.216.34" if host == "pictures.example" else host,))]

    async def connect(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": f"http://127.0.0.1:{port}/ok"})

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", connect)
    with pytest.raises(UnsafeAddressError):
        get_files("http://pictures.example/a.png")


def test_the_address_that_was_checked_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[httpx.Request] = []

    async def resolve(*_: object, **__: object) -> list[object]:
        return [(None, None, None, "", ("93.184.216.34",))]

    async def connect(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"picture")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", connect)
    assert get_files("https://pictures.example/a.png") == b"picture"
    assert asked[0].url.host == "93.184.216.34"
    assert asked[0].headers["Host"] == "pictures.example"
    assert asked[0].extensions["sni_hostname"] == "pictures.example"


@pytest.mark.parametrize(
    "url", ["file:///etc/hosts", "ftp://x.example/a", "gopher://x", "no address"]
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        get_files(url)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "::1", "fe80::1%eth0", "fd00::1",
     "::ffff:127.0.0.1", "0.0.0.0",  # noqa: S104  (never bound)
     "224.0.0.1", "100.64.0.1", "nonsense"],
)  # fmt: skip
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are_known() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:4700::1111")
