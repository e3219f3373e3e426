"""Lost and found for the faces: what may have been paid for and is missing, and what to do."""

from __future__ import annotations

import time
from concurrent.futures import Future
from datetime import datetime, timedelta

from studio.container.running import Batches
from studio.db import Tx, batches, followups, ledger, lost, searches
from studio.engine import Engine, Parts
from studio.engine.findings import NOT_LOST, is_lost
from studio.errors import Conflict, StudioError
from studio.models import Charged, Job, JobState
from studio.models.lost import Found, LookedAt, LostItem, LostKind, LostSummary, Reconciled

LATE_AFTER = timedelta(minutes=10)
"""A file that has been on its way for so long is worth telling."""
NAME = 60
"""Characters of a prompt that name a picture without a description."""
LOOK_SECONDS = 0.05


class LostAndFound:
    """Lists lost calls, looks for them, and carries out what a person decides about them."""

    def __init__(self, parts: Parts, engine: Engine, running: Batches) -> None:
        self._parts = parts
        self._engine = engine
        self._running = running

    def items(self, batch_id: str | None = None, limit: int = 500) -> list[LostItem]:
        """Unknown outcomes, files that are late, and what was charged for nothing; newest first.

        Args:
            limit: Most of each.
        """

        def look(tx: Tx) -> list[LostItem]:
            since = self._parts.now() - LATE_AFTER
            found = [(LostKind.UNKNOWN, job) for job in lost.unknown(tx, batch_id, limit)]
            found += [(LostKind.LATE, job) for job in lost.late(tx, since, batch_id, limit)]
            found += [(LostKind.PAID, job) for job in lost.charged(tx, batch_id, limit)]
            return [self._item(tx, kind, job) for kind, job in found]

        return self._parts.store.read(look)

    def summary(self, batch_id: str | None = None) -> LostSummary:
        """How many there are, and what is at stake."""

        def look(tx: Tx) -> LostSummary:
            since = self._parts.now() - LATE_AFTER
            return LostSummary(
                **lost.counts(tx, since, batch_id),
                held=lost.held(tx, batch_id),
                charged=lost.charged_sum(tx, batch_id),
            )

        return self._parts.store.read(look)

    def reconcile(self, batch_id: str | None = None, timeout: float = 60.0) -> Reconciled:
        """Look for every unknown outcome and every paid picture that is missing now, and ask the
        bills that are due.

        Args:
            timeout: Seconds after which what was not looked for yet is left for later.

        Raises:
            NotFound: there is no such batch.
        """
        if batch_id is not None:
            self._parts.store.read(lambda tx: batches.get(tx, batch_id))
        end = time.monotonic() + timeout
        wanted = self._parts.store.read(lambda tx: self._to_look_for(tx, batch_id))
        due = self._due_bills()
        asked = [(job_id, self._engine.ask(self._engine.search(job_id))) for job_id in wanted]
        looked = [self._answer(job_id, answer, end) for job_id, answer in asked]
        self._running.settle_up(max(0.0, end - time.monotonic()))
        left = self._due_bills()
        return Reconciled(
            looked=looked,
            bills_asked=max(0, due - left),
            bills_waiting=self._parts.store.read(followups.bills_pending),
        )

    def adopt(self, job_id: str, remote_id: str | None = None, timeout: float = 60.0) -> LookedAt:
        """Look for one lost call, and bring its picture home if the provider has it.

        Args:
            remote_id: The provider's id of the request, copied from its site.
            timeout: Seconds to wait for the picture; it comes later by itself.

        Raises:
            NotFound: there is no such job.
            Conflict: it is not lost, or the request belongs to another picture.
        """
        end = time.monotonic() + timeout
        job = self._running.job(job_id)
        if job.state in {JobState.REFUSED, JobState.CANCELED} and job.cost:
            raise Conflict(
                "It was charged and ended without a picture: there is none to bring home.",
                "Take note of it, or make it again.",
            )
        if not is_lost(job):
            raise Conflict(*NOT_LOST)
        answer = self._engine.ask(self._engine.search(job_id, remote_id and remote_id.strip()))
        looked = self._answer(job_id, answer, end, strict=True)
        if looked.found is not Found.BEING_MADE:
            return looked
        return self._once_home(job, looked, end)

    def retry(self, job_id: str) -> None:
        """Make it again. One of unknown outcome counts as spent first, and may be charged again.

        Raises:
            NotFound, Conflict: there is no such job, or it is not at rest.
        """
        self._running.retry_job(job_id)

    def write_off(self, job_id: str) -> None:
        """Settle the matter: what is set aside for an unknown outcome counts as spent; what was
        charged for nothing is taken note of.

        Raises:
            NotFound, Conflict: there is no such job, or nothing about it is open.
        """
        self._running.write_off(job_id)

    def _once_home(self, before: Job, looked: LookedAt, end: float) -> LookedAt:
        """Wait until what was found is in the gallery, or until there is no more time."""
        job_id = before.id
        while time.monotonic() < end:
            job = self._running.job(job_id)
            if job.state is JobState.DONE:
                told = "Its picture is in the gallery."
                return LookedAt(job_id=job_id, found=Found.IN_GALLERY, message=told)
            if (job.state, job.finished_at) == (before.state, before.finished_at):
                return looked
            if job.state in {JobState.FAILED, JobState.REFUSED, JobState.CANCELED}:
                told = job.fault.message if job.fault else "It ended without a picture."
                return LookedAt(job_id=job_id, found=Found.NOT_FOUND, message=told)
            self._parts.changes.wait(
                job.batch_id, self._parts.changes.version(job.batch_id), LOOK_SECONDS
            )
        return looked

    def _answer(
        self, job_id: str, answer: Future[LookedAt], end: float, *, strict: bool = False
    ) -> LookedAt:
        try:
            return answer.result(max(0.01, end - time.monotonic()))
        except TimeoutError:
            answer.cancel()
            told = "There was no answer in time. It is looked for again by itself."
            return LookedAt(job_id=job_id, found=Found.STILL_UNKNOWN, message=told)
        except StudioError as error:
            if strict:
                raise
            return LookedAt(job_id=job_id, found=Found.STILL_UNKNOWN, message=error.message)

    def _to_look_for(self, tx: Tx, batch_id: str | None) -> list[str]:
        paid = lost.charged(tx, batch_id, limit=-1)
        return [
            *searches.unknown_ids(tx, batch_id),
            *(job.id for job in paid if is_lost(job)),
        ]

    def _due_bills(self) -> int:
        return len(self._parts.store.read(lambda tx: followups.due_bills(tx, self._parts.now())))

    def _item(self, tx: Tx, kind: LostKind, job: Job) -> LostItem:
        provider = self._parts.providers.get(job.spec.request.model.partition(":")[0])
        fault, unknown = job.fault, kind is LostKind.UNKNOWN
        search = lost.search_of(tx, job) if unknown else None
        open_money = ledger.reserved_for(tx, job.id) if job.state.holds_reservation else job.cost
        hint = provider.explain(fault) if provider and fault else (fault.hint if fault else "")
        return LostItem(
            kind=kind,
            job_id=job.id,
            batch_id=job.batch_id,
            batch_title=batches.get(tx, job.batch_id).title,
            row=job.spec.row_number,
            name=job.spec.description or job.spec.request.prompt[:NAME],
            model=job.spec.request.model,
            provider=provider.label if provider else job.spec.request.model.partition(":")[0],
            amount=open_money or 0,
            charged=_charged(kind, job),
            known=fault.message if fault else _KNOWN[kind],
            hint=hint or _HINTS[kind],
            remote_id=_remote_id(self._parts, job),
            can_look=kind is not LostKind.LATE and is_lost(job),
            sent_at=job.started_at,
            looks=search[0].attempts if search else 0,
            next_look=_moment(search[1]) if search else None,
            kept_until=self._kept_until(tx, kind, job),
        )

    def _kept_until(self, tx: Tx, kind: LostKind, job: Job) -> datetime | None:
        """Counted from the earliest moment at which it can have ended."""
        provider = self._parts.providers.get(job.spec.request.model.partition(":")[0])
        if provider is None or provider.keeps_outputs is None:
            return None
        made = _moment(lost.last_event(tx, job.id, "job_fetching")) or job.started_at
        if kind is LostKind.UNKNOWN:
            made = job.started_at
        return None if made is None else made + timedelta(seconds=provider.keeps_outputs)


_KNOWN = {
    LostKind.UNKNOWN: "Nobody can tell whether the provider made it.",
    LostKind.LATE: "It is made, and its file is still being fetched.",
    LostKind.PAID: "It was charged, and there is no picture.",
}
_HINTS = {
    LostKind.UNKNOWN: "It is looked for by itself. Look again, make it again, or write it off.",
    LostKind.LATE: "It is fetched by itself as soon as the provider gives the file.",
    LostKind.PAID: "Look whether the provider still has it, make it again, or take note of it.",
}


def _charged(kind: LostKind, job: Job) -> Charged:
    if kind is LostKind.UNKNOWN:
        return Charged.MAYBE
    if kind is LostKind.LATE or job.fault is None or job.fault.charged is Charged.NO:
        return Charged.YES
    return job.fault.charged


def _remote_id(parts: Parts, job: Job) -> str | None:
    provider = parts.providers.get(job.spec.request.model.partition(":")[0])
    return provider.identity(job.remote) if provider and job.remote else None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
