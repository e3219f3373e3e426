"""Broad ``except`` stands in the named places only: job, follow-up, loop, writer, process."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import name, python_files, tree

BROAD = {"Exception", "BaseException"}
PLACES = {
    "studio/engine/execute.py",  # the job boundary: a failed job never ends its batch
    "studio/engine/chores.py",  # and for a chore beside the pictures, which begins again
    "studio/engine/searching.py",  # a search for a lost call, which is repeated
    "studio/engine/followups.py",  # the same for a follow-up, which is tried again
    "studio/engine/runner.py",  # the loop thread: a failed round never ends the engine
    "studio/db/connect.py",  # the writer: what a transaction raised travels to its caller
    "studio/__main__.py",  # the process edge
    "studio/cli/app.py",  # the process edge
}


def broad_handlers(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and BROAD & _caught(node.type)
    ]


def _caught(node: ast.expr | None) -> set[str]:
    if node is None:
        return BROAD
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return {part.id for part in parts if isinstance(part, ast.Name)}


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=name(path)) for path in python_files("studio", "pages", "app.py")],
)
def test_nothing_is_caught_broadly_elsewhere(path: Path) -> None:
    if name(path) in PLACES:
        assert len(broad_handlers(path)) <= 1
    else:
        assert broad_handlers(path) == []


def test_the_named_places_exist() -> None:
    assert {name(path) for path in python_files("studio")} >= PLACES
