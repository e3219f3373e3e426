"""The account and the habits of the emulated fal: everything a test may set."""

from __future__ import annotations

from dataclasses import dataclass

from tests.emulator.bill import Micros

KEY = "11111111-2222-3333-4444-555555555555:emulated-secret-of-fal"


@dataclass
class FalAccount:
    """One account at the emulated fal. Change any field while it serves."""

    key: str = KEY
    """The only key that is right. Change it and the old one is refused."""
    platform_rights: bool = True
    """Whether the key may use the platform API; if not, 403 there while the queue works (§1.8)."""
    balance: Micros | None = 100_000_000
    """Goes down with the bill; at 0 a submit is a 403 (§1.4). ``None`` never runs out."""
    username: str = "emulated-team"

    runners: int = 2
    """Requests in progress at once; new accounts have 2 (§1.4)."""
    seconds: float = 0.01
    """How long a run takes."""
    honours_cancel: bool = False
    """Whether a running request stops when cancelled; most models run on and charge (§1.9)."""
    server_cap: int | None = None
    """Queued requests above which submits are 429; ``None``: they wait, as at fal (§1.4)."""

    retention_seconds: float = 3600.0
    large_retention_seconds: float = 360.0
    large_bytes: int = 10 * 1024
    """A result of this size or more is kept for the shorter time only (§1.2)."""
    cancelled_status: int = 400
    """HTTP status of the result of a cancelled request: unknown (§8.1)."""

    list_lag_seconds: float = 0.0
    """How long after its start a request appears in the platform's lists."""
    keeps_payloads: bool = True
    """Whether the lists still have inputs and outputs; an account may keep them for no time."""
    list_queued: bool = False
    """Whether requests that have not started appear there: unknown (§1.9)."""
    bill_lag_seconds: float = 0.0
    """How long after a charge its billing event appears."""

    default_size: tuple[int, int] | None = (96, 72)
    """Picture size where the request asks for none; ``None``: as large as at fal."""
    whole_megapixels: bool = True
    """Whether megapixels are rounded up, picture by picture."""
    megapixel: int = 1024 * 1024
    """Pixels in one billed megapixel: 1024 × 1024 counts as one."""
    webhook_tries: int = 11
    """Deliveries of a webhook until one is answered 2xx (§1.5)."""
    webhook_wait: float = 0.02
    """Seconds between these deliveries; hours at fal."""
