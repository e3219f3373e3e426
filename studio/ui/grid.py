"""The picture grid: one component for every place that shows many pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import Asset, Job, format_usd
from studio.models.standing import place_words
from studio.ui.session import has_routes

FEW = 24
_HERE = Path(__file__).parent
_grid = st.components.v2.component(
    "studio_grid",
    html="<div class='grid' role='list'></div>",
    css=(_HERE / "grid.css").read_text(encoding="utf-8"),
    js=(_HERE / "grid.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, slots=True)
class GridResult:
    """What the visitor did: the picture just opened, and those that are chosen."""

    picked: str | None
    selected: list[str]


def tiles(studio: Studio, assets: Sequence[Asset]) -> list[dict[str, Any]]:
    """What the grid needs to know about some pictures."""
    return [
        {
            "id": asset.id,
            "src": studio.gallery.thumbnail_url(asset),
            "title": asset.caption,
            "meta": format_usd(asset.cost) if asset.cost else f"{asset.width}×{asset.height}",
            "tag": asset.section,
            "starred": asset.starred,
            "path": None if has_routes() else str(studio.gallery.thumbnail(asset.sha256)),
        }
        for asset in assets
    ]


def waiting_tiles(jobs: Sequence[Job], places: int) -> list[dict[str, Any]]:
    """Places for pictures that are still to come, with what happens to each.

    Args:
        jobs: Those under way.
        places: How many tiles there are in all; the others wait their turn.
    """
    coming = [
        {
            "id": f"waiting-{job.id}",
            "waiting": True,
            "title": job.spec.description or job.spec.request.prompt[:60],
            "meta": place_words(job),
        }
        for job in jobs[:places]
    ]
    rest = range(places - len(coming))
    return coming + [
        {"id": f"waiting-{n}", "waiting": True, "title": "", "meta": "waiting"} for n in rest
    ]


def picture_grid(
    items: Sequence[dict[str, Any]],
    *,
    key: str,
    size: int = 180,
    selectable: bool = False,
    on_pick: Callable[[], None] = lambda: None,
) -> GridResult:
    """Draw pictures as tiles that can be opened and, if wanted, chosen.

    Args:
        items: From :func:`tiles` and :func:`waiting_tiles`.
        size: Smallest width of a tile, in pixels.
        on_pick: Called before the page runs again after a tile was opened.
    """
    if not has_routes():
        return _plain_grid(items, key=key)
    shown = [{name: value for name, value in item.items() if name != "path"} for item in items]
    result = _grid(
        data={"items": shown, "size": size, "selectable": selectable},
        key=key,
        on_picked_change=on_pick,
        on_selected_change=lambda: None,
    )
    return GridResult(picked=result.picked, selected=list(result.selected or []))


def _plain_grid(items: Sequence[dict[str, Any]], *, key: str) -> GridResult:
    """Without our own routes: Streamlit's own pictures, and a button below each."""
    picked = None
    made = [item for item in items if not item.get("waiting")]
    with st.container(horizontal=True, key=f"{key}_plain"):
        for item in made[:FEW]:
            with st.container(width=200):
                st.image(item["path"], width="stretch")
                if st.button(item["title"][:40], key=f"{key}_{item['id']}", type="tertiary"):
                    picked = item["id"]
    return GridResult(picked=picked, selected=[])
