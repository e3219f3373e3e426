"""The rows of a file before they cost anything: bad ones mended in the table, good ones shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import CheckedSheet, Plan, PromptRow, Quote, RowIssue, Severity
from studio.ui.session import friendly_errors
from studio.ui.upload import Upload
from studio.ui.words import count, most, plain

MENDED_AT_ONCE = 200
PREVIEWED = 200
TOLD_IN_FULL = 3
MOST_WARNINGS = 50
PROBLEM = "Problem"


def draw_whole_file_problems(checked: CheckedSheet) -> None:
    """What is wrong with the file as a whole."""
    for issue in checked.errors:
        if issue.row == 0:
            st.error(f"**{plain(issue.message)}** {plain(issue.fix)}", icon=":material/error:")


def draw_bad_rows(studio: Studio, upload: Upload, checked: CheckedSheet) -> None:
    """The rows that cannot run, with what is wrong; cells can be mended right there."""
    bad = sorted(row for row in checked.bad_rows if row > 0)
    if not bad:
        return
    st.markdown(f"##### :red[:material/edit:] {count(len(bad), 'row')} to mend")
    st.caption("Correct the cells here: each row is checked again at once.")
    shown = bad[:MENDED_AT_ONCE]
    for issue in [issue for issue in checked.errors if issue.row > 0][:TOLD_IN_FULL]:
        st.markdown(f"Row {issue.row}: {plain(issue.message)} {plain(issue.fix)}")
    table = _bad_table(upload, checked, shown)
    key = f"mend_{upload.version}_{upload.sheet.name}"
    st.data_editor(
        table,
        key=key,
        hide_index=True,
        disabled=["Row", PROBLEM],
        column_order=_broken_first(upload, checked),
        height=min(420, 60 + 36 * len(shown)),
        column_config={
            "Row": st.column_config.NumberColumn(pinned=True, width="small"),
            PROBLEM: st.column_config.TextColumn(pinned=True, width=300),
        },
        on_change=_mend,
        args=(studio, upload, shown, key),
    )
    if len(bad) > len(shown):
        st.caption(f"The first {len(shown)} are shown; more follow as you mend them.")
    st.download_button(
        "Download these rows",
        data=lambda: studio.planner.error_csv(checked),
        file_name="rows-to-mend.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def draw_warnings(checked: CheckedSheet) -> None:
    """What is worth a look, grouped; none of it keeps a row from running."""
    groups: defaultdict[str, list[RowIssue]] = defaultdict(list)
    for issue in checked.warnings:
        groups[issue.code].append(issue)
    if not groups:
        return
    with st.expander(
        f"{count(len(checked.warnings), 'hint')} for better pictures",
        icon=":material/lightbulb:",
        key="warnings",
    ):
        for issues in sorted(groups.values(), key=len, reverse=True):
            first = issues[0]
            rows = ", ".join(str(issue.row) for issue in issues[:12] if issue.row)
            more = f" and {len(issues) - 12:,} more" if len(issues) > 12 else ""
            st.markdown(f"**{plain(first.message)}** {plain(first.fix)}")
            if rows:
                st.caption(f"Row {rows}{more}")


def draw_good_rows(checked: CheckedSheet, plan: Plan) -> None:
    """A look at the rows that are ready, with what each will cost."""
    if not checked.rows:
        return
    import pandas as pd

    prices = row_prices(plan, checked.rows[:PREVIEWED])
    rows = [
        {
            "Row": row.number,
            "Price": prices.get((row.number, row.prompt), "made already"),
            "Section": row.section,
            "Prompt": row.prompt,
            "Description": row.description,
            "Size": f"{row.width}×{row.height}" if row.width and row.height else "",
            "Pictures": plan.options.images or row.images,
        }
        for row in checked.rows[:PREVIEWED]
    ]
    st.markdown(f"##### {count(len(checked.rows), 'row')} ready")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height=min(320, 40 + 36 * len(rows)),
        column_config={
            "Prompt": st.column_config.TextColumn(width="large"),
            "Row": st.column_config.NumberColumn(width=56),
            "Price": st.column_config.TextColumn(width=120),
        },
        key="good_rows",
    )
    if len(checked.rows) > PREVIEWED:
        st.caption(f"The first {PREVIEWED} are shown.")


def row_prices(plan: Plan, rows: Sequence[PromptRow]) -> dict[tuple[int, str], str]:
    """(row number, prompt) → what a row's pictures cost, in words; rows already made are missing.

    A row with alternatives has become several of the same number: its prompt tells them apart.
    """
    shown = {(row.number, row.prompt) for row in rows}
    quotes: dict[tuple[int, str], Quote] = {}
    for spec in plan.specs:
        row = (spec.row_number, spec.request.prompt)
        if row in shown:
            before = quotes.get(row)
            quotes[row] = spec.quote if before is None else before.plus(spec.quote)
    return {row: most(quote) for row, quote in quotes.items()}


def _bad_table(upload: Upload, checked: CheckedSheet, shown: list[int]) -> Any:
    import pandas as pd

    problems: defaultdict[int, list[str]] = defaultdict(list)
    for issue in checked.issues:
        if issue.severity is Severity.ERROR:
            where = f"{issue.column}: " if issue.column else ""
            problems[issue.row].append(f"{where}{issue.message} {issue.fix}")
    records = [
        {"Row": row, PROBLEM: " • ".join(problems[row])}
        | {
            name: _cell(upload.sheet.records[row - 1].get(name))
            for name in upload.sheet.columns
            if name not in {"Row", PROBLEM}
        }
        for row in shown
    ]
    return pd.DataFrame(records)


def _broken_first(upload: Upload, checked: CheckedSheet) -> list[str]:
    """The columns to mend stand right beside the problem."""
    broken = {issue.column for issue in checked.errors}
    names = [name for name in upload.sheet.columns if name not in {"Row", PROBLEM}]
    return ["Row", PROBLEM, *sorted(names, key=lambda name: name not in broken)]


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _mend(studio: Studio, upload: Upload, shown: list[int], key: str) -> None:
    edits: dict[int, dict[str, Any]] = st.session_state[key]["edited_rows"]
    if not edits:
        return
    with friendly_errors():
        mended = {shown[position]: changes for position, changes in edits.items()}
        upload.sheet = studio.planner.mend(upload.sheet, mended)
        upload.version += 1
