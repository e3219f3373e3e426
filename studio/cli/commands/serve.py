"""``studio serve``: open the app in the browser."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from studio.cli.panels import SET_UP
from studio.errors import NotFound

_APP = Path(__file__).resolve().parents[3] / "app.py"
_PATIENCE = 20.0
"""Seconds for the app to leave its work in a resumable state before it is ended."""


def register(app: typer.Typer) -> None:
    """Add ``serve``."""
    app.command("serve", rich_help_panel=SET_UP)(serve)


def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    address: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
) -> None:
    """Open the app: the same studio, in the browser."""
    if not _APP.is_file():
        raise NotFound(
            "The app is not installed beside the package.",
            "Run this in a clone of the repository, where app.py is.",
        )
    with subprocess.Popen(command(port, address)) as child:  # noqa: S603 - no shell, own words
        raise typer.Exit(_wait(child))


def command(port: int | None, address: str | None) -> list[str]:
    """The words that start Streamlit with our app."""
    words = [sys.executable, "-m", "streamlit", "run", str(_APP)]
    if port is not None:
        words += ["--server.port", str(port)]
    if address is not None:
        words += ["--server.address", address]
    return words


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Wait for the app, passing on what this process is told; a signal to stop is no failure."""
    told = False

    def forward(number: int, frame: FrameType | None) -> None:
        nonlocal told
        told = True
        child.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    while True:
        try:
            code = child.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            if told:
                child.kill()
        else:
            return 0 if told else code
