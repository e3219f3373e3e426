"""The fal adapter and the engine on real connections to an emulated fal, with its own bill."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from studio.models import (
    AccountState,
    Call,
    CannotTell,
    Charged,
    FaultKind,
    Finished,
    NotThere,
    ProviderFault,
    Running,
)
from studio.net import http_client
from studio.providers._base import Context
from studio.providers.fal import Fal
from tests.emulator import Served, serve
from tests.fakes import png
from tests.studio_fixture import QuickClock
from tests.wire.fal_desk import a_call, at_once

T = TypeVar("T")
FLUX = "fal:fal-ai/flux/dev"


@pytest.fixture
def served() -> Iterator[Served]:
    with serve() as emulator:
        yield emulator


def bases(served: Served) -> dict[str, str]:
    """Where the emulator stands in."""
    told = served.environment()
    return {name: told[f"FAL_{name.upper()}_BASE"] for name in ("queue", "platform", "rest")}


def run(served: Served, work: Callable[[Fal, Context], Coroutine[Any, Any, T]]) -> T:
    """Let an adapter do something at the emulator."""

    async def drive() -> T:
        async with http_client() as client:
            context = Context(
                cpu=at_once, http=client, secret=served.world.fal.account.key, bases=bases(served),
            )  # fmt: skip
            return await work(Fal(), context)

    with asyncio.Runner() as runner:
        return runner.run(drive())


async def make(fal: Fal, ctx: Context, call: Call) -> Finished:
    """From submit to result."""
    return await end_of(fal, ctx, await fal.submit(await fal.prepare(call, ctx), ctx), 5.0)


async def end_of(
    fal: Fal, ctx: Context, answer: Running | Finished, seconds: float = 0.02
) -> Finished:
    """Follow a request; it is only listened to in waits of a second and more."""
    async with asyncio.timeout(20):
        while isinstance(answer, Running):
            answer = await fal.wait(answer.ref, seconds, ctx)
    return answer


async def ended(fal: Fal, ctx: Context, call: Call) -> Finished:
    """From submit to the end, looking again where only the look failed."""
    running = await fal.submit(call, ctx)
    async with asyncio.timeout(20):
        while True:
            try:
                return await end_of(fal, ctx, running)
            except ProviderFault as problem:
                if not problem.fault.looking:
                    raise


def test_a_picture_with_its_cost(served: Served) -> None:
    async def work(fal: Fal, ctx: Context) -> bytes:
        answer = await make(fal, ctx, a_call())
        assert answer.usage.cost == served.world.bill.total == 25_000
        assert answer.usage.source == "1 megapixel told by fal × our price of $0.025"
        assert await fal.bill({"request_id": answer.usage.details["request_id"]}, ctx) == 25_000
        return (await ctx.client.get(answer.outputs[0].url or "")).content

    assert run(served, work).startswith(b"\xff\xd8")
    assert served.world.calls("GET", "/status/stream"), "it was listened to"
    assert len(served.world.calls("POST", "/queue/")) == 1


def test_a_picture_from_a_picture_is_uploaded_once(served: Served) -> None:
    model = "fal:fal-ai/flux/dev/image-to-image"
    call = a_call(model=model, body={"prompt": "a red boat", "strength": 0.5}, references=(png(),))

    async def work(fal: Fal, ctx: Context) -> None:
        await make(fal, ctx, call)
        await make(fal, ctx, call.model_copy(update={"job_id": "j_2"}))

    run(served, work)
    assert served.world.fal.uploads == 1
    served.world.trouble.add("upload_fails", path="/cdn/")
    run(served, work)
    assert served.world.calls("PUT", "/storage/")


def test_a_place_in_line_that_changes_is_told_at_once(served: Served) -> None:
    served.world.fal.account.runners = 1
    served.world.fal.queue.hold()

    async def work(fal: Fal, ctx: Context) -> list[int | None]:
        calls = [a_call(seed=number + 1) for number in range(3)]
        answers = [await fal.submit(call, ctx) for call in calls]
        last = answers[-1]
        assert isinstance(last, Running)
        seen = [last.queue_position]
        for _ in range(2):
            heard = asyncio.create_task(fal.wait(last.ref, 20.0, ctx))
            served.world.fal.queue.release()
            told = await heard
            assert isinstance(told, Running)
            seen.append(told.queue_position)
        return seen

    assert run(served, work) == [1, 0, None]


def _streams(served: Served) -> int:
    return len(served.world.calls("GET", "/status/stream"))


def test_listening_can_be_stopped_at_any_moment(served: Served) -> None:
    served.world.fal.queue.hold()

    async def work(fal: Fal, ctx: Context) -> None:
        running = await fal.submit(a_call(), ctx)
        assert isinstance(running, Running)
        assert isinstance(await fal.check(running.ref, ctx), Running)
        waits = [asyncio.create_task(fal.wait(running.ref, 60.0, ctx)) for _ in range(9)]
        await asyncio.to_thread(served.world.wait_until, lambda: _streams(served) == 6)
        assert fal._streams == 6, "the others do not listen"
        for wait in waits:
            wait.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait(waits)
        assert fal._streams == 0
        assert isinstance(await fal.check(running.ref, ctx), Running)

    run(served, work)


TROUBLES: list[tuple[str, dict[str, Any], FaultKind, Charged]] = [
    ("drop", {}, FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE),
    ("lost_answer", {}, FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE),
    ("gateway", {"accepted": True}, FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE),
    ("broken", {}, FaultKind.UNKNOWN_OUTCOME, Charged.MAYBE),
    ("busy", {"retry_after": 3}, FaultKind.RATE_LIMITED, Charged.NO),
    ("unavailable", {}, FaultKind.UNAVAILABLE, Charged.NO),
    ("wrong_key", {}, FaultKind.BAD_KEY, Charged.NO),
    ("exhausted", {}, FaultKind.NO_FUNDS, Charged.NO),
    ("refuse", {"billed": True}, FaultKind.REFUSED, Charged.YES),
    ("refuse", {"billed": False, "units_header": True}, FaultKind.REFUSED, Charged.NO),
    ("refuse", {"billed": True, "units_header": False}, FaultKind.REFUSED, Charged.YES),
    ("refuse", {}, FaultKind.REFUSED, Charged.MAYBE),
    ("black", {}, FaultKind.REFUSED, Charged.YES),
    ("fail", {"error_type": "runner_disconnected"}, FaultKind.UNAVAILABLE, Charged.NO),
    ("fail", {"error_type": "request_timeout"}, FaultKind.UNAVAILABLE, Charged.NO),
    ("expired", {}, FaultKind.LOST, Charged.YES),
]


@pytest.mark.parametrize(("kind", "options", "becomes", "charged"), TROUBLES)
def test_trouble_becomes_its_fault(
    served: Served, kind: str, options: dict[str, Any], becomes: FaultKind, charged: Charged
) -> None:
    served.world.trouble.add(kind, **options)
    served.world.fal.account.keeps_payloads = False  # or else an expired one is still found
    with pytest.raises(ProviderFault) as caught:
        run(served, lambda fal, ctx: ended(fal, ctx, a_call()))
    fault = caught.value.fault
    assert (fault.kind, fault.charged, bool(fault.looking)) == (becomes, charged, False)
    billed = served.world.bill.total
    if charged is Charged.NO:
        assert billed == 0
    if charged is Charged.YES:
        assert fault.cost == billed == 25_000


@pytest.mark.parametrize("kind", ["status_fails", "status_drop", "result_fails"])
def test_a_failed_look_is_looked_again(served: Served, kind: str) -> None:
    served.world.trouble.add(kind, times=1)

    async def work(fal: Fal, ctx: Context) -> Finished:
        running = await fal.submit(a_call(), ctx)
        assert isinstance(running, Running)
        with pytest.raises(ProviderFault) as caught:
            await end_of(fal, ctx, running)
        assert caught.value.fault.looking
        return await end_of(fal, ctx, running)

    assert run(served, work).usage.cost == 25_000


def test_a_lost_answer_is_found_by_its_input(served: Served) -> None:
    served.world.trouble.add("lost_answer", times=1)
    call = a_call(sent_at=datetime.now(UTC))

    async def work(fal: Fal, ctx: Context) -> None:
        with pytest.raises(ProviderFault):
            await fal.submit(call, ctx)
        found = await fal.find(call, ctx)
        assert isinstance(found, Running)
        other = await fal.find(call.model_copy(update={"seed": 5}), ctx)
        assert isinstance(other, CannotTell)
        never = call.model_copy(update={"seed": 5, "job_id": "j_2"})
        late = dataclasses.replace(ctx, settle_seconds=0.0)
        silent = await fal.find(never, late)
        assert isinstance(silent, CannotTell), "nothing later had its turn"
        assert silent.ask_again
        served.world.clock.advance(3)
        moved = QuickClock()
        moved.skip(3)
        later = a_call(sent_at=moved.now(), job_id="j_3", seed=6)
        late = dataclasses.replace(late, clock=moved)
        await make(fal, late, later)
        assert await fal.find(never, late) == NotThere()
        await end_of(fal, ctx, found)
        served.world.fal.account.platform_rights = False
        hidden = await fal.find(call, ctx)
        assert isinstance(hidden, CannotTell)
        assert not hidden.ask_again

    run(served, work)
    assert served.world.bill.duplicates == {}


def test_an_expired_result_is_still_in_the_list(served: Served) -> None:
    served.world.trouble.add("expired")
    answer = run(served, lambda fal, ctx: ended(fal, ctx, a_call()))
    assert answer.usage.cost == served.world.bill.total == 25_000


def test_an_hour_later_the_picture_is_found_in_the_list(served: Served) -> None:
    call = a_call(sent_at=datetime.now(UTC))

    async def work(fal: Fal, ctx: Context) -> None:
        await make(fal, ctx, call)
        served.world.clock.advance(4000)
        clock = QuickClock()
        clock.skip(4000)
        later = dataclasses.replace(ctx, clock=clock)
        found = await fal.find(call, later)
        assert isinstance(found, Finished)
        assert found.usage.cost == 25_000

    run(served, work)


def test_cancel(served: Served) -> None:
    served.world.fal.account.runners = 1
    served.world.fal.queue.hold()

    async def work(fal: Fal, ctx: Context) -> list[bool]:
        first, second = [await fal.submit(a_call(seed=n), ctx) for n in (1, 2)]
        assert isinstance(first, Running)
        assert isinstance(second, Running)
        return [await fal.cancel(item.ref, ctx) for item in (second, first, second)]

    assert run(served, work) == [False, True, True]


def test_account_prices_and_schema(served: Served) -> None:
    async def work(fal: Fal, ctx: Context) -> None:
        account = await fal.account(ctx)
        assert (account.state, account.balance) == (AccountState.READY, 100_000_000)
        prices = await fal.prices(["fal-ai/flux/schnell", "no/such", "fal-ai/nano-banana-2"], ctx)
        assert {name: price.unit for name, price in prices.items()} == {
            "fal-ai/flux/schnell": "megapixel", "fal-ai/nano-banana-2": "image",
        }  # fmt: skip
        schema = await fal.schema("fal-ai/flux/dev", ctx)
        assert schema is not None
        assert "paths" in schema.document
        wrong = await fal.account(dataclasses.replace(ctx, secret="wrong:key"))
        assert wrong.state is AccountState.BAD_KEY
        served.world.fal.account.balance = 0
        assert (await fal.account(ctx)).state is AccountState.NO_FUNDS

    run(served, work)
