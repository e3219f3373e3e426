"""Batches for the faces: start, watch, pause, resume, cancel, try again."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence

from studio.container import starting
from studio.container.caps import check_cap
from studio.container.requeue import TRY_AGAIN, count_as_spent, is_loss, requeue, write_off
from studio.container.standing import cancel_report, status_of
from studio.db import Tx, assets, batches, events, followups, jobs
from studio.engine import Engine, Parts
from studio.engine.parts import end_batch_if_finished
from studio.errors import Conflict
from studio.models import (
    Asset,
    BatchState,
    BatchStatus,
    CancelReport,
    Event,
    Job,
    JobState,
    Micros,
    PauseReason,
    Place,
    Plan,
)
from studio.models.standing import still_moves


class Batches:
    """Starts and steers batches. Every call returns at once; the engine does the work."""

    def __init__(self, parts: Parts, engine: Engine) -> None:
        self._parts = parts
        self._engine = engine

    def start(self, plan: Plan) -> str:
        """Store the planned jobs and let the engine begin; returns the batch id.

        Raises:
            Conflict: there is nothing to make.
            KeyMissing: a planned model's provider has no key.
        """
        if not plan.specs and plan.batch_id is None:
            raise Conflict("There is nothing to make.", "Add at least one row with a prompt.")
        check_cap(self._parts, "batch", plan.options.settings.budget)
        starting.need_keys(self._parts, plan)
        batch_id = self._parts.store.write(lambda tx: starting.store(tx, self._parts, plan))
        self._go_on(batch_id)
        return batch_id

    def status(self, batch_id: str) -> BatchStatus:
        """Counts, money and time of one batch, now.

        Raises:
            NotFound: there is no such batch.
        """
        now = self._parts.now()
        found = self._parts.store.read(lambda tx: status_of(tx, batches.get(tx, batch_id), now))
        return self._parts.refusals.shown_in(found)

    def list(self, limit: int = 50) -> list[BatchStatus]:
        """The newest batches."""
        now = self._parts.now()
        found = self._parts.store.read(
            lambda tx: [status_of(tx, batch, now) for batch in batches.newest(tx, limit)]
        )
        return [self._parts.refusals.shown_in(status) for status in found]

    def latest(self) -> str | None:
        """The id of the newest batch."""
        found = self._parts.store.read(lambda tx: batches.newest(tx, 1))
        return found[0].id if found else None

    def jobs(
        self,
        batch_id: str,
        states: Collection[JobState] | None = None,
        limit: int = 1000,
        offset: int = 0,
    ) -> Sequence[Job]:
        """Jobs of a batch in the order of the file."""
        return self._parts.store.read(lambda tx: jobs.of_batch(tx, batch_id, states, limit, offset))

    def job(self, job_id: str) -> Job:
        """One job."""
        return self._parts.store.read(lambda tx: jobs.get(tx, job_id))

    def assets(self, batch_id: str, limit: int = 200) -> Sequence[Asset]:
        """Pictures of a batch, newest first."""
        return self._parts.store.read(lambda tx: assets.of_batch(tx, batch_id, limit))

    def events(self, batch_id: str, after: int = 0, limit: int = 500) -> Sequence[Event]:
        """What happened in a batch after an event."""
        return self._parts.store.read(lambda tx: events.of_batch(tx, batch_id, after, limit))

    def pause(self, batch_id: str) -> None:
        """Send nothing more; what is in flight finishes."""
        self._move(batch_id, BatchState.PAUSED, PauseReason.USER)

    def resume(self, batch_id: str) -> None:
        """Go on with a paused, interrupted or canceled batch; what was canceled waits again."""

        def work(tx: Tx) -> None:
            batch = batches.get(tx, batch_id)
            if batch.state is BatchState.CANCELED:
                canceled = jobs.of_batch(tx, batch_id, [JobState.CANCELED], limit=-1)
                free = [job for job in canceled if not is_loss(job)]
                requeue(tx, self._parts, batch_id, free)
                batch = batches.get(tx, batch_id)
            if batch.state is not BatchState.DONE:
                batches.move(tx, batch_id, BatchState.RUNNING, self._parts.now())
                end_batch_if_finished(tx, batch_id, self._parts.now())

        self._parts.store.write(work)
        self._go_on(batch_id)

    def set_budget(self, batch_id: str, budget: Micros | None) -> None:
        """Set or lift the batch's cap, in micro-dollars.

        Raises:
            BadParameter: it is not above 0, or above what this installation allows.
        """
        check_cap(self._parts, "batch", budget)

        def work(tx: Tx) -> None:
            settings = batches.get(tx, batch_id).settings
            batches.update_settings(tx, batch_id, settings.model_copy(update={"budget": budget}))

        self._parts.store.write(work)
        self._parts.changes.notify(batch_id)

    def cancel_preview(self, batch_id: str) -> CancelReport:
        """What cancelling now would mean for money."""
        return self._parts.store.read(lambda tx: cancel_report(tx, batch_id))

    def cancel(self, batch_id: str) -> CancelReport:
        """Send nothing more and drop what waits; what is in flight finishes and is kept."""

        def work(tx: Tx) -> CancelReport:
            report = cancel_report(tx, batch_id)
            at = self._parts.now()
            batches.move(tx, batch_id, BatchState.CANCELED, at)
            jobs.cancel_queued(tx, batch_id, at)
            return report

        report = self._parts.store.write(work)
        self._go_on(batch_id)
        return report

    def prioritise(self, batch_id: str, place: Place) -> None:
        """Serve a batch before, with or after all others that are not over.

        Raises:
            Conflict: the batch is over.
            NotFound: there is no such batch.
        """

        def work(tx: Tx) -> None:
            low, high = batches.span_of_priorities(tx, without=batch_id)
            chosen = {Place.FIRST: high + 1, Place.NORMAL: 0, Place.LAST: low - 1}[place]
            batches.set_priority(tx, batch_id, chosen, self._parts.now())

        self._parts.store.write(work)
        self._parts.changes.notify(batch_id)
        self._engine.wake()

    def retry(self, batch_id: str) -> int:
        """Put failed, refused and canceled jobs back into the queue; returns how many.

        What was charged without a picture, or perhaps so, stays: it may still be fetched, and to
        make it again costs again. That is decided one by one: :meth:`retry_job`.
        """

        def work(tx: Tx) -> int:
            ended = jobs.of_batch(tx, batch_id, TRY_AGAIN, limit=-1)
            again = [job for job in ended if not is_loss(job)]
            requeue(tx, self._parts, batch_id, again)
            return len(again)

        count = self._parts.store.write(work)
        self._go_on(batch_id)
        return count

    def retry_job(self, job_id: str) -> None:
        """Try one ended or unknown job again. An unknown one may then be charged a second time:
        only a person who was told so may ask for it. In a paused batch it waits with the others.

        Raises:
            NotFound: there is no such job.
            Conflict: it is still being made, or is done.
        """

        def work(tx: Tx) -> str:
            job = jobs.get(tx, job_id)
            if job.state not in {JobState.UNKNOWN, *TRY_AGAIN}:
                raise Conflict(
                    f"This picture is {job.state.value!r}: there is nothing to try again.",
                    "Look at how it stands now.",
                )
            if job.state is JobState.UNKNOWN:
                count_as_spent(tx, self._parts, job)
            requeue(tx, self._parts, job.batch_id, [job])
            return job.batch_id

        self._go_on(self._parts.store.write(work))

    def write_off(self, job_id: str) -> None:
        """End an unknown job: what was set aside for it counts as spent; or take note of a loss.

        Raises:
            NotFound, Conflict: there is no such job, or nothing about it is open.
        """
        batch_id = self._parts.store.write(lambda tx: write_off(tx, self._parts, job_id))
        self._parts.changes.notify(batch_id)
        self._engine.wake()  # a decision about one picture is no word to go on with others

    def wait(self, batch_id: str, timeout: float) -> BatchStatus:
        """The status after the next change, or after ``timeout`` seconds without one."""
        seen = self._parts.changes.version(batch_id)
        status = self.status(batch_id)
        if not still_moves(status):
            return status
        self._parts.changes.wait(batch_id, seen, timeout)
        return self.status(batch_id)

    def settle_up(self, seconds: float) -> bool:
        """Let what is due after jobs happen now, such as questions to bills, for at most so long.

        Returns:
            Whether nothing is due any more.
        """
        waiting, end = threading.Event(), time.monotonic() + seconds
        while self._parts.store.read(lambda tx: followups.due_bills(tx, self._parts.now(), 1)):
            self._engine.start()
            if time.monotonic() > end:
                return False
            waiting.wait(0.05)
        return True

    def _move(self, batch_id: str, state: BatchState, reason: PauseReason | None = None) -> None:
        at = self._parts.now()
        self._parts.store.write(lambda tx: batches.move(tx, batch_id, state, at, reason=reason))
        self._parts.changes.notify(batch_id)
        self._engine.wake()

    def _go_on(self, batch_id: str) -> None:
        """Something about a batch was decided: tell everybody, and let the engine look."""
        self._parts.changes.notify(batch_id)
        self._engine.own(batch_id)
