"""The gallery's filters: read from the address of the page, drawn, and written back to it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from studio.models import AssetFilter, AssetSort, Facets

NAMES = ("batch", "model", "section", "q", "starred", "from", "to", "show", "sort")
SORTS = {
    AssetSort.NEWEST: "Newest first",
    AssetSort.OLDEST: "Oldest first",
    AssetSort.SHEET: "File order",
}
_IN_POPOVER = ("model", "section", "from", "to", "show")


@dataclass(frozen=True)
class GalleryView:
    """What the address of the gallery asks for."""

    filter: AssetFilter
    page: int = 1
    picture: str | None = None

    @property
    def filtered(self) -> int:
        """How many filters are on, the order not counted."""
        plain = AssetFilter(sort=self.filter.sort)
        chosen = self.filter.model_dump()
        return sum(chosen[name] != value for name, value in plain.model_dump().items())


def read_view(params: Mapping[str, str]) -> GalleryView:
    """The view that the query parameters describe; what cannot be read is left out."""
    sort = params.get("sort", "")
    page = params.get("page", "")
    return GalleryView(
        filter=AssetFilter(
            batch_id=params.get("batch") or None,
            model=params.get("model") or None,
            section=params.get("section") or None,
            search=params.get("q", "").strip() or None,
            starred=True if params.get("starred") == "1" else None,
            since=_day(params.get("from")),
            until=_day(params.get("to")),
            deleted=params.get("show") == "deleted",
            sort=AssetSort(sort) if sort in set(AssetSort) else AssetSort.NEWEST,
        ),
        page=int(page) if page.isdecimal() and 0 < int(page) < 1_000_000 else 1,
        picture=params.get("picture") or None,
    )


def write_view(view: GalleryView) -> dict[str, str]:
    """The query parameters of a view: the inverse of :func:`read_view`; defaults are left out."""
    wanted = view.filter
    params = {
        "batch": wanted.batch_id,
        "model": wanted.model,
        "section": wanted.section,
        "q": wanted.search,
        "starred": "1" if wanted.starred else None,
        "from": wanted.since.isoformat() if wanted.since else None,
        "to": wanted.until.isoformat() if wanted.until else None,
        "show": "deleted" if wanted.deleted else None,
        "sort": wanted.sort.value if wanted.sort is not AssetSort.NEWEST else None,
        "page": str(view.page) if view.page > 1 else None,
        "picture": view.picture,
    }
    return {name: text for name, text in params.items() if text}


def page_count(total: int, per_page: int) -> int:
    """How many pages ``total`` pictures fill; at least one."""
    return max(1, math.ceil(total / per_page))


def put(**changes: str | None) -> None:
    """Change the address: ``None`` or an empty text takes a parameter out."""
    for name, value in changes.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def clear() -> None:
    """Take every filter out of the address."""
    put(**dict.fromkeys((*NAMES, "page"), None))


def draw_page_numbers(number: int, pages: int, *, key: str) -> None:
    """The page numbers below a list; the address carries the chosen one as ``page``."""
    if pages > 1:
        place = f"{key}_{number}"
        with st.container(horizontal_alignment="center"):
            st.pagination(pages, default=number, key=place, on_change=_turn, args=(place,))


def _turn(place: str) -> None:
    number = st.session_state[place]
    put(page=str(number) if number > 1 else None)


def draw_filters(facets: Facets, view: GalleryView) -> None:
    """Search, batch, order and star in a row; the rest behind one button."""
    wanted = view.filter
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _text("q", "Search", wanted.search)
        _choice("batch", "Batch", wanted.batch_id, _batch_names(facets), "All batches")
        _order(wanted.sort)
        inside = sum(
            bool(value)
            for value in (wanted.model, wanted.section, wanted.since, wanted.until, wanted.deleted)
        )
        label = f"More filters ({inside})" if inside else "More filters"
        with st.popover(label, icon=":material/tune:"):
            _choice("model", "Model", wanted.model, _counted(facets.models), "All models")
            _choice("section", "Section", wanted.section, _counted(facets.sections), "All sections")
            _date("from", "Made on or after", wanted.since)
            _date("to", "Made on or before", wanted.until)
            _switch("show", "Show deleted pictures", "deleted", wanted.deleted)
        _switch("starred", "Starred", "1", bool(wanted.starred))


def _key(name: str, value: Any) -> str:
    """The widget's key, with the address's value put into it before it is drawn."""
    key = f"gallery_{name}"
    st.session_state[key] = value
    return key


def _changed(name: str, on: str = "") -> None:
    value = st.session_state[f"gallery_{name}"]
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, bool):
        value = on if value else None
    if value == AssetSort.NEWEST.value and name == "sort":
        value = None  # the default stays out of the address
    put(**{name: str(value).strip() if value else None, "page": None})


def _text(name: str, label: str, value: str | None) -> None:
    st.text_input(
        label,
        key=_key(name, value or ""),
        placeholder="Search prompts, descriptions, tags",
        icon=":material/search:",
        label_visibility="collapsed",
        on_change=_changed,
        args=(name,),
        width=320,
    )


def _choice(name: str, label: str, value: str | None, known: dict[str, str], every: str) -> None:
    options = ["", *known] if not value or value in known else ["", value, *known]
    st.selectbox(
        label,
        options,
        key=_key(name, value or ""),
        format_func=lambda option: known.get(option, option) or every,
        on_change=_changed,
        args=(name,),
        label_visibility="visible" if name in _IN_POPOVER else "collapsed",
        width="stretch" if name in _IN_POPOVER else 195,
    )


def _order(value: AssetSort) -> None:
    st.selectbox(
        "Order",
        [sort.value for sort in SORTS],
        key=_key("sort", value.value),
        format_func=lambda option: SORTS[AssetSort(option)],
        on_change=_changed,
        args=("sort",),
        label_visibility="collapsed",
        width=145,
    )


def _date(name: str, label: str, value: date | None) -> None:
    st.date_input(
        label,
        value=None,
        key=_key(name, value),
        on_change=_changed,
        args=(name,),
        format="YYYY-MM-DD",
    )


def _switch(name: str, label: str, on: str, value: bool) -> None:
    st.toggle(label, key=_key(name, value), on_change=_changed, args=(name, on))


def _batch_names(facets: Facets) -> dict[str, str]:
    return {batch_id: f"{title} ({count:,})" for batch_id, title, count in facets.batches}


def _counted(values: list[tuple[str, int]]) -> dict[str, str]:
    return {value: f"{value} ({count:,})" for value, count in values if value}


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
