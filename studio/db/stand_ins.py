"""Stand-ins for rows that are lost, made from what the rows that name them tell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from studio.db.connect import Tx
from studio.db.rows import timestamp
from studio.models import BatchSettings, Charged, Fault, FaultKind, JobSpec, JobState, Quote
from studio.models.request import PictureRequest

TITLE = "Found again after a repair"
PROMPT = "(this row was lost when the database was damaged)"
NO_MODEL = "unknown:unknown"
"""The model of a batch or job of which nobody knows it."""
_ID = re.compile(r"[a-z]_[0-9a-z]{8,40}")
_CHILDREN = ("ledger", "receipts", "assets", "events", "followups", "bill_checks")
_UNKNOWN = Quote(low=None, expected=None, high=None)


def make(tx: Tx, at: datetime) -> int:
    """Make every job and batch that other rows name and that does not exist; returns how many.

    What cannot be told of them stays empty. No ledger entry, event or picture is left out for
    want of its job.
    """
    moment = timestamp(at)
    lost = _lost_jobs(tx)
    for job_id, batch_id in lost.items():
        _make_batch(tx, batch_id, moment)
        _make_job(tx, job_id, batch_id, moment)
    orphans = [
        row["batch_id"]
        for table in ("jobs", "assets", "ledger", "events", "followups")
        for row in tx.query(
            f"select distinct batch_id from {table} where batch_id not in (select id from batches)"
        )
    ]
    made = len(lost) + len(set(orphans))
    for batch_id in orphans:
        _make_batch(tx, batch_id, moment)
    for table, parent in (("jobs", "parent_job_id"),):
        tx.execute(
            f"update {table} set {parent} = null where {parent} is not null "
            f"and {parent} not in (select id from jobs)"
        )
    return made


def is_enough(told: Mapping[str, Any]) -> bool:
    """Whether what is written in a picture is enough to make its job from it."""
    return _request(told) is not None


def from_stamp(tx: Tx, told: Mapping[str, Any], title: str, stem: str, at: datetime) -> None:
    """Make the job of a picture, and its batch, from what is written in the picture itself."""
    request = _request(told)
    if request is None:
        return
    job_id, batch_id, moment = str(told["job_id"]), str(told["batch_id"]), timestamp(at)
    _make_batch(tx, batch_id, moment, title=title, model=request.model)
    _insert(
        tx, job_id, batch_id, JobSpec(request=request, quote=_UNKNOWN),
        state=JobState.FETCHING, moment=moment, seed=request.seed or 1, stem=stem, attempt=1,
    )  # fmt: skip


def _request(told: Mapping[str, Any]) -> PictureRequest | None:
    ids = [str(told.get(name)) for name in ("job_id", "batch_id")]
    if not all(_ID.fullmatch(each) for each in ids) or ":" not in str(told.get("model")):
        return None
    names = ("model", "prompt", "negative_prompt", "width", "height", "seed", "params")
    try:
        return PictureRequest.model_validate({name: told[name] for name in names})
    except (ValueError, KeyError):
        return None


def _lost_jobs(tx: Tx) -> dict[str, str]:
    """Lost job → its batch."""
    found: dict[str, str] = {}
    for table in _CHILDREN:
        names = {column.name for column in tx.table(table).columns}
        batch = "batch_id" if "batch_id" in names else "null as batch_id"
        rows = tx.query(
            f"select distinct job_id, {batch} from {table} where job_id is not null "
            "and job_id not in (select id from jobs)"
        )
        for row in rows:
            found[row["job_id"]] = row["batch_id"] or found.get(row["job_id"]) or ""
    return {job_id: batch_id or "b_found" for job_id, batch_id in found.items()}


def _make_batch(
    tx: Tx, batch_id: str, moment: str, *, title: str = TITLE, model: str | None = None
) -> None:
    models = tx.query("select model from ledger where batch_id = ? limit 1", [batch_id])
    known = model or next((row["model"] for row in models), NO_MODEL)
    tx.execute(
        "insert or ignore into batches (id, title, state, source, model, settings, quote, "
        "created_at) values (?, ?, 'done', 'repair', ?, ?, ?, ?)",
        [batch_id, title, known, BatchSettings().model_dump_json(), _UNKNOWN.model_dump_json(),
         moment],
    )  # fmt: skip


def _make_job(tx: Tx, job_id: str, batch_id: str, moment: str) -> None:
    asset = next(tx.query("select * from assets where job_id = ? limit 1", [job_id]), None)
    money = _money(tx, job_id)
    request = PictureRequest(
        model=asset["model"] if asset else money["model"] or NO_MODEL,
        prompt=asset["prompt"] if asset else PROMPT,
        width=asset["width"] if asset else 1024,
        height=asset["height"] if asset else 1024,
    )
    state, fault = _state(asset, money)
    _insert(
        tx, job_id, batch_id, JobSpec(request=request, quote=_quote(money)),
        state=state, moment=moment, seed=asset["seed"] if asset else 1,
        stem=asset["path"].rpartition("/")[2].rpartition(".")[0] if asset else job_id,
        attempt=max(1, money["attempt"]), cost=money["settled"], fault=fault,
    )  # fmt: skip


def _insert(
    tx: Tx, job_id: str, batch_id: str, spec: JobSpec, *, state: JobState, moment: str, seed: int,
    stem: str, attempt: int, cost: int | None = None, fault: Fault | None = None,
) -> None:  # fmt: skip
    """Write a job at the end of its batch; a file name that is taken is made another."""
    model = spec.request.model
    row = next(
        tx.query(
            "select coalesce(max(position) + 1, 0) as place, "
            "coalesce(sum(file_stem = ?), 0) as taken from jobs where batch_id = ?",
            [stem, batch_id],
        )
    )
    tx.execute(
        "insert into jobs (id, batch_id, position, state, provider, model, content_hash, spec, "
        "seed, file_stem, attempt, cost, fault, created_at, started_at, finished_at) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [job_id, batch_id, row["place"], state.value, model.partition(":")[0], model,
         spec.content_hash, spec.model_dump_json(), seed, job_id if row["taken"] else stem,
         attempt, cost, fault and fault.model_dump_json(), moment, moment,
         moment if state.is_terminal else None],
    )  # fmt: skip


def _money(tx: Tx, job_id: str) -> dict[str, Any]:
    return next(
        tx.query(
            "select coalesce(max(attempt), 0) as attempt, coalesce(sum(reserved), 0) as held, "
            "sum(case when kind = 'settle' then settled end) as settled, max(model) as model "
            "from ledger where job_id = ?",
            [job_id],
        )
    )


def _quote(money: dict[str, Any]) -> Quote:
    price = money["held"] or money["settled"]
    return Quote(low=price, expected=price, high=price)


def _state(asset: dict[str, Any] | None, money: dict[str, Any]) -> tuple[JobState, Fault | None]:
    if asset:
        return JobState.DONE, None
    if money["held"] > 0:
        kind, state, charged = FaultKind.UNKNOWN_OUTCOME, JobState.UNKNOWN, Charged.MAYBE
    elif money["settled"]:
        kind, state, charged = FaultKind.LOST, JobState.FAILED, Charged.YES
    else:
        return JobState.CANCELED, None
    return state, Fault(
        kind=kind,
        charged=charged,
        cost=money["settled"],
        message="The record of this picture was lost when the database was damaged.",
        hint="Look at the provider's site and in the folder 'pictures'.",
    )
