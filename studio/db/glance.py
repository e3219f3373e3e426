"""What a live look at a batch needs, in small queries: work under way, failures, odd prices."""

from __future__ import annotations

import json
from dataclasses import dataclass

from studio.db.connect import Tx
from studio.db.rows import job_from
from studio.models import Fault, Job, JobState
from studio.models.trouble import Failure

_NAME = 60
"""Characters of a prompt that name a picture without a description."""
_FAULTS = (
    "select id, state, position, fault, "
    "json_extract(spec, '$.row_number', '$.description', '$.request.prompt') as told "
    "from jobs where fault is not null and "
)


@dataclass(frozen=True, slots=True)
class Flight:
    """One job under way."""

    state: JobState
    model: str
    started_at: str
    """ISO time at which it was sent."""
    place: int | None
    """Calls before it in the provider's queue; ``None`` when it is not in line."""


def in_flight(tx: Tx, batch_id: str) -> list[Flight]:
    """The jobs of a batch that are worked on now."""
    rows = tx.query(
        "select state, model, started_at, progress from jobs where batch_id = ? "
        "and state in ('submitting', 'running', 'fetching') and started_at is not null",
        [batch_id],
    )
    return [
        Flight(JobState(row["state"]), row["model"], row["started_at"], _place(row)) for row in rows
    ]


def jobs_in_flight(tx: Tx, batch_id: str) -> list[Job]:
    """The same jobs in full, in the order of the file.

    Sorted here and not by the database, which would walk through the whole batch for the order.
    """
    rows = tx.query(
        "select * from jobs where batch_id = ? and state in ('submitting', 'running', 'fetching')",
        [batch_id],
    )
    return sorted((job_from(row) for row in rows), key=lambda job: job.position)


def last_written(tx: Tx, batch_id: str) -> tuple[int, int]:
    """The newest event of a batch and the newest change of any budget, by number; 0 for none."""
    row = next(
        tx.query(
            "select (select max(id) from events where batch_id = ?) as event, "
            "(select max(id) from budget_changes) as change",
            [batch_id],
        )
    )
    return row["event"] or 0, row["change"] or 0


def failures(tx: Tx, batch_id: str) -> list[Failure]:
    """Pictures of a batch that failed, were refused, are unknown, or are to be tried again."""
    rows = [
        *tx.query(_FAULTS + "batch_id = ? and state in ('failed', 'refused', 'unknown')",
                  [batch_id]),
        # the plus keeps the search to the few that are postponed, instead of all that wait
        *tx.query(_FAULTS + "+batch_id = ? and state = 'queued' and not_before is not null",
                  [batch_id]),
    ]  # fmt: skip
    rows.sort(key=lambda row: int(row["position"]))
    known: dict[str, Fault] = {}  # hundreds of equal faults are read once
    found = []
    for row in rows:
        fault = known.get(row["fault"])
        if fault is None:
            fault = known[row["fault"]] = Fault.model_validate_json(row["fault"])
        number, description, prompt = json.loads(row["told"])
        name = description or prompt[:_NAME]
        found.append(Failure(row["id"], number, name, JobState(row["state"]), fault))
    return found


def pictures_of_unknown_price(tx: Tx, batch_id: str) -> int:
    """How many pictures of a batch were settled without anybody knowing their price until now."""
    rows = tx.query(
        "select count(*) as n from ledger join jobs on jobs.id = ledger.job_id "
        "where ledger.batch_id = ? and kind = 'settle' and source = 'price unknown' "
        "and jobs.cost is null",  # the provider's bill may have told it since
        [batch_id],
    )
    return int(next(rows)["n"])


def _place(row: dict[str, str | None]) -> int | None:
    if row["state"] != JobState.RUNNING or not row["progress"]:
        return None
    place: int | None = json.loads(row["progress"]).get("queue_position")
    return place
