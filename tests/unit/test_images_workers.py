"""The pool of workers: bounded, honest about cancelling, and whole when closed."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest

from studio.errors import BadPicture, Conflict
from studio.images import Workers

WAIT = 10
"""Seconds until a test that hangs gives up; never waited for when all is well."""


class Gate:
    """Work that begins, says so, and ends only when it is let through."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()

    def work(self, number: int = 0) -> int:
        self.begun.release()
        assert self.open.wait(WAIT)
        return number

    async def wait_for(self, count: int) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.begun.acquire, timeout=WAIT)


async def turns() -> None:
    """Let every ready task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_arguments_results_errors_and_context_pass_through() -> None:
    batch = contextvars.ContextVar("batch", default="none")

    def fail() -> None:
        raise BadPicture("Broken.", "Mend it.")

    async def walk() -> None:
        batch.set("b_1")
        assert await workers.run(divmod, 17, 5) == (3, 2)
        assert await workers.run(int, "ff", base=16) == 255
        assert await workers.run(batch.get) == "b_1"
        assert await workers.run(threading.get_ident) != threading.get_ident()
        with pytest.raises(BadPicture, match="Broken"):
            await workers.run(fail)

    workers = Workers(1)
    with asyncio.Runner() as runner:
        runner.run(walk())
    workers.close()


def test_a_full_backlog_makes_the_next_caller_wait() -> None:
    async def walk() -> None:
        gate = Gate()
        tasks = [asyncio.create_task(workers.run(gate.work, number)) for number in range(10)]
        await gate.wait_for(2)
        await turns()
        admitted = 2 + workers._pool._work_queue.qsize()
        assert admitted == 4  # two running, two queued, six callers held back
        assert not any(task.done() for task in tasks)
        gate.open.set()
        assert [await task for task in tasks] == list(range(10))

    workers = Workers(2, backlog=4)
    with asyncio.Runner() as runner:
        runner.run(walk())
    workers.close()


def test_cancelling_drops_queued_work_and_gives_its_place_on() -> None:
    async def walk() -> None:
        gate = Gate()
        running = asyncio.create_task(workers.run(gate.work, 1))
        await gate.wait_for(1)
        queued = asyncio.create_task(workers.run(gate.work, 2))
        await turns()
        behind = asyncio.create_task(workers.run(gate.work, 3))
        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
        gate.open.set()
        assert (await running, await behind) == (1, 3)
        assert gate.begun.acquire(timeout=WAIT)
        assert not gate.begun.acquire(blocking=False)  # the cancelled work never began

    workers = Workers(1, backlog=2)
    with asyncio.Runner() as runner:
        runner.run(walk())
    workers.close()


def test_begun_work_holds_its_place_though_its_caller_left() -> None:
    async def walk() -> None:
        gate = Gate()
        first = asyncio.create_task(workers.run(gate.work, 1))
        await gate.wait_for(1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        second = asyncio.create_task(workers.run(gate.work, 2))
        await turns()
        assert workers._room.locked()
        gate.open.set()
        assert await second == 2

    workers = Workers(1, backlog=1)
    with asyncio.Runner() as runner:
        runner.run(walk())
    workers.close()


def test_closing_waits_for_running_work_and_refuses_the_rest() -> None:
    async def walk() -> None:
        gate = Gate()
        running = asyncio.create_task(workers.run(gate.work, 1))
        await gate.wait_for(1)
        queued = asyncio.create_task(workers.run(gate.work, 2))
        await turns()
        waiting = asyncio.create_task(workers.run(gate.work, 3))
        await turns()
        closing = asyncio.create_task(asyncio.to_thread(workers.close))
        for refused in (queued, waiting):
            with pytest.raises(Conflict, match="shutting down"):
                await refused
        assert not closing.done()
        gate.open.set()
        assert await running == 1
        await closing
        with pytest.raises(Conflict, match="shutting down"):
            await workers.run(gate.work)

    workers = Workers(1, backlog=2)
    with asyncio.Runner() as runner:
        runner.run(walk())
    workers.close()


def test_there_is_a_worker_per_processor_and_room_for_each() -> None:
    workers = Workers(backlog=1)
    assert workers.count >= 1
    assert workers._room._value == workers.count
    workers.close()
