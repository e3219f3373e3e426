"""The audit: what happened and what it cost, as it was written down and never changed since.

The event log and the ledger only grow (triggers refuse anything else), so that an export of today
is the beginning of an export of tomorrow. Big ones are written row by row.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, TextIO

from studio.db import Tx, batches, history, jobs
from studio.db.history import Extent, Row
from studio.db.rows import timestamp
from studio.engine import Parts
from studio.errors import BadParameter, StorageError
from studio.exports.atomic import replacing
from studio.exports.tables import write_csv
from studio.models import Job, to_dollars

Kind = Literal["events", "ledger"]
Format = Literal["json", "csv"]

EVENT_COLUMNS = ("id", "at", "batch_id", "job_id", "kind", "data")
LEDGER_COLUMNS = (
    "id", "at", "day", "batch_id", "job_id", "attempt", "kind", "reserved_usd", "settled_usd",
    "provider", "model", "picture", "corrects", "source",
)  # fmt: skip
STORY_COLUMNS = (
    "at", "record", "id", "batch_id", "job_id", "attempt", "kind", "reserved_usd", "settled_usd",
    "provider", "model", "picture", "source", "data",
)  # fmt: skip
"""Of events and ledger entries in one table; ``record`` says which of the two a row is. The story
of one picture begins with a ``job``: what was asked for, and how it stands."""

_SUFFIXES: dict[str, Format] = {".json": "json", ".csv": "csv"}


class Audit:
    """Reads the event log and the ledger for those who check them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def extent(self, batch_id: str | None = None) -> Extent:
        """How much is recorded of a batch, or in all."""
        return self._parts.store.read(lambda tx: history.extent(tx, batch_id))

    def story_rows(self, job_id: str) -> list[dict[str, Any]]:
        """Everything about one picture: the job itself, then its events and ledger entries, merged
        in time.

        Returns:
            Rows with the columns :data:`STORY_COLUMNS`; times are ISO 8601 in UTC, amounts are
            changes in US dollars, ``data`` holds the rest of an event.

        Raises:
            NotFound: there is no such job.
        """

        def look(tx: Tx) -> list[dict[str, Any]]:
            job = jobs.get(tx, job_id)
            rows = _story(history.entries(tx, job_id=job_id), history.events(tx, job_id=job_id))
            told = [row | {"data": row["data"] and json.loads(row["data"])} for row in rows]
            return [_of_job(job), *told]

        return self._parts.store.read(look)

    def export_bytes(self, kind: Kind, fmt: Format, batch_id: str | None = None) -> bytes:
        """The event log or the ledger, of a batch or all of it, as a file.

        Raises:
            NotFound: there is no such batch.
        """
        text = io.StringIO(newline="")

        def look(tx: Tx) -> None:
            _check(tx, batch_id)
            columns = EVENT_COLUMNS if kind == "events" else LEDGER_COLUMNS
            rows = _events(tx, batch_id) if kind == "events" else _entries(tx, batch_id)
            if fmt == "csv":
                write_csv(text, columns, ([row[name] for name in columns] for row in rows))
            else:
                text.write("{")
                _write_list(text, kind, rows)
                text.write("\n}\n")

        self._parts.store.read(look)
        mark = b"\xef\xbb\xbf" if fmt == "csv" else b""
        return mark + text.getvalue().encode("utf-8", "backslashreplace")

    def write(self, path: Path, batch_id: str | None = None) -> Extent:
        """Write the event log and the ledger, of a batch or all of it, to a file, as its ending
        says: ``.json`` with a list of each, or ``.csv`` with both in one table, merged in time.

        One row at a time is in memory, and the file is whole or not there.

        Returns:
            How much was written.

        Raises:
            BadParameter: another ending.
            NotFound: there is no such batch.
            StorageError: the disk refused.
        """
        fmt = format_of(path)

        def look(tx: Tx) -> Extent:
            _check(tx, batch_id)
            with _new_file(path, fmt) as file:
                if fmt == "csv":
                    rows = _story(
                        history.entries(tx, batch_id=batch_id),
                        history.events(tx, batch_id=batch_id),
                    )
                    table = ([row[name] for name in STORY_COLUMNS] for row in rows)
                    write_csv(file, STORY_COLUMNS, table)
                else:
                    self._write_document(tx, file, batch_id)
            return history.extent(tx, batch_id)

        return self._parts.store.read(look)

    def _write_document(self, tx: Tx, file: TextIO, batch_id: str | None) -> None:
        about = {"batch_id": batch_id, "exported_at": self._parts.now().isoformat()}
        head = json.dumps(about | {"currency": "USD"}, indent=1)
        file.write(head.removesuffix("\n}"))
        file.write(",")
        _write_list(file, "events", _events(tx, batch_id))
        file.write(",")
        _write_list(file, "ledger", _entries(tx, batch_id))
        file.write("\n}\n")


