"""``studio audit [BATCH|JOB]``: the event log and the ledger, to look at or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.outcomes import is_job
from studio.cli.panels import LOOK
from studio.cli.screen import results, say, table, waiting, write_json
from studio.errors import BadParameter
from studio.models import format_usd, to_dollars, to_micros

if TYPE_CHECKING:
    from studio.container import Studio


def register(app: typer.Typer) -> None:
    """Add ``audit``."""
    app.command("audit", rich_help_panel=LOOK)(audit)


def audit(
    target: Annotated[
        str | None,
        typer.Argument(metavar="[BATCH|JOB]", help="Batch or job id; everything when left out."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write all of it there: FILE.json or FILE.csv."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Export the event log and the ledger, or tell the whole story of one picture."""
    from studio.container import open_studio

    with open_studio() as studio:
        if target is not None and is_job(target):
            _tell_story(studio, target, output, as_json=as_json)
            return
        if target is not None:
            studio.batches.status(target)  # raises where there is no such batch
        place = output.resolve() if output else None
        if place is None:
            extent = studio.audit.extent(target)
        else:
            with waiting(f"Writing {place.name}"):
                extent = studio.audit.write(place, target)
        report = studio.costs.report("day", batch_id=target)
    document = {
        "batch_id": target,
        "output": str(place) if place else None,
        "events": extent.events,
        "entries": extent.entries,
        "first_at": extent.first,
        "last_at": extent.last,
        "settled_usd": to_dollars(report.settled),
        "reserved_usd": to_dollars(report.reserved),
    }
    _show(document, as_json=as_json)


def _show(document: dict[str, Any], *, as_json: bool) -> None:
    counts = f"{document['events']:,} events and {document['entries']:,} ledger entries"
    place = document["output"]
    say(f"{counts} written to {place}" if place else f"{counts} are on record.")
    if as_json:
        write_json(document)
        return
    if place is None:
        lines = [
            ("First event", document["first_at"] or "none"),
            ("Last event", document["last_at"] or "none"),
            ("Settled", format_usd(to_micros(document["settled_usd"]))),
            ("Reserved", format_usd(to_micros(document["reserved_usd"]))),
        ]
        results().print(table(("", ""), lines, header=False))
        say("Write all of it to a file with: studio audit --output audit.csv (or .json)")


def _tell_story(studio: Studio, job_id: str, output: Path | None, *, as_json: bool) -> None:
    """What happened to one picture and what it cost, oldest first."""
    if output is not None:
        raise BadParameter(
            "A file holds a whole batch, or everything.",
            f"Leave --output out, or name the batch of {job_id!r} instead.",
        )
    rows = studio.audit.story_rows(job_id)
    if as_json:
        write_json({"job_id": job_id, "story": rows})
        return
    shown = [
        (
            row["at"][:19].replace("T", " "),
            row["kind"].removeprefix("job_"),
            _amount(row["reserved_usd"]),
            _amount(row["settled_usd"]),
            row["source"] or _told(row["data"] or {}),
        )
        for row in rows
    ]
    header = ("At (UTC)", "What", "Reserved", "Settled", "Told")
    results().print(table(header, shown, right=("Reserved", "Settled")))


def _amount(dollars: float | None) -> str:
    """A change of money; empty where nothing changed."""
    return format_usd(to_micros(dollars)) if dollars else ""


def _told(data: dict[str, Any]) -> str:
    return str(data.get("message") or data.get("why") or data.get("prompt") or "")
