"""The command line as a whole: commands found by folder, errors turned into words and exit codes.

Exit codes: 0 all done, 1 some pictures failed or are unknown, 2 bad input or usage, 3 budget
stop, 4 the provider refused the account, 130 interrupted and resumable.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

import typer
from typer.core import TyperGroup

from studio.cli import commands
from studio.cli.panels import PANELS
from studio.cli.screen import plain, show_error, write_json
from studio.errors import StudioError

_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class StudioGroup(TyperGroup):
    """Says every typed error in two sentences, as JSON where JSON was asked for."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> Any:
        """Remember whether ``--json`` is among the arguments before they are taken apart."""
        wants_json = "--json" in args
        context = super().make_context(info_name, args, *rest, **extra)
        context.obj = {"json": wants_json}
        return context

    def list_commands(self, ctx: Any) -> list[str]:
        """Commands by panel, in the order in which people meet them."""
        return sorted(super().list_commands(ctx), key=self._panel)

    def _panel(self, name: str) -> tuple[int, str]:
        panel = getattr(self.commands[name], "rich_help_panel", None)
        return (PANELS.index(panel) if panel in PANELS else len(PANELS), name)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; an error becomes a message and its exit code."""
        wants_json = bool(ctx.obj["json"])
        try:
            return super().invoke(ctx)
        except StudioError as error:
            show_error(error, as_json=wants_json)
            raise typer.Exit(error.exit_code) from error
        except _UsageError as error:
            if not wants_json:
                raise
            words = plain(getattr(error, "format_message", error.__str__)())
            step = "See --help for what this command takes."
            write_json({"error": {"code": "usage", "message": words, "next_step": step}})
            raise typer.Exit(2) from error


def build_app() -> typer.Typer:
    """The application with every command found in ``studio/cli/commands``."""
    app = typer.Typer(
        name="studio",
        cls=StudioGroup,
        help="Turn a spreadsheet of prompts into finished pictures.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for info in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{info.name}").register(app)
    return app


def _root() -> None:
    """Turn a spreadsheet of prompts into finished pictures, without losing money or work.

    Start with: studio run examples/sample.csv --output out
    """


def main() -> None:
    """Entry point of ``studio`` and ``python -m studio``."""
    build_app()(prog_name="studio")
