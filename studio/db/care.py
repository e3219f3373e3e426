"""Care for a sound database: what must agree with what, and how it is brought to agree."""

from __future__ import annotations

from dataclasses import dataclass

from studio.db.connect import Tx

_SPEND = """
    select day, provider, model, batch_id, sum(settled) as settled, sum(reserved) as reserved,
    sum(without_picture) as without_picture, sum(pictures) as pictures from (
        select coalesce(case when kind = 'reserve' then day else (
            select r.day from ledger r where r.job_id = l.job_id and r.kind = 'reserve'
            and r.id < l.id order by r.id desc limit 1) end, day) as day,
        provider, model, batch_id, 0 as settled, reserved, 0 as without_picture, 0 as pictures
        from ledger l where reserved <> 0
        union all
        select day, provider, model, batch_id, settled, 0,
        case when picture then 0 else settled end, picture and (not corrects or not exists (
            select 1 from ledger e where e.job_id = l.job_id and e.attempt = l.attempt
            and e.kind = 'settle' and e.picture and e.id < l.id))
        from ledger l where kind = 'settle'
    ) group by day, provider, model, batch_id
    having sum(settled) <> 0 or sum(reserved) <> 0 or sum(without_picture) <> 0
    or sum(pictures) <> 0
"""
_KEPT_SPEND = """
    select day, provider, model, batch_id, settled, reserved, without_picture, pictures from spend
    where settled <> 0 or reserved <> 0 or without_picture <> 0 or pictures <> 0
"""


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing that does not agree, and what brings it to agree."""

    key: str
    found: str
    """What is wrong, one plain sentence."""
    plan: str
    """What mending does."""


def problems(tx: Tx, *, thorough: bool = False) -> list[str]:
    """What SQLite finds wrong with the structure; empty for a sound database."""
    check = "integrity_check" if thorough else "quick_check"
    found = [str(next(iter(row.values()))) for row in tx.query(f"pragma {check}(20)")]
    return [] if found == ["ok"] else found


def disagreements(tx: Tx) -> list[Mend]:
    """What in a sound database contradicts what else it holds."""
    found = []
    if _differs(tx):
        found.append(
            Mend("spend", "The sums of money differ from the ledger.", "Add the ledger up again.")
        )
    if _search_differs(tx):
        found.append(
            Mend("search", "The search index differs from the pictures.", "Build it again.")
        )
    if count := _orphaned_followups(tx):
        found.append(
            Mend("followups", f"{count} tasks wait for pictures that do not exist.", "Close them.")
        )
    if broken := list(tx.query("pragma foreign_key_check")):
        found.append(
            Mend("links", f"{len(broken)} rows name rows that do not exist.", "Only told.")
        )
    return found


def mend(tx: Tx, key: str, at: str) -> None:
    """Bring one thing to agree, in the caller's transaction.

    Args:
        at: The present moment, as the database writes it.
    """
    if key == "spend":
        add_up_again(tx)
    elif key == "search":
        tx.execute("insert into assets_fts (assets_fts) values ('rebuild')")
    elif key == "followups":
        tx.execute(
            "update followups set done_at = ?, error = 'nothing to do it for' where done_at is "
            "null and job_id is not null and job_id not in (select id from jobs)",
            [at],
        )


def add_up_again(tx: Tx) -> None:
    """Make the sums of money from the ledger, which is never changed."""
    tx.execute("delete from spend")
    tx.execute(
        "insert into spend (day, provider, model, batch_id, settled, reserved, without_picture, "
        f"pictures) {_SPEND}"
    )


def _differs(tx: Tx) -> bool:
    for one, other in ((_SPEND, _KEPT_SPEND), (_KEPT_SPEND, _SPEND)):
        if list(tx.query(f"select * from ({one}) except select * from ({other}) limit 1")):
            return True
    return False


def _search_differs(tx: Tx) -> bool:
    """Whether a picture is missing from the index, or the index knows one that is not there."""
    rows = tx.query(
        "select (select count(*) from assets) as pictures, "
        "(select count(*) from assets_fts_docsize) as indexed, "
        "exists (select 1 from assets where seq not in (select id from assets_fts_docsize)) as gap"
    )
    row = next(rows)
    return row["pictures"] != row["indexed"] or bool(row["gap"])


def _orphaned_followups(tx: Tx) -> int:
    rows = tx.query(
        "select count(*) as n from followups where done_at is null and job_id is not null "
        "and job_id not in (select id from jobs)"
    )
    return int(next(rows)["n"])
