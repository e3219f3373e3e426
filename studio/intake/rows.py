"""One row of a sheet on its way to prompts: its cells read, checked and expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.errors import UnknownModel
from studio.intake.cards import Cards
from studio.intake.cells import cell_text, whole_number, without_hidden
from studio.intake.columns import EXTRA_CELLS
from studio.intake.sizes import Size
from studio.intake.templates import (
    MAX_LENGTH,
    Expansion,
    TemplateProblem,
    Variables,
    expand,
    fill_known,
)
from studio.models import ModelCard, RowIssue, Severity

MAX_SEED = 2**31 - 1
MAX_IMAGES = 100
MAX_IMAGE_NUMBER = 999_999


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column of the file holds what."""

    fields: Mapping[str, str]
    """Field → column."""
    params: Mapping[str, str]
    """Parameter → column."""
    variables: tuple[str, ...]
    lookup: Mapping[str, str]
    """Comparable name → column, for ``{column}``."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What every row of one sheet is checked against."""

    layout: Layout
    cards: Cards
    default_params: Mapping[str, Any]
    default_size: Size | None


@dataclass(slots=True)
class Row:
    """One row while it is read: its cells, and what was found wrong with them."""

    number: int
    record: Mapping[str, Any]
    rules: Rules
    issues: list[RowIssue] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no error was found so far."""
        return not any(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def variables(self) -> Variables:
        """The cells that the row's templates can use."""
        layout = self.rules.layout
        return Variables(self.record, layout.lookup, layout.fields.get("prompt"))

    def column(self, name: str) -> str | None:
        """The column of a field."""
        return self.rules.layout.fields.get(name)

    def text(self, name: str) -> str:
        """The cell of a field as one line of clean text."""
        column = self.column(name)
        if column is None:
            return ""
        return " ".join(without_hidden(cell_text(self.record.get(column))).split())

    def report(
        self,
        column: str | None,
        code: str,
        message: str,
        fix: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note an issue of this row."""
        self.issues.append(
            RowIssue(
                row=self.number,
                column=column,
                severity=severity,
                code=code,
                message=message,
                fix=fix,
            )
        )

    def warn(self, column: str | None, code: str, message: str, fix: str) -> None:
        """Note something that does not keep the row from running."""
        self.report(column, code, message, fix, Severity.WARNING)

    def whole(self, name: str, low: int, high: int, example: str) -> int | None:
        """The cell of a field as a whole number within bounds; ``None`` if empty or wrong."""
        text = self.text(name)
        if not text:
            return None
        number = whole_number(text)
        fix = f"Write a whole number from {low:,} to {high:,}{example}."
        if number is None:
            self.report(
                self.column(name), f"{name}_unreadable", f"{shown(text)} is no whole number.", fix
            )
        elif not low <= number <= high:
            self.report(
                self.column(name), f"{name}_out_of_range", f"{number:,} is out of range.", fix
            )
            number = None
        return number


def shown(text: str) -> str:
    """What the user wrote, quoted, and cut where it is long."""
    return repr(text if len(text) <= 60 else text[:59] + "…")


def check_shape(row: Row) -> None:
    """Report cells beyond the header: then the row's columns have probably slipped."""
    extra = cell_text(row.record.get(EXTRA_CELLS)).strip()
    if extra:
        row.report(
            EXTRA_CELLS,
            "too_many_cells",
            f"The row has more cells than the header; left over: {shown(extra)}.",
            "Put double quotes around a cell that contains the separator, or clear this cell.",
        )


def read_prompts(row: Row) -> list[Expansion]:
    """The prompts that the row stands for; empty if there is something wrong with them."""
    column = row.column("prompt")
    value = row.record.get(column or "")
    if isinstance(value, (dict, list)):
        row.report(
            column,
            "prompt_not_text",
            f"The prompt is a {'list' if isinstance(value, list) else 'group of values'}, no text.",
            "Write the prompt as one text.",
        )
        return []
    template = without_hidden(written := cell_text(value))
    if not template.strip():
        row.report(
            column,
            "prompt_missing",
            "The prompt is empty.",
            "Describe the picture, or remove the row.",
        )
        return []
    if template != written:
        row.warn(
            column,
            "control_characters",
            "The prompt held invisible control characters; they were removed.",
            "Check that the text reads as meant.",
        )
    return _expanded(row, column, template)


def _expanded(row: Row, column: str | None, template: str) -> list[Expansion]:
    limit = 3 * MAX_LENGTH if "{" in template else MAX_LENGTH  # alternatives shrink when chosen
    if len(template) > limit:
        row.report(column, "prompt_long", *_too_long(len(template)))
        return []
    made = expand(template, row.variables)
    if isinstance(made, TemplateProblem):
        row.report(made.column or column, made.code, made.message, made.fix)
        return []
    longest = max(len(each.text) for each in made)
    if longest > MAX_LENGTH:
        row.report(column, "prompt_long", *_too_long(longest))
        return []
    return [Expansion(without_hidden(each.text), each.choices) for each in made]


def _too_long(length: int) -> tuple[str, str]:
    return (
        f"The text has {length:,} characters.",
        f"Shorten it to at most {MAX_LENGTH:,} characters.",
    )


def read_model(row: Row) -> ModelCard | None:
    """The card of the row's model; ``None`` if there is no such model."""
    written = row.text("model")
    card = row.rules.cards.find(written)
    if not isinstance(card, UnknownModel):
        return card
    close = row.rules.cards.closest(written)
    fix = f"Did you mean {close!r}? {card.next_step}" if close else card.next_step
    row.report(row.column("model"), "unknown_model", card.message, fix)
    return None


def read_params(row: Row, card: ModelCard) -> dict[str, Any]:
    """The row's own and the batch's parameters, clean; problems of either are reported."""
    columns = row.rules.layout.params
    takes = {each.name for each in card.fields}
    params = {
        name: value
        for name, value in row.rules.default_params.items()
        if name in takes or card.id == row.rules.cards.default.id
    }
    for name, column in columns.items():
        value = row.record.get(column)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if name not in takes and card.id != row.rules.cards.default.id:
            row.warn(
                column,
                "param_not_taken",
                f"The model {card.id!r} has no setting {name!r}; it is left out.",
                "Clear the cell, or use a model that has the setting.",
            )
        else:
            params[name] = value.strip() if isinstance(value, str) else value
    clean, problems = row.rules.cards.check(card, params)
    for problem in problems:
        place = columns.get(problem.name) or (row.column("model") if row.text("model") else None)
        row.report(place, "bad_param" if place else "bad_batch_param", problem.message, problem.fix)
    return clean


def read_extras(row: Row, card: ModelCard) -> tuple[int | None, str | None]:
    """Seed and negative prompt, with a warning where the model takes none."""
    seed = row.whole("seed", 0, MAX_SEED, ", or leave the cell empty for a random one")
    negative = fill_known(row.text("negative_prompt"), row.variables) or None
    if negative and len(negative) > MAX_LENGTH:
        row.report(row.column("negative_prompt"), "negative_long", *_too_long(len(negative)))
    if seed is not None and not card.takes_seed:
        row.warn(
            row.column("seed"),
            "seed_not_taken",
            f"The model {card.label!r} takes no seed; the picture cannot be repeated exactly.",
            "Leave the cell empty, or use a model that takes seeds.",
        )
    if negative and not card.takes_negative_prompt:
        row.warn(
            row.column("negative_prompt"),
            "negative_not_taken",
            f"The model {card.label!r} takes no negative prompt; it has no effect.",
            "Say in the prompt itself what should be there instead.",
        )
    return seed, negative
