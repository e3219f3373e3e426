"""``studio storage status``: what lies on the disk."""

from __future__ import annotations

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import results, table, write_json


def register(app: typer.Typer) -> None:
    """Add ``storage``."""
    group = typer.Typer(no_args_is_help=True, help="What lies on the disk.")
    group.callback()(_group)
    group.command("status")(status)
    app.add_typer(group, name="storage", rich_help_panel=SET_UP)


def _group() -> None:
    """What lies on the disk."""


def status(as_json: JsonFlag = False) -> None:
    """Show where pictures are kept and how much room they take."""
    from studio.container import open_studio

    with open_studio() as studio:
        use = studio.health.storage()
    if as_json:
        write_json(use.model_dump(mode="json"))
        return
    rows = [
        ("Folder", use.folder),
        ("Pictures", f"{use.pictures:,}"),
        ("Picture files", _size(use.picture_bytes)),
        ("Thumbnails", _size(use.thumbnail_bytes)),
        ("Database", _size(use.database_bytes)),
        ("Other", _size(use.other_bytes)),
        ("Free on the disk", _size(use.free_bytes)),
    ]
    results().print(table(("", ""), rows, header=False))


def _size(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
