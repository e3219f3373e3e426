"""Presets of ``studio run``: named sets of options that others are used to. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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


PRESETS: Mapping[str, Preset] = {
    "classic": Preset(
        model="fal:fal-ai/flux/dev",
        width=1920,
        height=1080,
        format=PictureFormat.PNG,
        layout="sections",
        max_retries=3,
        workers=4,
        params={"num_inference_steps": 50, "guidance_scale": 7.5},
    ),
}


def preset(name: str | None) -> Preset:
    """The preset of that name; without a name, one that sets nothing.

    Raises:
        BadParameter: no such preset.
    """
    if name is None:
        return Preset()
    if name not in PRESETS:
        raise BadParameter(f"There is no preset {name!r}.", f"Choose one of: {', '.join(PRESETS)}.")
    return PRESETS[name]
