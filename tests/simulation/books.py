"""What must hold in the books of a studio, whatever happened to it."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from studio.models.job import TRANSITIONS, JobState

Row = sqlite3.Row
HOLDING = {state.value for state in JobState if state.holds_reservation}


@dataclass
class Books:
    """Reads the database of a simulation and remembers what it may never lose."""

    folder: Path
    caps: list[tuple[int, str, int | None]] = field(default_factory=list)
    """(last ledger entry before it, scope, cap in force from then on)."""
    _seen: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    _reader: sqlite3.Connection | None = None

    def rows(self, sql: str, *values: Any) -> list[Row]:
        """The rows of a query."""
        if self._reader is None:
            path = (self.folder / "studio.db").absolute().as_uri()
            self._reader = sqlite3.connect(f"{path}?mode=ro", uri=True, isolation_level=None)
            self._reader.row_factory = sqlite3.Row
        return self._reader.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close the database."""
        if self._reader is not None:
            self._reader.close()

    def note_caps(self) -> None:
        """Note the caps in force now, where they changed."""
        now: dict[str, int | None] = {
            f"batch:{row['id']}": row["budget"]
            for row in self.rows("select id, settings ->> '$.budget' as budget from batches")
        }
        for row in self.rows("select scope, cap from budget_changes order by id"):
            if not row["scope"].startswith("batch:"):  # a batch's own stands with the batch
                now[row["scope"]] = row["cap"]
        last = self.rows("select coalesce(max(id), 0) as n from ledger")[0]["n"]
        known = {scope: cap for _, scope, cap in self.caps}
        for scope, cap in now.items():
            if known.get(scope) != cap:
                self.caps.append((last, scope, cap))

    def problems(self) -> list[str]:
        """What is wrong now; it holds at every instant, not only when all is quiet."""
        return [
            *self._append_only(), *self._moves(), *self._caps(), *self._rollup(),
            *self._reservations(), *self._files_of_rows(), *self._batches(),
        ]  # fmt: skip

    def orphans(self) -> list[str]:
        """Files without a row; there may be some until the next start has cleaned up."""
        known = {row["path"] for row in self.rows("select path from assets")}
        found = self.folder.glob("pictures/**/*")
        kept = {path.relative_to(self.folder).as_posix() for path in found if path.is_file()}
        torn = [path for path in self.folder.rglob("*.part") if path.is_file()]
        needed = {
            row["id"] for row in self.rows("select id, state from jobs") if row["state"] in HOLDING
        }
        spooled = [
            path.name for path in self.folder.glob("spool/*")
            if path.name.partition("-")[0] not in needed
        ]  # fmt: skip
        return [
            *(f"the file {path} has no row" for path in sorted(kept - known)),
            *(f"{path.name} is left half-written" for path in torn),
            *(f"the spooled {name} is not needed" for name in spooled),
        ]

    def _append_only(self) -> Iterator[str]:
        for table in ("ledger", "events"):
            rows = [tuple(row) for row in self.rows(f"select * from {table} order by id")]
            before = self._seen.get(table, [])
            if rows[: len(before)] != before:
                yield f"an entry of {table} was changed or lost"
            self._seen[table] = rows

    def _moves(self) -> Iterator[str]:
        now: dict[str, tuple[str, int]] = {}
        for row in self.rows("select job_id, kind, data ->> '$.attempt' as attempt from events "
                             "where kind like 'job\\_%' escape '\\' order by id"):  # fmt: skip
            state, attempt = now.get(row["job_id"], ("queued", 0))
            name = row["kind"].removeprefix("job_")
            if name not in set(JobState) or row["attempt"] is None:
                continue
            if name not in TRANSITIONS[JobState(state)]:
                yield f"{row['job_id']} went from {state} to {name}"
            expected = attempt + 1 if name == "submitting" else attempt
            if row["attempt"] != expected:
                yield f"{row['job_id']} became {name} as attempt {row['attempt']}, not {expected}"
            now[row["job_id"]] = (name, row["attempt"])
        for row in self.rows("select id, state, attempt from jobs"):
            if now.get(row["id"], ("queued", 0)) != (row["state"], row["attempt"]):
                yield f"{row['id']} is {row['state']}, its events say {now.get(row['id'])}"

    def _caps(self) -> Iterator[str]:
        """Replay the ledger: no reservation was made above a cap that held then."""
        settled: Counter[tuple[str, Any]] = Counter()
        held: Counter[str] = Counter()
        caps: dict[str, int | None] = {}
        changes = sorted(self.caps, key=lambda change: change[0])
        for row in self.rows(
            "select ledger.*, 'person:' || created_by as person from ledger "
            "join batches on batches.id = batch_id order by ledger.id"
        ):
            while changes and changes[0][0] < row["id"]:
                _, scope, cap = changes.pop(0)
                caps[scope] = cap
            month = date.fromordinal(row["day"]).replace(day=1)
            batch = f"batch:{row['batch_id']}"
            person = row["person"]
            spans = {batch: None, person: month, "day": row["day"], "month": month, "total": None}
            for key in spans.items():
                settled[key] += row["settled"]
            for scope in (batch, person, "all"):
                held[scope] += row["reserved"]
            if row["kind"] != "reserve" or not row["reserved"]:
                continue
            committed = {
                scope: settled[scope, span] + held[scope if scope in {batch, person} else "all"]
                for scope, span in spans.items()
            }
            for scope, amount in committed.items():
                limit = caps.get(scope)
                if limit is not None and amount > limit:
                    yield f"entry {row['id']} went above the cap {scope}: {amount} > {limit}"

    def _rollup(self) -> Iterator[str]:
        for column in ("settled", "reserved"):
            sums = [
                {
                    (row["provider"], row["model"], row["batch_id"]): row["n"]
                    for row in self.rows(
                        f"select provider, model, batch_id, sum({column}) as n from {table} "
                        "group by 1, 2, 3"
                    )
                    if row["n"]
                }
                for table in ("spend", "ledger")
            ]
            if sums[0] != sums[1]:
                yield f"{column}: the rollup says {sums[0]}, the ledger {sums[1]}"

    def _reservations(self) -> Iterator[str]:
        """A job holds its quote from its claim to its settlement, and nothing at other times."""
        for row in self.rows(
            "select jobs.id, state, coalesce(sum(reserved), 0) as held, "
            "jobs.spec ->> '$.quote.high' as high, "
            "coalesce(sum(kind = 'settle' and ledger.attempt = jobs.attempt), 0) as settled "
            "from jobs left join ledger on ledger.job_id = jobs.id group by jobs.id"
        ):
            wanted = row["high"] if row["state"] in HOLDING and not row["settled"] else 0
            if row["held"] != wanted:
                yield f"{row['id']} is {row['state']} and holds {row['held']}, not {wanted}"

    def _files_of_rows(self) -> Iterator[str]:
        for row in self.rows("select assets.job_id, path, jobs.state from assets "
                             "join jobs on jobs.id = assets.job_id"):  # fmt: skip
            if not (self.folder / row["path"]).is_file():
                yield f"the file of {row['job_id']} is missing"
            if row["state"] != "done":
                yield f"{row['job_id']} has a picture and is {row['state']}"
        for row in self.rows("select id from jobs where state = 'done' and id not in "
                             "(select job_id from assets)"):  # fmt: skip
            yield f"{row['id']} is done and has no picture"

    def _batches(self) -> Iterator[str]:
        states: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for row in self.rows("select batch_id, state from jobs"):
            states[row["batch_id"]][row["state"]] += 1
        for row in self.rows("select id, state from batches"):
            counts = states[row["id"]]
            moving = sum(counts[name] for name in ("queued", "submitting", "running", "fetching"))
            if row["state"] == "done" and moving:
                yield f"batch {row['id']} is done, and {moving} of its jobs still move"
            if row["state"] == "canceled" and counts["queued"]:
                yield f"batch {row['id']} is canceled, and {counts['queued']} jobs wait"
