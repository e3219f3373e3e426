"""``studio write-off JOB``: settle the matter of a picture that may have been paid for."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json
from studio.models import Job, JobState, format_usd, to_dollars


def register(app: typer.Typer) -> None:
    """Add ``write-off``."""
    app.command("write-off", rich_help_panel=MAKE)(write_off)


def write_off(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Job id, see: studio lost.")],
    as_json: JsonFlag = False,
) -> None:
    """Give up a picture of unknown outcome, or take note of one charged but never received."""
    from studio.container import open_studio

    with open_studio() as studio:
        before = studio.batches.job(job)
        studio.lost.write_off(job)
        found = studio.batches.job(job)
    say(_words(before, found))
    if as_json:
        cost = to_dollars(found.cost)
        write_json({"id": found.id, "state": found.state.value, "cost_usd": cost})


def _words(before: Job, found: Job) -> str:
    picture = f"row {found.spec.row_number} of batch {found.batch_id}"
    cost = format_usd(found.cost)
    if before.state is JobState.UNKNOWN:
        return f"Written off: {picture}. What was set aside for it, {cost}, counts as spent."
    return f"Taken note of: {picture}. The {cost} stay in the costs, without a picture."
