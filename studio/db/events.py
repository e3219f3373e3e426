"""The append-only event log: what happened to a batch or job, written with what it tells of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from studio.db.connect import Tx
from studio.db.rows import dump, event_from, timestamp
from studio.models import Event


def record(
    tx: Tx,
    kind: str,
    *,
    batch_id: str,
    at: datetime,
    job_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Append one event, in the transaction of the change that it tells of."""
    tx.execute(
        "insert into events (at, batch_id, job_id, kind, data) values (?, ?, ?, ?, ?)",
        [timestamp(at), batch_id, job_id, kind, dump(dict(data or {}))],
    )


def of_batch(tx: Tx, batch_id: str, after: int = 0, limit: int = 500) -> list[Event]:
    """Events of a batch and its jobs after the event ``after``, oldest first."""
    rows = tx.query(
        "select * from events where batch_id = ? and id > ? order by id limit ?",
        [batch_id, after, limit],
    )
    return [event_from(row) for row in rows]


def of_job(tx: Tx, job_id: str) -> list[Event]:
    """The whole story of one job, oldest first."""
    rows = tx.query("select * from events where job_id = ? order by id", [job_id])
    return [event_from(row) for row in rows]
