"""Generate: one prompt, a few pictures, in place."""

from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import BatchSettings, FieldKind, ModelCard, Plan, RunOptions
from studio.ui.closer import look_closer
from studio.ui.connect import lacks_keys
from studio.ui.fields import is_needed
from studio.ui.forms import draft_of, fill_fields, pick_model, pick_size
from studio.ui.person import mine
from studio.ui.progress import draw_batch
from studio.ui.session import friendly_errors, guard
from studio.ui.words import count, plain, price, short

PAGE = {"title": "Generate", "icon": "brush", "section": "Create", "order": 10}
IDEAS = {
    "Lighthouse": "A red and white lighthouse on a rocky coast at sunset, golden light on a calm "
    "sea, layered watercolour, fine detail",
    "Night city": "A rainy city street at night, neon signs mirrored in wet asphalt, purple and "
    "cyan glow, cinematic, high detail",
    "Mountain lake": "Snow-capped mountains above a still alpine lake at dawn, pine forest, soft "
    "mist, paper cut layers, delicate colours",
    "Product": "An elegant perfume bottle on a stone plinth, soft studio light, warm beige "
    "background, minimal product photo, sharp focus",
    "Still life": "A bowl of lemons and a blue jug on a wooden table, morning light, oil painting "
    "with thick brush strokes, rich texture",
}


def draw_form(studio: Studio, draft: dict[str, Any]) -> None:
    """Everything that goes into a picture, and the button with its price."""
    prompt = st.text_area(
        "Prompt",
        value=draft.get("prompt", ""),
        height=130,
        placeholder="Describe the picture: the subject, the setting, the light, the style.",
        key="generate_prompt",
    )
    draft["prompt"] = prompt
    if not prompt.strip():
        st.pills("Ideas", list(IDEAS), key="generate_idea", on_change=take_idea, wrap=True)
    card = pick_model(studio, key="generate", draft=draft)
    width, height = pick_size(card, key="generate", draft=draft)
    number_box, seed_box = st.columns(2)
    images = number_box.number_input(
        "Pictures", 1, 100, draft.get("images", 4), key="generate_images"
    )
    seed = seed_box.number_input(
        "Seed", 1, 2**31 - 1, draft.get("seed"), placeholder="Random", key="generate_seed",
        help="The same prompt, settings and seed make the same picture again.",
    )  # fmt: skip
    draft |= {"images": images, "seed": seed}
    params, negative = draw_details(card, draft)
    options = RunOptions(
        model=card.id, params=params, width=width, height=height, seed=seed, images=images,
        title=short(prompt, 60) or "Untitled", source="generate", settings=BatchSettings(),
    )  # fmt: skip
    draw_button(studio, card, prompt, options, negative)


def draw_details(card: ModelCard, draft: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The model's own settings; rarely used ones further down."""
    common = [field for field in card.fields if not field.advanced]
    rare = [f for f in card.fields if f.advanced and f.kind is not FieldKind.SIZE]
    needed = any(map(is_needed, card.fields))
    with st.expander(
        "More settings", icon=":material/tune:", expanded=needed,
        key="generate_more_needed" if needed else "generate_more",
    ):  # fmt: skip
        negative = ""
        if card.takes_negative_prompt:
            negative = st.text_input(
                "Leave out", value=draft.get("negative", ""), key="generate_negative",
                placeholder="people, text, clouds", help="What should not be in the picture.",
            )  # fmt: skip
            draft["negative"] = negative
        params = fill_fields(card, common, key="generate", draft=draft)
        if rare:
            st.caption("Rarely needed")
            params |= fill_fields(card, rare, key="generate", draft=draft)
    return params, negative


def draw_button(
    studio: Studio, card: ModelCard, prompt: str, options: RunOptions, negative: str
) -> None:
    """The button says how many pictures it makes and what they cost."""
    plan: Plan | None = None
    lacking = [f for f in card.fields if is_needed(f) and not options.params.get(f.name)]
    if lacking:
        names = " and ".join(field.label for field in lacking)
        st.info(plain(f"Needed: {names}. Give it in the settings above."), icon=":material/info:")
    elif prompt.strip():
        plan = studio.planner.single(prompt, options, negative_prompt=negative)
    label = f"Make {count(options.images or 1)}"
    if plan is not None:
        label += f" · {price(plan.quote)}".replace("$", "\\$")
        for note in plan.notes:
            st.info(plain(note), icon=":material/info:")
    if st.button(
        label, type="primary", width="stretch", icon=":material/auto_awesome:",
        disabled=plan is None or lacks_keys(studio, plan, key="generate"), key="generate_go",
    ) and plan is not None:  # fmt: skip
        st.query_params["batch"] = studio.batches.start(mine(plan))
        st.rerun()


def take_idea() -> None:
    """Put the chosen idea into the prompt."""
    idea = st.session_state.get("generate_idea")
    if idea:
        st.session_state["generate_prompt"] = IDEAS[idea]


def draw_welcome() -> None:
    """Said before the first picture."""
    with st.container(border=True, horizontal_alignment="center", height=420,
                      vertical_alignment="center"):  # fmt: skip
        st.subheader(":material/palette: Your pictures appear here", anchor=False,
                     text_alignment="center")  # fmt: skip
        st.caption(
            "Write a prompt or take one of the ideas. The built-in drawing engine is free and "
            "needs no account.", text_alignment="center",
        )  # fmt: skip


studio_now = guard("generate")
st.title("Generate")
batch_id = st.query_params.get("batch")
if "generate_draft" not in st.session_state:  # a refreshed tab has forgotten what was typed
    st.session_state["generate_draft"] = draft_of(studio_now, batch_id) if batch_id else {}
left, right = st.columns([5, 8], gap="large")
with left, friendly_errors():
    draw_form(studio_now, st.session_state["generate_draft"])
with right, friendly_errors():
    if batch_id:
        draw_batch(studio_now, batch_id, size=220, on_pick=look_closer)
    else:
        draw_welcome()
