"""A desk for the command line's tests: a folder of its own, commands in and out of process."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image
from typer.testing import CliRunner

from studio import container
from studio.cli.app import build_app
from studio.logs import close_logs
from studio.models import Call, Fault, Finished, ModelCard, Output, Price, ProviderFault, Usage
from studio.providers import Context, Provider

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--model", "sketch:default", "--size", "96x96")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed


class Desk:
    """An own data folder, an own working directory, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.data = folder / "data"

    def studio(self, *words: str, answer: str | None = None) -> Outcome:
        """Run a command in this process, without a terminal."""
        result = CliRunner().invoke(build_app(), list(words), input=answer)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def process(self, *words: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "studio", *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def prompts(self, count: int, name: str = "prompts.json") -> str:
        """A system B prompt file with ``count`` rows in sections of four."""
        rows = [
            {
                "section": f"Section {number // 4 + 1}",
                "image_number": number + 1,
                "image_prompt": f"a quiet harbour at dawn, watercolour, soft light, boat {number}",
                "description": f"Boat {number}",
            }
            for number in range(count)
        ]
        return self.file(name, json.dumps({"prompts": rows}))

    def file(self, name: str, content: str | bytes) -> str:
        """A file in the working directory; returns its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the database behind the studio's back."""
        with closing(sqlite3.connect(self.data / "studio.db")) as connection:
            return connection.execute(query).fetchall()

    def pictures(self) -> list[str]:
        """Names of the pictures in the output folder, sorted."""
        return sorted(path.name for path in self.out.glob("*.png"))

    def records(self) -> list[str]:
        """Names of the metadata files, sorted."""
        return sorted(path.name for path in (self.out / "metadata").glob("*.json"))


@contextmanager
def desk_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk in a fresh folder; the environment says nothing but where the data lie."""
    for name in list(os.environ):
        if name.startswith(("STUDIO_", "FAL_", "AI_")) or name.endswith(("_API_KEY", "_API_TOKEN")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STUDIO_DATA_DIR", str(folder / "data"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    try:
        yield Desk(folder)
    finally:
        close_logs()


class Press(Provider):
    """A paid generator without a network: two cents a picture, or the fault it was given."""

    id: ClassVar[str] = "press"
    label: ClassVar[str] = "Press"

    def __init__(self, faults: Mapping[str, Fault] | None = None) -> None:
        self.faults = dict(faults or {})
        self.calls = 0
        self._lock = threading.Lock()

    @property
    def cards(self) -> tuple[ModelCard, ...]:
        price = Price(low=20_000, expected=20_000, high=20_000, source="price list")
        return (ModelCard(id="press:fine", label="Fine press", price=price),)

    async def submit(self, call: Call, ctx: Context) -> Finished:
        """A flat picture whose colour is its seed, or the fault for a word of the prompt."""
        for word, fault in self.faults.items():
            if word in call.request.prompt:
                raise ProviderFault(fault)
        with self._lock:
            self.calls += 1
        data = io.BytesIO()
        colour = (call.seed % 256, call.seed // 256 % 256, call.seed // 65536 % 256)
        Image.new("RGB", (call.request.width, call.request.height), colour).save(data, "PNG")
        output = Output(data=data.getvalue(), media_type="image/png")
        return Finished(outputs=(output,), usage=Usage(cost=20_000, source="press"))


def with_press(monkeypatch: pytest.MonkeyPatch, press: Press) -> None:
    """Let the command line find this one provider only."""
    opened = partial(container.open_studio, providers={press.id: press})
    monkeypatch.setattr(container, "open_studio", opened)
