"""``studio retry BATCH``: try the pictures again that failed, were refused or canceled."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.follow import stop_on_signal
from studio.cli.panels import MAKE
from studio.cli.report import conclude, follow_and_report
from studio.cli.screen import say


def register(app: typer.Typer) -> None:
    """Add ``retry``."""
    app.command("retry", rich_help_panel=MAKE)(retry)


def retry(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="Batch id.")],
    as_json: JsonFlag = False,
) -> None:
    """Try the pictures of a batch again that failed, were refused or canceled."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        count = studio.batches.retry(batch)
        if count:
            say(f"{count} pictures go back to the queue.")
            report = follow_and_report(studio, batch, stop, as_json=as_json)
        else:
            say("Nothing to retry: no picture of this batch failed.")
            report = conclude(studio, studio.batches.status(batch), stop, as_json=as_json)
    report.finish()