def format_of(path: Path) -> Format:
    """The format that a file's ending names.

    Raises:
        BadParameter: neither ``.json`` nor ``.csv``.
    """
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise BadParameter(
            f"The name {path.name!r} does not say which format is wanted.",
            "Let it end in .json or .csv.",
        )
    return found


def _check(tx: Tx, batch_id: str | None) -> None:
    if batch_id is not None:
        batches.get(tx, batch_id)


def _events(tx: Tx, batch_id: str | None) -> Iterator[Row]:
    for row in history.events(tx, batch_id=batch_id):
        yield row | {"data": json.loads(row["data"])}


def _entries(tx: Tx, batch_id: str | None) -> Iterator[Row]:
    for row in history.entries(tx, batch_id=batch_id):
        plain = _in_dollars(row)
        yield {name: plain[name] for name in LEDGER_COLUMNS}


def _in_dollars(row: Row) -> Row:
    return row | {
        "day": date.fromordinal(row["day"]).isoformat(),
        "reserved_usd": to_dollars(row["reserved"]),
        "settled_usd": to_dollars(row["settled"]),
        "picture": bool(row["picture"]),
        "corrects": bool(row["corrects"]),
    }


def _story(entries: Iterable[Row], events: Iterable[Row]) -> Iterator[Row]:
    """Both in one table in time; what happened at once stands with its money first."""
    empty = dict.fromkeys(STORY_COLUMNS)
    of_money = (empty | _of_story(_in_dollars(row), "ledger") for row in entries)
    of_events = (empty | _of_story(row, "event") for row in events)
    return merge(of_money, of_events, key=itemgetter("at"))


def _of_job(job: Job) -> Row:
    """What was asked for and how it stands, so that a story can be understood by itself."""
    request = job.spec.request
    data = {
        "prompt": request.prompt, "negative_prompt": request.negative_prompt, "seed": job.seed,
        "width": request.width, "height": request.height, "params": dict(request.params),
        "row": job.spec.row_number, "description": job.spec.description, "state": job.state.value,
        "cost_usd": None if job.cost is None else to_dollars(job.cost),
        "cost_source": job.cost_source,
        "fault": job.fault and job.fault.model_dump(mode="json", exclude_none=True),
    }  # fmt: skip
    return dict.fromkeys(STORY_COLUMNS) | {
        "at": timestamp(job.created_at), "record": "job", "batch_id": job.batch_id,
        "job_id": job.id, "attempt": job.attempt, "kind": "job",
        "provider": request.model.partition(":")[0], "model": request.model,
        "data": data,
    }  # fmt: skip


def _of_story(row: Row, record: str) -> Row:
    return {name: row[name] for name in STORY_COLUMNS if name in row} | {"record": record}


def _write_list(file: TextIO, name: str, rows: Iterable[Row]) -> None:
    """A list as a member of a JSON object, one row a line."""
    file.write(f"\n {json.dumps(name)}: [")
    comma = ""
    for row in rows:
        file.write(f"{comma}\n  {json.dumps(row, ensure_ascii=False)}")
        comma = ","
    file.write("\n ]")


@contextmanager
def _new_file(path: Path, fmt: Format) -> Iterator[TextIO]:
    """A text file that takes its place when it is whole; folders are made."""
    encoding = "utf-8-sig" if fmt == "csv" else "utf-8"
    try:
        with (
            replacing(path) as part,
            part.open("w", encoding=encoding, errors="backslashreplace", newline="") as file,
        ):
            yield file
    except OSError as error:
        raise StorageError(
            f"The file {path.name!r} could not be written: {error.strerror or error}.",
            f"Check that the folder {path.parent.as_posix()!r} is there, writable and not full.",
        ) from error
