"""The prompt file of this session: read once, mended in place, checked again when changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from studio.container import Studio
from studio.models import CheckedSheet, Plan, RunOptions, Sheet

_KEY = "upload"


@dataclass(slots=True)
class Upload:
    """A file on its way to a batch."""

    sheet: Sheet
    title: str = ""
    """What the batch will be called; at first the name of the file."""
    version: int = 0
    """Grows with every mended cell, so that the table starts anew."""
    mapping: dict[str, str] = field(default_factory=dict)
    _checked: tuple[object, CheckedSheet] | None = None
    _planned: tuple[object, Plan] | None = None

    def check(self, studio: Studio, model: str, params: Mapping[str, Any]) -> CheckedSheet:
        """The sheet checked for a model; remembered until something changes."""
        wanted = (self.version, tuple(self.mapping.items()), model, repr(params))
        if self._checked is None or self._checked[0] != wanted:
            found = studio.planner.check(self.sheet, self.mapping, model=model, params=params)
            self._checked = (wanted, found)
        return self._checked[1]

    def plan(self, studio: Studio, checked: CheckedSheet, options: RunOptions) -> Plan:
        """The plan of the good rows; remembered likewise."""
        wanted = (id(checked), options.model_dump_json())
        if self._planned is None or self._planned[0] != wanted:
            self._planned = (wanted, studio.planner.plan(checked.rows, options))
        return self._planned[1]


def current() -> Upload | None:
    """The file of this session, if there is one."""
    upload: Upload | None = st.session_state.get(_KEY)
    return upload


def take(studio: Studio, sheet: Sheet) -> None:
    """Begin with a new file."""
    st.session_state[_KEY] = Upload(
        sheet=sheet,
        title=sheet.name.rpartition(".")[0] or sheet.name,
        mapping=studio.planner.mapping(sheet),
    )


def forget() -> None:
    """Put the file away."""
    st.session_state.pop(_KEY, None)
