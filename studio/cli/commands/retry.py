"""``studio retry BATCH|JOB``: try pictures again that failed, were refused, canceled or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import screen
from studio.cli.arguments import JsonFlag, YesFlag
from studio.cli.follow import Stop, stop_on_signal
from studio.cli.outcomes import is_job
from studio.cli.panels import MAKE
from studio.cli.report import Report, conclude, follow_and_report
from studio.cli.screen import say
from studio.errors import InputError
from studio.models import Job, JobState, format_usd

if TYPE_CHECKING:
    from studio.container import Studio
    from studio.models.lost import LostItem


def register(app: typer.Typer) -> None:
    """Add ``retry``."""
    app.command("retry", rich_help_panel=MAKE)(retry)


def retry(
    target: Annotated[
        str, typer.Argument(metavar="BATCH|JOB", help="Batch id, or the id of one job.")
    ],
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Try the pictures of a batch again that failed, were refused or canceled; or one picture.

    One of unknown outcome is made again only by its own id, and may be charged a second time.
    """
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        if is_job(target):
            report = _retry_job(studio, target, stop, yes=yes, as_json=as_json)
        else:
            report = _retry_batch(studio, target, stop, as_json=as_json)
    report.finish()


def _retry_batch(studio: Studio, batch_id: str, stop: Stop, *, as_json: bool) -> Report:
    count = studio.batches.retry(batch_id)
    if count:
        say(f"{count} pictures go back to the queue.")
        return follow_and_report(studio, batch_id, stop, as_json=as_json)
    paid = studio.lost.summary(batch_id).paid
    if paid:
        say(f"Nothing is tried again: {paid:,} charged without a picture are decided one by one.")
    else:
        say("Nothing to retry: no picture of this batch failed.")
    return conclude(studio, studio.batches.status(batch_id), stop, as_json=as_json)


def _retry_job(studio: Studio, job_id: str, stop: Stop, *, yes: bool, as_json: bool) -> Report:
    job = studio.batches.job(job_id)
    item = next((i for i in studio.lost.items(job.batch_id) if i.job_id == job.id), None)
    if item is not None and not yes:
        _ask(job, item)
    studio.lost.retry(job_id)
    say(f"Row {job.spec.row_number} of batch {job.batch_id} goes back to the queue.")
    return follow_and_report(studio, job.batch_id, stop, as_json=as_json)


def _ask(job: Job, item: LostItem) -> None:
    """Agree to a possible second charge.

    Raises:
        InputError: nobody can be asked.
        typer.Exit: the answer was no.
    """
    unknown = job.state is JobState.UNKNOWN
    risk = f"This picture was charged {format_usd(item.amount)} and did not come"
    if unknown:
        risk = "Nobody can tell whether this picture was made"
    will = "may be" if unknown else "is"
    again = f"made again it {will} charged a second time, about {format_usd(job.spec.quote.high)}"
    if not screen.can_ask():
        raise InputError(
            f"{risk}; {again}.",
            f"Look it up first with: studio adopt {job.id}. Or add --yes to agree.",
        )
    held = f"The {format_usd(item.amount)} set aside for it count as spent. " if unknown else ""
    say(f"{risk}; {again}. {held}")
    if not typer.confirm("Make it again?", default=False, err=True):
        say("It stays as it is.")
        raise typer.Exit(130)
