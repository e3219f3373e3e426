"""``studio doctor``, ``models`` and ``schema``: what is known unasked, and what asking tells."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from studio import container
from studio.cli import screen
from studio.providers import discover
from tests.flows.cli_desk import Desk, Outcome, desk_in
from tests.flows.keyed import EMPTY, GOOD, NAME, WRONG, Moved

TITLE = "Doctor's test picture"


@pytest.fixture
def paid() -> Moved:
    return Moved()


@pytest.fixture
def desk(paid: Moved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A command line that knows the free generators and one that is paid."""
    free = {name: each for name, each in discover().items() if not each.key_env}
    opened = partial(container.open_studio, providers={**free, paid.id: paid})
    with desk_in(tmp_path, monkeypatch) as made:
        monkeypatch.setattr(container, "open_studio", opened)
        yield made


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A place that takes connections, as the paid provider's address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = int(server.getsockname()[1])
        monkeypatch.setenv("PAID_BASE", f"http://127.0.0.1:{found}/v1/")
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield found


def finding(outcome: Outcome, name: str) -> dict[str, Any]:
    """The finding of that name."""
    checks = {check["name"]: check for check in outcome.document["checks"]}
    found: dict[str, Any] = checks[name]
    return found


def titles(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows("select title, model from batches order by model")


def test_without_live_nobody_is_asked(
    desk: Desk, paid: Moved, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    monkeypatch.setattr(socket, "create_connection", None)
    outcome = desk.studio("doctor", "--json")
    assert outcome.code == 0
    assert paid.asked == []
    assert titles(desk) == []
    assert finding(outcome, "Paid pictures")["message"].startswith("Key set, not checked yet")


def test_addresses_that_were_moved_are_shown(desk: Desk, port: int) -> None:
    plain, document = desk.studio("doctor").out, desk.studio("doctor", "--json").document
    assert f"http://127.0.0.1:{port}/v1" in plain
    assert "https://queue.paid.example" in plain
    keys = {key["provider"]: key for key in document["keys"]}
    assert keys["paid"]["addresses"][0]["url"] == f"http://127.0.0.1:{port}/v1"


def test_a_login_in_an_address_is_not_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAID_BASE", "https://me:h1dden@proxy.example/v1")
    outcome = desk.studio("doctor", "--json")
    assert "https://proxy.example/v1" in outcome.out
    assert "h1dden" not in outcome.out + outcome.err + desk.studio("doctor").out


def test_live_looks_at_everything_and_makes_the_agreed_picture(
    desk: Desk, paid: Moved, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    outcome = desk.studio("doctor", "--live", "--yes", "--json")
    assert outcome.code == 0
    assert outcome.document["healthy"] is True
    assert finding(outcome, "Paid pictures")["message"].startswith("Ready · balance $12.30")
    assert "is reachable on port" in finding(outcome, "Paid pictures: queue address")["message"]
    price = finding(outcome, "Paid pictures: price")["message"]
    assert "Cheap model: $0.01; price list of tests" in price
    assert "$0.01 charged" in finding(outcome, "Paid pictures: test picture")["message"]
    assert "free" in finding(outcome, "Sketch: test picture")["message"]
    assert titles(desk) == [(TITLE, "paid:one"), (TITLE, "sketch:default")]
    assert desk.rows("select count(*) from assets") == [(2,)]
    assert paid.made == [GOOD]
    accounts = {each["provider"]: each for each in outcome.document["accounts"]}
    assert accounts["paid"]["balance_usd"] == 12.3
    assert GOOD not in outcome.out + outcome.err


def test_a_paid_picture_needs_a_word(
    desk: Desk, paid: Moved, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    outcome = desk.studio("doctor", "--live", "--json")
    assert outcome.code == 0
    told = finding(outcome, "Paid pictures: test picture")
    assert told["verdict"] == "warning"
    assert "for $0.01" in told["message"]
    assert "--yes" in told["fix"]
    assert (paid.made, titles(desk)) == ([], [(TITLE, "sketch:default")])


@pytest.mark.usefixtures("port")
@pytest.mark.parametrize(("answer", "made"), [("y", 1), ("n", 0)])
def test_at_a_terminal_the_price_is_asked(
    answer: str, made: int, desk: Desk, paid: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    monkeypatch.setattr(screen, "can_ask", lambda: True)
    outcome = desk.studio("doctor", "--live", "--provider", "paid", answer=f"{answer}\n")
    assert "Make one test picture with Paid pictures for $0.01?" in outcome.err
    assert len(paid.made) == made
    assert len(titles(desk)) == made


def test_no_picture_is_made_when_none_is_wanted(desk: Desk, paid: Moved) -> None:
    outcome = desk.studio("doctor", "--live", "--no-picture", "--yes", "--json")
    assert outcome.code == 0
    assert titles(desk) == []
    assert paid.asked == [], "without a key there is nothing to ask"
    assert finding(outcome, "Paid pictures")["verdict"] == "warning"


@pytest.mark.usefixtures("port")
@pytest.mark.parametrize(("key", "words"), [(WRONG, "Key refused"), (EMPTY, "Account empty")])
def test_a_refused_account_is_exit_code_four(
    key: str, words: str, desk: Desk, paid: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, key)
    outcome = desk.studio("doctor", "--live", "--yes", "--json")
    assert outcome.code == 4
    assert outcome.document["healthy"] is False
    assert finding(outcome, "Paid pictures")["message"].startswith(words)
    assert paid.made == []
    assert key not in outcome.out + outcome.err


def test_an_account_that_refuses_only_the_picture_leaves_nothing_waiting(
    desk: Desk, paid: Moved, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, WRONG)
    monkeypatch.setattr(Moved, "account", _always_ready)
    outcome = desk.studio("doctor", "--live", "--provider", "paid", "--yes", "--json")
    assert outcome.code == 4
    assert finding(outcome, "Paid pictures: test picture")["verdict"] == "error"
    assert desk.rows("select state from batches") == [("canceled",)]
    assert desk.rows("select count(*) from jobs where state = 'queued'") == [(0,)]


def test_a_dead_address_is_exit_code_one(
    desk: Desk, paid: Moved, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        dead = gone.getsockname()[1]
    monkeypatch.setenv("PAID_BASE", f"http://127.0.0.1:{dead}")
    paid.offline = True
    outcome = desk.studio("doctor", "--live", "--json", "--provider", "paid")
    assert outcome.code == 1
    assert "refuses connections" in finding(outcome, "Paid pictures: queue address")["message"]
    assert finding(outcome, "Paid pictures")["message"].startswith("Not reachable")


def test_a_key_that_would_travel_readable_is_a_warning(
    desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)
    monkeypatch.setenv("PAID_BASE", "http://proxy.example")
    here, connect = ("127.0.0.1", port), socket.create_connection
    monkeypatch.setattr(socket, "create_connection", lambda place, timeout: connect(here, timeout))
    outcome = desk.studio("doctor", "--live", "--no-picture", "--json", "--provider", "paid")
    told = finding(outcome, "Paid pictures: queue address")
    assert (outcome.code, told["verdict"]) == (0, "warning")
    assert "PAID_BASE" in told["fix"]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "is not found"),
        (TimeoutError("timed out"), "does not answer on port"),
        (ssl.SSLCertVerificationError("self-signed"), "No safe connection"),
    ],
)
def test_what_is_in_the_way_is_named(
    trouble: OSError, said: str, desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, GOOD)

    def fails(place: tuple[str, int], timeout: float) -> socket.socket:
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(socket, "create_connection", fails)
        outcome = desk.studio("doctor", "--live", "--no-picture", "--json")
    assert outcome.code == 1
    assert said in finding(outcome, "Paid pictures: queue address")["message"]


def test_encryption_is_tried_where_it_is_promised(
    desk: Desk, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes connections and speaks no TLS is no place for a key."""
    monkeypatch.setenv(NAME, GOOD)
    monkeypatch.setenv("PAID_BASE", f"https://127.0.0.1:{port}")
    monkeypatch.setattr("studio.container.reach.REACH_SECONDS", 0.3)
    outcome = desk.studio("doctor", "--live", "--no-picture", "--json")
    assert outcome.code == 1
    assert finding(outcome, "Paid pictures: queue address")["verdict"] == "error"


def test_a_provider_nobody_knows_is_bad_input(desk: Desk) -> None:
    outcome = desk.studio("doctor", "--provider", "nobody", "--json")
    assert outcome.code == 2
    assert "paid" in outcome.document["error"]["next_step"]


def test_models_say_price_source_and_readiness(desk: Desk) -> None:
    cards = {card["id"]: card for card in desk.studio("models", "--json").document["models"]}
    assert cards["paid:one"]["ready"] is False
    assert cards["paid:one"]["price_usd"]["source"] == "price list of tests"
    assert cards["paid:odd"]["price_usd"] is None
    plain = desk.studio("models").out
    assert "price list of tests" in plain
    assert "price unknown" in plain
    assert "needs a key" in plain


def test_a_schema_shows_every_input(desk: Desk) -> None:
    document = desk.studio("schema", "sketch:default", "--json").document
    assert document["model"] == "sketch:default"
    plain = desk.studio("schema", "sketch:default").out
    for field in document["params"]:
        assert field["name"] in plain
    assert "prompt" in plain


def test_a_schema_of_a_model_nobody_lists_is_asked_of_its_provider(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.studio("schema", "paid:unlisted", "--json").code == 4, "no key, nobody to ask"
    monkeypatch.setenv(NAME, GOOD)
    monkeypatch.setattr(Moved, "schema", _tells)
    document = desk.studio("schema", "paid:unlisted", "--json").document
    assert [field["name"] for field in document["params"]] == ["steps"]
    assert "1 to 50" in desk.studio("schema", "paid:unlisted").out
    assert desk.studio("schema", "nobody:x").code == 2


async def _always_ready(self: Moved, ctx: Any) -> Any:
    from studio.models import Account, AccountState

    return Account(provider=self.id, state=AccountState.READY, message="It says so.")


async def _tells(self: Moved, name: str, ctx: Any) -> Any:
    from studio.providers import ModelSchema

    steps = {"type": "integer", "minimum": 1, "maximum": 50, "default": 20}
    properties = {"prompt": {"type": "string"}, "steps": steps}
    return ModelSchema({"type": "object", "properties": properties, "required": ["prompt"]}, name)
