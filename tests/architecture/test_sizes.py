"""A file is one subject of at most 300 lines, a function fits on a screen; both say what for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import name, python_files, text, tree

MOST_FILE_LINES, MOST_FUNCTION_LINES = 300, 60
EVERYWHERE = [pytest.param(path, id=name(path)) for path in python_files()]
OURS = [pytest.param(path, id=name(path)) for path in python_files("studio", "pages", "app.py")]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_file_is_short(path: Path) -> None:
    lines = len(text(path).splitlines())
    assert lines <= MOST_FILE_LINES, f"{lines} lines: split it by subject"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_function_is_short(path: Path) -> None:
    sizes = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
    assert {key: size for key, size in sizes.items() if size > MOST_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_file_says_its_subject_first(path: Path) -> None:
    words = ast.get_docstring(tree(path))
    if not text(path).strip() and path.name == "__init__.py":
        return  # an empty marker of a test folder has no subject
    assert words, "no docstring"
    assert text(path).startswith('"""'), "the docstring is not the first line"
    assert words.splitlines()[0].rstrip().endswith((".", ":", "?")), "no sentence"


@pytest.mark.parametrize("path", OURS)
def test_public_things_say_what_they_do(path: Path) -> None:
    silent = [
        f"{node.name} (line {node.lineno})"
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
