"""``studio config``: every setting with its value and source, and what a config file may hold."""

from __future__ import annotations

from typing import Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import results, table, write_json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def register(app: typer.Typer) -> None:
    """Add ``config``."""
    group = typer.Typer(no_args_is_help=True, help="Settings.")
    group.callback()(_group)
    group.command("show")(show)
    group.command("schema")(schema)
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


def schema(as_json: JsonFlag = False) -> None:
    """Print the JSON schema of the config file that STUDIO_CONFIG names, without secrets."""
    write_json(config_schema())


def config_schema() -> dict[str, Any]:
    """What the config file may hold, as JSON schema: the settings in capitals or small letters."""
    from studio.settings import Settings

    described = Settings.model_json_schema()["properties"]
    fields = {
        name.upper(): {key: value for key, value in field.items() if key != "title"}
        for name, field in described.items()
        if name not in Settings.secret_names
    }
    small = {name.lower(): {"$ref": f"#/properties/{name}"} for name in fields}
    return {
        "$schema": DIALECT,
        "title": "Image Studio config file",
        "description": "JSON or TOML. The environment wins over it. Budgets follow an edited "
        "file at once, every other setting at the next start. Amounts are US dollars.",
        "type": "object",
        "properties": {"$schema": {"type": "string"}} | fields | small,
        "patternProperties": {
            "^(?!STUDIO_)[A-Z0-9_]+_BASE$": {
                "type": "string",
                "description": "Address of a provider.",
            }
        },
        "additionalProperties": False,
    }
