"""Settings: accounts and keys, health, disk use, every setting with its source, and versions."""

import streamlit as st

from studio.container import Studio
from studio.models import StorageUse, Verdict
from studio.ui.accounts import draw_generators
from studio.ui.installation import (
    VERDICTS,
    checks_of,
    forget,
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
            st.markdown(
                f":{colour}-badge[{icon} {words}] &nbsp;**{plain(check.name)}** · "
                f"{plain(check.message)}"
            )
            if check.fix and check.verdict is not Verdict.OK:
                st.caption(f":material/build: {plain(check.fix)}")


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


studio_now = guard("settings")
st.title("Settings")
with friendly_errors():
    place = str(studio_now.settings.studio_data_dir.resolve())
    generators = st.container()  # filled last: a provider may let us wait for its answer
    health = st.container()  # filled late: it may take seconds with very many pictures
    draw_storage(storage_of(studio_now, place))
    draw_settings(studio_now)
    draw_about(studio_now, place)
    with health:
        draw_health(studio_now, place)
    with generators:
        draw_generators(studio_now)
