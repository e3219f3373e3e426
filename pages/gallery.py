"""Gallery: find pictures, open one, choose keepers, act on many at once."""

import streamlit as st

from studio.container import Studio
from studio.models import AssetPage, Facets
from studio.ui.arrivals import draw_arrivals
from studio.ui.detail import draw_picture
from studio.ui.filters import GalleryView, clear, draw_filters, draw_page_numbers, put, read_view
from studio.ui.grid import picture_grid, tiles
from studio.ui.nav import go
from studio.ui.neighbours import PER_PAGE
from studio.ui.selection import draw_actions, draw_undo, draw_whole_batch, grid_key
from studio.ui.session import friendly_errors, guard
from studio.ui.timeline import draw_story_page
from studio.ui.words import count

PAGE = {"title": "Gallery", "icon": "photo_library", "section": "Review", "order": 30}


def draw_gallery(studio: Studio, view: GalleryView) -> None:
    """Filters, the number of results, the grid, and the pages of it."""
    facets = studio.gallery.facets()
    page = studio.gallery.page(view.filter, view.page, PER_PAGE)
    st.title("Gallery")
    draw_undo(studio)
    if not facets.batches and not page.total and not view.filtered:
        draw_empty()
        return
    draw_filters(facets, view)
    draw_results(studio, view, page, facets)
    if not page.total:
        draw_nothing_found(view)
        return
    shown = picture_grid(tiles(studio, page.items), key=grid_key(page.page), selectable=True)
    if shown.picked:
        put(picture=shown.picked, page=str(page.page) if page.page > 1 else None)
        st.rerun()
    on_page = {asset.id for asset in page.items}
    chosen = [asset_id for asset_id in shown.selected if asset_id in on_page]
    if chosen:
        with st.bottom:
            draw_actions(studio, chosen, deleted=view.filter.deleted)
    draw_page_numbers(page.page, page.pages, key="gallery_page")


def draw_results(studio: Studio, view: GalleryView, page: AssetPage, facets: Facets) -> None:
    """How many pictures were found, the way to clear the filters, and the batch as a zip."""
    with st.container(horizontal=True, vertical_alignment="center"):
        found = f"{count(page.total)}{', deleted' if view.filter.deleted else ''}"
        if page.pages > 1:
            found += f" · page {page.page:,} of {page.pages:,}"
        st.caption(found, width="content")
        if view.filtered:
            st.button("Clear filters", icon=":material/close:", type="tertiary", on_click=clear,
                      key="clear_filters")  # fmt: skip
        if not view.filter.deleted:
            draw_arrivals(studio, view.filter, page.total)
        batch = view.filter.batch_id
        if batch and page.total and not view.filter.deleted:
            st.space("stretch")
            title = next((name for id_, name, _ in facets.batches if id_ == batch), batch)
            draw_whole_batch(studio, batch, title)


def draw_nothing_found(view: GalleryView) -> None:
    """Said when the filters leave nothing over."""
    with st.container(border=True, horizontal_alignment="center"):
        if view.filter.deleted:
            st.markdown("**No deleted pictures**", width="content")
            st.caption("Pictures that you delete wait here until clean-up.", width="content")
        else:
            st.markdown("**No picture matches these filters**", width="content")
            st.caption("Take a filter away, or use fewer search words.", width="content")
        st.button("Clear all filters", icon=":material/close:", on_click=clear, key="clear_all")


def draw_empty() -> None:
    """Said when no picture exists yet."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown("### :material/photo_library: No pictures yet", width="content")
        st.caption(
            "Every picture that you make arrives here.", width="content", text_alignment="center"
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Make your first picture", type="primary", icon=":material/brush:"):
                go("generate")
            if st.button("Try the sample batch", icon=":material/table:"):
                go("batch_upload", sample="1")
        st.space("small")


studio_now = guard("gallery")
with friendly_errors():
    view_now = read_view(st.query_params.to_dict())
    job_now = st.query_params.get("job")
    if job_now:
        st.title("What happened")
        draw_story_page(studio_now, job_now)
    elif view_now.picture:
        draw_picture(studio_now, view_now)
    else:
        draw_gallery(studio_now, view_now)
