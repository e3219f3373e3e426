"""A table that shows every text literally, whatever it contains, with marks on parts of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

SAME, GONE, NEW = "same", "gone", "new"
Piece = tuple[str, str]
"""(kind, text) with kind ``same``, ``gone`` (only in the first) or ``new`` (not in the first)."""

_table = st.components.v2.component(
    "studio_table",
    html="<table></table>",
    css="""
table { width: 100%; border-collapse: collapse; font-family: var(--st-font); table-layout: fixed;
  font-size: 14px; line-height: 1.5; color: var(--st-text-color); }
th, td { padding: 9px 12px; text-align: left; vertical-align: top; overflow-wrap: anywhere;
  border-bottom: 1px solid var(--st-border-color); white-space: pre-wrap; }
th { font-weight: 600; } tbody th { width: 9.5em; opacity: .75; font-weight: 500; }
thead th:first-child { width: 9.5em; } tr:last-child > * { border-bottom: 0; }
mark { color: inherit; border-radius: 4px; padding: 1px 2px; }
mark.gone { background: var(--st-red-background-color); text-decoration: line-through;
  text-decoration-thickness: 1px; }
mark.new { background: var(--st-green-background-color); }
.single th, .single td { padding: 6px 10px 6px 0; }
.single tbody th { width: 8.5em; font-weight: 400; }
@media (max-width: 640px) {
  table:not(.single) { &, tbody, tr, th, td { display: block; width: auto; }
    thead { display: none; } th, td { border: 0; padding: 3px 0; }
    tr { border-bottom: 1px solid var(--st-border-color); padding: 8px 0; }
    td::before { content: attr(data-name) "  "; font-weight: 650; } }
}
""",
    js="""
export default function ({ data, parentElement }) {
  const table = parentElement.querySelector('table')
  const add = (parent, tag, text = '') => {
    const made = document.createElement(tag); made.textContent = text
    parent.append(made); return made
  }
  table.replaceChildren()
  table.setAttribute('aria-label', data.label)
  table.classList.toggle('single', data.columns.length < 2)
  if (data.columns.length > 1) {
    const head = add(add(table, 'thead'), 'tr')
    add(head, 'th').setAttribute('aria-label', 'Fact')
    for (const name of data.columns) add(head, 'th', name).scope = 'col'
  }
  const body = add(table, 'tbody')
  for (const { name, cells } of data.rows) {
    const row = add(body, 'tr'); add(row, 'th', name).scope = 'row'
    cells.forEach((pieces, index) => {
      const cell = add(row, 'td')
      if (data.columns.length > 1) cell.dataset.name = data.columns[index]
      for (const [kind, text] of pieces) {
        if (kind === 'same') cell.append(text)
        else add(cell, 'mark', text).className = kind
      }
    })
  }
}
""",
)


def literal_table(
    columns: Sequence[str],
    rows: Mapping[str, Sequence[Sequence[Piece]]],
    *,
    label: str,
    key: str,
) -> None:
    """Draw named rows with one cell per column.

    Args:
        columns: Headings; with fewer than two there is no heading line.
        rows: Name → the pieces of each cell.
        label: What the table is called by screen readers.
    """
    _table(
        key=key,
        data={
            "label": label,
            "columns": list(columns),
            "rows": [{"name": name, "cells": cells} for name, cells in rows.items()],
        },
    )
