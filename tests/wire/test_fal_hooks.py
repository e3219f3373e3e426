"""fal's webhooks on a scripted network: when one is asked for, which signatures are believed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import Unreachable
from studio.providers._base import Context
from studio.providers._fal import hooks
from studio.providers.fal import Fal
from tests.emulator import serve
from tests.wire.emulator_desk import opened
from tests.wire.fal_desk import FIELDS, ID, QUEUE, REST, Desk, a_call, compact, receipt

SUBMIT, JWKS = f"{QUEUE}/fal-ai/flux/dev", f"{REST}/.well-known/jwks.json"
ADDRESS = "https://studio.example/api/webhooks/fal?job=j_1&attempt=1&tag=0123456789abcdef"
BODY = compact({"request_id": ID, "gateway_request_id": "other", "status": "OK", "payload": {}})
KEY, OLD_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
NAMES = ("request-id", "user-id", "timestamp", "signature")


def jwk(key: Ed25519PrivateKey, **changes: Any) -> dict[str, Any]:
    """One public key as fal tells it."""
    x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": x} | changes


def published(*keys: dict[str, Any]) -> httpx.Response:
    """fal's list of keys."""
    return httpx.Response(200, json={"keys": list(keys)})


def signed(
    desk: Desk,
    body: bytes = BODY,
    *,
    key: Ed25519PrivateKey = KEY,
    off: float = 0.0,
    request_id: str = ID,
) -> dict[str, str]:
    """The headers that sign a body, so many seconds off from now."""
    at = str(int(desk.clock.now().timestamp() + off))
    lines = [request_id, "user|1", at, hashlib.sha256(body).hexdigest()]
    values = [*lines[:3], key.sign("\n".join(lines).encode()).hex()]
    return {f"x-fal-webhook-{name}": value for name, value in zip(NAMES, values, strict=True)}


def a_desk(*answers: httpx.Response | Exception) -> Desk:
    """A desk where fal publishes its keys."""
    return Desk().on("GET", JWKS, *(answers or (published(jwk(OLD_KEY), jwk(KEY)),)))


def verified(desk: Desk, headers: Mapping[str, str], body: bytes = BODY) -> str | None:
    """The request that a webhook is about."""
    return desk.run(lambda fal, ctx: fal.verify_webhook(headers, body, ctx))


class TestAsking:
    """A submit names the address for its webhook, and is otherwise as ever."""

    def submitted(self, **changes: Any) -> httpx.Request:
        desk = Desk().on("POST", SUBMIT, receipt())
        desk.run(lambda fal, ctx: fal.submit(a_call(**changes), ctx))
        (request,) = desk.sent("POST")
        return request

    def test_the_address_travels_whole_and_the_input_is_untouched(self) -> None:
        plain, asking = self.submitted(), self.submitted(webhook=ADDRESS)
        assert plain.url.query == b""
        assert parse_qs(asking.url.query.decode()) == {"fal_webhook": [ADDRESS]}
        assert plain.content == asking.content
        assert json.loads(asking.content) == FIELDS | {"seed": 1234567}

    def test_none_is_asked_for_where_signatures_cannot_be_checked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "checker", lambda: None)
        assert self.submitted(webhook=ADDRESS).url.query == b""


class TestSignatures:
    """Only what fal signed within the last minutes is about a request."""

    def test_a_genuine_one_names_its_request_without_our_key_being_shown(self) -> None:
        desk = a_desk()
        assert verified(desk, signed(desk)) == ID
        (asked,) = desk.sent("GET")
        assert "authorization" not in asked.headers

    def test_the_request_is_the_one_in_the_body(self) -> None:
        desk = a_desk()
        assert verified(desk, signed(desk, request_id="the-gateway's-own")) == ID

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", [None, "", "0", "x\ny", "é", "f" * 300, "-1", "²"])
    def test_a_header_that_is_missing_or_wrong(self, name: str, value: str | None) -> None:
        desk = a_desk()
        headers = signed(desk)
        del headers[f"x-fal-webhook-{name}"]
        if value is not None:
            headers[f"x-fal-webhook-{name}"] = value
        assert verified(desk, headers) is None

    @pytest.mark.parametrize(
        ("off", "good"),
        [(0, True), (-299, True), (299, True), (-301, False), (301, False), (-86400, False)],
    )
    def test_the_moment_of_signing(self, off: float, good: bool) -> None:
        desk = a_desk()
        assert (verified(desk, signed(desk, off=off)) == ID) is good

    def test_another_key_signs_nothing(self) -> None:
        desk = a_desk(published(jwk(OLD_KEY)))
        assert verified(desk, signed(desk)) is None

    @given(at=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
    def test_one_changed_byte_of_the_body_is_noticed(self, at: int, flip: int) -> None:
        desk = a_desk()
        headers = signed(desk)
        changed = bytearray(BODY)
        changed[at] ^= flip
        assert verified(desk, headers, bytes(changed)) is None

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"null", b"{}", b'{"request_id": 7}', b'{"request_id": ""}',
         b'{"request_id": "a b"}', b'{"request_id": "\xff"}', b"[" * 100_000],
    )  # fmt: skip
    def test_a_signed_body_that_names_no_request(self, body: bytes) -> None:
        desk = a_desk()
        assert verified(desk, signed(desk, body), body) is None

    def test_nothing_is_believed_where_signatures_cannot_be_checked(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "checker", lambda: None)
        desk = a_desk()
        assert verified(desk, signed(desk)) is None
        assert desk.sent() == []


