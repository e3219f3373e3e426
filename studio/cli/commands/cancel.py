"""``studio cancel [BATCH]``: stop a batch for good, saying what may still be charged."""

from __future__ import annotations

import typer

from studio.cli import screen
from studio.cli.arguments import BatchArgument, JsonFlag, YesFlag, chosen_batch
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json
from studio.errors import InputError
from studio.models import CancelReport, format_usd, to_dollars


def register(app: typer.Typer) -> None:
    """Add ``cancel``."""
    app.command("cancel", rich_help_panel=MAKE)(cancel)


def cancel(batch: BatchArgument = None, yes: YesFlag = False, as_json: JsonFlag = False) -> None:
    """Stop a batch. Pictures already sent may still be charged; it says how much."""
    from studio.container import open_studio

    with open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        preview = studio.batches.cancel_preview(batch_id)
        say(_words(preview))
        if not yes:
            _ask(batch_id, preview)
        report = studio.batches.cancel(batch_id)
    say("Canceled.")
    if as_json:
        write_json(
            {
                "batch_id": batch_id,
                "waiting": report.waiting,
                "in_flight": report.in_flight,
                "may_charge_usd": to_dollars(report.may_charge),
            }
        )


def _words(preview: CancelReport) -> str:
    words = f"{preview.waiting} pictures were not sent yet and will not be charged."
    if preview.in_flight:
        charge = format_usd(preview.may_charge)
        words += f" {preview.in_flight} are under way and may still be charged: {charge}."
    return words


def _ask(batch_id: str, preview: CancelReport) -> None:
    if preview.in_flight == 0 or preview.may_charge == 0:
        return
    if not screen.can_ask():
        raise InputError(
            f"Canceling {batch_id!r} gives up pictures that may still be charged.",
            "Add --yes to agree.",
        )
    if not typer.confirm("Cancel the batch?", default=False, err=True):
        say("The batch goes on.")
        raise typer.Exit(0)
