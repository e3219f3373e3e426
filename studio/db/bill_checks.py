"""Comparisons with providers' own bills: what was booked, what was billed, what is to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.db import learned
from studio.db.connect import Tx
from studio.db.followups import BILLS, GIVEN_UP
from studio.db.rows import timestamp
from studio.models import Micros

READABLE = "bill"
"""Kind of the fact whether a provider's bill can be read, learned by asking."""
_ATTEMPT = f"cast(substr(f.kind, {len(BILLS) + 2}) as integer)"


@dataclass(frozen=True, slots=True)
class Tally:
    """How the attempts at one provider compare with its bill; money in micro-dollars."""

    provider: str
    equal: int = 0
    different: int = 0
    difference: Micros = 0
    """Billed above what had been booked; below nothing where less was billed."""
    waiting: int = 0
    """Attempts whose line is asked about later."""
    given_up: int = 0
    """Attempts about which the bill did not tell in time."""


@dataclass(frozen=True, slots=True)
class Different:
    """One attempt whose bill was not what had been booked."""

    job_id: str
    batch_id: str
    asset_id: str | None
    name: str
    model: str
    attempt: int
    at: str
    quoted: Micros | None
    booked: Micros
    billed: Micros
    source: str
    """Where the booked figure came from."""


@dataclass(frozen=True, slots=True)
class Paid:
    """One finished picture: its quote, and what it cost."""

    low: Micros
    quoted: Micros
    """What was expected."""
    high: Micros
    cost: Micros
    created_at: str


def record(
    tx: Tx, job_id: str, attempt: int, at: datetime, *, booked: Micros, billed: Micros
) -> None:
    """Note a comparison. Of one that is repeated, what was booked the first time stays.

    Args:
        booked: What the ledger held before it was corrected.
    """
    tx.execute(
        "insert into bill_checks (job_id, attempt, at, booked, billed) values (?, ?, ?, ?, ?) "
        "on conflict do update set at = excluded.at, billed = excluded.billed",
        [job_id, attempt, timestamp(at), booked, billed],
    )


def tallies(tx: Tx, since: datetime, providers: Sequence[str]) -> list[Tally]:
    """One for each provider whose bill was asked, or is to be, since a moment.

    Args:
        providers: Those that keep a bill. Where there is only one, no job has to be looked at.
    """
    whose, joined, only = "j.provider", "join jobs j on j.id = {}.job_id", []
    if len(providers) == 1:
        whose, joined, only = "?", "", [providers[0]]
    start = timestamp(since)
    compared = tx.query(
        f"select {whose} as provider, sum(c.booked = c.billed) as equal, "
        "sum(c.booked != c.billed) as different, sum(c.billed - c.booked) as difference "
        f"from bill_checks c {joined.format('c')} where c.at >= ? group by 1",
        [*only, start],
    )
    found = {row["provider"]: row for row in compared}
    open_ones = tx.query(
        f"select {whose} as provider, sum(f.done_at is null) as waiting, "
        f"sum(f.done_at is not null) as given_up from followups f {joined.format('f')} "
        f"where f.kind like '{BILLS}:%' and f.created_at >= ? "
        "and (f.done_at is null or f.error = ?) "
        "and not exists (select 1 from bill_checks c where c.job_id = f.job_id "
        f"and c.attempt = {_ATTEMPT}) group by 1",
        [*only, start, GIVEN_UP],
    )
    for row in open_ones:
        found[row["provider"]] = {**found.get(row["provider"], {}), **row}
    return [Tally(**row) for _, row in sorted(found.items())]


def different(tx: Tx, since: datetime, limit: int) -> list[Different]:
    """The attempts billed otherwise than booked, newest first."""
    rows = tx.query(
        "select c.job_id, j.batch_id, c.attempt, c.at, c.booked, c.billed, j.model, "
        "json_extract(j.spec, '$.quote.expected') as quoted, "
        "coalesce(nullif(json_extract(j.spec, '$.description'), ''), "
        "json_extract(j.spec, '$.request.prompt'), '') as name, "
        "(select id from assets a where a.job_id = j.id and a.deleted_at is null "
        "order by a.output_index limit 1) as asset_id, "
        "coalesce((select source from ledger l where l.job_id = c.job_id "
        "and l.attempt = c.attempt and l.kind = 'settle' order by l.id limit 1), '') as source "
        "from bill_checks c join jobs j on j.id = c.job_id "
        "where c.at >= ? and c.booked != c.billed order by c.at desc, c.job_id limit ?",
        [timestamp(since), limit],
    )
    return [Different(**row) for row in rows]


def paid(tx: Tx, model: str, limit: int) -> list[Paid]:
    """The pictures of a model that were finished last and whose cost was told, newest first."""
    rows = tx.query(
        "select json_extract(spec, '$.quote.low') as low, "
        "json_extract(spec, '$.quote.expected') as quoted, "
        "json_extract(spec, '$.quote.high') as high, cost, created_at from jobs "
        "where state = 'done' and model = ? and cost is not null "
        "and json_extract(spec, '$.quote.high') is not null "
        "order by finished_at desc, started_at limit ?",
        [model, limit],
    )
    return [Paid(**row) for row in rows]


def is_readable(tx: Tx, provider: str) -> bool:
    """Whether a provider's bill was read when it was asked last."""
    known = learned.recall(tx, READABLE, provider)
    return known is not None and bool(known.value["readable"])


def can_be_read(tx: Tx, provider: str, at: datetime) -> None:
    """Note that a provider's bill can be read."""
    learned.remember(tx, READABLE, provider, {"readable": True}, source="asked", at=at)


def cannot_be_read(
    tx: Tx, provider: str, at: datetime, *, told: str, fix: str, until: datetime
) -> None:
    """Note that this key may not read a provider's bill, and until when not to ask again."""
    value = {"readable": False, "told": told, "fix": fix, "until": timestamp(until)}
    learned.remember(tx, READABLE, provider, value, source="asked", at=at)


def closed_until(tx: Tx, provider: str, at: datetime) -> datetime | None:
    """Until when a provider's bill is not to be asked; ``None`` where it may be asked now."""
    known = learned.recall(tx, READABLE, provider)
    if known is None or known.value["readable"]:
        return None
    until = datetime.fromisoformat(known.value["until"])
    return until if at < until else None


def ask_again(tx: Tx, at: datetime, since: datetime) -> None:
    """Ask every bill again now that was put off, could not be read, or did not tell in time.

    Args:
        since: What was charged before is on no bill any more.
    """
    tx.execute(
        "delete from learned where kind = ? and not json_extract(value, '$.readable')", [READABLE]
    )
    tx.execute(
        "update or ignore followups set done_at = null, error = null, not_before = ? "
        f"where kind like '{BILLS}:%' and error = ? and created_at >= ?",
        [timestamp(at), GIVEN_UP, timestamp(since)],
    )
    tx.execute(
        "update followups set not_before = ? where done_at is null and attempts > 0 "
        f"and not_before > ? and kind like '{BILLS}:%'",
        [timestamp(at), timestamp(at)],
    )
