"""What several files of flow tests stand on: a desk for the command line, and the emulated fal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulator.world import World
from tests.flows.cli_desk import Desk, desk_in
from tests.flows.fal_world import fal_in


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The command line in a fresh folder."""
    with desk_in(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def fal(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The emulated fal; the environment names it, its key too."""
    with fal_in(monkeypatch) as world:
        yield world


@pytest.fixture
def fal_desk(tmp_path: Path, fal: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The command line, where the emulated fal is the one that is asked."""
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("FAL_", "STUDIO_"))}
    with desk_in(tmp_path, monkeypatch) as made:
        for name, value in kept.items():
            monkeypatch.setenv(name, value)
        yield made
