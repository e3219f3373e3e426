"""The route for webhooks: what a sender is told, what is refused unread, and what is a hint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from studio.api import create_api, hooks
from studio.container import Studio, close_runtime
from studio.container.process import slot
from studio.errors import Unreachable
from studio.models import Finished, Job, JobState, Running
from studio.providers import Context
from studio.webhooks.addresses import FOLDER, KEY_FILE
from studio.webhooks.incoming import DELIVERIES, WRONG_ADDRESSES
from tests.fakes import FakeProvider
from tests.studio_fixture import finish, open_with, plan_of, wait_until

PUBLIC = "https://studio.example"


class Signing(FakeProvider):
    """A fake whose signature is a word, and whose webhooks name a request in their body."""

    reachable = True
    patient = False
    """Whether a wait for news never ends by itself."""
    waits = 0

    async def wait(
        self, ref: Mapping[str, Any], seconds: float, ctx: Context
    ) -> Running | Finished:
        self.waits += 1
        if self.patient:
            await asyncio.Event().wait()
        return await super().wait(ref, seconds, ctx)

    async def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, ctx: Context
    ) -> str | None:
        if not self.reachable:
            raise Unreachable("The keys cannot be had.", "Try again later.")
        return body.decode() if headers.get("x-signed") == "yes" else None

    def identity(self, ref: Mapping[str, object]) -> str | None:
        return str(ref["id"])


@pytest.fixture
def provider() -> Signing:
    return Signing()


@pytest.fixture
def studio(provider: Signing) -> Iterator[Studio]:
    slot().studio = open_with(provider, studio_public_url=PUBLIC, studio_password="s3same")
    yield slot().studio  # type: ignore[misc]
    close_runtime()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_api(), follow_redirects=False) as client:
        yield client


@pytest.fixture
def job(studio: Studio) -> Job:
    """A finished job."""
    batch_id = studio.batches.start(plan_of(studio))
    finish(studio, batch_id)
    return studio.batches.jobs(batch_id)[0]


def route_of(studio: Studio, job: Job) -> str:
    """Path and query of a job's webhook, below where the routes are mounted."""
    address = studio.parts.webhook(job)
    assert address is not None
    assert address.startswith(f"{PUBLIC}/api/webhooks/fake?")
    return address.removeprefix(f"{PUBLIC}/api")


class TestRoute:
    """What the sender is told; never a redirect, never a password."""

    def test_a_genuine_one_is_accepted_as_often_as_it_comes(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        before = studio.batches.jobs(job.batch_id)
        for _ in range(5):
            answer = client.post(route_of(studio, job), content=b"r_1", headers={"X-Signed": "yes"})
            assert (answer.status_code, answer.json()) == (200, {"status": "accepted"})
        assert studio.batches.jobs(job.batch_id) == before

    def test_a_slash_at_the_end_is_no_redirect(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        path = route_of(studio, job).replace("?", "/?")
        assert client.post(path, content=b"r", headers={"X-Signed": "yes"}).status_code == 200
        assert client.post("/webhooks/fake/x").status_code == 404
        assert client.get(path).status_code == 405

    def test_what_nobody_signed_is_refused(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        answer = client.post(route_of(studio, job), content=b"r_1")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["next_step"]

    def test_an_address_that_nobody_gave_out(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        changes = [
            ("tag=", "tag=0"), ("attempt=1", "attempt=2"), ("attempt=1", "attempt=01"),
            ("attempt=1", "attempt=x"), ("job=", "job=x"), ("webhooks/fake", "webhooks/fal"),
            ("webhooks/fake", "webhooks/nobody"), ("tag=", "no="), ("?", "?x="),
        ]  # fmt: skip
        for old, new in changes:
            path = route_of(studio, job).replace(old, new, 1)
            answer = client.post(path, content=b"r_1", headers={"X-Signed": "yes"})
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path

    def test_an_address_of_a_job_that_is_gone(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        path = route_of(studio, job.model_copy(update={"id": "j_gone"}))
        answer = client.post(path, content=b"r_1", headers={"X-Signed": "yes"})
        assert answer.status_code == 404

    def test_a_large_one_is_not_read(
        self, client: TestClient, studio: Studio, job: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "MOST_BYTES", 1000)
        path, headers = route_of(studio, job), {"X-Signed": "yes"}
        assert client.post(path, content=b"x" * 1000, headers=headers).status_code == 200
        assert client.post(path, content=b"x" * 1001, headers=headers).status_code == 413
        drops = iter([b"x" * 600, b"x" * 600])  # no length is told
        assert client.post(path, content=drops, headers=headers).status_code == 413
        lied = {**headers, "Content-Length": "9" * 30}
        assert client.post(path, content=b"x", headers=lied).status_code == 413

    def test_keys_that_cannot_be_had_ask_for_it_again(
        self, client: TestClient, studio: Studio, job: Job, provider: Signing
    ) -> None:
        provider.reachable = False
        answer = client.post(route_of(studio, job), content=b"r", headers={"X-Signed": "yes"})
        assert answer.status_code == 503
        provider.reachable = True
        answer = client.post(route_of(studio, job), content=b"r", headers={"X-Signed": "yes"})
        assert answer.status_code == 200

    def test_guessing_is_slowed_down_and_holds_up_nobody_else(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        path = route_of(studio, job)
        wrong = path.replace("tag=", "tag=0")
        told = [client.post(wrong).status_code for _ in range(WRONG_ADDRESSES + 2)]
        assert told == [404] * WRONG_ADDRESSES + [429] * 2
        assert client.post(path, content=b"r", headers={"X-Signed": "yes"}).status_code == 200

    def test_one_address_takes_so_many_in_a_minute(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        path = route_of(studio, job)
        told = [client.post(path, content=b"r").status_code for _ in range(DELIVERIES + 2)]
        assert told == [401] * DELIVERIES + [429] * 2
        other = route_of(studio, job.model_copy(update={"attempt": 2}))
        assert client.post(other, content=b"r", headers={"X-Signed": "yes"}).status_code == 200

    def test_a_page_of_another_site_cannot_send_one(
        self, client: TestClient, studio: Studio, job: Job
    ) -> None:
        headers = {"X-Signed": "yes", "Origin": "https://evil.example"}
        assert client.post(route_of(studio, job), headers=headers).status_code == 401


def test_accepted_work_is_looked_at_when_its_webhook_arrives(
    client: TestClient, studio: Studio, provider: Signing
) -> None:
    """The wait never ends by itself: only the hint cuts it short."""
    provider.script = [Running(ref={"id": "r_1"})]
    provider.patient = True
    batch_id = studio.batches.start(plan_of(studio))
    wait_until(studio, batch_id, lambda s: provider.waits == 1)
    (job,) = studio.batches.jobs(batch_id)
    wrong = client.post(route_of(studio, job), content=b"r_2", headers={"X-Signed": "yes"})
    assert wrong.status_code == 200
    assert studio.batches.jobs(batch_id)[0].state is JobState.RUNNING
    right = client.post(route_of(studio, job), content=b"r_1", headers={"X-Signed": "yes"})
    assert right.status_code == 200
    assert finish(studio, batch_id).counts.done == 1


def test_the_secret_is_in_no_table(studio: Studio, job: Job) -> None:
    route_of(studio, job)
    key = (studio.settings.studio_data_dir / FOLDER / KEY_FILE).read_text(encoding="ascii")
    for path in studio.settings.studio_data_dir.glob("studio.db*"):
        assert key.encode() not in path.read_bytes()
        assert bytes.fromhex(key) not in path.read_bytes()
