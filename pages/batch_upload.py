"""Batch upload: a spreadsheet in, its rows checked and mended, and the batch as it happens."""

from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import BatchSettings, CheckedSheet, Plan, RunOptions
from studio.ui import upload as files
from studio.ui.budget_hint import draw_budget_warning, pick_batch_budget
from studio.ui.connect import lacks_keys
from studio.ui.fields import is_needed
from studio.ui.forms import FORMATS, fill_fields, pick_model, pick_size
from studio.ui.mapping import draw_mapping, needs_mapping
from studio.ui.model_choice import fresh_prices
from studio.ui.nav import link
from studio.ui.person import mine
from studio.ui.progress import draw_batch
from studio.ui.review import (
    draw_bad_rows,
    draw_good_rows,
    draw_warnings,
    draw_whole_file_problems,
)
from studio.ui.session import friendly_errors, guard
from studio.ui.turns import draw_turns
from studio.ui.words import badge, count, model_price, outcome, plain, price, short

PAGE = {"title": "Batch upload", "icon": "table", "section": "Create", "order": 20}
TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "ndjson", "yaml", "yml"]
MOST_MEGABYTES = 25
RECENT = 8
# notes on a file that tell nothing to a person: it was read as files usually are
USUAL = {"Read as UTF-8.", "Read as cells separated by commas."}
STEPS = {
    ":material/table_view: Drop a file": "One row is one prompt. CSV, Excel, JSON and YAML are "
    "read as they are; columns are recognised by their names.",
    ":material/price_check: Check rows and price": "Rows with a problem come first and are mended "
    "right in the table. The price stands on the button before anything starts.",
    ":material/photo_library: Watch pictures arrive": "Pause, go on or cancel at any time. If one "
    "picture fails, the others go on, and you can try it again.",
}


def draw_start(studio: Studio) -> None:
    """Where a file comes in: dropped, the sample, or a template to fill."""
    given = st.file_uploader(
        "Drop a spreadsheet or prompt file here", type=TYPES, max_upload_size=MOST_MEGABYTES,
        key="prompt_file", help="CSV, Excel, JSON, JSON Lines or YAML. One row is one prompt.",
    )  # fmt: skip
    if given is not None:
        with friendly_errors():
            files.take(studio, studio.planner.read(given.getvalue(), given.name))
            st.rerun()
    with st.container(horizontal=True):
        if st.button("Try the sample batch", icon=":material/science:", key="sample"):
            files.take(studio, studio.planner.sample())
            st.rerun()
        st.download_button(
            "Download a template", data=studio.planner.template_csv, file_name="template.csv",
            mime="text/csv", icon=":material/download:", on_click="ignore", key="template",
        )  # fmt: skip
    draw_turns(studio)
    if not draw_recent(studio):
        draw_welcome()


def draw_welcome() -> None:
    """Said while there is no batch yet: what happens to a file."""
    st.space("small")
    with st.grid(3, min_column_width=220):
        for title, words in STEPS.items():
            with st.container(border=True):
                st.markdown(f"##### {title}")
                st.caption(words)


def draw_recent(studio: Studio) -> bool:
    """The newest batches, to look at again; tells whether there are any."""
    recent = studio.batches.list(RECENT)
    if not recent:
        return False
    st.subheader("Recent batches")
    for status in recent:
        words, color = badge(status)
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            name = plain(short(status.batch.title, 36))
            link(name, "batch_upload", icon=":material/folder_open:", batch=status.batch.id)
            st.caption(plain(outcome(status)), width="stretch")
            st.badge(words, color=color)  # type: ignore[arg-type]
    return True


