"""Fetching over HTTP: bounded, without redirects, honest about failures."""

from __future__ import annotations

import asyncio
import http.server
import threading
from collections.abc import Iterator

import httpx
import pytest

from studio.errors import BadPicture
from studio.net import fetch, http_client


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
