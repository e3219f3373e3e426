"""What providers told about their models and accounts, kept with its source and moment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.db.connect import Tx
from studio.db.rows import dump, timestamp

PRICE, SCHEMA, ACCOUNT, OWN_PRICE = "price", "schema", "account", "own_price"


@dataclass(frozen=True, slots=True)
class Learned:
    """One fact."""

    value: Any
    source: str
    at: datetime


def remember(tx: Tx, kind: str, name: str, value: Any, *, source: str, at: datetime) -> None:
    """Keep a fact; a newer one of the same kind and name replaces it."""
    tx.execute(
        "insert or replace into learned (kind, name, value, source, at) values (?, ?, ?, ?, ?)",
        [kind, name, dump(value), source, timestamp(at)],
    )


def forget(tx: Tx, kind: str, name: str) -> None:
    """Remove a fact."""
    tx.execute("delete from learned where kind = ? and name = ?", [kind, name])


def recall(tx: Tx, kind: str, name: str) -> Learned | None:
    """One fact, or ``None``."""
    return everything(tx, kind, name).get(name)


def everything(tx: Tx, kind: str, name: str | None = None) -> dict[str, Learned]:
    """Name → fact, of one kind."""
    where, values = ("", [kind]) if name is None else (" and name = ?", [kind, name])
    rows = tx.query(f"select name, value, source, at from learned where kind = ?{where}", values)
    return {
        row["name"]: Learned(
            json.loads(row["value"]), row["source"], datetime.fromisoformat(row["at"])
        )
        for row in rows
    }
