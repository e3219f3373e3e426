"""What the settings page says of this installation: lines for keys, health, disk use, versions."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import streamlit as st

from studio.container import Studio
from studio.models import Check, StorageUse, Verdict
from studio.ui.facts import format_bytes

if TYPE_CHECKING:
    import altair

VERDICTS = {
    Verdict.OK: ("Fine", "green", ":material/check:"),
    Verdict.WARNING: ("Look at this", "orange", ":material/warning:"),
    Verdict.ERROR: ("Must be mended", "red", ":material/error:"),
}


def env_line(name: str) -> str:
    """The line for ``.env``."""
    return f"{name}=paste-the-key-here"


def secrets_line(name: str) -> str:
    """The line for ``.streamlit/secrets.toml`` and for the secrets of Community Cloud."""
    return f'{name} = "paste-the-key-here"'


def storage_parts(use: StorageUse) -> dict[str, int]:
    """What lies on the disk: kind → bytes, largest kinds of a studio first."""
    return {
        "Pictures": use.picture_bytes,
        "Thumbnails": use.thumbnail_bytes,
        "Database": use.database_bytes,
        "Other": use.other_bytes,
    }


def storage_words(use: StorageUse) -> str:
    """One sentence about the disk."""
    used = sum(storage_parts(use).values())
    count = "1 picture" if use.pictures == 1 else f"{use.pictures:,} pictures"
    return f"{count} in {format_bytes(used)}; {format_bytes(use.free_bytes)} are free."


def storage_chart(use: StorageUse) -> altair.Chart:
    """One lying bar with a part for each kind of file."""
    import altair as alt
    import pandas as pd

    parts = storage_parts(use)
    frame = pd.DataFrame(
        [
            (f"{kind} · {format_bytes(size)}", size, at)
            for at, (kind, size) in enumerate(parts.items())
        ],
        columns=["kind", "bytes", "order"],
    )
    chart: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(cornerRadius=3, height=22)
        .encode(
            x=alt.X("bytes:Q", axis=None, scale=alt.Scale(domain=[0, sum(parts.values())])),
            color=alt.Color(
                "kind:N",
                title=None,
                sort=list(frame["kind"]),
                legend=alt.Legend(orient="bottom", columns=2, labelLimit=260),
            ),
            order=alt.Order("order:Q"),
            tooltip=[alt.Tooltip("kind:N", title="Kind")],
        )
        .properties(height=150)
    )
    return chart


@st.cache_data(ttl=300, max_entries=4, show_spinner=False)
def checks_of(_studio: Studio, folder: str) -> list[Check]:
    """The health checks of the installation in ``folder``, kept for five minutes.

    They look at every file, which takes seconds with a hundred thousand pictures.
    """
    return _studio.health.checks()


@st.cache_data(ttl=30, max_entries=4, show_spinner=False)
def storage_of(_studio: Studio, folder: str) -> StorageUse:
    """What lies on the disk in ``folder``, kept for half a minute."""
    return _studio.health.storage()


def forget() -> None:
    """Look anew at the next drawing."""
    checks_of.clear()
    storage_of.clear()


def versions(studio_version: str) -> dict[str, str]:
    """Versions of the studio and of what it stands on."""
    return {
        "Image Studio": studio_version,
        "Streamlit": st.__version__,
        "Python": platform.python_version(),
        "System": platform.system(),
    }
