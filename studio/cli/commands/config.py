"""``studio config show``: every setting with its value and where it comes from."""

from __future__ import annotations

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import results, table, write_json


def register(app: typer.Typer) -> None:
    """Add ``config``."""
    group = typer.Typer(no_args_is_help=True, help="Settings.")
    group.callback()(_group)
    group.command("show")(show)
    app.add_typer(group, name="config", rich_help_panel=SET_UP)


def _group() -> None:
    """Settings of this installation."""


def show(as_json: JsonFlag = False) -> None:
    """Show every setting with its value and its source; secrets are masked."""
    from studio.container import open_studio

    with open_studio() as studio:
        settings = studio.health.settings()
    if as_json:
        write_json({"settings": [line.model_dump(mode="json") for line in settings]})
        return
    rows = [(line.name, line.value, line.source, line.description) for line in settings]
    results().print(table(("Setting", "Value", "Source", "Meaning"), rows))
