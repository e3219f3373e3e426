"""Between database rows and models: JSON columns, times, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from studio.models import Asset, Batch, Event, Job, LedgerEntry

Row = dict[str, Any]


def timestamp(moment: datetime) -> str:
    """UTC, ISO 8601, microseconds: sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def dump(value: Any) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def batch_from(row: Row) -> Batch:
    """A batch from its row."""
    return Batch.model_validate(
        row | {"settings": json.loads(row["settings"]), "quote": json.loads(row["quote"])}
    )


def job_from(row: Row) -> Job:
    """A job from its row."""
    parsed = {name: _load(row[name]) for name in ("spec", "remote", "outputs", "fault", "progress")}
    return Job.model_validate(row | parsed)


def asset_from(row: Row) -> Asset:
    """An asset from its row."""
    parsed = {name: json.loads(row[name]) for name in ("params", "variables", "tags")}
    return Asset.model_validate(row | parsed)


def event_from(row: Row) -> Event:
    """An event from its row."""
    return Event.model_validate(row | {"data": json.loads(row["data"])})


def entry_from(row: Row) -> LedgerEntry:
    """A ledger entry from its row."""
    return LedgerEntry.model_validate(row)


def _load(text: str | None) -> Any:
    return None if text is None else json.loads(text)
