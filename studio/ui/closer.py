"""A picture seen closer without leaving the page: large, with the ways of making it again."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.models import format_usd
from studio.ui import nav
from studio.ui.detail import cost_of
from studio.ui.progress import LOOKING
from studio.ui.session import friendly_errors
from studio.ui.variations import draw_variations
from studio.ui.words import plain


def look_closer(studio: Studio, asset_id: str) -> None:
    """Show one picture in a dialog: vary it, run it again, or open it in the gallery."""
    st.session_state[LOOKING] = asset_id
    _dialog(studio, asset_id)


@st.dialog("A closer look", width="large", on_dismiss="rerun")
def _dialog(studio: Studio, asset_id: str) -> None:
    with friendly_errors():
        asset = studio.gallery.asset(asset_id)
        picture, beside = st.columns([3, 2], gap="medium")
        picture.image(str(studio.gallery.file(asset.id)), width="stretch")
        with beside:
            st.markdown(plain(asset.prompt))
            st.caption(plain(f"{asset.width}×{asset.height} · seed {asset.seed}"))
            cost = cost_of(studio, asset)
            st.caption(plain(f"Cost: {cost or format_usd(asset.cost)}"))
            draw_variations(studio, asset)
            if st.button(
                "Open in gallery",
                icon=":material/photo_library:",
                width="stretch",
                key="closer_see",
            ):
                nav.go("gallery", picture=asset.id)
