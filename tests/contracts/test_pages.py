"""What holds for every page: it introduces itself, it is guarded, and it opens when empty."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from studio.container import Studio
from studio.ui import nav
from tests.architecture.sources import ROOT, python_files, text, tree
from tests.flows.page_world import page_world

FILES = {path.stem: path for path in python_files("pages")}
SECTIONS = {"Create", "Review", "Account"}
EXPECTED = {"generate", "batch_upload", "gallery", "compare", "costs", "settings"}
every_page = pytest.mark.parametrize("page", sorted(FILES))


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.switch_page(f"pages/{page}.py")
    return app.run()


def test_the_product_has_its_pages() -> None:
    assert set(FILES) >= EXPECTED


def test_every_page_stands_in_the_navigation() -> None:
    assert set(nav.pages()) == set(FILES)
    orders = [page.order for page in nav.pages().values()]
    assert orders == sorted(set(orders)), "two pages claim the same place"
    assert next(iter(nav.pages())) == "generate"


@every_page
def test_a_page_introduces_itself(page: str) -> None:
    info = nav.pages()[page]
    assert info.section in SECTIONS
    assert info.title[0].isupper()
    assert info.icon
    assignments = [
        node
        for node in tree(FILES[page]).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PAGE"
    ]
    assert len(assignments) == 1, "PAGE is said exactly once"


@every_page
def test_a_page_calls_guard_before_anything_is_drawn(page: str) -> None:
    calls = [
        node.value
        for node in tree(FILES[page]).body
        if isinstance(node, ast.Expr | ast.Assign) and isinstance(node.value, ast.Call)
    ]
    drawing = [call for call in calls if not ast.unparse(call.func).startswith("TypeVar")]
    first = drawing[0]
    assert ast.unparse(first) == f"guard({page!r})"
    nested = [
        node.lineno
        for node in tree(FILES[page]).body
        if isinstance(node, ast.With | ast.If | ast.For | ast.Try)
    ]
    assert all(line > first.lineno for line in nested)


@every_page
def test_a_page_stands_in_the_readme(page: str) -> None:
    assert f"**{nav.pages()[page].title}**" in text(ROOT / "README.md")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    with page_world(tmp_path, monkeypatch) as studio:
        yield studio


@every_page
def test_a_page_opens_in_an_empty_studio(page: str, world: Studio) -> None:
    app = opened(page)
    assert not app.exception
    assert not app.error
    assert app.title[0].value == nav.pages()[page].title


@every_page
def test_a_page_opens_on_an_address_of_nothing(page: str, world: Studio) -> None:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    app.switch_page(f"pages/{page}.py")
    for name in ("batch", "picture", "pictures", "page", "again", "mode", "since", "state"):
        app.query_params[name] = "<script>alert(1)</script>"
    app.run()
    assert not app.exception


@every_page
def test_a_page_shows_nothing_without_the_password(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(st.context), "cookies", property(lambda context: {}))
    with page_world(tmp_path, monkeypatch, STUDIO_PASSWORD="s3same"):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        assert [heading.value for heading in app.subheader] == ["Sign in"]
        app.switch_page(f"pages/{page}.py")
        app.run()
        assert not app.exception
        assert not [*app.title, *app.header, *app.metric, *app.dataframe, *app.selectbox]
