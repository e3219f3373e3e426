"""The providers' side of the simulation: what arrived, what was made, and what was charged."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from io import BytesIO
from random import Random

from PIL import Image

from studio.models import Call
from tests.simulation.ticking import SimulatedLoop

CENT = 10_000
SETTLE = 120.0
LONGEST_WAY = 5.0
"""Seconds that a request can be on its way."""
TROUBLES = (
    "drop", "unsent", "busy", "unavailable", "bad_key", "no_funds", "lost_answer", "stall",
    "slow", "fail", "fail_charged", "refuse", "no_picture", "file_gone", "file_late", "odd_cost",
    "odd_price", "forget", "look_fails", "look_stalls", "find_fails", "find_stalls",
    "bill_fails", "untold",
)  # fmt: skip
"""Everything that can go wrong on the way to a provider and there."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one simulated provider behaves."""

    id: str
    price: int
    synchronous: bool = False
    lists: bool = False
    """It can look up a request whose answer was lost."""
    bills: bool = False
    charges_refusals: bool = False
    urls: bool = False
    """Its pictures lie at addresses; otherwise they come as bytes."""
    stops: bool = False
    """It takes back work that has not begun."""


MANNERS = (
    Manner("queue", 4 * CENT, lists=True, bills=True, urls=True, stops=True),
    Manner("blind", 3 * CENT),
    Manner("direct", 2 * CENT, synchronous=True),
    Manner("strict", 5 * CENT, lists=True, bills=True, charges_refusals=True, urls=True),
    Manner("frugal", 1 * CENT, lists=True, stops=True),
)


@dataclass(slots=True)
class Work:
    """One accepted request."""

    number: int
    manner: Manner
    job_id: str
    attempt: int
    accepted: float
    listed: float
    begins: float
    ends: float
    outcome: str
    price: int
    told: int | None
    """The cost that comes with the result; ``None`` is not told."""
    billed_at: float
    seed: int = 0
    bad_file: bool = False
    gone_at: float = float("inf")
    late_until: float = 0.0
    stopped: bool = False
    forgotten: bool = False

    @property
    def remote_id(self) -> str:
        """The provider's own id of it."""
        return f"{self.manner.id}-{self.number}"

    @property
    def charge(self) -> int:
        """What is charged once it has ended."""
        if self.stopped:
            return 0
        if self.outcome == "refuse":
            return self.price if self.manner.charges_refusals else 0
        return self.price if self.outcome in {"made", "fail_charged"} else 0

    @property
    def is_made(self) -> bool:
        """Whether there is a picture that was charged."""
        return self.outcome == "made" and not self.stopped


@dataclass(slots=True)
class Answered:
    """What a request met: a trouble's name, or the work that it became."""

    trouble: str = ""
    work: Work | None = None
    retry_after: float | None = None


