"""fal's platform and storage: the account, prices, schemas and uploads."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from studio.errors import UnknownModel, Unreachable
from studio.models import AccountState, FaultKind, Price
from studio.providers._base import Context
from studio.providers.fal import Fal
from tests.wire.fal_desk import KEY, PLATFORM, REST, Answer, Desk, a_call, flat

BILLING, PRICING = f"{PLATFORM}/account/billing", f"{PLATFORM}/models/pricing"
MODELS = f"{PLATFORM}/models"
TOKEN, INITIATE = f"{REST}/storage/auth/token", f"{REST}/storage/upload/initiate"
CDN = "https://v3b.fal.media"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def problem(status: int, kind: str = "authorization_error") -> httpx.Response:
    """An error in the platform's shape."""
    return httpx.Response(status, json={"error": {"type": kind, "message": "Not for you"}})


def credit(amount: object, currency: str = "USD") -> httpx.Response:
    """The balance of an account."""
    told = {"current_balance": amount, "currency": currency}
    return httpx.Response(200, json={"username": "me", "credits": told})


def priced(*entries: tuple[str, object, str, str]) -> httpx.Response:
    """Prices of models."""
    names = ("endpoint_id", "unit_price", "unit", "currency")
    body = {"prices": [dict(zip(names, entry, strict=True)) for entry in entries]}
    return httpx.Response(200, json=body | {"has_more": False, "next_cursor": None})


S = AccountState
STANDINGS: list[tuple[Answer, Answer, AccountState, int | None]] = [
    (credit(12.5), problem(500), S.READY, 12_500_000),
    (credit(0), problem(500), S.NO_FUNDS, 0),
    (credit(-1.25), problem(500), S.NO_FUNDS, -1_250_000),
    (credit(3, "EUR"), problem(500), S.READY, None),
    (credit("lots"), problem(500), S.READY, None),
    (problem(401), problem(500), S.BAD_KEY, None),
    (problem(403), priced(("fal-ai/flux/dev", 0.025, "images", "USD")), S.READY, None),
    (problem(403), problem(404, "not_found"), S.READY, None),
    (problem(403), problem(401), S.BAD_KEY, None),
    (problem(403), problem(403), S.READY, None),
    (problem(403), httpx.ConnectError("away"), S.UNREACHABLE, None),
    (httpx.Response(403, json=flat("User is locked")), problem(500), S.NO_FUNDS, None),
    (httpx.ConnectTimeout("slow"), problem(500), S.UNREACHABLE, None),
    (problem(500, "server_error"), problem(500), S.UNREACHABLE, None),
    (httpx.Response(200, text="hello"), problem(500), S.UNREACHABLE, None),
]


@pytest.mark.parametrize(("billing", "pricing", "state", "balance"), STANDINGS, ids=repr)
def test_how_the_account_stands(
    billing: Answer, pricing: Answer, state: AccountState, balance: int | None
) -> None:
    desk = Desk().on("GET", BILLING, billing).on("GET", PRICING, pricing)
    account = desk.run(lambda fal, ctx: fal.account(ctx))
    assert (account.state, account.balance, account.provider) == (state, balance, "fal")
    assert account.message.endswith(".")
    assert account.fix or account.balance
    assert KEY not in account.model_dump_json()
    assert desk.seen[0].url.params["expand"] == "credits"


@pytest.mark.parametrize(("key", "state"), [(None, S.NO_KEY), (" ", S.NO_KEY), ("a b", S.BAD_KEY)])
def test_an_account_without_a_key(key: str | None, state: AccountState) -> None:
    desk = Desk(key=key)
    account = desk.run(lambda fal, ctx: fal.account(ctx))
    assert account.state is state
    assert "fal.ai/dashboard/keys" in account.fix
    assert desk.seen == []


def prices(desk: Desk, *names: str) -> dict[str, Price]:
    """Live prices."""
    return desk.run(lambda fal, ctx: fal.prices(names, ctx))


