"""Run as a process of its own by the kill tests: works until it hangs at a chosen point.

Usage: ``python -m tests.flows.killed_studio POINT BILL``; prints the batch id, then ``hanging``.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.models import Call, CannotTell, Finished, NotThere, Running
from studio.providers import Context
from tests.fakes import FakeProvider
from tests.studio_fixture import open_with, plan_of

HANGING_JOBS = 2


class BilledProvider(FakeProvider):
    """Writes its bill to a file, and knows what it accepted, as a hosted provider does."""

    def __init__(self, bill: Path, point: str = "") -> None:
        super().__init__()
        self._path = bill
        self._point = point
        self.hanging = threading.Semaphore(0)

    @property
    def accepted(self) -> list[str]:
        """Ids of the jobs that were accepted, one per charge."""
        return self._path.read_text(encoding="utf-8").split() if self._path.exists() else []

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        await self._hang_at("before_send", call.job_id)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{call.job_id}\n")
        await self._hang_at("after_send", call.job_id)
        return Running(ref={"job": call.job_id})

    async def check(self, ref: Mapping[str, Any], ctx: Context) -> Running | Finished:
        await self._hang_at("while_running", ref["job"])
        return self.picture()

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        found = call.job_id in self.accepted
        return Running(ref={"job": call.job_id}) if found else NotThere()

    async def _hang_at(self, point: str, job_id: str) -> None:
        if point == self._point:
            self.hanging.release()
            await asyncio.Event().wait()


def main(point: str, bill: str) -> None:
    """Start a batch and hang."""
    fake = BilledProvider(Path(bill), point)
    studio = open_with(fake)
    if point == "while_fetching":
        put = studio.parts.storage.put

        def hang_on_pictures(key: str, data: bytes) -> Path:
            path = put(key, data)
            if key.startswith("pictures/"):
                fake.hanging.release()
                threading.Event().wait()
            return path

        studio.parts.storage.put = hang_on_pictures  # type: ignore[method-assign]
    batch_id = studio.batches.start(plan_of(studio, 6))
    print(batch_id, flush=True)
    for _ in range(HANGING_JOBS):
        fake.hanging.acquire()
    print("hanging", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:3])