@dataclass
class World:
    """All providers together. It outlives every simulated process."""

    loop: SimulatedLoop
    rng: Random
    rates: dict[str, float] = field(default_factory=dict)
    works: list[Work] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    consents: set[tuple[str, int]] = field(default_factory=set)
    """Attempts that a person gave up, knowing that they may have been charged."""
    disk_is_full: bool = False
    note: Callable[[str], None] = lambda text: None
    notify: Callable[[Work], None] = lambda work: None
    """Called when a provider sends a notification about a work."""

    def strikes(self, trouble: str) -> bool:
        """Whether a trouble happens now."""
        rate = self.rates.get(trouble, 0.0)
        return rate > 0 and self.rng.random() < rate

    def between(self, low: float, high: float) -> float:
        """A random number of seconds."""
        return self.rng.uniform(low, high)

    def send(self, manner: Manner, call: Call) -> asyncio.Future[Answered]:
        """A request leaves; from here on it arrives whatever becomes of its sender."""
        answer: asyncio.Future[Answered] = self.loop.create_future()
        if self.strikes("unsent"):
            self._answer(answer, Answered("unsent"), 0.1)
        elif self.strikes("drop"):
            self._answer(answer, Answered("lost_answer"), self.between(0.1, 60))
        else:
            way = LONGEST_WAY if self.strikes("slow") else 0.2
            self._later(self.between(0.01, way), lambda: self._arrive(manner, call, answer))
        return answer

    def of_job(self, job_id: str) -> list[Work]:
        """What was accepted for a job, oldest first."""
        return [work for work in self.works if work.job_id == job_id]

    def by_id(self, remote_id: str) -> Work:
        """The work of that id."""
        return next(work for work in self.works if work.remote_id == remote_id)

    def bill(self) -> int:
        """What all that has ended was charged."""
        return sum(work.charge for work in self.works if work.ends <= self.loop.time())

    def _arrive(self, manner: Manner, call: Call, answer: asyncio.Future[Answered]) -> None:
        for trouble in ("busy", "unavailable", "bad_key", "no_funds"):
            if self.strikes(trouble):
                asked = self.rng.choice([None, 1.0, 20.0]) if trouble == "busy" else None
                self._answer(answer, Answered(trouble, retry_after=asked), 0.05)
                return
        work = self._accept(manner, call)
        back = self.between(0.01, 0.3)
        if manner.synchronous:
            back += work.ends - self.loop.time()
        if self.strikes("stall"):
            return
        if self.strikes("lost_answer"):
            self._answer(answer, Answered("lost_answer"), self.between(0.1, 30))
        else:
            self._answer(answer, Answered(work=work), back)

    def _accept(self, manner: Manner, call: Call) -> Work:
        self._is_allowed(call)
        now = self.loop.time()
        begins = now + self.between(0.0, 60.0 if self.strikes("slow") else 1.0)
        ends = begins + self.between(0.5, 400.0 if self.strikes("slow") else 4.0)
        outcome = next(
            (name for name in ("refuse", "fail", "fail_charged") if self.strikes(name)), "made"
        )
        price = manner.price
        if manner.bills and self.strikes("odd_price"):
            price = int(price * self.rng.choice([0.5, 1.5]))
        told: int | None = price
        if self.strikes("odd_cost"):
            told = self.rng.choice([-5 * CENT, 10**12])
        elif price != manner.price or (manner.bills and self.strikes("untold")):
            told = None
        work = Work(
            number=len(self.works), manner=manner, job_id=call.job_id, attempt=call.attempt,
            accepted=now, listed=now + self.between(0.0, SETTLE / 2), begins=begins, ends=ends,
            outcome=outcome, price=price, told=told, billed_at=ends + self.between(0.0, SETTLE),
            seed=call.seed,
        )  # fmt: skip
        if manner.urls:
            self._trouble_of_file(work)
        work.forgotten = not manner.synchronous and self.strikes("forget")
        self.works.append(work)
        self._send_notices(work)
        self.note(f"accepted {work.remote_id} {call.job_id}/{call.attempt}: {outcome} {price}")
        return work

    def _send_notices(self, work: Work) -> None:
        """Tell of the acceptance and of the end: never, once, or several times."""
        for moment in (work.accepted, work.ends):
            for _ in range(self.rng.choice([0, 0, 1, 1, 2])):
                late = moment - work.accepted + self.between(0.0, 20.0)
                self._later(late, lambda: self.notify(work))

    def _trouble_of_file(self, work: Work) -> None:
        work.bad_file = self.strikes("no_picture")
        if self.strikes("file_gone"):
            work.gone_at = work.ends
        if self.strikes("file_late"):
            work.late_until = work.ends + self.between(1.0, 200.0)

    def _is_allowed(self, call: Call) -> None:
        """One accepted request for each attempt, and no other while an older one may count."""
        for old in self.of_job(call.job_id):
            if old.attempt == call.attempt:
                self.violations.append(f"{call.job_id}/{call.attempt} was accepted twice")
            elif (
                (old.charge or self.loop.time() < old.ends)
                and not old.stopped
                and ((old.job_id, old.attempt) not in self.consents)
            ):
                self.violations.append(
                    f"{call.job_id}/{call.attempt} was sent although attempt {old.attempt} "
                    f"({old.remote_id}, {old.outcome}) was accepted and nobody asked for it"
                )

    def _answer(self, answer: asyncio.Future[Answered], told: Answered, seconds: float) -> None:
        def tell() -> None:
            if not answer.done():
                answer.set_result(told)

        self._later(seconds, tell)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self.loop.call_later(seconds, what, context=Context())


def picture_of(work: Work) -> bytes:
    """The picture of one piece of work; its colour says whose it is."""
    if work.bad_file:
        return b"<html>no picture</html>"
    out = BytesIO()
    Image.new("RGB", (16, 16), color_of(work)).save(out, "PNG")
    return out.getvalue()


def color_of(work: Work) -> tuple[int, int, int]:
    """The colour that only this work has."""
    return (work.number % 256, work.number // 256, 128)
