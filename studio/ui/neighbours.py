"""The pictures before and after one, in the order of the gallery that it was opened from."""

from __future__ import annotations

from dataclasses import dataclass

from studio.container import Studio
from studio.models import Asset, AssetFilter, AssetPage, AssetSort
from studio.ui.filters import GalleryView

PER_PAGE = 60
"""Pictures on one page of the gallery."""
_BATCH_REACH = 200


@dataclass(frozen=True)
class Place:
    """A picture and the page of the gallery that it stands on."""

    picture: str
    page: int


def neighbours(
    studio: Studio, view: GalleryView, asset: Asset
) -> tuple[Place | None, Place | None]:
    """The places before and after ``asset``; ``None`` at the ends.

    Reads at most two pages. A picture that the view does not show (a link from elsewhere) has
    its neighbours in its own batch.
    """
    here = studio.gallery.page(view.filter, view.page, PER_PAGE)
    at = _position(here, asset.id)
    if at is None:
        own = AssetFilter(batch_id=asset.batch_id, sort=AssetSort.SHEET)
        here = studio.gallery.page(own, 1, _BATCH_REACH)
        at = _position(here, asset.id)
        if at is None:
            return None, None
        return _inside(here, at - 1, view.page), _inside(here, at + 1, view.page)
    before = _inside(here, at - 1, here.page) or _edge(studio, view, here.page - 1, -1)
    after = _inside(here, at + 1, here.page)
    if after is None and here.page < here.pages:
        after = _edge(studio, view, here.page + 1, 0)
    return before, after


def _position(page: AssetPage, asset_id: str) -> int | None:
    return next((i for i, item in enumerate(page.items) if item.id == asset_id), None)


def _inside(page: AssetPage, index: int, number: int) -> Place | None:
    return Place(page.items[index].id, number) if 0 <= index < len(page.items) else None


def _edge(studio: Studio, view: GalleryView, number: int, index: int) -> Place | None:
    if number < 1:
        return None
    items = studio.gallery.page(view.filter, number, PER_PAGE).items
    return Place(items[index].id, number) if items else None
