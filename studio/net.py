"""The one HTTP client factory, and bounded fetching of what a provider made."""

from __future__ import annotations

import httpx

from studio.errors import BadPicture

CONNECTIONS = 16
MAX_BYTES = 64 * 1024 * 1024


def http_client() -> httpx.AsyncClient:
    """A client with a bounded pool, sane timeouts, no redirects and no retries of its own."""
    return httpx.AsyncClient(
        limits=httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        timeout=httpx.Timeout(60.0, connect=20.0),
        follow_redirects=False,
    )


async def fetch(client: httpx.AsyncClient, url: str, limit: int = MAX_BYTES) -> bytes:
    """The bytes at ``url``.

    Raises:
        BadPicture: the file is larger than ``limit`` bytes.
        httpx.HTTPError: it cannot be had now.
    """
    async with client.stream("GET", url) as response:
        response.raise_for_status()
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > limit:
                raise BadPicture(
                    f"The file at the provider is larger than {limit // 1_048_576} MB.",
                    "Ask the model for a smaller picture.",
                )
    return bytes(body)
