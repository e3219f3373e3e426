"""One picture in full: the file, everything known about it, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.errors import StudioError
from studio.models import Asset, AssetFilter
from studio.ui.compare import zoomable
from studio.ui.facts import cost_words, facts, name_of
from studio.ui.filters import GalleryView, clear, put
from studio.ui.literal_table import SAME, literal_table
from studio.ui.nav import go
from studio.ui.neighbours import Place, neighbours
from studio.ui.selection import UNDO, restore
from studio.ui.session import show_error
from studio.ui.timeline import draw_story
from studio.ui.variations import draw_variations
from studio.ui.words import plain


def draw_picture(studio: Studio, view: GalleryView) -> None:
    """Draw the picture that the address names, or say that there is none."""
    try:
        asset = studio.gallery.asset(view.picture or "")
    except StudioError as error:
        st.title("Picture")
        show_error(error)
        st.button("Back to the gallery", icon=":material/arrow_back:", on_click=_close,
                  key="not_found_back")  # fmt: skip
        return
    _top(studio, view, asset)
    if asset.deleted_at is not None:
        _deleted(studio, asset)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        zoomable(studio, asset, key="picture_viewer")
        _keep(studio, asset)
        _story(studio, asset)
    with right:
        st.subheader(plain(name_of(asset)))
        _places(studio, asset)
        if asset.deleted_at is None:
            draw_variations(studio, asset)
        _about(studio, asset)


def _top(studio: Studio, view: GalleryView, asset: Asset) -> None:
    before, after = neighbours(studio, view, asset)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Back", icon=":material/arrow_back:", on_click=_close, key="back")
        st.space("stretch")
        _step("Previous", before, ":material/chevron_left:", "Left")
        _step("Next", after, ":material/chevron_right:", "Right")


def _step(label: str, place: Place | None, icon: str, shortcut: str) -> None:
    st.button(
        label,
        icon=icon,
        icon_position="right" if label == "Next" else "left",
        disabled=place is None,
        on_click=_open,
        args=(place,),
        shortcut=shortcut,
        key=f"go_{label}",
    )


def _open(place: Place | None) -> None:
    if place is not None:
        put(picture=place.picture, page=str(place.page) if place.page > 1 else None)


def _close() -> None:
    put(picture=None)


def _deleted(studio: Studio, asset: Asset) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning("This picture is deleted. Its file is kept until clean-up.", width="stretch")
        st.button("Restore", icon=":material/undo:", on_click=restore,
                  args=(studio, [asset.id]), key="restore")  # fmt: skip


def _keep(studio: Studio, asset: Asset) -> None:
    """Star, rating, download and the rest of what one does with a finished picture."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Starred" if asset.starred else "Star",
            icon=":material/star:",
            type="primary" if asset.starred else "secondary",
            on_click=studio.gallery.star,
            args=(asset.id, not asset.starred),
            key="star",
        )
        rating = f"rating_{asset.id}"
        st.session_state[rating] = None if asset.rating is None else asset.rating - 1
        st.feedback("stars", key=rating, on_change=_rate, args=(studio, asset.id))
        st.space("stretch")
        with st.popover("Tags", icon=":material/sell:"):
            _labels(studio, asset)
        _download(studio, asset)
        if asset.deleted_at is None:
            st.button("Delete", icon=":material/delete:", on_click=_delete,
                      args=(studio, asset), key="delete")  # fmt: skip


def _download(studio: Studio, asset: Asset) -> None:
    try:
        file = studio.gallery.file(asset.id)
    except StudioError as error:
        show_error(error)
        return
    st.download_button(
        "Download",
        data=file.read_bytes,
        file_name=asset.file_name,
        mime=asset.media_type,
        icon=":material/download:",
        on_click="ignore",
        key="download",
    )


def _rate(studio: Studio, asset_id: str) -> None:
    stars = st.session_state[f"rating_{asset_id}"]
    studio.gallery.rate(asset_id, None if stars is None else stars + 1)


def _delete(studio: Studio, asset: Asset) -> None:
    studio.gallery.delete([asset.id])
    st.session_state[UNDO] = [asset.id]
    put(picture=None)


def _labels(studio: Studio, asset: Asset) -> None:
    with st.form(f"labels_{asset.id}", border=False):
        title = st.text_input(
            "Title", value=asset.title or "", max_chars=200, key=f"title_{asset.id}"
        )
        tags = st.multiselect(
            "Tags", asset.tags, default=asset.tags, accept_new_options=True, key=f"tags_{asset.id}",
            placeholder="Type a tag and press Enter",
        )  # fmt: skip
        if st.form_submit_button("Save", type="primary", key=f"labels_{asset.id}_save"):
            studio.gallery.rename(asset.id, title.strip() or None)
            studio.gallery.tag(asset.id, [tag.strip() for tag in tags if tag.strip()])
            st.rerun()


def _places(studio: Studio, asset: Asset) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Pictures of this batch", icon=":material/photo_library:", type="tertiary",
                  on_click=_show_batch, args=(asset.batch_id,), key="batch")  # fmt: skip
        parent = asset.parent_asset_id
        if parent:
            st.button("What it came from", icon=":material/account_tree:", type="tertiary",
                      on_click=put, kwargs={"picture": parent}, key="parent")  # fmt: skip
        if st.button("Compare", icon=":material/compare:", type="tertiary", key="compare"):
            _compare(studio, asset)


def _compare(studio: Studio, asset: Asset) -> None:
    if asset.parent_asset_id:
        go("compare", pictures=f"{asset.parent_asset_id},{asset.id}")
    siblings = studio.gallery.page(AssetFilter(batch_id=asset.batch_id), 1, 1).total > 1
    go("compare", pictures=asset.id, **({"batch": asset.batch_id} if siblings else {}))


def _show_batch(batch_id: str) -> None:
    clear()
    put(batch=batch_id, picture=None)


def _about(studio: Studio, asset: Asset) -> None:
    st.markdown("**About this picture**")
    labels = field_labels(studio, asset.model)
    known = facts(asset, studio.settings.timezone, labels, cost_of(studio, asset))
    literal_table(
        ["Value"],
        {name: [[(SAME, text)]] for name, text in known.items()},
        label="Everything known about this picture",
        key="about",
    )


def cost_of(studio: Studio, asset: Asset) -> str | None:
    """What the picture cost, with the source of the figure; ``None`` where no job made it here."""
    try:
        return cost_words(studio.batches.job(asset.job_id))
    except StudioError:
        return None


def field_labels(studio: Studio, model: str) -> dict[str, str]:
    """What the inputs of a model are called in its form; empty for a model no longer known."""
    try:
        return {field.name: field.label for field in studio.models.card(model).fields}
    except StudioError:
        return {}


def _story(studio: Studio, asset: Asset) -> None:
    with st.expander("How it was made", icon=":material/history:"):
        draw_story(studio, asset.job_id)
