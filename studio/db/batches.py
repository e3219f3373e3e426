"""Batches: insert, read, pause, resume, end. Counts are always derived from the jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from studio.db import events
from studio.db.connect import Tx
from studio.db.rows import batch_from, dump, timestamp
from studio.errors import Conflict, NotFound
from studio.models import (
    Batch,
    BatchCounts,
    BatchSettings,
    BatchState,
    PauseReason,
    Quote,
)

_MOVES: dict[BatchState, frozenset[BatchState]] = {
    BatchState.DRAFT: frozenset({BatchState.RUNNING, BatchState.CANCELED}),
    BatchState.RUNNING: frozenset({BatchState.PAUSED, BatchState.DONE, BatchState.CANCELED}),
    BatchState.PAUSED: frozenset({BatchState.RUNNING, BatchState.CANCELED, BatchState.DONE}),
    BatchState.DONE: frozenset({BatchState.RUNNING}),  # topped up or tried again
    BatchState.CANCELED: frozenset({BatchState.RUNNING}),
}


def insert(
    tx: Tx, batch: Batch, continue_key: str | None = None, plan_id: str | None = None
) -> None:
    """Store a new batch."""
    tx.table("batches").insert(
        {
            "id": batch.id,
            "title": batch.title,
            "state": batch.state.value,
            "source": batch.source,
            "continue_key": continue_key,
            "plan_id": plan_id,
            "model": batch.model,
            "settings": batch.settings.model_dump_json(),
            "quote": batch.quote.model_dump_json(),
            "created_by": batch.created_by,
            "created_at": timestamp(batch.created_at),
        }
    )
    events.record(
        tx, "batch_created", batch_id=batch.id, at=batch.created_at, data={"title": batch.title}
    )


def get(tx: Tx, batch_id: str) -> Batch:
    """One batch.

    Raises:
        NotFound: there is none of that id.
    """
    for row in tx.query("select * from batches where id = ?", [batch_id]):
        return batch_from(row)
    raise NotFound(f"There is no batch {batch_id!r}.", "Choose one from the list of batches.")


def newest(tx: Tx, limit: int = 50) -> list[Batch]:
    """Batches, newest first."""
    rows = tx.query("select * from batches order by seq desc limit ?", [limit])
    return [batch_from(row) for row in rows]


def in_state(tx: Tx, state: BatchState) -> list[Batch]:
    """Batches in a state, most urgent and oldest first."""
    rows = tx.query(
        "select * from batches where state = ? order by priority desc, seq", [state.value]
    )
    return [batch_from(row) for row in rows]


def span_of_priorities(tx: Tx, without: str) -> tuple[int, int]:
    """The lowest and the highest priority of the batches that are not over, at most and at least 0.

    Args:
        without: The batch that is left out.
    """
    row = next(
        tx.query(
            "select min(priority) as low, max(priority) as high from batches "
            "where state in ('draft', 'running', 'paused') and id <> ?",
            [without],
        )
    )
    return min(0, row["low"] or 0), max(0, row["high"] or 0)


def set_priority(tx: Tx, batch_id: str, priority: int, at: datetime) -> None:
    """Serve a batch before those of a lower priority, and write the event if that is news.

    Raises:
        Conflict: the batch is over.
        NotFound: there is none of that id.
    """
    batch = get(tx, batch_id)
    if batch.state in {BatchState.DONE, BatchState.CANCELED}:
        raise Conflict(
            f"Batch {batch_id!r} is {batch.state.value}: nothing of it waits.",
            "Choose a batch that is running or paused.",
        )
    if priority == batch.priority:
        return
    tx.execute("update batches set priority = ? where id = ?", [priority, batch_id])
    events.record(
        tx, "batch_prioritised", batch_id=batch_id, at=at,
        data={"from": batch.priority, "priority": priority},
    )  # fmt: skip


def by_key(tx: Tx, continue_key: str) -> Batch | None:
    """The newest batch made from the same prompt file with the same model and settings."""
    rows = tx.query(
        "select * from batches where continue_key = ? order by seq desc limit 1", [continue_key]
    )
    return next((batch_from(row) for row in rows), None)


def by_plan(tx: Tx, plan_id: str) -> Batch | None:
    """The batch that a plan became, if it was started."""
    rows = tx.query("select * from batches where plan_id = ?", [plan_id])
    return next((batch_from(row) for row in rows), None)


def move(
    tx: Tx,
    batch_id: str,
    state: BatchState,
    at: datetime,
    *,
    reason: PauseReason | None = None,
    message: str | None = None,
) -> None:
    """Move a batch to ``state`` and write the event; staying where it is changes only the reason.

    Raises:
        Conflict: the move makes no sense from where the batch stands.
    """
    old = get(tx, batch_id)
    if state is not old.state and state not in _MOVES[old.state]:
        raise Conflict(
            f"A batch that is {old.state.value!r} cannot become {state.value!r}.",
            "Look at how it stands now.",
        )
    ended = state in {BatchState.DONE, BatchState.CANCELED}
    tx.execute(
        "update batches set state = ?, pause_reason = ?, pause_message = ?, "
        "started_at = coalesce(started_at, ?), finished_at = ? where id = ?",
        [
            state.value,
            reason.value if reason else None,
            message,
            timestamp(at) if state is BatchState.RUNNING else None,
            timestamp(at) if ended else None,
            batch_id,
        ],
    )
    data = {"from": old.state.value, "reason": reason, "message": message}
    events.record(tx, f"batch_{state.value}", batch_id=batch_id, at=at, data=data)


def counts(tx: Tx, batch_id: str) -> BatchCounts:
    """How many jobs stand where."""
    rows = tx.query(
        "select state, count(*) as n from jobs where batch_id = ? group by state", [batch_id]
    )
    return BatchCounts(**{row["state"]: row["n"] for row in rows})


def counts_of(tx: Tx, batch_ids: Iterable[str]) -> dict[str, BatchCounts]:
    """The same for several batches in one query."""
    ids = list(batch_ids)
    found: dict[str, dict[str, int]] = {batch_id: {} for batch_id in ids}
    rows = tx.query(
        "select batch_id, state, count(*) as n from jobs "
        f"where batch_id in ({', '.join('?' * len(ids))}) group by batch_id, state",
        ids,
    )
    for row in rows:
        found[row["batch_id"]][row["state"]] = row["n"]
    return {batch_id: BatchCounts(**states) for batch_id, states in found.items()}


def update_settings(tx: Tx, batch_id: str, settings: BatchSettings) -> None:
    """Replace what holds for every job of the batch, such as its budget."""
    tx.execute(
        "update batches set settings = ? where id = ?", [settings.model_dump_json(), batch_id]
    )


def add_quote(tx: Tx, batch_id: str, more: Quote) -> None:
    """Add the quote of topped-up work."""
    total = get(tx, batch_id).quote.plus(more)
    tx.execute("update batches set quote = ? where id = ?", [dump(total.model_dump()), batch_id])


def durations(tx: Tx, batch_id: str, limit: int = 40) -> list[tuple[str, str]]:
    """(started, finished) of the pictures finished last, newest first: what an ETA is made of."""
    rows = tx.query(
        "select started_at, finished_at from jobs where batch_id = ? and state = 'done' "
        "order by finished_at desc limit ?",
        [batch_id, limit],
    )
    return [(row["started_at"], row["finished_at"]) for row in rows]
