"""What can be done with several pictures at once, and how deleting is undone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

import streamlit as st

from studio.container import Studio
from studio.errors import StudioError
from studio.ui.nav import go
from studio.ui.session import show_error
from studio.ui.words import count

UNDO = "gallery_undo"
MOST_COMPARED = 4
_ROUND = "gallery_round"


def draw_actions(studio: Studio, chosen: list[str], *, deleted: bool) -> None:
    """The row of actions for the chosen pictures."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count(len(chosen))} chosen**")
        if deleted:
            st.button("Restore", icon=":material/undo:", type="primary", on_click=restore,
                      args=(studio, chosen), key="restore_many")  # fmt: skip
            return
        if 2 <= len(chosen) <= MOST_COMPARED and st.button(
            "Compare side by side", icon=":material/compare:", type="primary", key="compare_many"
        ):
            go("compare", pictures=",".join(chosen))
        with st.popover("Download", icon=":material/download:"):
            _downloads(studio, chosen)
        st.button("Star", icon=":material/star:", on_click=_star, args=(studio, chosen),
                  key="star_many")  # fmt: skip
        st.button("Delete", icon=":material/delete:", on_click=_delete, args=(studio, chosen),
                  key="delete_many")  # fmt: skip


def draw_undo(studio: Studio) -> None:
    """After deleting: what was deleted, and the way back."""
    ids: list[str] = st.session_state.get(UNDO, [])
    if not ids:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="undo_box"):
        st.markdown(f":material/delete: {count(len(ids))} deleted.")
        st.button("Undo", icon=":material/undo:", on_click=restore, args=(studio, ids), key="undo")
        st.button("Dismiss", type="tertiary", on_click=_forget, key="dismiss_undo")


def draw_whole_batch(studio: Studio, batch_id: str, title: str) -> None:
    """One button that downloads every picture of a batch as a zip."""
    st.download_button(
        "Download the batch",
        data=lambda: batch_zip(studio, batch_id),
        file_name=f"{file_stem(title)}.zip",
        mime="application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        key="download_batch",
    )


def grid_key(page: int) -> str:
    """Key of the gallery's grid; a new one after an action, so that nothing stays chosen."""
    return f"gallery_grid_{page}_{st.session_state.get(_ROUND, 0)}"


def unchoose() -> None:
    """Let go of the chosen pictures."""
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def selection_zip(studio: Studio, ids: list[str]) -> bytes:
    """The chosen pictures as a zip archive."""
    target = BytesIO()
    studio.exports.zip(ids, target)
    return target.getvalue()


def batch_zip(studio: Studio, batch_id: str) -> bytes:
    """A whole batch as a zip archive in the layout by sections."""
    target = BytesIO()
    studio.exports.zip_batch(batch_id, target)
    return target.getvalue()


def file_stem(text: str) -> str:
    """A portable file name made of ``text``: letters, digits, ``-`` and ``_`` only."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in text)
    return "_".join(part for part in kept.split("_") if part)[:80] or "pictures"


def _downloads(studio: Studio, chosen: list[str]) -> None:
    choices: list[tuple[str, str, str, str, Callable[[], bytes]]] = [
        ("Pictures as zip", "folder_zip", "pictures.zip", "application/zip",
         partial(selection_zip, studio, chosen)),
        ("Contact sheet", "grid_view", "contact_sheet.jpg", "image/jpeg",
         partial(studio.exports.contact_sheet, chosen)),
        ("Table of all facts (CSV)", "table", "pictures.csv", "text/csv",
         partial(studio.exports.manifest, chosen, "csv")),
        ("All facts (JSON)", "data_object", "pictures.json", "application/json",
         partial(studio.exports.manifest, chosen, "json")),
    ]  # fmt: skip
    for label, icon, name, mime, make in choices:
        st.download_button(
            label, data=make, file_name=name, mime=mime, icon=f":material/{icon}:",
            on_click="ignore", width="stretch", key=f"download_{name}",
        )  # fmt: skip


def _star(studio: Studio, ids: list[str]) -> None:
    for asset_id in ids:
        studio.gallery.star(asset_id, True)
    st.toast(f"{count(len(ids))} starred.", icon=":material/star:")


def _delete(studio: Studio, ids: list[str]) -> None:
    try:
        studio.gallery.delete(ids)
    except StudioError as error:
        show_error(error)
        return
    st.session_state[UNDO] = list(ids)
    unchoose()


def restore(studio: Studio, ids: list[str]) -> None:
    """Bring deleted pictures back."""
    restored = studio.gallery.restore(ids)
    _forget()
    unchoose()
    st.toast(f"{count(restored)} restored.", icon=":material/undo:")


def _forget() -> None:
    st.session_state.pop(UNDO, None)
