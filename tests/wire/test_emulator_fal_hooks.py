"""Webhooks, uploads, steering from outside and the command line of the emulated fal."""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.emulator import World, serve
from tests.emulator.__main__ import farewell, parser, world_of
from tests.wire.emulator_desk import FLUX, IMAGE_TO_IMAGE, Desk, opened

ROOT = Path(__file__).resolve().parents[2]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as found:
        yield found


@contextmanager
def receiver() -> Iterator[World]:
    """Another emulator, whose queue stands in for whoever receives webhooks."""
    with serve() as served:
        yield served.world


def hook(world: World) -> dict[str, str]:
    return {"fal_webhook": f"{world.base}/cdn/hook?job=1"}


def verify(desk: Desk, headers: dict[str, str], body: bytes) -> None:
    (key,) = desk.http.get(f"{desk.rest}/.well-known/jwks.json").json()["keys"]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
    names = ("request-id", "user-id", "timestamp")
    lines = [headers[f"x-fal-webhook-{name}"] for name in names]
    message = "\n".join([*lines, hashlib.sha256(body).hexdigest()]).encode()
    signature = bytes.fromhex(headers["x-fal-webhook-signature"])
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)


def test_a_webhook_arrives_signed_and_is_tried_again(desk: Desk) -> None:
    desk.world.fal.account.webhook_tries = 3
    desk.world.fal.account.webhook_wait = 0.001
    with receiver() as other:
        accepted = desk.submit(params=hook(other))
        deliveries = desk.world.fal.webhooks.deliveries
        desk.world.wait_until(lambda: len(deliveries) == 3)
        assert {item.request_id for item in deliveries} == {accepted["request_id"]}
        assert {item.status for item in deliveries} == {404}
        assert [item.query for item in other.calls("POST", "/cdn/hook")] == ["job=1"] * 3
        assert other.calls()[0].headers["x-fal-webhook-request-id"] == accepted["request_id"]


def test_the_signature_fits_the_body_or_is_forged(desk: Desk) -> None:
    body = b'{"status": "OK"}'
    made = desk.world.fal.webhooks.headers("abc", body)
    verify(desk, {name.lower(): value for name, value in made.items()}, body)
    forged = desk.world.fal.webhooks.headers("abc", body, forged=True)
    with pytest.raises(InvalidSignature):
        verify(desk, {name.lower(): value for name, value in forged.items()}, body)


@pytest.mark.parametrize(
    ("kind", "times"), [("webhook_twice", 2), ("webhook_forged", 1), ("webhook_old", 1)]
)
def test_webhooks_misbehave(desk: Desk, kind: str, times: int) -> None:
    desk.world.trouble.add(kind)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        desk.submit(params={"fal_webhook": url})
        got = [answer_one(listener) for _ in range(times)]
    for headers, body in got:
        told = json.loads(body)
        assert told["status"] == "OK"
        assert told["payload"]["images"]
        if kind == "webhook_forged":
            with pytest.raises(InvalidSignature):
                verify(desk, headers, body)
        else:
            verify(desk, headers, body)
        age = time.time() - int(headers["x-fal-webhook-timestamp"])
        assert (age > 300) == (kind == "webhook_old")
    desk.world.wait_until(lambda: len(desk.world.fal.webhooks.deliveries) == times)


