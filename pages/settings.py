"""Settings: keys, health, disk use, every setting with its source, and versions."""

from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import KeyLine, StorageUse, Verdict
from studio.ui.installation import (
    VERDICTS,
    checks_of,
    env_line,
    forget,
    key_state,
    secrets_line,
    storage_chart,
    storage_of,
    storage_words,
    versions,
)
from studio.ui.session import friendly_errors, guard
from studio.ui.words import plain

PAGE = {"title": "Settings", "icon": "settings", "section": "Account", "order": 60}


def draw_health(studio: Studio, folder: str) -> None:
    """What is checked, the worst first, each with its remedy."""
    st.subheader("Health")
    with st.skeleton(height=160):
        checks = checks_of(studio, folder)
    order = [Verdict.ERROR, Verdict.WARNING, Verdict.OK]
    good = sum(check.verdict is Verdict.OK for check in checks)
    summary = f"{good} of {len(checks)} checks pass."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Everything is in order." if good == len(checks) else summary, width="content")
        st.button("Check again", icon=":material/refresh:", type="tertiary", on_click=forget)
    with st.container(border=True, gap="small"):
        for check in sorted(checks, key=lambda check: order.index(check.verdict)):
            words, colour, icon = VERDICTS[check.verdict]
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.container(width=130):
                    st.badge(words, color=badge(colour), icon=icon)
                st.markdown(f"**{plain(check.name)}** · {plain(check.message)}", width="stretch")
            if check.fix and check.verdict is not Verdict.OK:
                st.caption(f":material/build: {plain(check.fix)}")


def draw_keys(lines: list[KeyLine]) -> None:
    """Whether each provider's key is there, and how one is added. Never a key."""
    st.subheader("Keys")
    st.caption("Keys are read at start and never shown. After adding one, restart the app.")
    with st.container(border=True, gap="small"):
        for line in lines:
            words, colour, icon = key_state(line)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{plain(line.label)}**", width=190)
                st.badge(words, color=badge(colour), icon=icon)
                if line.present and line.source:
                    st.caption(f"from {plain(line.source)}", width="content")
                if line.needed and not line.present:
                    st.space("stretch")
                    with st.popover("How to add it", icon=":material/key:"):
                        draw_key_help(line)


def draw_key_help(line: KeyLine) -> None:
    """The exact lines for each place a key can stand in."""
    name = line.env[0]
    st.markdown("On this machine, add one line to the file `.env` beside `app.py`:")
    st.code(env_line(name), language="shell")
    st.markdown("On Community Cloud, open **App settings → Secrets** and add:")
    st.code(secrets_line(name), language="toml")
    if others := line.env[1:]:
        st.caption(f"Also understood: {plain(', '.join(others))}.")


def draw_storage(use: StorageUse) -> None:
    """What the pictures take on the disk, and what is left."""
    st.subheader("Storage")
    st.caption(plain(storage_words(use)))
    with st.container(border=True):
        st.altair_chart(storage_chart(use), alt="Disk use by kind of file")


def draw_settings(studio: Studio) -> None:
    """Every setting with its value and source; secrets arrive masked."""
    import pandas as pd

    st.subheader("Settings")
    st.caption("Set them in the environment, `.streamlit/secrets.toml`, `.env` or a config file.")
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Name": line.name,
                    "Value": line.value,
                    "From": line.source,
                    "What it does": line.description,
                }
                for line in studio.health.settings()
            ]
        ),
        hide_index=True,
        height="content",
        alt="All settings with value and source",
    )


def draw_about(studio: Studio, folder: str) -> None:
    """Versions and where everything is kept."""
    st.subheader("About")
    known = versions(studio.health.version()) | {"Data folder": folder}
    st.table(
        {name: plain(text) for name, text in known.items()},
        border="horizontal",
        width="content",
        alt="Versions and data folder",
    )


def badge(colour: str) -> Any:
    """A colour name as ``st.badge`` takes it."""
    return colour


studio_now = guard("settings")
st.title("Settings")
with friendly_errors():
    place = str(studio_now.settings.studio_data_dir.resolve())
    health = st.container()  # filled last: it may take seconds with very many pictures
    draw_keys(studio_now.health.keys())
    draw_storage(storage_of(studio_now, place))
    draw_settings(studio_now)
    draw_about(studio_now, place)
    with health:
        draw_health(studio_now, place)
