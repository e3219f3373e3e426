"""A lost and found that says what a test tells it to, and keeps what it was asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from studio.container import Studio
from studio.container.lost import LostAndFound
from studio.container.process import slot
from studio.errors import StudioError
from studio.models import Charged, Job
from studio.models.lost import Found, LookedAt, LostItem, LostKind, LostSummary, Reconciled

AMOUNTS = {LostKind.UNKNOWN: 25_000, LostKind.PAID: 50_000, LostKind.LATE: 10_000}
CHARGED = {
    LostKind.UNKNOWN: Charged.MAYBE,
    LostKind.PAID: Charged.YES,
    LostKind.LATE: Charged.YES,
}


class LostDesk:
    """Stands in for the studio's lost and found."""

    def __init__(self, *items: LostItem) -> None:
        self.all = list(items)
        self.found = Found.IN_GALLERY
        self.message = "Its picture is in the gallery."
        self.error: StudioError | None = None
        self.calls: list[tuple[Any, ...]] = []

    def items(self, batch_id: str | None = None, limit: int = 500) -> list[LostItem]:
        """Those of a batch, or all."""
        return [item for item in self.all if batch_id in {None, item.batch_id}][:limit]

    def summary(self, batch_id: str | None = None) -> LostSummary:
        """How many there are."""
        of = {kind: [i for i in self.items(batch_id) if i.kind is kind] for kind in LostKind}
        return LostSummary(
            unknown=len(of[LostKind.UNKNOWN]), paid=len(of[LostKind.PAID]),
            late=len(of[LostKind.LATE]),
            held=sum(item.amount for item in of[LostKind.UNKNOWN]),
            charged=sum(item.amount for item in of[LostKind.PAID]),
        )  # fmt: skip

    def reconcile(self, batch_id: str | None = None, timeout: float = 60.0) -> Reconciled:
        """Every unknown one is looked for."""
        self._called("reconcile", batch_id)
        unknown = [item for item in self.items(batch_id) if item.kind is LostKind.UNKNOWN]
        return Reconciled(looked=[self._answer(item.job_id) for item in unknown], bills_asked=3)

    def adopt(self, job_id: str, remote_id: str | None = None, timeout: float = 60.0) -> LookedAt:
        """One is looked for."""
        self._called("adopt", job_id, remote_id)
        return self._answer(job_id)

    def retry(self, job_id: str) -> None:
        """Made again."""
        self._called("retry", job_id)
        self._gone(job_id)

    def write_off(self, job_id: str) -> None:
        """Written off, or taken note of."""
        self._called("write_off", job_id)
        self._gone(job_id)

    def _called(self, *call: Any) -> None:
        self.calls.append(call)
        if self.error is not None:
            raise self.error

    def _answer(self, job_id: str) -> LookedAt:
        if self.found is not Found.STILL_UNKNOWN:
            self._gone(job_id)
        return LookedAt(job_id=job_id, found=self.found, message=self.message)

    def _gone(self, job_id: str) -> None:
        self.all = [item for item in self.all if item.job_id != job_id]


def lost_item(studio: Studio, job: Job, kind: LostKind, **changes: Any) -> LostItem:
    """A lost call, sent two hours ago, whose output is kept for 34 minutes more."""
    now = studio.parts.now()
    given: dict[str, Any] = {
        "kind": kind, "job_id": job.id, "batch_id": job.batch_id, "batch_title": "Autumn",
        "row": job.spec.row_number, "name": f"A boat {job.position}", "model": "fake:one",
        "provider": "Fake", "amount": AMOUNTS[kind], "charged": CHARGED[kind],
        "known": "The answer was lost on the way.", "hint": "Look again.",
        "remote_id": f"req-{job.position}", "sent_at": now - timedelta(hours=2), "looks": 3,
        "next_look": now + timedelta(minutes=12, seconds=5),
        "kept_until": now + timedelta(minutes=34, seconds=5),
    }  # fmt: skip
    return LostItem(**(given | changes))


def with_desk(studio: Studio, desk: LostDesk) -> Studio:
    """The process's studio, with that lost and found instead of its own."""
    changed = replace(studio, lost=cast("LostAndFound", desk))
    slot().studio = changed
    return changed