def test_prices_name_their_unit_source_and_day() -> None:
    answer = priced(
        ("a/1", 0.025, "images", "USD"),
        ("a/2", "0.003", "Megapixels", "USD"),
        ("a/3", 0.1, "per second", "USD"),
        ("a/4", 1, "images", "EUR"),
        ("a/5", None, "images", "USD"),
        ("a/9", 1, "images", "USD"),
    )
    desk = Desk().on("GET", PRICING, answer)
    told = prices(desk, "a/1", "a/2", "a/3", "a/4", "a/5")
    assert {name: (price.unit, price.expected) for name, price in told.items()} == {
        "a/1": ("image", 25_000), "a/2": ("megapixel", 3_000), "a/3": ("second", 100_000),
    }  # fmt: skip
    assert told["a/1"].low == told["a/1"].high == 25_000
    assert told["a/1"].source == "fal pricing API"
    assert told["a/1"].as_of == desk.clock.at.date()
    asked = desk.seen[0].url.params.get_list("endpoint_id")
    assert asked == ["a/1", "a/2", "a/3", "a/4", "a/5"]


def test_prices_are_asked_for_fifty_at_a_time_and_page_on() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        names = request.url.params.get_list("endpoint_id")
        if len(names) > 50:
            return problem(400, "validation_error")
        half = names[20:] if "cursor" in request.url.params else names[:20]
        body = priced(*((name, 1, "images", "USD") for name in half)).json()
        more = "cursor" not in request.url.params
        return httpx.Response(200, json=body | {"has_more": more, "next_cursor": "2"})

    desk = Desk().on("GET", PRICING, answer)
    names = [f"a/{number}" for number in range(70)]
    assert list(prices(desk, *names, "a/0")) == names


def test_one_unknown_model_does_not_hide_the_others() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        names = request.url.params.get_list("endpoint_id")
        if "a/none" in names:
            return problem(404, "not_found")
        return priced(*((name, 1, "images", "USD") for name in names))

    desk = Desk().on("GET", PRICING, answer)
    assert set(prices(desk, "a/1", "a/none", "a/2")) == {"a/1", "a/2"}


@pytest.mark.parametrize(
    "answer", [httpx.ReadError("cut"), problem(500), problem(429), problem(403), problem(401)]
)
def test_prices_that_cannot_be_asked_for(answer: Answer) -> None:
    with pytest.raises(Unreachable):
        prices(Desk().on("GET", PRICING, answer), "a/1")


def test_a_schema_needs_no_key() -> None:
    document = {"openapi": "3.0.4", "paths": {}}
    metadata = {"display_name": "FLUX.1 [dev]", "description": "Twelve\nbillion"}
    body = {"models": [{"endpoint_id": "a/1", "metadata": metadata, "openapi": document}]}
    desk = Desk(key=None).on("GET", MODELS, httpx.Response(200, json=body))
    schema = desk.run(lambda fal, ctx: fal.schema("a/1", ctx))
    assert schema is not None
    assert (schema.document, schema.label, schema.description) == (
        document, "FLUX.1 [dev]", "Twelve billion",
    )  # fmt: skip
    [request] = desk.seen
    assert request.url.params.multi_items() == [("endpoint_id", "a/1"), ("expand", "openapi-3.0")]
    assert "authorization" not in request.headers


@pytest.mark.parametrize("answer", [httpx.Response(200, json={"models": []}), problem(404)])
def test_a_model_that_fal_does_not_have(answer: httpx.Response) -> None:
    with pytest.raises(UnknownModel, match="a/1"):
        Desk().on("GET", MODELS, answer).run(lambda fal, ctx: fal.schema("a/1", ctx))


@pytest.mark.parametrize("answer", [httpx.ConnectError("away"), problem(503), problem(401)])
def test_a_schema_that_cannot_be_asked_for(answer: Answer) -> None:
    with pytest.raises(Unreachable):
        Desk().on("GET", MODELS, answer).run(lambda fal, ctx: fal.schema("a/1", ctx))


