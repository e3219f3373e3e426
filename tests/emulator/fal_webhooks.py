"""Signed webhooks of the emulated fal, and the keys to verify them with (providers.md §1.5)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.emulator.fal_request import FalRequest

if TYPE_CHECKING:
    from tests.emulator.trouble import Rule
    from tests.emulator.world import World

USER_ID = "emulated|user"
_ANSWER_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST of a webhook."""

    request_id: str
    url: str
    status: int | None
    """The receiver's answer; ``None`` where there was none."""
    headers: Mapping[str, str]
    body: bytes


class FalWebhooks:
    """What is still to be delivered, and what was."""

    def __init__(self, world: World, seed: int | str) -> None:
        self._chance = random.Random(f"webhooks:{seed}")  # noqa: S311  (repeatable on purpose)
        self._key = self._new_key()
        self._other = self._new_key()
        self._world = world
        self._pending: list[FalRequest] = []
        self.deliveries: list[Delivery] = []

    def jwks(self) -> dict[str, Any]:
        """The public keys, as ``/.well-known/jwks.json`` tells them."""
        raw = self._key.public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "emulator-1", "x": x}]}

    def change_keys(self) -> None:
        """From now on another key signs, and is the only one that is published."""
        self._key = self._new_key()

    def enqueue(self, request: FalRequest) -> None:
        """A request has ended: its webhook is due."""
        self._pending.append(request)

    def take(self) -> list[FalRequest]:
        """The requests whose webhooks are due; each is handed out once."""
        with self._world.lock:
            due, self._pending = self._pending, []
            return due

    async def deliver(self, request: FalRequest, client: httpx.AsyncClient) -> None:
        """POST one webhook until it is answered 2xx or the tries are used up."""
        with self._world.lock:
            rule = self._world.trouble.draw(
                "webhook", endpoint=request.endpoint, prompt=request.prompt, key=request.fingerprint
            )
        if rule is not None and rule.kind == "webhook_lost":
            return
        wanted = 2 if rule is not None and rule.kind == "webhook_twice" else 1
        for _ in range(max(self._world.fal.account.webhook_tries, wanted)):
            wanted -= await self._post(request, client, rule)
            if not wanted:
                return
            await asyncio.sleep(self._world.fal.account.webhook_wait)

    def reset(self) -> None:
        """Forget what is due and what was delivered."""
        self._pending.clear()
        self.deliveries.clear()

    def letter(self, request: FalRequest) -> tuple[dict[str, str], bytes]:
        """Headers and body of a request's webhook, signed now: for a test to post as it likes."""
        body = json.dumps(_body(request), ensure_ascii=False).encode("utf-8")
        return self.headers(request.id, body) | {"Content-Type": "application/json"}, body

    def headers(
        self, request_id: str, body: bytes, *, forged: bool = False, old: float = 0.0
    ) -> dict[str, str]:
        """The headers that sign ``body``, ``old`` seconds ago; a forged one with another key."""
        at = str(int(self._world.clock.now() - old))
        digest = hashlib.sha256(body).hexdigest()
        message = "\n".join([request_id, USER_ID, at, digest]).encode("utf-8")
        signature = (self._other if forged else self._key).sign(message).hex()
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": at,
            "X-Fal-Webhook-Signature": signature,
        }

    def _new_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._chance.randbytes(32))

    async def _post(
        self, request: FalRequest, client: httpx.AsyncClient, rule: Rule | None
    ) -> bool:
        body = json.dumps(_body(request), ensure_ascii=False).encode("utf-8")
        kind = None if rule is None else rule.kind
        old = 0.0 if rule is None or kind != "webhook_old" else rule.seconds or 600.0
        headers = self.headers(request.id, body, forged=kind == "webhook_forged", old=old)
        headers["Content-Type"] = "application/json"
        url, status = request.webhook or "", None
        try:
            answer = await client.post(url, content=body, headers=headers, timeout=_ANSWER_SECONDS)
            status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            pass
        with self._world.lock:
            self.deliveries.append(Delivery(request.id, url, status, headers, body))
            self._world.note()
        return status is not None and 200 <= status < 300


def _body(request: FalRequest) -> dict[str, Any]:
    outcome = request.outcome
    good = outcome is not None and outcome.error is None
    body: dict[str, Any] = {
        "request_id": request.id,
        "gateway_request_id": request.gateway_id,
        "status": "OK" if good else "ERROR",
        "payload": outcome.body if outcome else None,
    }
    if outcome is not None and outcome.error is not None:
        body["error"] = outcome.error
    return body
