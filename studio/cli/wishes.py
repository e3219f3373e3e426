"""What a person asked of ``studio run``, and the run options that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from studio.cli.arguments import read_budget, read_params, read_size
from studio.cli.outcomes import DEFAULT_LAYOUT, Target
from studio.cli.presets import Preset, preset
from studio.errors import BadParameter
from studio.models import BatchSettings, ModelCard, PictureFormat, RunOptions

if TYPE_CHECKING:
    from studio.settings import Settings

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class PictureWish:
    """What the pictures shall be."""

    model: str | None
    preset: str | None
    params: Sequence[str]
    seed: int | None
    images: int | None
    size: str | None
    format: PictureFormat | None


@dataclass(frozen=True, slots=True)
class LimitWish:
    """What the run may take: pictures at once, tries, seconds, dollars."""

    workers: int | None
    max_retries: int | None
    timeout: float | None
    budget: str | None


@dataclass(frozen=True, slots=True)
class DeliveryWish:
    """Where the pictures go."""

    output: Path | None
    layout: str | None

    def target(self, chosen: Preset) -> Target:
        """The folder and its layout.

        Raises:
            BadParameter: a layout without a folder, an unknown one, or a file in the way.
        """
        from studio.exports import layout

        if self.layout is not None and self.output is None:
            raise BadParameter(
                f"--layout {self.layout!r} needs a folder.", "Say where with --output DIR."
            )
        if self.output is not None and self.output.exists() and not self.output.is_dir():
            raise BadParameter(
                f"--output {self.output.name!r} is a file.", "Name a folder; it is made if needed."
            )
        name = layout(self.layout or chosen.layout or DEFAULT_LAYOUT).name
        return Target(self.output.resolve() if self.output else None, name)


@dataclass(frozen=True, slots=True)
class FlowWish:
    """How the run goes on."""

    skip_bad_rows: bool
    again: bool
    dry_run: bool
    yes: bool
    json: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """All of it."""

    file: Path
    picture: PictureWish
    limits: LimitWish
    delivery: DeliveryWish
    flow: FlowWish


def run_options(wish: Wish, card: ModelCard, settings: Settings) -> tuple[RunOptions, Target]:
    """Options of the command, then of the preset, then of the settings.

    Raises:
        BadParameter: a value that cannot be used, with what would be right.
    """
    chosen = preset(wish.picture.preset)
    target = wish.delivery.target(chosen)
    width, height = read_size(wish.picture.size)
    path = wish.file.resolve()
    options = RunOptions(
        model=card.id,
        params=model_params(card, wish.picture.params, chosen),
        width=width or chosen.width,
        height=height or chosen.height,
        seed=wish.picture.seed,
        images=wish.picture.images,
        title=path.stem,
        source=path.name,
        settings=_batch_settings(wish, chosen, target, settings),
        continue_key=str(path),
        again=wish.flow.again,
    )
    return options, target


def model_params(card: ModelCard, pairs: Sequence[str], chosen: Preset) -> dict[str, Any]:
    """``--param`` values as the model takes them, over those of the preset that it knows.

    Raises:
        BadParameter: a name that the model does not have, or a value that does not fit.
    """
    from studio.catalog import check_params

    given = read_params(pairs)
    known = {field.name for field in card.fields}
    usual = {name: value for name, value in chosen.params.items() if name in known}
    clean, problems = check_params(card.fields, usual | given)
    for problem in problems:
        if problem.name in given:
            raise BadParameter(f"--param {problem.name}: {problem.message}", problem.fix)
    return clean


def _batch_settings(
    wish: Wish, chosen: Preset, target: Target, settings: Settings
) -> BatchSettings:
    limits = wish.limits
    return BatchSettings(
        format=_format(wish, chosen),
        output=str(target.folder) if target.folder else None,
        layout=target.layout if target.folder else None,
        budget=read_budget(limits.budget),
        max_retries=_first(limits.max_retries, chosen.max_retries, settings.studio_max_retries),
        timeout=_first(limits.timeout, None, settings.studio_timeout),
        workers=limits.workers or chosen.workers,
    )


def _format(wish: Wish, chosen: Preset) -> PictureFormat:
    """The format asked for; else the preset's; else what the layout's readers expect."""
    from studio.exports import layout

    implied = layout(wish.delivery.layout).picture_format if wish.delivery.layout else None
    return wish.picture.format or chosen.format or implied or PictureFormat.ORIGINAL


def _first(given: N | None, preset_value: N | None, otherwise: N) -> N:
    """The first that is there; 0 counts as there."""
    if given is not None:
        return given
    return otherwise if preset_value is None else preset_value