def test_a_model_without_a_document() -> None:
    body = {"models": [{"endpoint_id": "a/1", "openapi": {"error": {"code": "x"}}}]}
    desk = Desk().on("GET", MODELS, httpx.Response(200, json=body))
    assert desk.run(lambda fal, ctx: fal.schema("a/1", ctx)) is None


def store(desk: Desk, base: str = CDN) -> Desk:
    """Uploads work the usual way."""
    grant = {"token": "t0k", "token_type": "Bearer", "base_url": base, "expires_at": "2026-12-01"}
    desk.on("POST", TOKEN, httpx.Response(200, json=grant))
    return desk.on(
        "POST", f"{base}/files/upload", httpx.Response(200, json={"access_url": f"{base}/f.png"})
    )


def test_a_picture_is_uploaded_once_with_a_token_and_never_with_the_key() -> None:
    desk = store(Desk())

    async def three(fal: Fal, ctx: Context) -> list[list[str]]:
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(fal.prepare(a_call(references=(PNG, PNG)), ctx)) for _ in range(3)
            ]
        return [call.result().prepared["images"] for call in calls]

    assert desk.run(three) == [[f"{CDN}/f.png"] * 2] * 3
    [asked, put] = desk.seen
    assert str(asked.url) == f"{TOKEN}?storage_type=fal-cdn-v3"
    assert (asked.content, asked.headers["authorization"]) == (b"{}", f"Key {KEY}")
    assert (put.content, put.headers["authorization"]) == (PNG, "Bearer t0k")
    assert put.headers["content-type"] == "image/png"
    assert put.headers["x-fal-file-name"] == "picture.png"


@pytest.mark.parametrize("base", ["https://evil.example", "http://v3.fal.media"])
def test_the_other_way_is_taken_where_the_first_fails(base: str) -> None:
    desk = store(Desk(), base)
    bucket = "https://storage.googleapis.com/b/u?sig=1"
    told = {"upload_url": bucket, "file_url": "https://v3.fal.media/g.webp"}
    desk.on("POST", INITIATE, httpx.Response(200, json=told))
    desk.on("PUT", bucket.partition("?")[0], httpx.Response(200))
    webp = b"RIFF0000WEBPVP8 "
    call = desk.run(lambda fal, ctx: fal.prepare(a_call(references=(webp,)), ctx))
    assert call.prepared == {"images": ["https://v3.fal.media/g.webp"]}
    assert desk.sent("POST", base) == []
    [wish] = desk.sent("POST", INITIATE)
    assert wish.content == b'{"file_name":"picture.webp","content_type":"image/webp"}'
    [put] = desk.sent("PUT")
    assert (put.content, put.headers["content-type"]) == (webp, "image/webp")
    assert "authorization" not in put.headers


K = FaultKind


@pytest.mark.parametrize(
    ("answer", "kind", "retry"),
    [
        (httpx.ReadError("cut"), K.UNAVAILABLE, True),
        (httpx.Response(500, text="oops"), K.UNAVAILABLE, True),
        (httpx.Response(200, text="oops"), K.UNAVAILABLE, True),
        (httpx.Response(429, json={}), K.RATE_LIMITED, True),
        (httpx.Response(401, json=flat("No user")), K.BAD_KEY, False),
        (httpx.Response(403, json=flat("User is locked")), K.NO_FUNDS, False),
        (httpx.Response(413, text="large"), K.BAD_REQUEST, False),
    ],
)
def test_an_upload_that_fails_costs_nothing(answer: Answer, kind: FaultKind, retry: bool) -> None:
    desk = Desk().on("POST", TOKEN, answer).on("POST", INITIATE, answer)
    fault = desk.fault(lambda fal, ctx: fal.prepare(a_call(references=(PNG,)), ctx))
    assert (fault.kind, fault.retry, fault.charged) == (kind, retry, "no")
    assert not fault.looking


def test_without_pictures_nothing_is_asked() -> None:
    desk = Desk(key=None)
    assert desk.run(lambda fal, ctx: fal.prepare(a_call(), ctx)) == a_call()
    assert desk.seen == []
