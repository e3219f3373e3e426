"""The event log and the ledger row by row, oldest first: as many as there are, one in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.db.connect import Tx

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is recorded, and from when to when (ISO times; ``None`` where nothing is)."""

    events: int
    entries: int
    first: str | None
    last: str | None


def events(tx: Tx, *, batch_id: str | None = None, job_id: str | None = None) -> Iterator[Row]:
    """Rows of the event log; ``data`` is JSON text."""
    where, values = _scope(batch_id, job_id)
    yield from tx.query(
        f"select id, at, batch_id, job_id, kind, data from events where {where} order by id", values
    )


def entries(tx: Tx, *, batch_id: str | None = None, job_id: str | None = None) -> Iterator[Row]:
    """Rows of the ledger; amounts are changes in micro-dollars."""
    where, values = _scope(batch_id, job_id)
    yield from tx.query(f"select * from ledger where {where} order by id", values)


def extent(tx: Tx, batch_id: str | None = None) -> Extent:
    """How much is recorded of a batch, or in all."""
    where, values = _scope(batch_id, None)
    row = next(
        tx.query(
            f"select (select count(*) from events where {where}) as events, "
            f"(select count(*) from ledger where {where}) as entries, "
            f"(select at from events where {where} order by id limit 1) as first, "
            f"(select at from events where {where} order by id desc limit 1) as last",
            values * 4,
        )
    )
    return Extent(**row)


def _scope(batch_id: str | None, job_id: str | None) -> tuple[str, list[str]]:
    if job_id is not None:
        return "job_id = ?", [job_id]
    return ("batch_id = ?", [batch_id]) if batch_id is not None else ("1", [])
