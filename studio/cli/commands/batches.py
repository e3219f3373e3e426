"""``studio batches``: the batches there are, newest first."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.outcomes import summary_document
from studio.cli.panels import LOOK
from studio.cli.screen import results, say, table, write_json
from studio.models import format_usd


def register(app: typer.Typer) -> None:
    """Add ``batches``."""
    app.command("batches", rich_help_panel=LOOK)(batches)


def batches(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many to show.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List the batches, newest first."""
    from studio.container import open_studio

    with open_studio() as studio:
        found = studio.batches.list(limit=limit)
    if as_json:
        write_json({"batches": [summary_document(status) for status in found]})
        return
    if not found:
        say("There is no batch yet. Make one with: studio run prompts.csv")
        return
    rows = [
        (
            status.batch.id,
            f"{status.batch.created_at:%Y-%m-%d %H:%M}",
            status.batch.title,
            status.batch.state.value,
            f"{status.counts.done}/{status.counts.total}",
            format_usd(status.settled),
        )
        for status in found
    ]
    header = ("Batch", "Created (UTC)", "Title", "State", "Done", "Settled")
    results().print(table(header, rows, right=("Done", "Settled")))
