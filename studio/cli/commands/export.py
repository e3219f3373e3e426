"""``studio export BATCH DIR|FILE.zip``: hand a batch out as a folder or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.outcomes import DEFAULT_LAYOUT
from studio.cli.panels import LOOK
from studio.cli.screen import say, write_json
from studio.errors import BadParameter


def register(app: typer.Typer) -> None:
    """Add ``export``."""
    app.command("export", rich_help_panel=LOOK)(export)


def export(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="Batch id.")],
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE.zip", help="Folder or archive.")],
    layout: Annotated[str, typer.Option(help="How the files lie: sections.")] = DEFAULT_LAYOUT,
    as_json: JsonFlag = False,
) -> None:
    """Hand a batch out as a folder or a zip file. Repeating it writes only what is missing."""
    from studio.container import open_studio
    from studio.exports import layout as find_layout

    name = find_layout(layout).name
    place = target.resolve()
    with open_studio() as studio:
        status = studio.batches.status(batch)
        if place.suffix.lower() == ".zip":
            studio.exports.zip_batch(batch, place, name)
            count = status.counts.done
        elif place.exists() and not place.is_dir():
            raise BadParameter(
                f"{target.as_posix()!r} is a file.", "Name a folder, or a file that ends in .zip."
            )
        else:
            count = studio.exports.folder(batch, place, name)
    say(f"{count} pictures written to {place}")
    if as_json:
        write_json({"batch_id": batch, "output": str(place), "pictures": count, "layout": name})
