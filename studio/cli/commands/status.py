"""``studio status [BATCH]``: how a batch stands."""

from __future__ import annotations

import typer

from studio.cli.arguments import BatchArgument, JsonFlag, chosen_batch
from studio.cli.follow import progress_words
from studio.cli.outcomes import all_jobs, batch_document
from studio.cli.panels import LOOK
from studio.cli.screen import results, say, table, write_json
from studio.models import BatchStatus, JobState, format_usd


def register(app: typer.Typer) -> None:
    """Add ``status``."""
    app.command("status", rich_help_panel=LOOK)(status)


def status(batch: BatchArgument = None, as_json: JsonFlag = False) -> None:
    """Show how a batch stands, and why pictures are missing."""
    from studio.container import open_studio

    with open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        found = studio.batches.status(batch_id)
        if as_json:
            write_json(batch_document(studio, found))
            return
        results().print(table(("", ""), _lines(found), header=False))
        missing = [
            (job.id, job.spec.row_number, job.state.value, job.fault.message, job.fault.hint)
            for job in all_jobs(studio, batch_id)
            if job.fault is not None and job.state is not JobState.DONE
        ]
        if missing:
            header = ("Job", "Row", "State", "What happened", "What to do")
            results().print(table(header, missing, right=("Row",)))
        if found.batch.pause_message:
            say(found.batch.pause_message, "yellow")


def _lines(found: BatchStatus) -> list[tuple[str, str]]:
    batch, counts = found.batch, found.counts
    reason = f" ({batch.pause_reason.value})" if batch.pause_reason else ""
    lines = [
        ("Batch", batch.id),
        ("Title", batch.title),
        ("State", f"{batch.state.value}{reason}"),
        ("Model", batch.model),
        ("Pictures", f"{counts.done} of {counts.total}"),
        ("Progress", progress_words(found)),
        ("Settled", format_usd(found.settled)),
        ("Reserved", format_usd(found.reserved)),
        ("Quote", format_usd(batch.quote.expected)),
    ]
    return lines + ([("Output", batch.settings.output)] if batch.settings.output else [])
