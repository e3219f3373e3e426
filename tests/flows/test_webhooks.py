"""Webhooks of the emulated fal over real connections: each a hint, none of them believed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette

from studio.api import routes
from studio.container import Studio, close_runtime, open_studio
from studio.container.process import slot
from studio.engine.pace import Pace
from studio.models import BatchState, Job, JobState
from studio.providers import fal as adapter
from studio.providers._fal import hooks
from tests.emulator.fal_request import FalRequest
from tests.emulator.world import World
from tests.flows.fal_world import plan_rows
from tests.studio_fixture import finish, wait_until

HOST = "127.0.0.1"


@contextmanager
def receiving(**settings: str) -> Iterator[Studio]:
    """A studio with a public address at which its own routes answer."""
    with socket.socket() as listener, pytest.MonkeyPatch.context() as patch:
        listener.bind((HOST, 0))
        listener.listen(128)
        public = f"http://{HOST}:{listener.getsockname()[1]}"
        patch.setenv("STUDIO_PUBLIC_URL", public)
        for name, value in settings.items():
            patch.setenv(name.upper(), value)
        slot().studio = studio = open_studio(everything=True)
        server = uvicorn.Server(
            uvicorn.Config(
                Starlette(routes=routes()), ws="none", lifespan="off",
                log_config=None, timeout_graceful_shutdown=2,
            )
        )  # fmt: skip
        thread = threading.Thread(  # noqa: TID251  (the server needs a loop beside the test's)
            target=server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        thread.start()
        try:
            yield studio
        finally:
            server.should_exit = True
            thread.join(10)
            close_runtime()


@pytest.fixture
def studio(fal: World) -> Iterator[Studio]:
    with receiving() as found:
        yield found


@pytest.fixture
def only_hints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks again by itself for an hour, and fal's stream is not listened to."""
    monkeypatch.setattr(adapter, "STREAMS", 0)
    monkeypatch.setattr(Pace, "next", lambda self, elapsed, *, in_line=False: 3600.0)


def start(studio: Studio, rows: int = 1) -> str:
    return studio.batches.start(plan_rows(studio, rows))


def only(studio: Studio, batch_id: str) -> Job:
    (job,) = studio.batches.jobs(batch_id)
    return job


def only_request(fal: World) -> FalRequest:
    (request,) = fal.fal.queue.requests.values()
    return request


def post(url: str | None, headers: dict[str, str], body: bytes) -> int:
    """Send one to the studio as somebody else; returns its answer."""
    assert url is not None
    return httpx.post(url, headers=headers, content=body, trust_env=False).status_code


def as_it_stands(studio: Studio, batch_id: str) -> tuple[object, ...]:
    """Everything that a webhook must not change."""
    return (
        studio.batches.jobs(batch_id),
        studio.batches.assets(batch_id),
        studio.batches.status(batch_id).settled,
        studio.batches.status(batch_id).reserved,
    )


@pytest.mark.usefixtures("only_hints")
@pytest.mark.parametrize(
    ("trouble", "state"),
    [(None, JobState.DONE), ("refuse", JobState.REFUSED), ("webhook_twice", JobState.DONE)],
)
def test_the_end_is_known_when_the_webhook_arrives(
    fal: World, studio: Studio, trouble: str | None, state: JobState
) -> None:
    if trouble:
        fal.trouble.add(trouble)
    fal.fal.queue.hold()
    batch_id = start(studio)
    wait_until(studio, batch_id, lambda s: s.counts.running == 1)
    fal.wait_until(lambda: fal.fal.queue.running == 1)
    fal.fal.queue.resume()
    finish(studio, batch_id)
    assert only(studio, batch_id).state is state
    wait_until(studio, batch_id, lambda s: s.settled == fal.bill.total)
    assert {item.status for item in fal.fal.webhooks.deliveries} <= {200}


def test_a_lost_call_is_recognised_by_its_webhook(fal: World, studio: Studio) -> None:
    """Nobody can look it up, for the key may not list requests: the address alone tells."""
    fal.fal.account.platform_rights = False
    fal.trouble.add("lost_answer")
    fal.fal.queue.hold()
    batch_id = start(studio)
    wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
    assert only(studio, batch_id).remote is None
    fal.fal.queue.resume()
    status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
    assert status.batch.state is BatchState.DONE
    assert len(fal.bill.accepted) == 1
    assert (status.settled, status.reserved) == (fal.bill.total, 0)


@pytest.mark.parametrize("seconds", [1.0, None], ids=["late_answer", "no_answer"])
def test_a_webhook_before_the_answer_of_the_submit(fal: World, seconds: float | None) -> None:
    fal.fal.account.platform_rights = False
    fal.trouble.add("stall", seconds=seconds)
    with receiving(studio_timeout="2") as studio:
        batch_id = start(studio)
        fal.wait_until(lambda: len(fal.fal.webhooks.deliveries) == 1)
        assert only(studio, batch_id).state is JobState.SUBMITTING
        status = wait_until(studio, batch_id, lambda s: s.counts.done == 1)
        assert len(fal.bill.accepted) == len(studio.batches.assets(batch_id)) == 1
        assert (status.settled, status.reserved) == (fal.bill.total, 0)


