"""How a batch stands at one moment: counts, money, an honest estimate of the time left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from studio.db import Tx, batches, ledger
from studio.models import Batch, BatchState, BatchStatus, CancelReport

ETA_NEEDS = 3


def status_of(tx: Tx, batch: Batch) -> BatchStatus:
    """Counts, money and time of a batch, in one consistent view."""
    counts = batches.counts(tx, batch.id)
    spend = ledger.spent(tx, batch_id=batch.id)
    per_second = throughput(batches.durations(tx, batch.id))
    running = batch.state is BatchState.RUNNING and counts.unfinished > 0
    return BatchStatus(
        batch=batch,
        counts=counts,
        settled=spend.settled,
        reserved=spend.reserved,
        eta_seconds=counts.unfinished / per_second if running and per_second else None,
        pictures_per_minute=per_second * 60 if per_second else None,
    )


def cancel_report(tx: Tx, batch_id: str) -> CancelReport:
    """What cancelling means for money."""
    counts = batches.counts(tx, batch_id)
    return CancelReport(
        waiting=counts.queued,
        in_flight=counts.in_flight,
        may_charge=ledger.spent(tx, batch_id=batch_id).reserved,
    )


def throughput(times: Sequence[tuple[str, str]]) -> float | None:
    """Pictures per second over the last pictures of a batch; ``None`` until there are a few."""
    if len(times) < ETA_NEEDS:
        return None
    first = min(datetime.fromisoformat(started) for started, _ in times)
    last = max(datetime.fromisoformat(finished) for _, finished in times)
    seconds = (last - first).total_seconds()
    return len(times) / seconds if seconds > 0 else None
