"""Runs an emulator in a thread of this process, over HTTP or with a certificate of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
import uvicorn

from tests.emulator.app import build
from tests.emulator.transport import BreakableProtocol
from tests.emulator.world import World

HOST = "127.0.0.1"
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Served:
    """An emulator that answers."""

    base: str
    """Such as ``http://127.0.0.1:8765``, without a slash at the end."""
    world: World
    authority: Path | None = None
    """With TLS: the certificate that clients must trust (``SSL_CERT_FILE``)."""

    def environment(self) -> dict[str, str]:
        """The variables that point the studio at this emulator."""
        return {
            "FAL_KEY": self.world.fal.account.key,
            "FAL_QUEUE_BASE": f"{self.base}/queue",
            "FAL_PLATFORM_BASE": f"{self.base}/platform/v1",
            "FAL_REST_BASE": f"{self.base}/rest",
        }

    def official_environment(self) -> dict[str, str]:
        """The variables that point the official ``fal_client`` at it; needs TLS (§6)."""
        place = self.base.partition("://")[2]
        return {
            "FAL_KEY": self.world.fal.account.key,
            "FAL_RUN_HOST": f"{place}/run",
            "FAL_QUEUE_RUN_HOST": f"{place}/queue",
            "SSL_CERT_FILE": str(self.authority or ""),
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }


@contextmanager
def serve(world: World | None = None, *, tls: bool = False, port: int = 0) -> Iterator[Served]:
    """An emulator on a port of its own; it ends with the context.

    Args:
        world: What it knows and how it misbehaves; a new one where none is given.
        tls: Speak HTTPS, as the official SDK insists.
        port: 0 takes a free one.
    """
    world = world or World()
    with TemporaryDirectory() as folder, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(128)  # from here on clients connect, and wait for their answer
        authority = _certify(Path(folder)) if tls else None
        world.base = f"{'https' if tls else 'http'}://{HOST}:{listener.getsockname()[1]}"
        server = _Server(_config(world, Path(folder), tls=tls))
        thread = threading.Thread(  # noqa: TID251  (the server needs a loop beside the test's)
            target=server.run, kwargs={"sockets": [listener]}, name="emulator", daemon=True
        )
        thread.start()
        try:
            yield Served(world.base, world, authority)
        finally:
            server.stop()
            thread.join(_STOP_SECONDS)


class _Server(uvicorn.Server):
    """A server that stops at once: whoever still waits for an answer is cut off."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End, from another thread."""
        if self._ready.wait(_STOP_SECONDS) and self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def main_loop(self) -> None:
        """Serve until told to stop."""
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self.on_tick(0)
        await self._stop.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything now, without the pauses of a polite end."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            transport: asyncio.Transport = connection.transport
            transport.abort()
        tasks = list(self.server_state.tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=_STOP_SECONDS)
        await self.lifespan.shutdown()


def _config(world: World, folder: Path, *, tls: bool) -> uvicorn.Config:
    pair = folder / "server.pem" if tls else None
    return uvicorn.Config(
        build(world), loop="asyncio", http=BreakableProtocol, ws="none", lifespan="on",
        log_config=None, access_log=False, proxy_headers=False, server_header=False,
        date_header=False,  # the application tells its own time
        timeout_keep_alive=60, timeout_graceful_shutdown=2,
        ssl_certfile=pair, ssl_keyfile=pair, ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )  # fmt: skip


def _certify(folder: Path) -> Path:
    """A certificate for this machine; returns the authority's, which clients must trust."""
    authority = trustme.CA()
    authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "server.pem")
    )
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path
