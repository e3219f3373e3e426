"""Everything an emulator knows and does wrong: one world per server, shared by its providers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.emulator.bill import Bill
from tests.emulator.fal_account import FalAccount
from tests.emulator.fal_queue import Fal
from tests.emulator.files import FileStore
from tests.emulator.trouble import Trouble

_MOST_SEEN = 50_000


class Clock:
    """The server's time: the real one, and as much later as a test says."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Unix seconds."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once: results expire, lists catch up, runs finish."""
        self._ahead += seconds


@dataclass(slots=True)
class Seen:
    """One HTTP request as it arrived; never with its key."""

    at: float
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    status: int | None = None
    """``None`` where no answer was begun, or not yet."""


class World:
    """The state of one emulator. Safe to read and change from a test while it serves."""

    def __init__(
        self, *, fal: FalAccount | None = None, seed: int | str = 0, bill_file: Path | None = None
    ) -> None:
        """A new world; the same seed makes the same ids and strikes the same requests."""
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.clock = Clock()
        self.trouble = Trouble(seed)
        self.bill = Bill(bill_file)
        self.files = FileStore()
        self.seen: deque[Seen] = deque(maxlen=_MOST_SEEN)
        self.base = ""
        """Where it is served, without a slash at the end."""
        self.fal = Fal(self, fal or FalAccount(), seed)

    def calls(self, method: str = "", path: str = "") -> list[Seen]:
        """The HTTP requests so far whose path contains ``path``."""
        with self.lock:
            return [item for item in self.seen if method in {"", item.method} and path in item.path]

    def wait_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        """Return when the condition holds; it is looked at whenever something happens.

        Raises:
            AssertionError: it did not come to hold in time.
        """
        end = time.monotonic() + seconds
        with self.changed:
            while not condition():
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"nothing of the kind happened within {seconds} s")
                self.changed.wait(min(left, 0.05))

    def note(self) -> None:
        """Wake whoever waits for something to happen."""
        with self.changed:
            self.changed.notify_all()

    def reset(self) -> None:
        """As new: no requests, no bill, no trouble, no files. Settings and prices stay."""
        with self.lock:
            self.trouble.clear()
            self.bill.clear()
            self.files.clear()
            self.seen.clear()
            self.fal.reset()
