"""Presets of ``studio run``: named sets of options that others are used to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from studio.catalog import load_presets
from studio.errors import BadParameter
from studio.models import PictureFormat


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset sets. Every option that the person gives wins over it."""

    model: str | None = None
    width: int | None = None
    height: int | None = None
    format: PictureFormat | None = None
    layout: str | None = None
    max_retries: int | None = None
    workers: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    """Used only where the model has a setting of that name."""


@cache
def presets() -> Mapping[str, Preset]:
    """Name → preset, as the catalog holds them."""
    return {name: _read(entry) for name, entry in load_presets().items()}


def preset(name: str | None) -> Preset:
    """The preset of that name; without a name, one that sets nothing.

    Raises:
        BadParameter: no such preset.
    """
    if name is None:
        return Preset()
    known = presets()
    if name not in known:
        raise BadParameter(f"There is no preset {name!r}.", f"Choose one of: {', '.join(known)}.")
    return known[name]


def _read(entry: Mapping[str, Any]) -> Preset:
    kept = PictureFormat(entry["format"]) if "format" in entry else None
    return Preset(**{**entry, "format": kept})
