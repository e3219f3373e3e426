"""A plain HTTP client at an emulated fal: what the tests of the emulator ask with."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.emulator import FalAccount, Served, World, serve

FLUX = "fal-ai/flux/dev"
SCHNELL = "fal-ai/flux/schnell"
IMAGE_TO_IMAGE = "fal-ai/flux/dev/image-to-image"


class Desk:
    """One client with the right key."""

    def __init__(self, served: Served, http: httpx.Client) -> None:
        self.served = served
        self.world: World = served.world
        self.http = http
        self.environment = served.environment()
        self.queue = self.environment["FAL_QUEUE_BASE"]
        self.platform = self.environment["FAL_PLATFORM_BASE"]
        self.rest = self.environment["FAL_REST_BASE"]

    def post(self, body: Any = None, endpoint: str = FLUX, **options: Any) -> httpx.Response:
        """Submit, whatever comes of it."""
        wish = {"prompt": "a lighthouse", "seed": 7} if body is None else body
        return self.http.post(f"{self.queue}/{endpoint}", json=wish, **options)

    def submit(self, body: Any = None, endpoint: str = FLUX, **options: Any) -> dict[str, Any]:
        """Submit something that must be accepted."""
        answer = self.post(body, endpoint, **options)
        assert answer.status_code == 200, answer.text
        accepted: dict[str, Any] = answer.json()
        return accepted

    def finish(self, accepted: dict[str, Any]) -> httpx.Response:
        """Let everything end that runs, and take the result."""
        self.world.fal.queue.resume()
        self.world.clock.advance(60)
        status = self.http.get(accepted["status_url"])
        assert status.status_code == 200, status.text
        assert status.json()["status"] == "COMPLETED"
        return self.http.get(accepted["response_url"])

    def run(self, body: Any = None, endpoint: str = FLUX, **options: Any) -> httpx.Response:
        """Submit and take the result."""
        return self.finish(self.submit(body, endpoint, **options))

    def picture(self, result: httpx.Response) -> str:
        """The address of the first picture of a result."""
        url: str = result.json()["images"][0]["url"]
        return url


@contextmanager
def opened(account: FalAccount | None = None) -> Iterator[Desk]:
    """A desk at an emulator of its own."""
    with serve(World(fal=account)) as served:
        key = {"Authorization": f"Key {served.world.fal.account.key}"}
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # no authorities to read: it is HTTP
        with httpx.Client(headers=key, trust_env=False, timeout=10, verify=plain) as http:
            yield Desk(served, http)
