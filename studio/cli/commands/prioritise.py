"""``studio prioritise BATCH first|normal|last``: which batch is served before which."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json
from studio.models import Place

_TOLD = {
    Place.FIRST: "is served before all others",
    Place.NORMAL: "shares in turn with the others",
    Place.LAST: "is served after all others",
}


def register(app: typer.Typer) -> None:
    """Add ``prioritise``."""
    app.command("prioritise", rich_help_panel=MAKE)(prioritise)


def prioritise(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="Batch id.")],
    place: Annotated[Place, typer.Argument(help="Before, with or after the other batches.")],
    as_json: JsonFlag = False,
) -> None:
    """Serve a batch before or after the others. Pictures under way are not disturbed."""
    from studio.container import open_studio

    with open_studio() as studio:
        studio.batches.prioritise(batch, place)
        priority = studio.batches.status(batch).batch.priority
    say(f"Batch {batch} {_TOLD[place]}.")
    if as_json:
        write_json({"batch_id": batch, "place": place.value, "priority": priority})