def answer_one(listener: socket.socket) -> tuple[dict[str, str], bytes]:
    """Take one request and answer 204, closing the connection."""
    listener.settimeout(10)
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        lines.readline()
        headers = {}
        while (line := lines.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        body = lines.read(int(headers["content-length"]))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    return headers, body


def test_a_failure_is_told_and_a_webhook_can_be_lost(desk: Desk) -> None:
    desk.world.trouble.add("refuse")
    desk.world.trouble.add("webhook_lost", word="lost")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        desk.submit({"prompt": "lost"}, params={"fal_webhook": url})
        desk.submit({"prompt": "told"}, params={"fal_webhook": url})
        told = json.loads(answer_one(listener)[1])
    assert told["status"] == "ERROR"
    assert told["payload"]["detail"][0]["input"] == "told"
    assert told["error"]
    desk.world.wait_until(lambda: len(desk.world.fal.webhooks.deliveries) == 1)


def test_an_upload_to_the_cdn(desk: Desk) -> None:
    token = desk.http.post(f"{desk.rest}/storage/auth/token?storage_type=fal-cdn-v3", json={})
    body = token.json()
    assert body.keys() == {"token", "token_type", "base_url", "expires_at"}
    headers = {
        "Authorization": f"{body['token_type']} {body['token']}",
        "Content-Type": "image/png",
        "X-Fal-File-Name": "my dot.png",
    }
    answer = desk.http.post(f"{body['base_url']}/files/upload", content=PNG, headers=headers)
    url = answer.json()["access_url"]
    assert url.endswith("/my_dot.png")
    assert desk.http.get(url).content == PNG
    assert desk.run({"prompt": "x", "image_url": url}, IMAGE_TO_IMAGE).status_code == 200
    wrong = desk.http.post(f"{body['base_url']}/files/upload", content=PNG)
    assert wrong.status_code == 401
    desk.world.trouble.add("upload_fails", times=1)
    assert desk.http.post(f"{desk.rest}/storage/auth/token", json={}).status_code == 500


def test_an_upload_the_older_way(desk: Desk) -> None:
    wish = {"file_name": "dot.png", "content_type": "image/png"}
    place = desk.http.post(f"{desk.rest}/storage/upload/initiate", json=wish).json()
    put = desk.http.put(
        place["upload_url"], content=PNG, headers={"Content-Type": "image/png", "Authorization": ""}
    )
    assert put.status_code == 200
    assert desk.http.get(place["file_url"]).content == PNG
    assert desk.world.fal.uploads == 1


def test_it_can_be_steered_from_another_process(desk: Desk) -> None:
    steer = f"{desk.served.base}/_emulator"

    def tell(name: str, **wish: object) -> dict[str, object]:
        answer = desk.http.post(f"{steer}/{name}", json=wish)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    tell("price", endpoint=FLUX, unit_price=10_000, unit="image")
    tell("hold")
    accepted = desk.submit()
    assert tell("release") == {"released": 1}
    assert desk.http.get(accepted["status_url"]).status_code == 200
    tell("resume")
    bill = desk.http.get(f"{steer}/bill").json()
    assert (bill["total_micros"], len(bill["accepted"])) == (10_000, 1)
    tell("trouble", kind="busy", nth=[1], retry_after=2)
    assert desk.post().status_code == 429
    assert desk.http.get(f"{steer}/trouble").json()["trouble"][0]["hits"] == 1
    assert desk.http.delete(f"{steer}/trouble").json() == {"trouble": []}
    tell("account", balance=0)
    assert desk.post().status_code == 403
    assert desk.http.get(f"{steer}/account").json()["queue"]["done"] == 1
    tell("advance", seconds=4000)
    assert desk.http.get(accepted["response_url"]).status_code == 404
    tell("reset")
    assert desk.world.bill.total == 0
    for name, wish in (("trouble", {"kind": "tired"}), ("account", {"colour": 1}), ("price", {})):
        assert desk.http.post(f"{steer}/{name}", json=wish).status_code == 400


def test_the_options_make_a_world(tmp_path: Path) -> None:
    words = ["--balance", "2.5", "--runners", "4", "--seconds-per-picture", "0", "--busy", "0.5"]
    words += ["--trouble", "picture_html", "--bill", str(tmp_path / "bill.jsonl"), "--small"]
    world = world_of(parser().parse_args(words))
    account = world.fal.account
    assert (account.balance, account.runners, account.seconds) == (2_500_000, 4, 0)
    assert [rule.kind for rule in world.trouble.rules] == ["busy", "picture_html"]
    for _ in range(2):
        world.fal.queue.accept(FLUX, {"prompt": "again"})
    assert farewell(world).strip() == (
        "Accepted 2 requests (1 of them asked for the same again), charged 2: $0.050000."
    )
    later = world_of(parser().parse_args(words))
    assert later.fal.account.balance == 2_450_000


def test_the_command_serves_until_it_is_interrupted() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.emulator", "--port", "0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        exports = {}
        while "FAL_REST_BASE" not in exports:
            line = process.stdout.readline()
            assert line, "it ended before it told where it is"
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                exports[name] = value
        headers = {"Authorization": f"Key {exports['FAL_KEY']}"}
        answer = httpx.post(
            f"{exports['FAL_QUEUE_BASE']}/{FLUX}", json={"prompt": "x"}, headers=headers,
            trust_env=False,
        )  # fmt: skip
        assert answer.status_code == 200
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "Accepted 1 requests" in out
