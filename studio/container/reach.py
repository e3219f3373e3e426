"""Whether a provider's addresses can be reached: name, connection and encryption, in words."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from studio.models import Check, KeyLine, Verdict
from studio.models.report import AddressLine

REACH_SECONDS = 5.0
_PORTS = {"https": 443, "http": 80}


def reach(line: KeyLine, timeout: float | None = None) -> list[Check]:
    """Try each address of a provider, for at most about ``timeout`` seconds. Sends no request."""
    return [_try(line.label, address, timeout or REACH_SECONDS) for address in line.addresses]


def _try(label: str, address: AddressLine, timeout: float) -> Check:
    parts = urlsplit(address.url)
    host, port = _place(parts)
    name = f"{label}: {address.name} address"
    proxy = _proxy(parts)
    try:
        _connect(parts, proxy, timeout)
    except OSError as error:
        message, fix = _trouble(error, host, port, address)
        return Check(name=name, verdict=Verdict.ERROR, message=message, fix=fix)
    if proxy:
        message = f"{host}: the proxy in front of it answers."
    elif parts.scheme == "https":
        message = f"{host} is reachable, encrypted."
    else:
        message = f"{host} is reachable on port {port}, not encrypted."
        if not _is_here(host):
            fix = f"Your key travels readable: correct {address.env[0]} to begin with https://."
            return Check(name=name, verdict=Verdict.WARNING, message=message, fix=fix)
    return Check(name=name, verdict=Verdict.OK, message=message)


def _is_here(host: str) -> bool:
    """Whether a host is this machine, so that nobody can read along."""
    return host in {"localhost", "127.0.0.1", "::1"}


def _place(parts: SplitResult) -> tuple[str, int]:
    """(host, port) of an address; a port that is no number counts as none."""
    try:
        port = parts.port
    except ValueError:
        port = 0
    return parts.hostname or "", _PORTS.get(parts.scheme, 0) if port is None else port


def _proxy(parts: SplitResult) -> str | None:
    """The proxy through which an address is reached here, or ``None``."""
    if proxy_bypass(parts.hostname or ""):
        return None
    known = getproxies()
    return known.get(parts.scheme) or known.get("all")


def _connect(parts: SplitResult, proxy: str | None, timeout: float) -> None:
    """Name, connection and handshake; behind a proxy only the proxy itself can be tried.

    Raises:
        OSError: one of them failed.
    """
    host, port = _place(urlsplit(proxy) if proxy else parts)
    with socket.create_connection((host, port), timeout) as connection:
        if parts.scheme == "https" and not proxy:
            context = httpx.create_ssl_context()
            context.wrap_socket(connection, server_hostname=host).close()


def _trouble(error: OSError, host: str, port: int, address: AddressLine) -> tuple[str, str]:
    """(what failed, what to do)."""
    moved = f" Or correct {address.env[0]}." if address.moved and address.env else ""
    if isinstance(error, socket.gaierror):
        return f"The name {host!r} is not found.", f"Check the connection to the internet.{moved}"
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "reason", "") or "the handshake failed"
        return (
            f"No safe connection to {host!r}: {why}.",
            f"Check the clock, and any proxy or virus scanner that reads along.{moved}",
        )
    if isinstance(error, TimeoutError):
        return (
            f"{host!r} does not answer on port {port}.",
            f"Check the connection, and whether a firewall is in the way.{moved}",
        )
    return (
        f"{host!r} refuses connections on port {port}.",
        f"Check the connection, and whether a firewall is in the way.{moved}",
    )
