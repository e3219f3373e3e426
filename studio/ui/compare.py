"""The picture viewer: one picture to zoom, or several compared in four ways."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import streamlit as st

from studio.container import Studio
from studio.models import Asset
from studio.ui.facts import name_of
from studio.ui.session import has_routes

LETTERS = "ABCDEFGH"
_HERE = Path(__file__).parent
_viewer = st.components.v2.component(
    "studio_viewer",
    html="<div class='viewer'></div>",
    css=(_HERE / "compare.css").read_text(encoding="utf-8"),
    js=(_HERE / "compare.js").read_text(encoding="utf-8"),
)


class CompareMode(StrEnum):
    """The ways of looking at several pictures at once."""

    SLIDER = "slider"
    FLICKER = "flicker"
    DIFFERENCE = "difference"
    SIDE = "side"

    @property
    def takes_two(self) -> bool:
        """Only the first two pictures are drawn in this mode."""
        return self in {CompareMode.SLIDER, CompareMode.DIFFERENCE}


def compare(
    studio: Studio, assets: Sequence[Asset], *, mode: CompareMode, key: str = "viewer"
) -> None:
    """Draw two or more pictures; the first two where the mode takes two."""
    shown = 2 if mode.takes_two else len(LETTERS)
    _mount(studio, assets[:shown], mode.value, "Compare pictures", key)


def zoomable(studio: Studio, asset: Asset, *, key: str = "picture") -> None:
    """Draw one picture in full, with zoom and pan."""
    _mount(studio, [asset], "single", "Picture", key)


def source(studio: Studio, asset: Asset) -> str:
    """Where the viewer finds a picture: our own route, or the bytes themselves without it."""
    if has_routes():
        return studio.gallery.file_url(asset)
    data = b64encode(studio.gallery.file(asset.id).read_bytes()).decode("ascii")
    return f"data:{asset.media_type};base64,{data}"


def _mount(studio: Studio, assets: Sequence[Asset], mode: str, label: str, key: str) -> None:
    _viewer(
        key=key,
        data={
            "mode": mode,
            "label": label,
            "ratio": round(assets[0].width / max(1, assets[0].height), 4),
            "images": [
                {"id": asset.id, "src": source(studio, asset), "label": name_of(asset)}
                for asset in assets
            ],
        },
    )
