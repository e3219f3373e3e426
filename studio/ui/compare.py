"""The picture viewer: one picture to zoom, or several compared in four ways."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import streamlit as st

from studio.models import Asset

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
    assets: Sequence[Asset], urls: Sequence[str], *, mode: CompareMode, key: str = "viewer"
) -> None:
    """Draw two or more pictures; ``urls`` are their files, relative to the page."""
    shown = 2 if mode.takes_two else len(LETTERS)
    _mount(list(assets)[:shown], list(urls)[:shown], mode.value, "Compare pictures", key)


def zoomable(asset: Asset, url: str, *, key: str = "picture") -> None:
    """Draw one picture in full, with zoom and pan."""
    _mount([asset], [url], "single", "Picture", key)


def _mount(assets: list[Asset], urls: list[str], mode: str, label: str, key: str) -> None:
    _viewer(
        key=key,
        data={
            "mode": mode,
            "label": label,
            "ratio": round(assets[0].width / max(1, assets[0].height), 4),
            "images": [
                {"id": asset.id, "src": url, "label": asset.caption}
                for asset, url in zip(assets, urls, strict=True)
            ],
        },
    )
