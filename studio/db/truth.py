"""What really became of jobs whose rows are older than what happened: never as if nothing had.

A row that comes from a backup tells how a job stood then. Ledger, events, receipts, pictures and
spooled answers may know more. Where they do not, and the ledger is not whole either, nobody can
tell whether a waiting job was sent since: it becomes ``unknown``, so that it is looked for at the
provider, or a person decides. It never simply waits for its turn again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from studio.db import balance, events, searches, stand_ins
from studio.db.connect import Tx
from studio.db.rows import dump, job_from, timestamp
from studio.models import Charged, Fault, FaultKind, Job, JobState
from studio.models.job import TERMINAL

REPAIRED = (
    "The database was repaired, and some of this batch is older than what happened. Look at lost "
    "and found first, then resume: what is in doubt is not sent again by itself."
)
_ENDED = {"job_failed": JobState.FAILED, "job_refused": JobState.REFUSED,
          "job_canceled": JobState.CANCELED}  # fmt: skip
_EARLIER = timedelta(hours=1)
_FLYING = frozenset({JobState.SUBMITTING, JobState.RUNNING, JobState.FETCHING})


@dataclass(slots=True)
class Doubts:
    """What had to be decided about jobs, in numbers."""

    unknown: int = 0
    """Nobody can tell whether they were made."""
    found: int = 0
    """Their pictures or requests are known: they are not made again."""
    rebuilt: int = 0
    """Rows that were lost and made anew from what the others tell of them."""
    paused: int = 0
    """Batches that wait for a person."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What else than its row tells about a job."""

    attempt: int
    event: tuple[str, dict[str, Any]] | None
    """The last move that is newer than the row."""
    has_picture: bool
    ref: dict[str, Any] | None
    """What finds the request of the latest attempt at the provider."""
    held: int
    settled: int | None
    is_spooled: bool
    """An answer to its latest attempt lies on the disk."""


@dataclass(frozen=True, slots=True)
class _Moment:
    at: datetime
    since: datetime | None


def settle(
    tx: Tx,
    *,
    stale_jobs: set[str],
    stale_batches: set[str],
    whole: bool,
    since: datetime | None,
    at: datetime,
    day: int,
    spooled: Mapping[str, int],
) -> Doubts:
    """Bring old rows to what is known, hold what is in doubt, pause the batches concerned.

    Args:
        stale_jobs: Jobs, and ``stale_batches`` batches, of which only the backup had the row.
        whole: Whether the whole ledger could be read: what it does not tell did not happen.
        since: When the backup was made.
        day: Today as a budget day.
        spooled: Job id → the latest attempt of which an answer lies on the disk.
    """
    moment, doubts = _Moment(at, since), Doubts()
    doubts.rebuilt = stand_ins.make(tx, at)
    touched: set[str] = set()
    for job in _jobs(tx, stale_jobs):
        known = _look(tx, job, spooled.get(job.id, 0))
        changed = _decide(tx, job, known, moment, whole=whole)
        if changed is not None:
            touched.add(job.batch_id)
            doubts.unknown += changed is JobState.UNKNOWN
            doubts.found += changed in {JobState.DONE, *_FLYING}
    balance.balance(tx, stale_jobs, at=at, day=day, everything=not whole)
    for batch_id in sorted(touched | stale_batches):
        doubts.paused += _pause(tx, batch_id, at)
    return doubts


def _jobs(tx: Tx, ids: set[str]) -> list[Job]:
    return [job_from(row) for row in tx.query("select * from jobs order by id") if row["id"] in ids]


def _look(tx: Tx, job: Job, spooled: int) -> _Known:
    told = [
        (row["kind"], json.loads(row["data"]))
        for row in tx.query(
            "select kind, data from events where job_id = ? and kind like 'job_%' order by id",
            [job.id],
        )
    ]
    money = next(
        tx.query(
            "select coalesce(max(attempt), 0) as attempt, coalesce(sum(reserved), 0) as held, "
            "sum(case when kind = 'settle' then settled end) as settled from ledger "
            "where job_id = ?",
            [job.id],
        )
    )
    receipts = list(
        tx.query(
            "select attempt, ref from receipts where job_id = ? order by attempt desc, at desc",
            [job.id],
        )
    )
    attempts = [int(data.get("attempt") or 0) for _, data in told]
    latest = max([job.attempt, money["attempt"], spooled, *attempts, *_of(receipts)])
    ref = next((json.loads(r["ref"]) for r in receipts if r["attempt"] == latest), None)
    picture = next(tx.query("select count(*) as n from assets where job_id = ?", [job.id]))
    newer = told[-1] if told and told[-1][0] != f"job_{job.state.value}" else None
    if latest > job.attempt and told:
        newer = told[-1]
    return _Known(
        attempt=latest,
        event=newer,
        has_picture=bool(picture["n"]),
        ref=ref,
        held=money["held"],
        settled=money["settled"],
        is_spooled=spooled == latest > 0,
    )


