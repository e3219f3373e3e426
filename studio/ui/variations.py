"""Make a picture again: the same, another seed, another prompt, or with it as starting picture."""

from __future__ import annotations

import streamlit as st

from studio.container import Studio
from studio.errors import StudioError, UnknownModel
from studio.models import Asset, Mode, Plan
from studio.ui.nav import go
from studio.ui.person import mine
from studio.ui.session import show_error
from studio.ui.words import most, plain


def draw_variations(studio: Studio, asset: Asset) -> None:
    """Draw the ways of making this picture again, with what one picture costs."""
    with st.container(border=True):
        try:
            plan = studio.planner.again(asset.id)
        except UnknownModel:
            st.caption("This picture came from elsewhere; its model is not one of this studio's.")
            return
        except StudioError as error:
            show_error(error)
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("**Make another**")
            st.caption(plain(f"One picture: {most(plan.quote)}"))
        with st.grid(2, min_column_width=140, gap="xsmall"):
            if st.button(
                "Vary", icon=":material/shuffle:", key="vary", width="stretch",
                help="The same prompt, a new seed.",
            ):  # fmt: skip
                start(studio, plan)
            if st.button(
                "Run again", icon=":material/replay:", key="rerun", width="stretch",
                help="The same prompt and the same seed.",
            ):  # fmt: skip
                start(studio, studio.planner.again(asset.id, keep_seed=True))
            with st.popover("Change prompt", icon=":material/edit_note:", width="stretch"):
                _edit(studio, asset)
            if _takes_pictures(studio, asset):
                with st.popover("Use as start", icon=":material/image:", width="stretch"):
                    _from_picture(studio, asset)


def start(studio: Studio, plan: Plan) -> None:
    """Start a batch and go where its pictures arrive."""
    go("generate", batch=studio.batches.start(mine(plan)))


def _edit(studio: Studio, asset: Asset) -> None:
    with st.form(f"edit_{asset.id}", border=False):
        prompt = st.text_area(
            "Prompt", value=asset.prompt, height=160, width=420, key=f"prompt_{asset.id}"
        )
        images = st.number_input("Pictures", min_value=1, max_value=20, value=1)
        keep = st.toggle(
            "Keep the seed", value=True, help="Keeps as much as possible of the picture as it is."
        )
        if st.form_submit_button(
            "Run", type="primary", icon=":material/play_arrow:", key=f"edit_{asset.id}_run"
        ):
            _run(studio, asset, prompt, images=int(images), keep_seed=keep)


def _from_picture(studio: Studio, asset: Asset) -> None:
    with st.form(f"from_{asset.id}", border=False):
        st.caption("The model gets this picture together with the prompt.")
        prompt = st.text_area(
            "What to make of it", value=asset.prompt, height=160, width=420, key=f"onto_{asset.id}"
        )
        images = st.number_input("Pictures", min_value=1, max_value=20, value=1)
        if st.form_submit_button(
            "Run", type="primary", icon=":material/play_arrow:", key=f"from_{asset.id}_run"
        ):
            _run(studio, asset, prompt, images=int(images), from_picture=True)


def _run(
    studio: Studio,
    asset: Asset,
    prompt: str,
    *,
    images: int,
    keep_seed: bool = False,
    from_picture: bool = False,
) -> None:
    if not prompt.strip():
        st.error("The prompt is empty. Write what the picture should show.")
        return
    try:
        plan = studio.planner.again(
            asset.id,
            prompt=prompt.strip(),
            keep_seed=keep_seed,
            images=images,
            from_picture=from_picture,
        )
        start(studio, plan)
    except StudioError as error:
        show_error(error)


def _takes_pictures(studio: Studio, asset: Asset) -> bool:
    try:
        return Mode.EDIT in studio.models.card(asset.model).modes
    except StudioError:
        return False
