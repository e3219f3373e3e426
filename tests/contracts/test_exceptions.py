"""Every error stands in the drawn tree, where the drawing says, with the codes that it says."""

from __future__ import annotations

import json
import re

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from studio import errors
from studio.api import create_api
from studio.errors import StudioError

LINE = re.compile(r"^(?P<branch>[│ ]*[├└]── )(?P<name>\w+)(?P<rest>.*)$")
CODES = re.compile(r"exit (\d+), HTTP (\d+)")


def descendants(kind: type[StudioError]) -> list[type[StudioError]]:
    return [child for sub in kind.__subclasses__() for child in (sub, *descendants(sub))]


ALL = sorted(
    (kind for kind in descendants(StudioError) if kind.__module__ == errors.__name__),
    key=lambda kind: kind.__name__,
)


def drawn() -> dict[str, tuple[str, tuple[int, int]]]:
    """Name → (name of the parent, (exit code, HTTP status)) as drawn."""
    above: list[tuple[str, tuple[int, int]]] = [("StudioError", (1, 500))]
    found = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := LINE.match(line.removeprefix("    ")):
            depth = len(match["branch"]) // 4
            parent, inherited = above[depth - 1]
            told = CODES.search(match["rest"])
            codes = (int(told[1]), int(told[2])) if told else inherited
            del above[depth:]
            above.append((match["name"], codes))
            found[match["name"]] = (parent, codes)
    return found


def test_the_drawing_is_the_truth() -> None:
    assert drawn() == {
        kind.__name__: (kind.__base__.__name__, (kind.exit_code, kind.http_status))
        for kind in ALL
        if kind.__base__ is not None
    }


def test_nothing_outside_the_tree_has_codes_of_its_own() -> None:
    """A room may carry more with an error, never mean something else by it."""
    for kind in descendants(StudioError):
        if kind.__module__ != errors.__name__ and kind.__module__.startswith("studio."):
            assert not {"code", "http_status", "exit_code"} & set(vars(kind)), kind.__name__


def test_codes_are_told_apart() -> None:
    codes = [kind.code for kind in ALL]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z_]+", code) for code in codes)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_an_error_says_what_happened_and_what_to_do(kind: type[StudioError]) -> None:
    error = kind("The file is empty.", "Add a row.")
    assert str(error) == "The file is empty. Add a row."
    assert kind.__doc__
    assert kind.exit_code in {1, 2, 3, 4}
    assert 400 <= kind.http_status < 600


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_the_api_answers_with_its_status(kind: type[StudioError]) -> None:
    api = create_api()

    def fail(request: Request) -> Response:
        raise kind("It did not work.", "Try another way.")

    api.add_route("/fail", fail)
    with TestClient(api) as client:
        answer = client.get("/fail")
    assert answer.status_code == kind.http_status
    assert answer.headers["content-type"] == "application/problem+json"
    body = json.loads(answer.text)
    assert (body["code"], body["next_step"]) == (kind.code, "Try another way.")