def _of(receipts: list[dict[str, Any]]) -> list[int]:
    return [int(row["attempt"]) for row in receipts]


def _decide(tx: Tx, job: Job, known: _Known, moment: _Moment, *, whole: bool) -> JobState | None:
    """Write what became of a job; ``None`` where its row tells the truth, as far as is known."""
    if known.has_picture:
        done = job.state is JobState.DONE
        return None if done else _write(tx, job, JobState.DONE, known, moment, cost=known.settled)
    if known.event is not None or known.attempt > job.attempt:
        return _moved_on(tx, job, known, moment, whole=whole)
    if job.state is JobState.QUEUED:
        sure = whole or job.spec.quote.high == 0
        return None if sure else _hold(tx, job, known, moment, attempt=job.attempt + 1)
    if job.state not in _FLYING or (known.settled is None and _goes_on(job, known)):
        return None  # what was under way when the backup was made is looked up by the engine
    return _hold(tx, job, known, moment, attempt=known.attempt)


def _moved_on(tx: Tx, job: Job, known: _Known, moment: _Moment, *, whole: bool) -> JobState:
    """More happened to a job than its row knows."""
    last, data = known.event or ("", {})
    if last in _ENDED:
        fault = _fault_of(data, charged=bool(known.settled))
        return _write(tx, job, _ENDED[last], known, moment, cost=known.settled or 0, fault=fault)
    if last == "job_queued" and whole and known.held == 0:
        return _write(tx, job, JobState.QUEUED, known, moment)
    if known.settled is None and known.ref is not None:
        return _write(tx, job, JobState.RUNNING, known, moment, remote=known.ref)
    return _hold(tx, job, known, moment, attempt=known.attempt)


def _goes_on(job: Job, known: _Known) -> bool:
    """Whether the engine can go on from where the row says that a job was."""
    if job.state is not JobState.FETCHING:
        return True
    outputs = job.outputs or []
    return bool(outputs) and (known.is_spooled or all("url" in output for output in outputs))


def _hold(tx: Tx, job: Job, known: _Known, moment: _Moment, *, attempt: int) -> JobState:
    fault = Fault(
        kind=FaultKind.UNKNOWN_OUTCOME,
        charged=Charged.MAYBE,
        message="The database was repaired, and what became of this picture is not in it.",
        hint="Look it up, or look at the provider's site; then retry it, or write it off.",
    )
    sent = (moment.since or job.started_at or job.created_at) - _EARLIER
    _write(
        tx, job, JobState.UNKNOWN, known, moment,
        attempt=attempt, remote=known.ref, fault=fault, started_at=timestamp(sent),
    )  # fmt: skip
    held = job.model_copy(update={"attempt": attempt})
    searches.add(tx, held, moment.at, moment.at)
    return JobState.UNKNOWN


def _write(
    tx: Tx, job: Job, state: JobState, known: _Known, moment: _Moment, **changes: Any
) -> JobState:
    columns: dict[str, Any] = {
        "state": state.value,
        "attempt": known.attempt,
        "owner": None,
        "progress": None,
        "outputs": None,
        "finished_at": timestamp(moment.at) if state in TERMINAL else None,
        "fault": None,
    } | changes
    for name, value in columns.items():
        if isinstance(value, Fault):
            columns[name] = value.model_dump_json()
        elif isinstance(value, dict):
            columns[name] = dump(value)
    names = ", ".join(f"{name} = ?" for name in columns)
    tx.execute(f"update jobs set {names} where id = ?", [*columns.values(), job.id])
    data = {"from": job.state.value, "to": state.value, "attempt": columns["attempt"]}
    events.record(tx, "repaired", batch_id=job.batch_id, job_id=job.id, at=moment.at, data=data)
    return state


def _fault_of(data: Mapping[str, Any], *, charged: bool) -> Fault | None:
    if not data.get("message"):
        return None
    known = {kind.value for kind in FaultKind}
    kind = data.get("kind")
    return Fault(
        kind=FaultKind(kind) if kind in known else FaultKind.LOST,
        charged=Charged.YES if charged else Charged.NO,
        message=str(data["message"]),
        hint="Retry it, if you still want it.",
    )


def _pause(tx: Tx, batch_id: str, at: datetime) -> bool:
    """A batch that would go on by itself waits for a person first."""
    cursor = tx.execute(
        "update batches set state = 'paused', pause_reason = 'user', pause_message = ?, "
        "finished_at = null where id = ? and (state in ('running', 'paused') or exists "
        "(select 1 from jobs where batch_id = batches.id and state in "
        "('queued', 'submitting', 'running', 'fetching')) and state = 'done')",
        [REPAIRED, batch_id],
    )
    if cursor.rowcount != 1:
        return False
    events.record(
        tx, "batch_paused", batch_id=batch_id, at=at, data={"reason": "user", "message": REPAIRED}
    )
    return True
