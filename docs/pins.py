"""Chooses exact versions: installs the ranges of pyproject.toml freshly and writes what came."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONLY_ON = {
    "cffi": ' ; platform_python_implementation != "PyPy"',
    "colorama": ' ; sys_platform == "win32"',
    "watchdog": ' ; platform_system != "Darwin"',
}
ELSEWHERE = ["colorama==0.4.6"]
"""What no machine but Windows installs, so that it never shows up elsewhere."""


def main() -> None:
    """Write requirements.txt and requirements-dev.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted, extra = project["dependencies"] + extras["auth"] + extras["webhooks"], extras["dev"]
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(path for path in Path(folder).glob("*/python*") if path.stem == "python")
        needed = _freeze(python, wanted)
        everything = _freeze(python, extra)
    needed |= {_name(pin): pin for pin in ELSEWHERE}
    only_tests = {name: pin for name, pin in everything.items() if name not in needed}
    head = (
        "# Exact versions of everything that the app and the command line need; "
        "`just pins` renews them.\n"
        "# The ranges that they were chosen from stand in pyproject.toml.\n"
    )
    _write("requirements.txt", head, needed, wanted)
    head = (
        "# What the tests and checks need besides; `just pins` renews them.\n-r requirements.txt\n"
    )
    _write("requirements-dev.txt", head, only_tests, extra)


def _freeze(python: Path, ranges: list[str]) -> dict[str, str]:
    pip = [str(python), "-m", "pip"]
    subprocess.run([*pip, "install", "-q", *ranges], check=True)  # noqa: S603  (our own words)
    listed = subprocess.run(  # noqa: S603
        [*pip, "freeze"], check=True, capture_output=True, text=True
    )
    return {_name(line): line for line in listed.stdout.split()}


def _write(file: str, head: str, pins: dict[str, str], ranges: list[str]) -> None:
    named = {_name(item) for item in ranges}
    direct = [_line(name, pins[name]) for name in sorted(pins) if name in named]
    rest = [_line(name, pins[name]) for name in sorted(pins) if name not in named]
    parts = [head, "# named in pyproject.toml", *direct, "\n# what those need", *rest, ""]
    (ROOT / file).write_text("\n".join(parts), encoding="utf-8")
    sys.stdout.write(f"{file}: {len(pins)} pins\n")


def _line(name: str, pin: str) -> str:
    return f"{name}=={pin.partition('==')[2]}{ONLY_ON.get(name, '')}"


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


if __name__ == "__main__":
    main()
