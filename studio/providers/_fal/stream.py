"""Listening to the status of a request as a stream of events, for a bounded time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx

from studio.providers._fal.queue import State, read_state
from studio.providers._fal.wire import Wire

MOST_PENDING = 256 * 1024
"""Most bytes of one event."""


async def listen(wire: Wire, url: str, seconds: float, before: State | None = None) -> State | None:
    """The first state that is news, or the last one told when the time is up.

    News is another place in the queue, a start, or the end. ``None`` means that the stream was of
    no use. Canceling it closes the connection.

    Args:
        before: What was known so far; without it the first event is no news.
    """
    last = before
    heard = False
    try:
        async with asyncio.timeout(seconds), wire.stream(url, seconds + 1.0) as response:
            if response.status_code not in {200, 202}:
                return None
            async for state in _states(response, wire):
                news = last is not None and state != last
                last, heard = state, True
                if news or state.ended:
                    return state
    except TimeoutError:
        return last if heard else None
    except httpx.HTTPError:
        return None
    return None  # it ended without an end: the next look is an ordinary one


async def _states(response: httpx.Response, wire: Wire) -> AsyncIterator[State]:
    pending = ""
    async for part in response.aiter_text():
        pending = (pending + part).replace("\r\n", "\n")
        *events, pending = pending.split("\n\n")
        for event in events:
            state = _state_of(wire.hidden(event))
            if state is not None:
                yield state
        if len(pending) > MOST_PENDING:
            return


def _state_of(event: str) -> State | None:
    lines = [line[5:].strip() for line in event.split("\n") if line.startswith("data:")]
    try:
        body = json.loads("\n".join(lines)) if lines else None
    except (ValueError, RecursionError):
        return None
    return read_state(body) if isinstance(body, dict) else None
