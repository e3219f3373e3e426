"""``studio pause [BATCH]``: send nothing more of a batch until it is resumed."""

from __future__ import annotations

import typer

from studio.cli.arguments import BatchArgument, JsonFlag, chosen_batch
from studio.cli.outcomes import batch_document
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json


def register(app: typer.Typer) -> None:
    """Add ``pause``."""
    app.command("pause", rich_help_panel=MAKE)(pause)


def pause(batch: BatchArgument = None, as_json: JsonFlag = False) -> None:
    """Send nothing more of a batch until it is resumed; pictures under way still arrive."""
    from studio.container import open_studio

    with open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        studio.batches.pause(batch_id)
        say(f"Paused. Go on with: studio resume {batch_id}")
        if as_json:
            write_json(batch_document(studio, studio.batches.status(batch_id)))
