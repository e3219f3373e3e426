"""From a file or a prompt to a plan: rows checked, jobs laid out, cost known, nothing spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from studio import intake
from studio.container.known_models import KnownModels
from studio.container.specs import notes_of, numbered, rerun_key, specs_of, total, wire_of
from studio.db import Tx, assets, batches, jobs
from studio.engine import Parts
from studio.errors import BadFile, BadParameter
from studio.models import (
    CheckedSheet,
    JobSpec,
    JobState,
    Mode,
    ModelCard,
    Plan,
    PlannedModel,
    PromptRow,
    RunOptions,
    Sheet,
)

_NOT_AGAIN = {JobState.DONE, JobState.UNKNOWN, JobState.REFUSED}
"""A rerun leaves these alone: they exist, a person must decide about them first, or the same words
would be refused, and perhaps charged, again."""

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
        card = cache(self._models.card)  # once for each model, not once for each row
        return intake.check_sheet(
            sheet,
            mapping if mapping is not None else self.mapping(sheet, model),
            card_for=lambda wanted: card(wanted or model),
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
        card = cache(self._models.card)
        specs = [
            spec
            for row in rows
            for spec in specs_of(row, options, card(row.model or options.model))
        ]
        return self._plan(numbered(specs), options)

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
        first = asset.seed if keep_seed and asset.seed >= 0 else seed
        card = self._models.card(old.request.model)
        changes: dict[str, Any] = {"prompt": prompt or old.request.prompt}
        if from_picture:
            card = self._editor(card)
            changes |= {"mode": Mode.EDIT, "references": (asset.id,), "model": card.id}
            changes["params"] = _taken(card, old.request.params)
        request = old.request.model_copy(update=changes)
        family = {"parent_job_id": asset.job_id, "parent_asset_id": asset.id}
        specs = []
        for copy in range(images):
            seed_of_copy = None if first is None else first + copy
            own = {"request": request.model_copy(update={"seed": seed_of_copy})}
            specs.append(old.model_copy(update=own | family | wire_of(card, request)))
        options = RunOptions(model=card.id, title=asset.caption, source="generate", images=images)
        return self._plan(numbered(specs), options)

    def _editor(self, card: ModelCard) -> ModelCard:
        """The model that starts from a picture: this one, or its sibling.

        Raises:
            BadParameter: there is none.
        """
        if Mode.EDIT in card.modes:
            return card
        if card.edit_with is not None:
            return self._models.card(card.edit_with)
        raise BadParameter(
            f"{card.label} cannot start from a picture.",
            "Choose a model that can, or make a new picture from the prompt alone.",
        )

    def _plan(self, specs: list[JobSpec], options: RunOptions) -> Plan:
        existing, known = self._existing(options)
        left = [spec for spec in specs if known.get(spec.content_hash) not in _NOT_AGAIN]
        done = [spec for spec in specs if known.get(spec.content_hash) is JobState.DONE]
        by_model = self._by_model(left)
        return Plan(
            options=options,
            specs=left,
            models=by_model,
            quote=total(left),
            notes=self._notes(left),
            skipped=len(done),
            batch_id=existing,
        )

    def _notes(self, specs: Sequence[JobSpec]) -> list[str]:
        """What the models cannot meet exactly."""
        by_model: dict[str, list[JobSpec]] = {}
        for spec in specs:
            by_model.setdefault(spec.request.model, []).append(spec)
        found = (notes_of(self._models.card(model), own) for model, own in by_model.items())
        return [note for notes in found for note in notes]

    def _existing(self, options: RunOptions) -> tuple[str | None, dict[str, JobState]]:
        key = rerun_key(options)
        if key is None or options.again:
            return None, {}

        def look(tx: Tx) -> tuple[str | None, dict[str, JobState]]:
            batch = batches.by_key(tx, key)
            if batch is None:
                return None, {}
            known = {made: state for made, (_, state) in jobs.hashes(tx, batch.id).items()}
            # what was charged without a picture is decided one by one, like an unknown outcome
            known |= dict.fromkeys(jobs.charged_hashes(tx, batch.id), JobState.UNKNOWN)
            return batch.id, known

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
                    quote=total([spec for spec in specs if spec.request.model == model]),
                    price_source=card.price.source if card.price else None,
                    price_as_of=card.price.as_of if card.price else None,
                )
            )
        return planned


def _taken(card: ModelCard, params: Mapping[str, Any]) -> dict[str, Any]:
    """Those settings that a model has too."""
    names = {field.name for field in card.fields}
    return {name: value for name, value in params.items() if name in names}


def _example(name: str) -> bytes:
    for folder in _EXAMPLES:
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise BadFile(f"The example {name!r} is not installed.", "Install the studio again.")
