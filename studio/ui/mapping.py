"""Which column means what: guessed, and changed by hand where the guess is wrong."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.models import CheckedSheet
from studio.ui.upload import Upload
from studio.ui.words import plain

SAMPLE = 60


def draw_mapping(studio: Studio, upload: Upload, model: str, *, opened: bool) -> None:
    """A chooser per column, with an example of what stands in it."""
    labels = studio.planner.fields(model)
    names = list(labels)
    with st.expander(
        "What the columns mean", icon=":material/view_column:", expanded=opened, key="mapping"
    ):
        st.caption(
            "A column with no meaning of its own can be used in prompts as {column} "
            "and is kept with the picture."
        )
        for position, column in enumerate(upload.sheet.columns):
            name_box, choice_box = st.columns([3, 2], vertical_alignment="center")
            name_box.markdown(f"**{plain(column)}** · {plain(_example(upload, column))}")
            meaning = upload.mapping.get(column, names[0])
            upload.mapping[column] = choice_box.selectbox(
                f"Meaning of {plain(column)}",
                names,
                index=names.index(meaning) if meaning in names else 0,
                format_func=lambda name: labels[name],
                label_visibility="collapsed",
                key=f"map_{upload.sheet.name}_{position}",
            )


def needs_mapping(checked: CheckedSheet) -> bool:
    """Whether the columns must be looked at before anything else."""
    return any(issue.row == 0 for issue in checked.errors)


def _example(upload: Upload, column: str) -> str:
    for record in upload.sheet.records[:20]:
        text = str(record.get(column) or "").strip()
        if text:
            return text if len(text) <= SAMPLE else f"{text[:SAMPLE]}…"
    return "empty"
