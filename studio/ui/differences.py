"""What differs between pictures: pure comparison, and the table that shows it word by word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import streamlit as st

SAME, GONE, NEW = "same", "gone", "new"
Piece = tuple[str, str]
"""(kind, text) with kind ``same``, ``gone`` (only in the first) or ``new`` (not in the first)."""
WORDY = frozenset({"Prompt", "Negative prompt", "Description"})


@dataclass(frozen=True)
class Difference:
    """One fact that is not the same for all pictures: the pieces of each picture's text."""

    name: str
    cells: list[list[Piece]]


def word_difference(first: str, second: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces; the words that only one of them has are marked.

    Joining the pieces of either side gives that text back exactly.
    """
    a, b = _words(first), _words(second)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        same = kind == "equal"
        if i2 > i1:
            left.append((SAME if same else GONE, "".join(a[i1:i2])))
        if j2 > j1:
            right.append((SAME if same else NEW, "".join(b[j1:j2])))
    return left, right


def differences(facts: Sequence[Mapping[str, str]]) -> tuple[list[Difference], list[str]]:
    """The facts that differ, each compared with the first picture, and the names that agree."""
    names = list(dict.fromkeys(name for known in facts for name in known))
    differing: list[Difference] = []
    agreeing: list[str] = []
    for name in names:
        texts = [known.get(name, "") for known in facts]
        if len(set(texts)) == 1:
            agreeing.append(name)
        else:
            differing.append(Difference(name, _cells(name, texts)))
    return differing, agreeing


def _cells(name: str, texts: list[str]) -> list[list[Piece]]:
    if name not in WORDY:
        return [
            [(SAME if i == 0 or text == texts[0] else NEW, text or "none")]
            for i, text in enumerate(texts)
        ]
    pairs = [word_difference(texts[0], text) for text in texts[1:]]
    first = pairs[0][0] if len(pairs) == 1 else [(SAME, texts[0])]
    cells = [first, *(right for _, right in pairs)]
    return [cell if any(text for _, text in cell) else [(SAME, "none")] for cell in cells]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


_table = st.components.v2.component(
    "studio_differences",
    html="<table class='differences'></table>",
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
@media (max-width: 640px) {
  table, tbody, tr, th, td { display: block; width: auto; } thead { display: none; }
  tr { border-bottom: 1px solid var(--st-border-color); padding: 8px 0; }
  th, td { border: 0; padding: 3px 0; } tbody th, thead th:first-child { width: auto; }
  td::before { content: attr(data-name) "  "; font-weight: 650; }
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
  const head = add(add(table, 'thead'), 'tr')
  add(head, 'th').setAttribute('aria-label', 'Fact')
  for (const name of data.columns) add(head, 'th', name).scope = 'col'
  const body = add(table, 'tbody')
  for (const { name, cells } of data.rows) {
    const row = add(body, 'tr'); add(row, 'th', name).scope = 'row'
    cells.forEach((pieces, index) => {
      const cell = add(row, 'td'); cell.dataset.name = data.columns[index]
      for (const [kind, text] of pieces) {
        if (kind === 'same') cell.append(text)
        else add(cell, 'mark', text).className = kind
      }
    })
  }
}
""",
)


def difference_table(
    columns: Sequence[str], rows: Sequence[Difference], *, key: str = "differences"
) -> None:
    """Draw the differences; every text is shown literally, whatever it contains."""
    _table(
        key=key,
        data={
            "columns": list(columns),
            "rows": [{"name": row.name, "cells": row.cells} for row in rows],
        },
    )
