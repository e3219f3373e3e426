"""While batches run: a quiet word that new pictures arrived, without moving what one looks at."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.container.standing import alive
from studio.models import AssetFilter, BatchState
from studio.ui.words import count

_RECENT = 20
"""Batches looked at; older ones that still run are seen when the page is reloaded."""


def draw_arrivals(studio: Studio, wanted: AssetFilter, drawn: int) -> None:
    """Offer to show pictures that arrived after ``drawn`` ones were found."""
    if any(each.batch.state is BatchState.RUNNING for each in alive(studio.parts, _RECENT)):
        _watch(studio, wanted, drawn)


@st.fragment(run_every="3s")
def _watch(studio: Studio, wanted: AssetFilter, drawn: int) -> None:
    new = studio.gallery.page(wanted, 1, 1).total - drawn
    if new > 0 and st.button(
        f"Show {count(new, 'new picture')}", icon=":material/refresh:", key="show_new"
    ):
        st.rerun()
