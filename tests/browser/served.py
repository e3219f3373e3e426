"""The real app in a process of its own, and a real browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, STOP_SECONDS = 60.0, 30.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTLED = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass(frozen=True)
class Served:
    """An app that answers."""

    url: str
    log: Path
    process: subprocess.Popen[bytes]


@contextmanager
def served(folder: Path, *, port: int | None = None, **settings: str) -> Iterator[Served]:
    """The app over a data folder of its own; ends it, and only it, at the end.

    Args:
        settings: More environment variables.
    """
    port = port or free_port()
    log = folder / "app.log"
    words = [
        sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"),
        "--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true",
        "--server.fileWatcherType", "none",
    ]  # fmt: skip
    environment = os.environ | {"STUDIO_DATA_DIR": str(folder / "data")} | settings
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(url, process, log)
        yield Served(url, log, process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when our own health route answers; fail with the log when the process ends first."""
    pause = threading.Event()
    for _ in range(int(START_SECONDS / 0.1)):
        if process.poll() is not None:
            break
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=5).json()["status"] == "ok":
                return
        except (httpx.HTTPError, ValueError):
            pause.wait(0.1)
    raise AssertionError(f"The app did not start:\n{log.read_text(encoding='utf-8')}")


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def chromium_path() -> str | None:
    """Where a Chromium is, or ``None``."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Complaints:
    """What the browser complains about while a page is used."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.found.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        """Deep links make Streamlit ask for its own routes below the page first: harmless."""
        if response.status >= 400 and "/_stcore/" not in response.url:
            self.found.append(f"{response.status} {response.url}")


def settle(page: Page) -> None:
    """Wait until the script has run to its end and nothing is being loaded."""
    page.wait_for_selector(SETTLED, timeout=30_000)
    page.wait_for_function(
        '() => !document.querySelector(\'[data-testid="stSkeleton"], [data-stale="true"]\')',
        timeout=30_000,
    )
