"""What holds for every route of ours: it is described, and it is guarded unless named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from studio.api import create_api
from studio.container import close_runtime
from studio.container.process import slot
from tests.studio_fixture import open_with

OPEN = {
    "/v1/health": "monitors have no password; it tells the version and nothing else",
    "/auth/login": "this is the door",
    "/auth/logout": "forgetting a cookie needs no right",
    "/webhooks/{provider}": "providers know no password: the address and the signature let in",
}


@dataclass(frozen=True)
class Route:
    """One way to call us, as our own description lists it."""

    path: str
    method: str
    description: str
    tags: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ROUTES = [
    Route(path, method.upper(), told.get("description", ""), tuple(told.get("tags", ())))
    for path, methods in create_api().openapi()["paths"].items()
    for method, told in methods.items()
]
every_route = pytest.mark.parametrize("route", ROUTES, ids=str)


@pytest.fixture
def client() -> Iterator[TestClient]:
    slot().studio = open_with(studio_password="s3same", studio_api_token="t0ken")
    with TestClient(create_api()) as client:
        yield client
    close_runtime()


def test_there_are_routes_and_no_stale_exceptions() -> None:
    assert set(OPEN) <= {route.path for route in ROUTES}
    assert len(ROUTES) > len(OPEN)


@every_route
def test_a_route_is_described(route: Route) -> None:
    assert route.description
    assert route.tags


@every_route
def test_a_route_refuses_strangers(route: Route, client: TestClient) -> None:
    if route.path in OPEN:
        return
    answer = client.request(route.method, re.sub(r"\{[^}]+\}", "x", route.path))
    assert answer.status_code == 401
    assert answer.json()["code"] == "access_denied"


@every_route
def test_a_route_that_changes_something_refuses_other_sites(
    route: Route, client: TestClient
) -> None:
    if route.method == "GET":
        return
    answer = client.request(
        route.method,
        re.sub(r"\{[^}]+\}", "x", route.path),
        json={"password": "s3same"},
        headers={"Origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 401
