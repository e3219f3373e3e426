"""The ledger after a repair: what is missing is appended, so that it agrees with the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from studio.db.connect import Tx
from studio.db.rows import job_from, timestamp
from studio.models import Job, JobState

HELD = "held after a repair: nobody can tell whether it was sent"
BOOKED_AGAIN = "booked again after a repair, from the picture's own record"


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    day: int


def balance(tx: Tx, stale: set[str], *, at: datetime, day: int, everything: bool) -> None:
    """Money agrees with states: what holds money has some set aside, what ended has none.

    Args:
        stale: Jobs whose rows came from a backup; with ``everything``, all jobs are looked at.
        day: Today as a budget day.
    """
    moment = _Moment(at, day)
    rows = tx.query(
        "select j.*, coalesce(sum(l.reserved), 0) as held, "
        "sum(case when l.kind = 'settle' then 1 else 0 end) as settlements "
        "from jobs j join batches b on b.id = j.batch_id left join ledger l on l.job_id = j.id "
        "where b.source <> 'import' group by j.id"
    )
    for row in list(rows):
        held, settlements = int(row.pop("held")), int(row.pop("settlements"))
        if not everything and row["id"] not in stale:
            continue
        job = job_from(row)
        price = job.spec.quote.high or 0
        if job.state.holds_reservation:
            if held <= 0 and not settlements:
                _book(tx, job, moment, "reserve", reserved=price - held, source=HELD)
        elif held > 0 and job.state is JobState.DONE:
            cost = job.cost if job.cost is not None else job.spec.quote.expected or 0
            _book(tx, job, moment, "settle", reserved=-held, settled=cost, source=BOOKED_AGAIN)
        elif held > 0 and job.cost:
            _book(tx, job, moment, "settle", reserved=-held, settled=job.cost, source=BOOKED_AGAIN)
        elif held > 0:
            _book(tx, job, moment, "release", reserved=-held, source="released after a repair")
        elif not settlements and job.cost:
            _book(tx, job, moment, "settle", settled=job.cost, source=BOOKED_AGAIN)


def _book(
    tx: Tx, job: Job, moment: _Moment, kind: str, *, source: str, reserved: int = 0,
    settled: int = 0,
) -> None:  # fmt: skip
    model = job.spec.request.model
    tx.execute(
        "insert into ledger (at, day, job_id, batch_id, attempt, kind, reserved, settled, "
        "provider, model, picture, source) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [timestamp(moment.at), moment.day, job.id, job.batch_id, job.attempt, kind, reserved,
         settled, model.partition(":")[0], model, int(job.state is JobState.DONE), source],
    )  # fmt: skip
