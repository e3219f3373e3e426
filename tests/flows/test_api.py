"""Our own routes over HTTP: pictures, thumbnails, health, and the password that guards them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from studio.api import create_api
from studio.container import Studio, close_runtime
from studio.container.process import slot
from studio.models import Asset
from tests.studio_fixture import finish, open_with, plan_of


@pytest.fixture
def password() -> str | None:
    return None


@pytest.fixture
def studio(password: str | None) -> Iterator[Studio]:
    settings: dict[str, Any] = (
        {"studio_password": password, "studio_api_token": "t0ken"} if password else {}
    )
    slot().studio = open_with(**settings)
    yield slot().studio  # type: ignore[misc]
    close_runtime()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(create_api(), raise_server_exceptions=True) as client:
        yield client


def picture(studio: Studio) -> Asset:
    batch_id = studio.batches.start(plan_of(studio))
    finish(studio, batch_id)
    return studio.batches.assets(batch_id)[0]


def test_a_picture_and_its_thumbnail_are_kept_by_browsers(
    client: TestClient, studio: Studio
) -> None:
    asset = picture(studio)
    full = client.get("/" + studio.gallery.file_url(asset).removeprefix("api/"))
    assert full.status_code == 200
    assert "immutable" in full.headers["cache-control"]
    assert full.headers["x-content-type-options"] == "nosniff"
    assert Image.open(BytesIO(full.content)).size == (64, 64)
    download = client.get("/" + studio.gallery.file_url(asset).removeprefix("api/") + "?download=1")
    assert "attachment" in download.headers["content-disposition"]
    thumbnail = client.get("/" + studio.gallery.thumbnail_url(asset).removeprefix("api/"))
    assert thumbnail.headers["content-type"] == "image/webp"


def test_a_lost_thumbnail_is_drawn_again(client: TestClient, studio: Studio) -> None:
    asset = picture(studio)
    studio.gallery.thumbnail(asset.sha256).unlink()
    url = "/" + studio.gallery.thumbnail_url(asset).removeprefix("api/")
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/files/a_nothing/x.png", "/v1/thumbs/abc.webp", f"/v1/thumbs/{'0' * 64}.webp"]
)
def test_what_is_not_there_is_a_plain_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["next_step"]


def test_health(client: TestClient) -> None:
    assert client.get("/v1/health").json()["status"] == "ok"


@pytest.mark.parametrize("password", ["s3same"])
class TestWithPassword:
    """The same rule as for the pages."""

    def test_nothing_is_shown_without_it(self, client: TestClient, studio: Studio) -> None:
        asset = picture(studio)
        for url in (studio.gallery.file_url(asset), studio.gallery.thumbnail_url(asset)):
            assert client.get("/" + url.removeprefix("api/")).status_code == 401

    def test_signing_in_opens_the_routes_and_signing_out_closes_them(
        self, client: TestClient, studio: Studio
    ) -> None:
        url = "/" + studio.gallery.thumbnail_url(picture(studio)).removeprefix("api/")
        assert client.post("/auth/login", json={"password": "wrong"}).status_code == 401
        assert client.post("/auth/login", json={"password": "s3same"}).status_code == 204
        assert client.get(url).status_code == 200
        client.post("/auth/logout")
        assert client.get(url).status_code == 401

    def test_a_token_opens_them_too(self, client: TestClient, studio: Studio) -> None:
        url = "/" + studio.gallery.thumbnail_url(picture(studio)).removeprefix("api/")
        for token, status in (("t0ken", 200), ("other", 401)):
            answer = client.get(url, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status

    def test_another_site_cannot_sign_in(self, client: TestClient) -> None:
        answer = client.post(
            "/auth/login", json={"password": "s3same"}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 401

    def test_guessing_is_slowed_down(self, client: TestClient) -> None:
        for _ in range(10):
            client.post("/auth/login", json={"password": "guess"})
        answer = client.post("/auth/login", json={"password": "s3same"})
        assert "Too many tries" in answer.json()["detail"]

    def test_a_forged_or_expired_cookie_is_refused(self, studio: Studio) -> None:
        good = studio.access.open_session("s3same")
        assert studio.access.valid_session(good)
        expires, _, signature = good.partition(".")
        assert not studio.access.valid_session(f"{int(expires) + 1}.{signature}")
        assert not studio.access.valid_session(f"1.{signature}")
        assert not studio.access.valid_session("é.é")
        assert not studio.access.valid_session(None)