def draw_review(studio: Studio, upload: files.Upload) -> None:
    """The file as understood, what is wrong with it, how it will be made, and what it costs."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"#### {plain(upload.sheet.name)}", width="content")
        st.space("stretch")
        st.button("Choose another file", icon=":material/close:", on_click=files.forget)
    notes = [note for note in upload.sheet.notes if note not in USUAL]
    if notes:
        st.caption(f":material/info: {plain(' '.join(notes))}")
    draft: dict[str, Any] = st.session_state.setdefault("batch_draft", {})
    left, right = st.columns([8, 5], gap="large")
    with right, st.container(border=True):
        options = draw_options(studio, upload, draft)
        bar = st.container()
    with left:
        summary, problems = st.container(), st.container()
        checked = upload.check(studio, options.model, options.params)
        draw_mapping(studio, upload, options.model, opened=needs_mapping(checked))
        checked = upload.check(studio, options.model, options.params)
        with problems:
            draw_whole_file_problems(checked)
        draw_bad_rows(studio, upload, checked)
        draw_warnings(checked)
        ready = st.container()
    with bar:
        fresh_prices(studio, [row.model for row in checked.rows if row.model], draft)
    plan = upload.plan(studio, checked, options)
    with ready:
        draw_good_rows(checked, plan)
    with summary:
        draw_numbers(upload, checked, plan)
    with bar:
        draw_go(studio, checked, plan)


def draw_numbers(upload: files.Upload, checked: CheckedSheet, plan: Plan) -> None:
    """The file in numbers."""
    bad = len([row for row in checked.bad_rows if row > 0])
    with st.container(horizontal=True, key="numbers"):
        st.metric("Rows", f"{len(upload.sheet.records):,}", border=True)
        st.metric("To mend", f"{bad:,}", border=True)
        st.metric("Pictures", f"{plan.pictures:,}", border=True)
        cost = price(plan.quote).removeprefix("price ").capitalize() if plan.pictures else "–"
        st.metric("Cost", cost, border=True)


def draw_options(studio: Studio, upload: files.Upload, draft: dict[str, Any]) -> RunOptions:
    """How the rows are made; a row's own values win."""
    title = st.text_input("Name of the batch", value=upload.title, key="batch_title")
    upload.title = title
    card = pick_model(studio, key="batch", draft=draft)
    width, height = pick_size(card, key="batch", draft=draft)
    own = st.toggle(
        "Same number of pictures for each row", key="batch_same", persist_state="session"
    )
    images = None
    if own:
        images = st.number_input(
            "Pictures per row", 1, 100, 1, key="batch_images", persist_state="session"
        )
    needed = any(map(is_needed, card.fields))
    with st.expander(
        "More settings", icon=":material/tune:", expanded=needed,
        key="batch_more_needed" if needed else "batch_more",
    ):  # fmt: skip
        kept = st.selectbox(
            "Keep pictures as", list(FORMATS), key="batch_format", persist_state="session"
        )
        cap = pick_batch_budget(studio)
        seed = st.number_input(
            "Seed", 1, 2**31 - 1, None, placeholder="Random", key="batch_seed",
            persist_state="session",
        )  # fmt: skip
        params = fill_fields(card, card.fields, key="batch", draft=draft)
    return RunOptions(
        model=card.id, params=params, width=width, height=height, seed=seed, images=images,
        title=title.strip() or "Untitled", source=upload.sheet.name,
        settings=BatchSettings(format=FORMATS[kept], budget=cap),
    )  # fmt: skip


def draw_go(studio: Studio, checked: CheckedSheet, plan: Plan) -> None:
    """The price with its source, and the button that starts."""
    for part in plan.models:
        st.caption(plain(model_price(part)))
    for note in plan.notes:
        st.info(plain(note), icon=":material/info:")
    draw_budget_warning(studio, plan)
    bad = len(checked.bad_rows)
    ready = bool(plan.pictures)
    if bad and ready:
        ready = st.checkbox(f"Leave out {count(bad, 'row')} that cannot run", key="only_good")
    ready &= not lacks_keys(studio, plan)
    label = "Start"
    if plan.pictures:
        label = f"Start {count(plan.pictures)} · {price(plan.quote)}".replace("$", "\\$")
    if st.button(label, type="primary", width="stretch", icon=":material/play_arrow:",
                 disabled=not ready, key="start"):  # fmt: skip
        batch = studio.batches.start(mine(plan))
        files.forget()
        st.query_params["batch"] = batch
        st.rerun()


def draw_running(studio: Studio, batch: str) -> None:
    """One batch, live."""
    if st.button("All batches", icon=":material/arrow_back:", type="tertiary", key="back"):
        st.query_params.clear()
        st.rerun()
    draw_turns(studio, folded=True)
    draw_batch(studio, batch)


studio_now = guard("batch_upload")
st.title("Batch upload")
with friendly_errors():
    if st.query_params.get("sample") and files.current() is None:
        st.query_params.clear()
        files.take(studio_now, studio_now.planner.sample())
    chosen = st.query_params.get("batch")
    waiting = files.current()
    if chosen:
        draw_running(studio_now, chosen)
    elif waiting is not None:
        draw_review(studio_now, waiting)
    else:
        draw_start(studio_now)
