"""Money as it stands: sums and groups of the rollup, and the single entries of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from studio.db.connect import Tx
from studio.db.rows import entry_from
from studio.models import LedgerEntry, Micros

_OF_PERSON = "batch_id in (select id from batches where created_by = ?)"


@dataclass(frozen=True, slots=True)
class Spend:
    """Money at one moment, micro-dollars."""

    settled: Micros
    reserved: Micros
    without_picture: Micros = 0
    pictures: int = 0

    @property
    def committed(self) -> Micros:
        """What counts against a cap."""
        return self.settled + self.reserved


def settled(
    tx: Tx,
    *,
    batch_id: str | None = None,
    person: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Micros:
    """What was charged: to a batch, to a person's batches, in a span of days, or in all."""
    where, values = _scope(batch_id, since, until, person)
    rows = tx.query(f"select coalesce(sum(settled), 0) as n from spend where {where}", values)
    return int(next(rows)["n"])


@dataclass(frozen=True, slots=True)
class Aside:
    """Open reservations, micro-dollars, of whichever day: they count against the day and the
    month in which they are open, for nobody knows yet when they will be charged.
    """

    everything: Micros
    batch: Micros
    person: Micros


def aside(tx: Tx, batch_id: str | None = None, person: str | None = None) -> Aside:
    """What is set aside in all, for a batch, and for a person's batches."""
    row = next(
        tx.query(
            "select coalesce(sum(reserved), 0) as everything, "
            "coalesce(sum(reserved) filter (where batch_id = ?), 0) as batch, "
            f"coalesce(sum(reserved) filter (where {_OF_PERSON}), 0) as person "
            "from spend where reserved <> 0",
            [batch_id, person],
        )
    )
    return Aside(**row)


def spent(
    tx: Tx,
    *,
    batch_id: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Spend:
    """Money of a batch or of a span of days (inclusive), or all of it."""
    where, values = _scope(batch_id, since, until)
    row = next(
        tx.query(
            "select coalesce(sum(settled), 0) as settled, coalesce(sum(reserved), 0) as reserved, "
            "coalesce(sum(without_picture), 0) as without_picture, "
            f"coalesce(sum(pictures), 0) as pictures from spend where {where}",
            values,
        )
    )
    return Spend(**row)


def grouped(
    tx: Tx,
    column: str,
    *,
    batch_id: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[tuple[str, Spend]]:
    """Spend by ``day``, ``model``, ``provider`` or ``batch_id``: newest day or dearest first."""
    where, values = _scope(batch_id, since, until)
    order = "1 desc" if column == "day" else "settled desc, reserved desc, pictures desc, 1"
    rows = tx.query(
        f"select {column} as key, sum(settled) as settled, sum(reserved) as reserved, "
        "sum(without_picture) as without_picture, sum(pictures) as pictures "
        f"from spend where {where} group by 1 order by {order}",
        values,
    )
    return [
        (
            date.fromordinal(row["key"]).isoformat() if column == "day" else str(row["key"]),
            Spend(row["settled"], row["reserved"], row["without_picture"], row["pictures"]),
        )
        for row in rows
    ]


def entries(
    tx: Tx, *, batch_id: str | None = None, limit: int = 200, offset: int = 0
) -> list[LedgerEntry]:
    """Ledger entries, newest first."""
    where, values = ("batch_id = ?", [batch_id]) if batch_id else ("1", [])
    rows = tx.query(
        f"select * from ledger where {where} order by id desc limit ? offset ?",
        [*values, limit, offset],
    )
    return [entry_from(row) for row in rows]


def count(tx: Tx, batch_id: str | None = None) -> int:
    """How many entries there are."""
    where, values = ("batch_id = ?", [batch_id]) if batch_id else ("1", [])
    return _one(tx, f"select count(*) as n from ledger where {where}", values)


def _scope(
    batch_id: str | None, since: date | None, until: date | None, person: str | None = None
) -> tuple[str, list[str | int]]:
    parts: list[str] = ["1"]
    values: list[str | int] = []
    if batch_id is not None:
        parts.append("batch_id = ?")
        values.append(batch_id)
    if person is not None:
        parts.append(_OF_PERSON)
        values.append(person)
    if since is not None:
        parts.append("day >= ?")
        values.append(since.toordinal())
    if until is not None:
        parts.append("day <= ?")
        values.append(until.toordinal())
    return " and ".join(parts), values


def _one(tx: Tx, sql: str, values: list[str] | list[object]) -> int:
    return int(next(tx.query(sql, values))["n"])
