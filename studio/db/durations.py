"""How long pictures took: what an estimate of the time left is made of."""

from __future__ import annotations

from collections.abc import Collection

from studio.db.connect import Tx


def of_model(tx: Tx, model: str, limit: int = 40) -> list[tuple[str, str]]:
    """(started, finished) of a model's latest pictures, of whatever batch, newest first."""
    rows = tx.query(
        "select started_at, finished_at from jobs where model = ? and state = 'done' "
        "and started_at is not null order by finished_at desc limit ?",
        [model, limit],
    )
    return [(row["started_at"], row["finished_at"]) for row in rows]


def of_models(tx: Tx, models: Collection[str], limit: int = 40) -> dict[str, list[tuple[str, str]]]:
    """The same for several models."""
    return {model: of_model(tx, model, limit) for model in models}
