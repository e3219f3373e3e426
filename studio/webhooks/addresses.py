"""Addresses for webhooks: each names one attempt of one job, and only we can make a right one."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import structlog
from filelock import FileLock

from studio.models import Job

FOLDER, KEY_FILE = "secrets", "webhooks.key"
KEY_BYTES, TAG_DIGITS = 32, 32
LOCK_SECONDS = 5.0

log = structlog.get_logger("studio.webhooks")


class Addresses:
    """Makes addresses and tells right ones from guessed ones. Safe to use from several threads.

    Args:
        data: The folder of the installation; its secret is kept there, never in the database.
        public_url: Where the app is on the internet.
    """

    def __init__(self, data: Path, public_url: str | None) -> None:
        self._key_file = data / FOLDER / KEY_FILE
        self._base = public_base(public_url)
        self._key: bytes | None = None
        self._lock = threading.Lock()

    @property
    def base(self) -> str | None:
        """The address of the app; ``None`` where no provider could reach this installation."""
        return self._base

    def of(self, job: Job) -> str | None:
        """Where the provider may tell that a job's present attempt has ended.

        The same attempt always has the same address. ``None``: the provider is asked instead.
        """
        if self._base is None:
            return None
        provider = job.spec.request.model.partition(":")[0]
        try:
            tag = self._tag(provider, job.id, str(job.attempt))
        except OSError as error:  # also where somebody holds the lock: asking finds out too
            log.warning("no_webhooks", error=type(error).__name__)
            return None
        query = urlencode({"job": job.id, "attempt": job.attempt, "tag": tag})
        return f"{self._base}/api/webhooks/{provider}?{query}"

    def is_right(self, provider: str, job_id: str, attempt: str, tag: str) -> bool:
        """Whether we made the address that names all this.

        Raises:
            OSError: the secret cannot be read or made.
        """
        ours = self._tag(provider, job_id, attempt)
        return hmac.compare_digest(ours.encode(), tag.encode("utf-8", "replace"))

    def _tag(self, provider: str, job_id: str, attempt: str) -> str:
        """128 bits that depend on all that an address names.

        Raises:
            OSError: the secret cannot be read or made.
        """
        with self._lock:
            if self._key is None:
                self._key = installation_key(self._key_file)
        named = repr((provider, job_id, attempt)).encode("utf-8", "replace")
        return hmac.new(self._key, named, hashlib.sha256).hexdigest()[:TAG_DIGITS]


def public_base(url: str | None) -> str | None:
    """The address of the app where providers can reach it, without a slash at the end.

    ``https``, or ``http`` to this very machine; anything else would show the tags to others.
    """
    try:
        parts = urlsplit((url or "").strip())
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if "@" in parts.netloc or parts.query or parts.fragment or not host:
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        return None
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def installation_key(path: Path) -> bytes:
    """The secret of this installation: made once, readable for its owner alone.

    A damaged file is replaced; addresses that were given out before are wrong from then on.

    Raises:
        OSError: it cannot be read, and none can be made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=LOCK_SECONDS):
        try:
            kept = bytes.fromhex(path.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            kept = b""
        if len(kept) == KEY_BYTES:
            return kept
        fresh, part = secrets.token_bytes(KEY_BYTES), path.with_suffix(".part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(fresh.hex())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    return fresh
