"""What holds for every test: no keys, no network but loopback, a data folder of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from studio.logs import close_logs
from studio.ui import entry

settings.register_profile("studio", deadline=None, max_examples=60)  # shared machines are noisy
settings.load_profile("studio")

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_connect = socket.socket.connect


def _only_loopback(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and address[0] not in LOOPBACK:
        raise AssertionError(f"A test tried to reach {address[0]!r}: only loopback is allowed.")
    _connect(self, address)


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An environment without settings or keys, in a folder of the test's own."""
    for name in list(os.environ):
        if name.startswith(("STUDIO_", "AI_", "R2_")) or name.endswith(("_KEY", "_TOKEN")):
            monkeypatch.delenv(name)
    for name in ("LOG_LEVEL", "RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STUDIO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr(socket.socket, "connect", _only_loopback)
    monkeypatch.setattr(entry, "heal", lambda: None)  # files that change meanwhile are not news
    yield
    close_logs()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On several cores browser tests go first: they are long, and none should be the last."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under continuous integration nothing may be left out: a skip is a failure there."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where CI is set: {report.longrepr}"
    return report
