"""What no file of the repository may contain, and what every text in it must be."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files, name, python_files, text, tree

TEXTS = {
    ".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".jsonl", ".csv", ".css", ".js",
    ".svg", ".example", "",
}  # fmt: skip
MOST_BYTES = 400_000
FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+)/"),
    "a package registry": re.compile(
        r"(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|--(?:extra-)?index-url)"
    ),
    "a secret": re.compile(
        r"\b(?:sk-(?:or-)?[A-Za-z0-9]{20,}|r8_[A-Za-z0-9]{30,}|AIza[A-Za-z0-9_-]{30,}|"
        r"hf_[A-Za-z0-9]{30,}|gh[pousr]_[A-Za-z0-9]{30,})\b|-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
    "unfinished work": re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X{3})\b"),
}
TEXT_FILES = [path for path in files() if path.suffix in TEXTS]
RESERVED = re.compile(r"(?i)^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


@pytest.mark.parametrize("what", list(FORBIDDEN))
def test_no_file_contains(what: str) -> None:
    found = [
        f"{name(path)}:{number} {line.strip()[:80]}"
        for path in TEXT_FILES
        if path != Path(__file__).resolve()
        for number, line in enumerate(text(path).splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert found == []


def test_file_names_work_everywhere() -> None:
    odd = [
        name(path)
        for path in files()
        if not re.fullmatch(r"[A-Za-z0-9_.,/-]+", name(path))
        or any(RESERVED.match(part) or part.endswith(".") for part in Path(name(path)).parts)
    ]
    assert odd == []
    lower = [name(path).lower() for path in files()]
    assert len(lower) == len(set(lower)), "two names differ only in case"


def test_nothing_large_is_committed() -> None:
    large = {name(path): path.stat().st_size for path in files()}
    assert {key: size for key, size in large.items() if size > MOST_BYTES} == {}


def test_files_are_opened_with_an_encoding() -> None:
    """Without one, Windows reads and writes its own code page."""
    silent = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("studio", "pages", "tests", "app.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"read_text", "write_text"}
        and len(node.args) < (1 if node.func.attr == "read_text" else 2)
        and not any(word.arg in {"encoding", None} for word in node.keywords)
    ]
    assert silent == []


def test_tests_do_not_sleep() -> None:
    sleepy = [
        f"{name(path)}:{node.lineno}"
        for path in python_files("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"time.sleep", "sleep", "page.wait_for_timeout"}
    ]
    assert sleepy == []


def test_no_decision_lacks_its_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:3]) for path in pages] == list(range(1, len(pages) + 1))
    for path in pages:
        assert re.search(r"^Date: \d{4}-\d\d-\d\d$", text(path), re.MULTILINE), path.name
        for part in ("## Context", "## Choice", "## Prediction"):
            assert part in text(path), f"{path.name} lacks {part!r}"
