"""``studio status [BATCH]``: how a batch stands."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.text import Text

from studio.cli.arguments import BatchArgument, JsonFlag, chosen_batch
from studio.cli.follow import progress_words
from studio.cli.looking import lost_hints
from studio.cli.outcomes import all_jobs, batch_document, place_of
from studio.cli.panels import LOOK
from studio.cli.report import show_troubles
from studio.cli.screen import results, say, table, write_json
from studio.models import BatchStatus, Job, JobState, format_usd
from studio.models.trouble import troubles_of


def register(app: typer.Typer) -> None:
    """Add ``status``."""
    app.command("status", rich_help_panel=LOOK)(status)


def status(batch: BatchArgument = None, as_json: JsonFlag = False) -> None:
    """Show how a batch stands, and why pictures are missing."""
    from studio.container import open_studio
    from studio.container.standing import money

    with open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        found = studio.batches.status(batch_id)
        if as_json:
            write_json(batch_document(studio, found))
            return
        results().print(table(("", ""), _lines(found), header=False))
        jobs = all_jobs(studio, batch_id)
        if words := money(studio.parts, batch_id).words:
            results().print(Text(words))
        _show_missing(jobs)
        for hint in lost_hints(studio.lost.summary(batch_id)):
            results().print(Text(hint))
        if found.batch.pause_message:
            say(found.batch.pause_message, "yellow")


def _show_missing(jobs: Sequence[Job]) -> None:
    """Why pictures are missing, equal faults together; unknown ones by id, to decide about."""
    show_troubles(jobs, results())
    open_ones = [
        (failure.job_id, failure.row, failure.name)
        for trouble in troubles_of(jobs)
        if trouble.state is JobState.UNKNOWN
        for failure in trouble.failures
    ]
    if open_ones:
        header_of_jobs = ("Job of unknown outcome", "Row", "Picture")
        results().print(table(header_of_jobs, open_ones, right=("Row",)))


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
    if batch.priority:
        lines.append(("Place", f"{place_of(batch.priority).value} among the batches"))
    return lines + ([("Output", batch.settings.output)] if batch.settings.output else [])
