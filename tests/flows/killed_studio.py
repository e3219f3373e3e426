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


class AnswersAtOnce(BilledProvider):
    """Answers with the picture itself and keeps no list: a lost answer could not be looked up."""

    async def submit(self, call: Call, ctx: Context) -> Running | Finished:
        await super().submit(call, ctx)
        return self.picture()

    async def find(self, call: Call, ctx: Context) -> Running | Finished | NotThere | CannotTell:
        return CannotTell(known="It keeps no list.")


AFTER_FILE = {
    "while_fetching": ("pictures/", ""),
    "after_spool": ("spool/", ".json"),
}
"""Point → beginning and end of the stored file's key after which the process hangs."""


def provider_at(point: str, bill: Path) -> BilledProvider:
    """The provider that a point is about."""
    kind = AnswersAtOnce if point == "after_spool" else BilledProvider
    return kind(bill, point)


def main(point: str, bill: str) -> None:
    """Start a batch and hang."""
    fake = provider_at(point, Path(bill))
    studio = open_with(fake)
    if point in AFTER_FILE:
        put, (begins, ends) = studio.parts.storage.put, AFTER_FILE[point]

        def hang_after_file(key: str, data: bytes) -> Path:
            path = put(key, data)
            if key.startswith(begins) and key.endswith(ends):
                fake.hanging.release()
                threading.Event().wait()
            return path

        studio.parts.storage.put = hang_after_file  # type: ignore[method-assign]
    batch_id = studio.batches.start(plan_of(studio, 6))
    print(batch_id, flush=True)
    # what is neither noted nor on any list is honestly unknown, so here all in flight must be noted
    for _ in range(fake.concurrency if point == "after_spool" else HANGING_JOBS):
        fake.hanging.acquire()
    print("hanging", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:3])
