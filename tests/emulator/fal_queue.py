"""The queue of the emulated fal: who waits, who runs, who is done, by the clock of the world.

Nothing runs in the background: whoever looks at the queue first lets everything happen that is due.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from tests.emulator.bill import Accepted, Charge, cost, fingerprint
from tests.emulator.fal_account import FalAccount
from tests.emulator.fal_endpoints import FalEndpoints
from tests.emulator.fal_prices import FalPrices
from tests.emulator.fal_request import FalRequest, State
from tests.emulator.fal_run import cancelled, run, start_missed
from tests.emulator.fal_webhooks import FalWebhooks

if TYPE_CHECKING:
    from tests.emulator.world import World

CancelAnswer = Literal["OK", "CANCELLATION_REQUESTED", "ALREADY_COMPLETED", "NOT_FOUND"]


class Fal:
    """The emulated fal: its account, models, prices, queue and webhooks."""

    def __init__(self, world: World, account: FalAccount, seed: int | str) -> None:
        self.account = account
        self.endpoints = FalEndpoints()
        self.prices = FalPrices()
        self.webhooks = FalWebhooks(world, seed)
        self.queue = FalQueue(world, self, seed)
        self.uploads = 0
        """Files that were uploaded."""

    def reset(self) -> None:
        """Forget every request; settings and prices stay."""
        self.queue.reset()
        self.webhooks.reset()
        self.uploads = 0


class FalQueue:
    """Requests in the order in which they were accepted."""

    def __init__(self, world: World, fal: Fal, seed: int | str) -> None:
        self.requests: dict[str, FalRequest] = {}
        self._open: dict[str, FalRequest] = {}
        self._world = world
        self._fal = fal
        self._seed = seed
        self._held = False
        self._accepted = 0

    # what a test sets and reads ---------------------------------------------------------------

    def hold(self) -> None:
        """From now on no run ends by itself, only by :meth:`release`."""
        with self._world.lock:
            self.settle()
            self._held = True

    def resume(self) -> None:
        """Runs end by themselves again."""
        with self._world.lock:
            self._held = False
            self.settle()

    def release(self, count: int = 1) -> int:
        """Let the ``count`` longest-running requests end now; returns how many there were."""
        with self._world.lock:
            for done in range(count):
                self.settle()
                running = self.in_state(State.RUNNING)
                if not running:
                    return done
                self._end(min(running, key=lambda item: item.number), self._world.clock.now())
                self.settle()
            return count

    def in_state(self, state: State) -> list[FalRequest]:
        """The requests that are queued, running, done or cancelled now."""
        some = self._open if state in {State.QUEUED, State.RUNNING} else self.requests
        return [item for item in some.values() if item.state is state]

    @property
    def waiting(self) -> int:
        """How many are queued now."""
        with self._world.lock:
            self.settle()
            return len(self.in_state(State.QUEUED))

    @property
    def running(self) -> int:
        """How many run now."""
        with self._world.lock:
            self.settle()
            return len(self.in_state(State.RUNNING))

    @property
    def done(self) -> int:
        """How many have ended, however they ended."""
        with self._world.lock:
            self.settle()
            return len(self.requests) - len(self._open)

    def position(self, request: FalRequest) -> int:
        """How many queued requests are served before this one."""
        return sum(_turn(item) < _turn(request) for item in self.in_state(State.QUEUED))

    # what the routes do -----------------------------------------------------------------------

    def accept(
        self,
        endpoint: str,
        body: Mapping[str, Any],
        *,
        low: bool = False,
        start_timeout: float | None = None,
        webhook: str | None = None,
        direct: bool = False,
    ) -> FalRequest:
        """Take a request on: from here on it will cost money, whoever hears of it."""
        self._accepted += 1
        now, number = self._world.clock.now(), self._accepted
        chance = random.Random(f"{self._seed}:{number}")  # noqa: S311  (repeatable on purpose)
        request = FalRequest(
            id=_uuid(chance), gateway_id=_uuid(chance), number=number, endpoint=endpoint,
            body=dict(body), fingerprint=fingerprint(endpoint, body), sent_at=now, low=low,
            start_before=None if start_timeout is None else now + start_timeout,
            webhook=webhook, direct=direct,
        )  # fmt: skip
        request.run_trouble = self._world.trouble.draw(
            "run", endpoint=endpoint, prompt=request.prompt, key=request.fingerprint
        )
        seed = body.get("seed")
        self.requests[request.id] = self._open[request.id] = request
        known = seed if isinstance(seed, int) else None
        self._world.bill.accept(
            Accepted("fal", request.id, endpoint, request.fingerprint, known, request.prompt, now)
        )
        self.settle()
        self._world.note()
        return request

    def cancel(self, request_id: str) -> CancelAnswer:
        """Remove what waits; ask what runs to stop, which most models do not heed (§1.9)."""
        self.settle()
        request = self.find(request_id)
        if request is None:
            return "NOT_FOUND"
        if request.ended_at is not None:
            return "ALREADY_COMPLETED"
        now = self._world.clock.now()
        if request.state is State.QUEUED:
            self._close(request, State.CANCELLED, now)
            return "OK"
        request.cancel_asked = True
        if self._fal.account.honours_cancel:
            self._close(request, State.CANCELLED, now)
        return "CANCELLATION_REQUESTED"

    def find(self, request_id: str) -> FalRequest | None:
        """A request that is still known: results are kept for an hour, large ones 6 minutes."""
        request = self.requests.get(request_id)
        if request is None or request.ended_at is None:
            return request
        account = self._fal.account
        large = request.outcome is not None and len(str(request.outcome.body)) >= (
            account.large_bytes
        )
        kept = account.large_retention_seconds if large else account.retention_seconds
        return request if self._world.clock.now() < request.ended_at + kept else None

    def settle(self) -> None:
        """Let everything happen that is due by now, in its order."""
        with self._world.lock:
            now = self._world.clock.now()
            self._start(now)
            while (due := self._next(now)) is not None:
                request, at = due
                if request.state is State.RUNNING:
                    self._end(request, at)
                else:
                    request.outcome = start_missed()
                    self._close(request, State.DONE, at)
                self._start(at)

    def reset(self) -> None:
        """Forget every request; ids go on, so that none is given out twice."""
        self.requests.clear()
        self._open.clear()
        self._held = False

    # ------------------------------------------------------------------------------------------

    def _next(self, now: float) -> tuple[FalRequest, float] | None:
        due = [
            (at, item.number, item)
            for item in self._open.values()
            if (at := self._due(item)) <= now
        ]
        if not due:
            return None
        at, _, request = min(due)
        return request, at

    def _due(self, request: FalRequest) -> float:
        if request.state is State.RUNNING:
            return inf if self._held or request.finish_at is None else request.finish_at
        return inf if request.start_before is None else request.start_before

    def _start(self, at: float) -> None:
        free = self._fal.account.runners - len(self.in_state(State.RUNNING))
        for request in sorted(self.in_state(State.QUEUED), key=_turn)[: max(0, free)]:
            rule = request.run_trouble
            seconds: float | None = self._fal.account.seconds
            if rule is not None and rule.kind == "slow":
                seconds = rule.seconds
            request.state = State.RUNNING
            request.started_at = max(at, request.sent_at)
            request.finish_at = None if seconds is None else request.started_at + seconds

    def _end(self, request: FalRequest, at: float) -> None:
        outcome = request.outcome = run(self._world, request)
        if outcome.units:
            price = self._fal.prices[request.endpoint].unit_price
            amount = cost(outcome.units, price)
            kind = "cancelled" if request.cancel_asked else outcome.charged_as
            self._world.bill.charge(
                Charge("fal", request.id, request.endpoint, outcome.units, price, amount, at, kind)
            )
            if self._fal.account.balance is not None:
                self._fal.account.balance -= amount
        self._close(request, State.DONE, at)

    def _close(self, request: FalRequest, state: State, at: float) -> None:
        request.state, request.ended_at = state, at
        del self._open[request.id]
        if state is State.CANCELLED:
            request.outcome = cancelled(self._fal.account.cancelled_status)
        elif request.webhook is not None:
            self._fal.webhooks.enqueue(request)
        self._world.note()


def _turn(request: FalRequest) -> tuple[bool, int]:
    return (request.low, request.number)


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
