"""The pages, found by folder, and the ways between them.

A page says what it is called in a constant of its own file::

    PAGE = {"title": "Gallery", "icon": "photo_library", "section": "Review", "order": 30}
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

FOLDER = Path(__file__).resolve().parents[2] / "pages"
_PAGES = "_pages"


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What the navigation knows about a page."""

    name: str
    title: str
    icon: str
    section: str
    order: int
    path: Path

    @property
    def url(self) -> str:
        """The page's address."""
        return self.name


@cache
def pages() -> dict[str, PageInfo]:
    """Every page in the folder, in order; the first one is the start page."""
    found = [_info(path) for path in FOLDER.glob("*.py") if not path.name.startswith("_")]
    return {page.name: page for page in sorted(found, key=lambda page: page.order)}


def build() -> dict[str, list[StreamlitPage]]:
    """The pages for ``st.navigation``, by section."""
    sections: dict[str, list[StreamlitPage]] = {}
    made: dict[str, StreamlitPage] = {}
    for number, page in enumerate(pages().values()):
        made[page.name] = st.Page(
            page.path,
            title=page.title,
            icon=f":material/{page.icon}:",
            url_path=page.url,
            default=number == 0,
        )
        sections.setdefault(page.section, []).append(made[page.name])
    st.session_state[_PAGES] = made
    return sections


def page(name: str) -> StreamlitPage:
    """The page of that name, for links."""
    made: dict[str, StreamlitPage] = st.session_state[_PAGES]
    return made[name]


def go(name: str, **query: str) -> None:
    """Leave for another page, with a query that says what it should show."""
    st.switch_page(page(name), query_params=query)


def link(label: str, name: str, *, icon: str | None = None, **query: str) -> None:
    """A link to another page."""
    st.page_link(page(name), label=label, icon=icon, query_params=query)


def _info(path: Path) -> PageInfo:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "PAGE":
            return PageInfo(name=path.stem, path=path, **ast.literal_eval(node.value))
    return PageInfo(
        path.stem, path.stem.replace("_", " ").capitalize(), "article", "More", 99, path
    )
