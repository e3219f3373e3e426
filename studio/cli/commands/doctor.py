"""``studio doctor``: is everything in order, and where does each setting come from?"""

from __future__ import annotations

from typing import Any

import typer
from rich.text import Text

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import plain, results, say, table, write_json
from studio.models import Check, KeyLine, SettingLine, Verdict

_LOOK = {
    Verdict.OK: ("ok", "bold green"),
    Verdict.WARNING: ("warning", "bold yellow"),
    Verdict.ERROR: ("error", "bold red"),
}


def register(app: typer.Typer) -> None:
    """Add ``doctor``."""
    app.command("doctor", rich_help_panel=SET_UP)(doctor)


def doctor(as_json: JsonFlag = False) -> None:
    """Check the installation, keys and settings. Exit code 1 when something is broken."""
    from studio.container import open_studio

    with open_studio() as studio:
        checks = studio.health.checks()
        keys = studio.health.keys()
        settings = studio.health.settings()
    broken = any(check.verdict is Verdict.ERROR for check in checks)
    if as_json:
        write_json(_document(checks, keys, settings, healthy=not broken))
    else:
        _show(checks, keys, settings)
        say("Something is broken; see the red lines." if broken else "All is well.")
    if broken:
        raise typer.Exit(1)


def _show(checks: list[Check], keys: list[KeyLine], settings: list[SettingLine]) -> None:
    screen = results()
    rows = [
        (Text(*_LOOK[check.verdict]), check.name, _words(check.message, check.fix))
        for check in checks
    ]
    screen.print(table(("", "Check", "Finding"), rows))
    screen.print()
    screen.print(
        table(
            ("Provider", "Key", "Read from"),
            [(key.label, _key_words(key), key.source or " | ".join(key.env)) for key in keys],
        )
    )
    screen.print()
    lines = [(line.name, line.value, line.source) for line in settings]
    screen.print(table(("Setting", "Value", "Source"), lines))


def _words(message: str, fix: str) -> str:
    return plain(f"{message} {fix}")


def _key_words(key: KeyLine) -> str:
    if not key.needed:
        return "not needed"
    return "there" if key.present else "missing"


def _document(
    checks: list[Check], keys: list[KeyLine], settings: list[SettingLine], *, healthy: bool
) -> dict[str, Any]:
    return {
        "healthy": healthy,
        "checks": [check.model_dump(mode="json") for check in checks],
        "keys": [key.model_dump(mode="json") for key in keys],
        "settings": [line.model_dump(mode="json") for line in settings],
    }
