"""What the architecture tests read: every file that belongs to the repository, parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_NEVER_OURS = {
    "__pycache__", ".git", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    ".import_linter_cache", "studio-data", "out", "results", "dist", "htmlcov", "shared",
}  # fmt: skip


@cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, those not yet committed included."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True,
        ).stdout.decode().split("\0")  # fmt: skip
        found = [ROOT / name for name in listed if name]
    else:  # unpacked from an archive
        found = [path for path in ROOT.rglob("*") if not _foreign(path)]
    return tuple(sorted(path for path in found if path.is_file()))


@cache
def python_files(*folders: str) -> tuple[Path, ...]:
    """Python files below the given folders of the repository; all of them when none is given."""
    wanted = [ROOT / folder for folder in folders] or [ROOT]
    return tuple(
        path
        for path in files()
        if path.suffix == ".py" and any(path == top or top in path.parents for top in wanted)
    )


@cache
def text(path: Path) -> str:
    """The text of a file."""
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(text(path), filename=str(path))


def name(path: Path) -> str:
    """The path of a file within the repository, written the same way everywhere."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """(module, line) of everything that a file imports, wherever in the file it does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def _foreign(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    return any(part in _NEVER_OURS or part.startswith(".venv") for part in parts)
