"""From a file or a prompt to a plan: rows checked, jobs laid out, cost known, nothing spent."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio import intake
from studio.catalog import check_params
from studio.container.known_models import KnownModels
from studio.db import Tx, assets, batches, jobs
from studio.engine import Parts
from studio.errors import BadFile, BadParameter
from studio.models import (
    CheckedSheet,
    JobSpec,
    JobState,
    Mode,
    ModelCard,
    PictureRequest,
    Plan,
    PlannedModel,
    PromptRow,
    Quote,
    RunOptions,
    Sheet,
)

SMALLEST_SIDE = 64
_ROOT = Path(__file__).resolve().parent.parent
_EXAMPLES = (
    _ROOT.parent / "examples",
    _ROOT / "_examples",
)  # the repository, or an installed wheel


class Planner:
    """Reads prompt files and lays out what would be made."""

    def __init__(self, parts: Parts, models: KnownModels) -> None:
        self._parts = parts
        self._models = models

    def read(self, data: bytes, name: str) -> Sheet:
        """Read a prompt file.

        Raises:
            BadFile: it cannot be read; the message says why and what to do.
        """
        return intake.read_sheet(data, name)

    def sample(self) -> Sheet:
        """The sample batch that comes with the studio."""
        return self.read(_example("sample.csv"), "sample.csv")

    def template_csv(self) -> bytes:
        """A small spreadsheet to start from."""
        return _example("template.csv")

    def fields(self, model: str | None = None) -> dict[str, str]:
        """What a column can mean, with labels for people: the first means nothing special."""
        own = {f"{intake.PARAM}{f.name}": f.label for f in self._models.card(model).fields}
        known = {field.name: field.label for field in intake.FIELDS}
        extra = {intake.VARIABLE: "Nothing special", intake.IGNORE: "Leave it out"}
        return extra | known | own

    def mapping(self, sheet: Sheet, model: str | None = None) -> dict[str, str]:
        """What each column seems to mean."""
        names = [field.name for field in self._models.card(model).fields]
        return intake.guess_mapping(sheet, names)

    def check(
        self,
        sheet: Sheet,
        mapping: Mapping[str, str] | None = None,
        *,
        model: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> CheckedSheet:
        """Give the columns their meaning and find what is wrong with each row."""
        return intake.check_sheet(
            sheet,
            mapping if mapping is not None else self.mapping(sheet, model),
            card_for=lambda wanted: self._models.card(wanted or model),
            default_params=params or {},
            known_models=[card.id for card in self._models.cards()],
        )

    def mend(self, sheet: Sheet, edits: Mapping[int, Mapping[str, Any]]) -> Sheet:
        """The sheet with some cells replaced: row number → column → value."""
        return intake.with_cells(sheet, edits)

    def error_csv(self, checked: CheckedSheet) -> bytes:
        """The bad rows with their problems, as a spreadsheet to mend and upload again."""
        return intake.error_csv(checked)

    def plan(self, rows: Sequence[PromptRow], options: RunOptions) -> Plan:
        """Lay out the jobs of some rows.

        Raises:
            UnknownModel: no such model.
            BadParameter: a setting that a model does not take.
        """
        default = self._models.card(options.model)
        specs = [spec for row in rows for spec in self._specs(row, options, default)]
        return self._plan(_numbered(specs), options)

    def single(
        self, prompt: str, options: RunOptions, *, negative_prompt: str | None = None
    ) -> Plan:
        """Plan one prompt from the Generate page.

        Raises:
            BadParameter: there is no prompt, or a setting does not fit.
        """
        if not prompt.strip():
            raise BadParameter("There is no prompt yet.", "Describe the picture you want.")
        row = PromptRow(
            number=1, prompt_id="1", prompt=prompt.strip(), image_number=1,
            negative_prompt=(negative_prompt or "").strip() or None,
        )  # fmt: skip
        return self.plan([row], options)

    def again(
        self,
        asset_id: str,
        *,
        prompt: str | None = None,
        seed: int | None = None,
        keep_seed: bool = False,
        images: int = 1,
        from_picture: bool = False,
    ) -> Plan:
        """Plan new pictures from an existing one, as children of its job.

        Args:
            prompt: Instead of the old one.
            keep_seed: Use the old picture's seed; with the same prompt this makes it again.
            from_picture: Start from the picture itself (image → image).
        """
        asset = self._parts.store.read(lambda tx: assets.get(tx, asset_id))
        old = self._parts.store.read(lambda tx: jobs.get(tx, asset.job_id)).spec
        first = asset.seed if keep_seed else seed
        changes: dict[str, Any] = {"prompt": prompt or old.request.prompt}
        if from_picture:
            changes |= {"mode": Mode.EDIT, "references": (asset.id,)}
        specs = [
            old.model_copy(
                update={
                    "request": old.request.model_copy(
                        update=changes | {"seed": None if first is None else first + copy}
                    ),
                    "parent_job_id": asset.job_id,
                }
            )
            for copy in range(images)
        ]
        options = RunOptions(
            model=asset.model, title=asset.caption, source="generate", images=images
        )
        return self._plan(_numbered(specs), options)

    def _specs(self, row: PromptRow, options: RunOptions, default: ModelCard) -> list[JobSpec]:
        card = self._models.card(row.model) if row.model else default
        width, height = _size(row, options, card)
        params = self._params(row, options, card)
        base = options.seed if row.seed is None else row.seed
        return [
            JobSpec(
                request=PictureRequest(
                    model=card.id,
                    prompt=row.prompt,
                    negative_prompt=row.negative_prompt if card.takes_negative_prompt else None,
                    width=width,
                    height=height,
                    seed=None if base is None else base + copy,
                    params=params,
                ),
                row_number=row.number,
                prompt_id=row.prompt_id,
                section=row.section,
                image_number=row.image_number,
                description=row.description,
                variables=row.variables,
                quote=Quote.of(card.price, 1),
            )
            for copy in range(options.images or row.images)
        ]

    def _params(self, row: PromptRow, options: RunOptions, card: ModelCard) -> dict[str, Any]:
        own = card.id == options.model
        names = {field.name for field in card.fields}
        shared = {k: v for k, v in options.params.items() if own or k in names}
        if not card.fields:
            return shared | row.params
        clean, problems = check_params(card.fields, shared | row.params)
        if problems:
            raise BadParameter(problems[0].message, problems[0].fix)
        return clean

    def _plan(self, specs: list[JobSpec], options: RunOptions) -> Plan:
        existing, done = self._existing(options)
        left = [spec for spec in specs if spec.content_hash not in done]
        return Plan(
            options=options,
            specs=left,
            models=self._by_model(left),
            quote=_total(left),
            skipped=len(specs) - len(left),
            batch_id=existing,
        )

    def _existing(self, options: RunOptions) -> tuple[str | None, set[str]]:
        key = rerun_key(options)
        if key is None or options.again:
            return None, set()

        def look(tx: Tx) -> tuple[str | None, set[str]]:
            batch = batches.by_key(tx, key)
            if batch is None:
                return None, set()
            known = jobs.hashes(tx, batch.id)
            return batch.id, {h for h, (_, state) in known.items() if state is JobState.DONE}

        return self._parts.store.read(look)

    def _by_model(self, specs: Sequence[JobSpec]) -> list[PlannedModel]:
        planned = []
        for model, pictures in Counter(spec.request.model for spec in specs).items():
            card = self._models.card(model)
            planned.append(
                PlannedModel(
                    model=model,
                    label=card.label,
                    pictures=pictures,
                    quote=_total([spec for spec in specs if spec.request.model == model]),
                    price_source=card.price.source if card.price else None,
                )
            )
        return planned


def rerun_key(options: RunOptions) -> str | None:
    """Identity of a run for continuing it: the file, and everything that holds for all its rows."""
    if options.continue_key is None:
        return None
    parts = [
        options.continue_key, options.model, options.params,
        options.width, options.height, options.seed,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _numbered(specs: Sequence[JobSpec]) -> list[JobSpec]:
    """Tell equal requests apart by counting them, so that each is a picture of its own."""
    seen: Counter[str] = Counter()
    numbered = []
    for spec in specs:
        identity = spec.request.content_hash()
        numbered.append(spec.model_copy(update={"copy_index": seen[identity]}))
        seen[identity] += 1
    return numbered


def _size(row: PromptRow, options: RunOptions, card: ModelCard) -> tuple[int, int]:
    ratio = intake.parse_ratio(row.aspect_ratio) if row.aspect_ratio else None
    if ratio and options.width and options.height:
        like = intake.Size(options.width, options.height)
        width, height = intake.fit_ratio(ratio, like, card.max_side)
    else:
        width = _first(row.width, options.width, card.default_width)
        height = _first(row.height, options.height, card.default_height)
    for side in (width, height):
        if not SMALLEST_SIDE <= side <= card.max_side:
            raise BadParameter(
                f"A size of {width}×{height} is not possible with {card.label}.",
                f"Each side can be {SMALLEST_SIDE} to {card.max_side} pixels.",
            )
    return width, height


def _first(*values: int | None) -> int:
    return next(value for value in values if value is not None)


def _total(specs: Sequence[JobSpec]) -> Quote:
    total = Quote(low=0, expected=0, high=0)
    for spec in specs:
        total = total.plus(spec.quote)
    return total


def _example(name: str) -> bytes:
    for folder in _EXAMPLES:
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise BadFile(f"The example {name!r} is not installed.", "Install the studio again.")
