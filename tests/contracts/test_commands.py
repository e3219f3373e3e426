"""What holds for every command: it explains itself and each option, and it stands in the README."""

from __future__ import annotations

import re
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from studio.cli.app import build_app
from studio.cli.panels import PANELS
from tests.architecture.sources import ROOT, python_files, text


def commands() -> dict[str, Any]:
    """Words of the command line → command, groups taken apart."""
    found: dict[str, Any] = {}

    def walk(group: Any, words: str) -> None:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                walk(command, f"{words}{name} ")
            else:
                found[f"{words}{name}"] = command

    walk(typer.main.get_command(build_app()), "")
    return found


COMMANDS = commands()
every_command = pytest.mark.parametrize("words", sorted(COMMANDS))


def test_each_file_of_the_folder_adds_a_command() -> None:
    files = [path.stem for path in python_files("studio/cli/commands") if path.stem != "__init__"]
    tops = {words.partition(" ")[0] for words in COMMANDS}
    assert {stem.rstrip("_").replace("_", "-") for stem in files} == tops


@every_command
def test_a_command_explains_itself(words: str) -> None:
    page = CliRunner().invoke(build_app(), [*words.split(), "--help"])
    assert page.exit_code == 0
    assert COMMANDS[words].help
    for option in COMMANDS[words].params:
        if option.param_type_name == "option":
            assert option.help, f"{words} {option.opts[0]} has no help"


@every_command
def test_a_command_has_its_panel(words: str) -> None:
    top = typer.main.get_command(build_app()).commands[words.partition(" ")[0]]  # type: ignore[attr-defined]
    assert top.rich_help_panel in PANELS


@every_command
def test_a_command_stands_in_the_readme(words: str) -> None:
    assert re.search(rf"^\| `studio {words}[ `]", text(ROOT / "README.md"), re.MULTILINE)


@every_command
def test_an_option_that_does_not_exist_is_a_usage_error(words: str) -> None:
    answer = CliRunner().invoke(build_app(), [*words.split(), "--no-such-option"])
    assert answer.exit_code == 2
