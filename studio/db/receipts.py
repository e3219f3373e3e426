"""Receipts: which request at a provider belongs to which attempt of which job, for good."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from studio.db.connect import Tx
from studio.db.rows import dump, timestamp
from studio.models import Job


def take(tx: Tx, job: Job, remote_id: str, ref: Mapping[str, Any], at: datetime) -> bool:
    """Note that a request belongs to the job's attempt; false where it belongs to another."""
    provider = job.spec.request.model.partition(":")[0]
    tx.execute(
        "insert into receipts (provider, remote_id, job_id, attempt, ref, at) "
        "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
        [provider, remote_id, job.id, job.attempt, dump(dict(ref)), timestamp(at)],
    )
    rows = tx.query(
        "select job_id, attempt from receipts where provider = ? and remote_id = ?",
        [provider, remote_id],
    )
    return any((row["job_id"], row["attempt"]) == (job.id, job.attempt) for row in rows)


def of_attempt(tx: Tx, job_id: str, attempt: int) -> dict[str, Any] | None:
    """What finds the request of an attempt at the provider; ``None`` where none is noted."""
    rows = tx.query(
        "select ref from receipts where job_id = ? and attempt = ? order by at desc limit 1",
        [job_id, attempt],
    )
    return next((json.loads(row["ref"]) for row in rows), None)


def owner(tx: Tx, provider: str, remote_id: str) -> tuple[str, int] | None:
    """The job and attempt that a request at a provider belongs to, as far as that is noted."""
    rows = tx.query(
        "select job_id, attempt from receipts where provider = ? and remote_id = ?",
        [provider, remote_id],
    )
    return next(((row["job_id"], int(row["attempt"])) for row in rows), None)
