"""One request at the emulated fal, and the bodies that tell about it (providers.md §1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tests.emulator.trouble import Rule

_NAMESPACES = {"workflows", "comfy"}


class State(StrEnum):
    """Where a request is. fal shows only three words: see :meth:`FalRequest.status_body`."""

    QUEUED = "IN_QUEUE"
    RUNNING = "IN_PROGRESS"
    DONE = "COMPLETED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended: the model's own answer."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    error: str | None = None
    error_type: str | None = None
    units: Decimal | None = None
    """Billed units; ``None`` is not charged."""
    charged_as: str = "picture"


@dataclass(slots=True)
class FalRequest:
    """A request that was accepted."""

    id: str
    gateway_id: str
    number: int
    endpoint: str
    body: dict[str, Any]
    fingerprint: str
    sent_at: float
    low: bool = False
    """Of low priority."""
    start_before: float | None = None
    webhook: str | None = None
    direct: bool = False
    """Sent to the sync host."""
    state: State = State.QUEUED
    started_at: float | None = None
    finish_at: float | None = None
    ended_at: float | None = None
    cancel_asked: bool = False
    outcome: Outcome | None = None
    run_trouble: Rule | None = None

    @property
    def prompt(self) -> str:
        """The prompt, or nothing."""
        return prompt_of(self.body)

    @property
    def root(self) -> str:
        """The endpoint without its sub-path, as in every URL after the submit."""
        return root(self.endpoint)

    def urls(self, base: str) -> dict[str, str]:
        """The three URLs of the submit answer."""
        url = f"{base}/queue/{self.root}/requests/{self.id}"
        return {"response_url": url, "status_url": f"{url}/status", "cancel_url": f"{url}/cancel"}

    def submit_body(self, base: str, position: int) -> dict[str, Any]:
        """The answer to a submit."""
        return {
            "status": State.QUEUED.value,
            "request_id": self.id,
            "gateway_request_id": self.gateway_id,
            "queue_position": position,
            **self.urls(base),
            "logs": None,
            "metrics": {},
        }

    def status_body(self, base: str, position: int, *, logs: bool) -> dict[str, Any]:
        """The answer to a look at the status; a failed run is COMPLETED too."""
        body: dict[str, Any] = {"request_id": self.id, **self.urls(base)}
        lines = self._logs() if logs else None
        if self.state is State.QUEUED:
            return {"status": "IN_QUEUE", "queue_position": position, "logs": None} | body
        if self.state is State.RUNNING:
            return {"status": "IN_PROGRESS", "logs": lines} | body
        body = {"status": "COMPLETED", "logs": lines, "metrics": self._metrics()} | body
        if self.outcome is not None and self.outcome.error is not None:
            body |= {"error": self.outcome.error, "error_type": self.outcome.error_type}
        return body

    def _metrics(self) -> dict[str, float]:
        if self.started_at is None or self.ended_at is None:
            return {}
        return {"inference_time": round(self.ended_at - self.started_at, 6)}

    def _logs(self) -> list[dict[str, str]]:
        if self.started_at is None:
            return []
        line = {"message": "Generating", "level": "INFO", "source": "worker"}
        return [line | {"timestamp": iso(self.started_at)}]


def root(endpoint: str) -> str:
    """Two segments of an endpoint, or three behind a namespace."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in _NAMESPACES else 2])


def prompt_of(body: Mapping[str, Any]) -> str:
    """The prompt of an input object, or nothing."""
    prompt = body.get("prompt")
    return prompt if isinstance(prompt, str) else ""


def iso(at: float) -> str:
    """Unix seconds as fal writes times."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