class TestKeys:
    """fal's keys are asked for rarely, and where they cannot be had nobody can tell."""

    def test_they_are_kept_for_a_day(self) -> None:
        desk = a_desk()
        for _ in range(5):
            assert verified(desk, signed(desk)) == ID
        desk.clock.skip(23 * 3600)
        verified(desk, signed(desk))
        assert len(desk.sent("GET")) == 1
        desk.clock.skip(3601)
        verified(desk, signed(desk))
        assert len(desk.sent("GET")) == 2

    def test_a_new_key_is_learned_once_a_minute_has_passed(self) -> None:
        desk = a_desk(published(jwk(OLD_KEY)), published(jwk(KEY)))
        assert verified(desk, signed(desk, key=OLD_KEY)) == ID
        desk.clock.skip(61)
        assert verified(desk, signed(desk)) == ID

    def test_a_flood_of_forged_ones_asks_once_a_minute(self) -> None:
        desk = a_desk(published(jwk(OLD_KEY)))
        for _ in range(50):
            assert verified(desk, signed(desk)) is None
        assert len(desk.sent("GET")) == 1
        desk.clock.skip(61)
        for _ in range(50):
            verified(desk, signed(desk))
        assert len(desk.sent("GET")) == 2

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(500),
            httpx.Response(404, json={"detail": "no"}),
            httpx.Response(200, content=b"<html>"),
            httpx.Response(200, json={"keys": "none"}),
            httpx.Response(302, headers={"location": "https://evil.example/jwks.json"}),
            published(),
            published({"kty": "RSA"}, jwk(KEY, crv="X25519"), jwk(KEY, x="AAAA"), jwk(KEY, x=7)),
            published(jwk(KEY, x="é"), jwk(KEY, x="A" * 1_000_000)),
            httpx.ConnectError("no network"),
            httpx.ReadTimeout("slow"),
        ],
    )
    def test_without_keys_it_cannot_be_told(self, answer: httpx.Response | Exception) -> None:
        desk = a_desk(answer, published(jwk(KEY)))
        with pytest.raises(Unreachable, match="keys for webhooks"):
            verified(desk, signed(desk))
        with pytest.raises(Unreachable, match="a moment ago"):
            verified(desk, signed(desk))
        assert len(desk.sent("GET")) == 1
        desk.clock.skip(11)
        assert verified(desk, signed(desk)) == ID

    def test_many_at_once_ask_once(self) -> None:
        desk = a_desk()
        headers = signed(desk)

        async def all_at_once(fal: Fal, ctx: Context) -> list[str | None]:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(fal.verify_webhook(headers, BODY, ctx)) for _ in range(20)
                ]
            return [task.result() for task in tasks]

        assert desk.run(all_at_once) == [ID] * 20
        assert len(desk.sent("GET")) == 1


class TestEmulator:
    """The emulated fal does with webhooks what the real one says it does."""

    def test_it_tries_eleven_times(self) -> None:
        with opened() as desk, serve() as other:
            desk.world.fal.account.webhook_wait = 0.001
            url = f"{other.world.base}/cdn/hook"
            desk.submit(params={"fal_webhook": url})
            made = desk.world.fal.webhooks.deliveries
            desk.world.wait_until(lambda: len(made) == 11)
            assert {item.status for item in made} == {404}

    def test_it_signs_late_and_changes_its_keys(self) -> None:
        with opened() as desk:
            hooks_there = desk.world.fal.webhooks
            before = desk.http.get(f"{desk.rest}/.well-known/jwks.json").json()
            now = int(desk.world.clock.now())
            late = hooks_there.headers("abc", b"{}", old=600.0)
            assert now - 602 <= int(late["X-Fal-Webhook-Timestamp"]) <= now - 598
            hooks_there.change_keys()
            after = desk.http.get(f"{desk.rest}/.well-known/jwks.json").json()
            assert before != after
