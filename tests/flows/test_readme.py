"""The commands that the README shows, run as it shows them, beside an emulated fal."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from studio.cli.presets import preset
from studio.providers import discover
from tests.architecture.sources import ROOT, text
from tests.emulator import __main__ as emulator
from tests.emulator.server import serve
from tests.flows.old_outputs import system_b

README = text(ROOT / "README.md")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = ".venv/bin/python"
STUDIO = f"{PYTHON} -m studio "
PAID = "--model fal:"


def blocks(language: str) -> list[str]:
    """The fenced blocks of one language, in the order of the page."""
    return [body for kind, body in FENCED.findall(README) if kind == language]


def lines() -> list[str]:
    """The commands of a shell, one a line, without those that make an environment first."""
    shown = [line for block in blocks("bash") for line in block.splitlines()]
    return [line for line in shown if "pip install" not in line]


def sample(folder: Path) -> None:
    """The sample that the README names, of three rows."""
    (folder / "examples").mkdir()
    rows = text(ROOT / "examples" / "sample.csv").splitlines()[:4]
    (folder / "examples" / "sample.csv").write_text("\n".join(rows), encoding="utf-8")


def run(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one line of the README by this Python; a paid one is agreed to where nobody is asked."""
    words = shlex.split(line.removeprefix(STUDIO))
    if PAID in line and "--dry-run" not in words:
        words.append("--yes")
    return subprocess.run(
        [sys.executable, "-m", "studio", *words], cwd=folder, env=os.environ | environment,
        text=True, encoding="utf-8", stdin=subprocess.DEVNULL, capture_output=True,
        check=False, timeout=120,
    )  # fmt: skip


def test_what_the_readme_shows_works(tmp_path: Path) -> None:
    sample(tmp_path)
    system_b(tmp_path / "old-pictures")
    commands = [line for line in lines() if line.startswith(STUDIO)]
    with serve() as served:
        served.world.fal.account.runners = 8
        environment = served.environment() | {
            "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200",
        }  # fmt: skip
        ran = {line: run(line, tmp_path, environment) for line in commands}
        charged = served.world.bill.total
        costs = run(f"{STUDIO}costs --by provider --json", tmp_path, environment)
    assert {line: done.stderr for line, done in ran.items() if done.returncode} == {}
    told = {line.removeprefix(STUDIO): f"{done.stdout}{done.stderr}" for line, done in ran.items()}
    assert "Ready" in told["doctor --live"]
    assert "$5.00" in told["budget show"]
    assert "Pictures taken in" in told["import old-pictures"]
    assert len(list((tmp_path / "out").glob("*.png"))) == 3
    assert len([path for path in (tmp_path / "pictures").iterdir() if path.is_file()]) >= 3
    assert charged, "one of them is paid"
    assert json.loads(costs.stdout)["settled_usd"] == charged / 1_000_000


def test_every_line_is_a_command_that_is_known_here() -> None:
    strangers = [
        line
        for line in lines()
        if not line.startswith((STUDIO, f"{PYTHON} -m tests.emulator", "echo 'FAL_KEY="))
    ]
    assert strangers == []


def test_the_line_with_the_key_names_a_key() -> None:
    names = [name for provider in discover().values() for name in provider.key_env]
    shown = [line for line in lines() if line.startswith("echo ")]
    assert shown
    assert all(re.fullmatch(r"echo '(\w+)=[a-z-]+' >> \.env", line) for line in shown)
    assert all(line.split("'")[1].partition("=")[0] in names for line in shown)


def test_the_emulator_takes_the_words_shown() -> None:
    shown = [line for line in lines() if "tests.emulator" in line]
    assert shown
    for line in shown:
        options = emulator.parser().parse_args(shlex.split(line)[3:])
        assert emulator.world_of(options).trouble.rules, "it misbehaves as the README says"


@pytest.mark.parametrize("name", ["nightly.sh", "video.sh"])
def test_an_example_is_shown_as_it_is(name: str) -> None:
    assert text(ROOT / "examples" / name) in blocks("sh"), "run `just docs`"


def test_the_defaults_of_the_preset_are_told_as_they_are() -> None:
    classic = preset("classic")
    told = README[README.index("`--preset classic` means") :].partition("\n\n")[0]
    for fact in (
        f"{classic.width}×{classic.height}",
        f"{classic.params['num_inference_steps']} inference steps",
        f"guidance {classic.params['guidance_scale']}",
        f"{classic.max_retries} retries",
        f"`{classic.model}`",
        str(classic.format.value if classic.format else "").upper(),
    ):
        assert fact in told
