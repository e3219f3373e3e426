"""``studio resume [BATCH]``: go on with a batch that was paused or interrupted."""

from __future__ import annotations

import typer

from studio.cli.arguments import BatchArgument, JsonFlag, chosen_batch
from studio.cli.follow import stop_on_signal
from studio.cli.panels import MAKE
from studio.cli.report import conclude, follow_and_report
from studio.errors import Conflict
from studio.models import BatchState


def register(app: typer.Typer) -> None:
    """Add ``resume``."""
    app.command("resume", rich_help_panel=MAKE)(resume)


def resume(batch: BatchArgument = None, as_json: JsonFlag = False) -> None:
    """Go on with a batch that was paused or interrupted. Nothing is made twice."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        status = studio.batches.status(batch_id)
        if status.batch.state is BatchState.CANCELED:
            raise Conflict(
                f"Batch {batch_id!r} was canceled.",
                f"Make its missing pictures with: studio retry {batch_id}",
            )
        if status.batch.state is BatchState.DONE:
            report = conclude(studio, status, stop, as_json=as_json)
        else:
            studio.batches.resume(batch_id)
            report = follow_and_report(studio, batch_id, stop, as_json=as_json)
    report.finish()
