"""The Sketch provider: it draws for free, and pretends trouble when it is told to."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.models import (
    Call,
    CannotTell,
    Charged,
    FaultKind,
    Finished,
    NotThere,
    PictureRequest,
    ProviderFault,
)
from studio.providers._base import Context, P, T
from studio.providers.sketch import SLOW_SECONDS, TROUBLES, Sketch, read_trouble
from tests.studio_fixture import QuickClock


class Here:
    """Runs what a worker would, at once."""

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)


def a_call(simulate: object = "", *, job_id: str = "job", attempt: int = 1) -> Call:
    """A small request."""
    request = PictureRequest(
        model="sketch:default",
        prompt="a fox",
        width=64,
        height=72,
        params={"simulate": simulate},
    )
    return Call(job_id=job_id, attempt=attempt, request=request, seed=5)


def submit(call: Call, clock: QuickClock | None = None) -> Finished:
    """What the provider answers."""
    with asyncio.Runner() as runner:
        answer = runner.run(Sketch().submit(call, Context(cpu=Here(), clock=clock or QuickClock())))
    assert isinstance(answer, Finished)
    return answer


def refusal(call: Call) -> ProviderFault:
    """The fault that it raises instead."""
    with pytest.raises(ProviderFault) as caught:
        submit(call)
    return caught.value


def test_a_picture_is_drawn_for_nothing() -> None:
    answer = submit(a_call())
    assert answer.usage is not None
    assert answer.usage.cost == 0
    data = answer.outputs[0].data
    assert data is not None
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (64, 72)
    assert submit(a_call()).outputs[0].data == data


@pytest.mark.parametrize(
    ("trouble", "kind", "retry", "charged"),
    [
        ("fail", FaultKind.UNAVAILABLE, False, Charged.NO),
        ("refuse", FaultKind.REFUSED, False, Charged.NO),
        ("busy", FaultKind.RATE_LIMITED, True, Charged.NO),
        ("lost", FaultKind.UNKNOWN_OUTCOME, False, Charged.MAYBE),
    ],
)
def test_each_trouble_looks_like_itself(
    trouble: str, kind: FaultKind, retry: bool, charged: Charged
) -> None:
    fault = refusal(a_call(trouble)).fault
    assert (fault.kind, fault.retry, fault.charged) == (kind, retry, charged)
    assert fault.message
    assert fault.hint


def test_busy_passes_at_the_second_attempt() -> None:
    assert submit(a_call("busy", attempt=2)).outputs


def test_slow_takes_its_time_and_then_draws() -> None:
    clock = QuickClock()
    assert submit(a_call("slow"), clock).outputs
    assert sum(clock.waited) == pytest.approx(SLOW_SECONDS)


def test_a_rate_strikes_some_jobs_and_always_the_same() -> None:
    def struck(number: int) -> bool:
        try:
            submit(a_call("fail:0.5", job_id=f"job-{number}"))
        except ProviderFault:
            return True
        return False

    first = [struck(number) for number in range(12)]
    assert first == [struck(number) for number in range(12)]
    assert 2 <= sum(first) <= 10


@pytest.mark.parametrize(("rate", "strikes"), [("0", False), ("1", True)])
def test_the_ends_of_a_rate_are_certain(rate: str, strikes: bool) -> None:
    if strikes:
        assert refusal(a_call(f"refuse:{rate}")).fault.kind is FaultKind.REFUSED
    else:
        assert submit(a_call(f"refuse:{rate}")).outputs


@pytest.mark.parametrize("text", ["explode", "fail:2", "fail:-0.1", "fail:much", "slow,boom:0.5"])
def test_trouble_that_means_nothing_is_said_so(text: str) -> None:
    fault = refusal(a_call(text)).fault
    assert fault.kind is FaultKind.BAD_REQUEST
    assert all(word in fault.hint for word in TROUBLES)


@given(
    st.dictionaries(
        st.sampled_from(TROUBLES), st.none() | st.floats(0, 1, allow_subnormal=False), max_size=5
    )
)
def test_trouble_reads_back_as_it_was_written(trouble: dict[str, float | None]) -> None:
    text = " , ".join(f"{k.upper()}:{v!r}" if v is not None else k for k, v in trouble.items())
    assert read_trouble({"simulate": text}) == trouble


def test_only_a_pretended_loss_stays_lost() -> None:
    async def ask(call: Call) -> object:
        return await Sketch().find(call, Context(cpu=Here()))

    with asyncio.Runner() as runner:
        assert isinstance(runner.run(ask(a_call("lost"))), CannotTell)
        assert isinstance(runner.run(ask(a_call())), NotThere)
