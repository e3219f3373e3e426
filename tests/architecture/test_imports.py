"""Who may import what, where import-linter cannot look: pages, providers, ids of providers."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from studio.providers import discover
from tests.architecture.sources import ROOT, imports, name, python_files, tree

PAGE_IMPORTS = {
    "streamlit", "studio.ui", "studio.container", "studio.models", "studio.errors",
}  # fmt: skip
PAGE_LATE_IMPORTS = {"pandas", "altair"}
PAGES = [pytest.param(path, id=path.stem) for path in python_files("pages")]
PROVIDERS = [pytest.param(path, id=name(path)) for path in python_files("studio/providers")]
NOT_ADAPTERS = {"__init__", "registry"}


def _inside(module: str, allowed: set[str]) -> bool:
    return any(module == top or module.startswith(f"{top}.") for top in allowed)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sees_only_the_facade_and_the_drawing(path: Path) -> None:
    at_start = {id(node) for node in tree(path).body}
    late = {
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in at_start
    }
    strangers = [
        module
        for module, line in imports(path)
        if not _inside(module, PAGE_IMPORTS)
        and module.partition(".")[0] not in sys.stdlib_module_names
        and not (line in late and _inside(module, PAGE_LATE_IMPORTS))
    ]
    assert strangers == []


def test_only_the_drawing_imports_streamlit() -> None:
    strangers = [
        name(path)
        for path in python_files("studio")
        if not name(path).startswith("studio/ui/")
        and any(_inside(module, {"streamlit"}) for module, _ in imports(path))
    ]
    assert strangers == []


@pytest.mark.parametrize("path", PROVIDERS)
def test_a_provider_imports_no_other_provider(path: Path) -> None:
    adapters = {
        item.stem
        for item in (ROOT / "studio" / "providers").glob("*.py")
        if not item.stem.startswith("_") and item.stem not in NOT_ADAPTERS
    }
    own = path.relative_to(ROOT / "studio" / "providers").parts[0].removesuffix(".py").strip("_")
    theirs = adapters - {own}
    forbidden = {f"studio.providers.{module}" for module in theirs} | {
        f"studio.providers._{module}" for module in theirs
    }
    assert [module for module, _ in imports(path) if _inside(module, forbidden)] == []


def test_nobody_names_a_concrete_provider() -> None:
    """Providers are found by folder: outside it, no code knows any of them by name."""
    ids = set(discover())
    named = [
        f"{name(path)}:{node.lineno} {node.value!r}"
        for path in python_files("studio", "pages", "app.py")
        if not name(path).startswith("studio/providers/")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value in ids or node.value.partition(":")[0] in ids)
        and " " not in node.value
    ]
    assert named == []
    loaded = [
        f"{name(path)} imports {module}"
        for path in python_files("studio", "pages", "app.py")
        if not name(path).startswith("studio/providers/")
        for module, _ in imports(path)
        if _inside(module, {f"studio.providers.{provider}" for provider in ids})
    ]
    assert loaded == []


def test_no_module_of_ours_hides_one_of_the_standard_library() -> None:
    """Streamlit puts the folder of the main script first on the path, so a name there wins."""
    hiding = [
        name(path)
        for path in python_files("studio/ui", "pages")
        if path.stem in sys.stdlib_module_names and path.stem != "__init__"
    ]
    assert hiding == []


def test_the_threads_and_the_loop_meet_in_one_place() -> None:
    doors = {"studio/engine/loop.py", "studio/db/connect.py"}
    users = {
        name(path)
        for path in python_files("studio", "pages", "app.py")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and ast.unparse(node) in {"threading.Thread", "asyncio.Runner", "asyncio.new_event_loop"}
    }
    assert users == doors