def test_a_replayed_or_forged_one_changes_nothing(fal: World, studio: Studio) -> None:
    batch_id = start(studio)
    finish(studio, batch_id)
    fal.wait_until(lambda: len(fal.fal.webhooks.deliveries) == 1)
    before, told = as_it_stands(studio, batch_id), fal.fal.webhooks.deliveries[0]
    signer, url, body = fal.fal.webhooks, told.url, told.body
    request_id, wrong = told.request_id, told.url[:-1] + ("0" if told.url[-1] != "0" else "1")
    for _ in range(3):
        assert post(url, dict(told.headers), body) == 200, "the very same, word by word"
    assert post(url, signer.headers(request_id, body, old=301.0), body) == 401
    assert post(url, signer.headers(request_id, body, old=-305.0), body) == 401
    assert post(url, signer.headers(request_id, body, forged=True), body) == 401
    assert post(url, dict(told.headers), body + b" ") == 401
    assert post(url, {}, body) == 401
    assert post(wrong, dict(told.headers), body) == 404
    assert post(url.replace("attempt=1", "attempt=2"), dict(told.headers), body) == 404
    assert as_it_stands(studio, batch_id) == before
    assert len(fal.bill.accepted) == 1


def test_anothers_request_is_never_taken_for_a_lost_one(fal: World, studio: Studio) -> None:
    """A genuine letter about one picture, brought to the address of another that is lost."""
    fal.fal.account.platform_rights = False
    other = start(studio)
    finish(studio, other)
    letter = fal.fal.webhooks.letter(only_request(fal))
    fal.trouble.add("drop")
    batch_id = start(studio)
    wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
    before = as_it_stands(studio, batch_id), as_it_stands(studio, other)
    assert post(studio.parts.webhook(only(studio, batch_id)), *letter) == 200
    assert (as_it_stands(studio, batch_id), as_it_stands(studio, other)) == before


def test_a_signed_one_about_a_request_that_our_key_cannot_see_brings_no_picture(
    fal: World, studio: Studio
) -> None:
    fal.fal.account.platform_rights = False
    fal.trouble.add("drop")
    batch_id = start(studio)
    wait_until(studio, batch_id, lambda s: s.counts.unknown == 1)
    body = b'{"request_id": "764cabcf-b745-4b3e-ae38-1200304cf45b", "status": "OK"}'
    headers = fal.fal.webhooks.headers("764cabcf", body)
    looks = len(fal.calls("GET", "764cabcf"))
    assert post(studio.parts.webhook(only(studio, batch_id)), headers, body) == 200
    fal.wait_until(lambda: len(fal.calls("GET", "764cabcf")) > looks)
    status = studio.batches.status(batch_id)
    assert (status.counts.unknown, status.settled) == (1, 0)
    assert status.reserved > 0, "what may have been spent stays set aside"
    assert studio.batches.assets(batch_id) == []


def test_one_of_an_earlier_attempt_changes_nothing(fal: World, studio: Studio) -> None:
    fal.trouble.add("fail", times=1)
    batch_id = start(studio)
    finish(studio, batch_id)
    job = only(studio, batch_id)
    assert (job.state, job.attempt) == (JobState.DONE, 2)
    first = min(fal.fal.queue.requests.values(), key=lambda item: item.number)
    before = as_it_stands(studio, batch_id)
    assert first.webhook != studio.parts.webhook(job)
    assert post(first.webhook, *fal.fal.webhooks.letter(first)) == 200
    assert as_it_stands(studio, batch_id) == before


def test_changed_keys_are_asked_for_again(fal: World, studio: Studio) -> None:
    finish(studio, start(studio))
    fal.wait_until(lambda: len(fal.fal.webhooks.deliveries) == 1)
    fal.fal.webhooks.change_keys()
    request = only_request(fal)
    assert post(request.webhook, *fal.fal.webhooks.letter(request)) == 401, "within the minute"
    assert len(fal.calls("GET", "jwks.json")) == 1


def test_a_batch_in_which_webhooks_misbehave_costs_what_the_bill_says(
    fal: World, studio: Studio
) -> None:
    for kind, rate in (("webhook_twice", 0.4), ("webhook_lost", 0.3), ("webhook_forged", 0.3)):
        fal.trouble.add(kind, rate=rate)
    fal.trouble.add("webhook_old", word="number 7")
    fal.trouble.add("lost_answer", rate=0.1)
    batch_id = start(studio, 30)
    status = wait_until(studio, batch_id, lambda s: s.counts.done == 30, 60.0)
    assert (status.settled, status.reserved) == (fal.bill.total, 0)
    assert len(fal.bill.accepted) == len(studio.batches.assets(batch_id)) == 30


@pytest.mark.parametrize("public", [None, "http://studio.example", "not an address"])
def test_without_a_safe_public_address_none_is_asked_for(
    fal: World, monkeypatch: pytest.MonkeyPatch, public: str | None
) -> None:
    if public:
        monkeypatch.setenv("STUDIO_PUBLIC_URL", public)
    with open_studio() as studio:
        assert finish(studio, start(studio)).counts.done == 1
    assert only_request(fal).webhook is None


def test_where_signatures_cannot_be_checked_none_is_asked_for(
    fal: World, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "checker", lambda: None)
    assert finish(studio, start(studio)).counts.done == 1
    assert only_request(fal).webhook is None


def test_webhooks_that_lead_nowhere_harm_nobody(
    fal: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_PUBLIC_URL", "http://127.0.0.1:9")
    with open_studio() as studio:
        status = finish(studio, start(studio, 3))
    assert (status.counts.done, status.settled) == (3, fal.bill.total)
