"""``studio write-off JOB``: give up a picture of which nobody can tell whether it was made."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json
from studio.models import to_dollars


def register(app: typer.Typer) -> None:
    """Add ``write-off``."""
    app.command("write-off", rich_help_panel=MAKE)(write_off)


def write_off(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Job id, see: studio status.")],
    as_json: JsonFlag = False,
) -> None:
    """Give up a picture of unknown outcome; its reservation ends."""
    from studio.container import open_studio

    with open_studio() as studio:
        studio.batches.write_off(job)
        found = studio.batches.job(job)
    say(f"Written off: row {found.spec.row_number} of batch {found.batch_id}.")
    if as_json:
        cost = to_dollars(found.cost)
        write_json({"id": found.id, "state": found.state.value, "cost_usd": cost})
