"""The pins name one version of everything, inside the ranges of pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sources import ROOT, text

PROJECT: dict[str, Any] = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]


def pins(name: str) -> dict[str, Requirement]:
    lines = [line.strip() for line in text(ROOT / name).splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    found: dict[str, Requirement] = {canonicalize_name(item.name): item for item in wanted}
    assert len(found) == len(wanted), f"{name} names something twice"
    return found


def version(pin: Requirement) -> str:
    (only,) = pin.specifier
    assert only.operator == "==", f"{pin} is no pin"
    assert "*" not in only.version
    return only.version


def check(ranges: list[str], pinned: dict[str, Requirement]) -> None:
    for wanted in map(Requirement, ranges):
        pin = pinned[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version(pin)), f"{pin} is outside {wanted}"


def test_what_the_app_needs_is_pinned() -> None:
    pinned = pins("requirements.txt")
    assert all(version(pin) for pin in pinned.values())
    check(PROJECT["dependencies"], pinned)


def test_what_the_tests_need_is_pinned() -> None:
    assert "-r requirements.txt" in text(ROOT / "requirements-dev.txt").splitlines()
    pinned = pins("requirements-dev.txt")
    assert all(version(pin) for pin in pinned.values())
    assert not set(pinned) & set(pins("requirements.txt"))
    check(PROJECT["optional-dependencies"]["dev"], pinned | pins("requirements.txt"))


def test_the_versions_agree() -> None:
    match = re.search(r"^## (\d+\.\d+\.\d+)", text(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert match
    assert match[1] == PROJECT["version"]


def test_the_continuous_check_runs_the_command_of_the_readme() -> None:
    script = text(Path(ROOT / ".ci" / "run"))
    assert "test-command" in script
    for marker in ("<!-- open-command -->", "<!-- test-command -->"):
        assert text(ROOT / "README.md").count(marker) == 1
