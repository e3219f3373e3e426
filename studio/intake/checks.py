"""From a sheet to checked prompts: mapping, templates, numbering, and every row's issues."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from studio.intake.cards import CardFor, Cards
from studio.intake.columns import (
    EXTRA_CELLS,
    PARAM,
    VARIABLE,
    columns_by_field,
    guess_mapping,
    same_name,
)
from studio.intake.mapping_checks import check_mapping
from studio.intake.numbering import Seen, expansion_labels, given_numbers, remark_on, unique_id
from studio.intake.row_sizes import read_size
from studio.intake.rows import (
    MAX_IMAGE_NUMBER,
    MAX_IMAGES,
    Layout,
    Row,
    Rules,
    check_shape,
    read_extras,
    read_model,
    read_params,
    read_prompts,
)
from studio.intake.sizes import Size
from studio.intake.templates import Expansion, fill_known
from studio.models import CheckedSheet, PromptRow, RowIssue, Severity, Sheet

MAX_PROMPTS = 100_000


def check_sheet(
    sheet: Sheet,
    mapping: Mapping[str, str] | None = None,
    *,
    card_for: CardFor,
    default_params: Mapping[str, Any] | None = None,
    default_size: tuple[int, int] | None = None,
    known_models: Collection[str] = (),
) -> CheckedSheet:
    """Give a sheet its meaning and say everything that is wrong with it.

    Args:
        sheet: The file as read.
        mapping: Column → field; guessed where ``None``. Columns left out are variables.
        card_for: The card of a model id, or of the batch's default model for ``None``.
        default_params: Parameters of the batch; a row's own values win.
        default_size: Width and height that aspect ratios are fitted to, in pixels; the model's
            own default where ``None``.
        known_models: Model ids to suggest for a mistyped one.

    Raises:
        UnknownModel: the batch's default model is not known.
    """
    cards = Cards(card_for, known_models)
    if mapping is None:
        mapping = guess_mapping(sheet, cards.param_names(_models(sheet)))
    chosen = {column: mapping.get(column, VARIABLE) for column in sheet.columns}
    issues = check_mapping(sheet, chosen)
    rows: list[PromptRow] = []
    if not any(issue.severity is Severity.ERROR for issue in issues):
        rules = Rules(
            layout=_layout(sheet, chosen),
            cards=cards,
            default_params=default_params or {},
            default_size=Size(*default_size) if default_size else None,
        )
        rows, found = _check_rows(sheet, rules)
        issues.extend(found)
    if any(issue.row == 0 and issue.severity is Severity.ERROR for issue in issues):
        rows = []
    return CheckedSheet(sheet=sheet, mapping=chosen, rows=rows, issues=issues)


def _models(sheet: Sheet) -> Iterable[str]:
    column = columns_by_field(guess_mapping(sheet), sheet.columns).get("model")
    if column is None:
        return ()
    cells = (record.get(column) for record in sheet.records)
    return dict.fromkeys(cell.strip() for cell in cells if isinstance(cell, str) and cell.strip())


def _layout(sheet: Sheet, mapping: Mapping[str, str]) -> Layout:
    fields = columns_by_field(mapping, sheet.columns)
    own = [column for column in sheet.columns if column != EXTRA_CELLS]
    lookup: dict[str, str] = {}
    for name, column in [*((each, each) for each in own), *fields.items()]:
        lookup.setdefault(same_name(name.removeprefix(PARAM)), column)
    return Layout(
        fields={name: column for name, column in fields.items() if not name.startswith(PARAM)},
        params={
            name.removeprefix(PARAM): column
            for name, column in fields.items()
            if name.startswith(PARAM)
        },
        variables=tuple(column for column in own if mapping[column] == VARIABLE),
        lookup=lookup,
    )


def _check_rows(sheet: Sheet, rules: Rules) -> tuple[list[PromptRow], list[RowIssue]]:
    seen = Seen(taken=given_numbers(sheet, rules))
    rows: list[PromptRow] = []
    issues: list[RowIssue] = []
    for number, record in enumerate(sheet.records, start=1):
        row = Row(number, record, rules)
        rows.extend(_check_row(row, seen))
        issues.extend(row.issues)
    return rows, _once(issues)


def _once(issues: list[RowIssue]) -> list[RowIssue]:
    """Problems of the batch's own parameters come up in every row; one of each is enough."""
    seen: set[str] = set()
    kept = []
    for issue in issues:
        if issue.code == "bad_batch_param":
            if issue.message in seen:
                continue
            seen.add(issue.message)
            issue = issue.model_copy(update={"row": 0})  # noqa: PLW2901
        kept.append(issue)
    return kept


def _check_row(row: Row, seen: Seen) -> list[PromptRow]:
    check_shape(row)
    expansions = _within_limit(row, seen)
    prompt_id = unique_id(row, seen)
    card = read_model(row)
    images = row.whole("images", 1, MAX_IMAGES, "") or 1
    given = row.whole("image_number", 0, MAX_IMAGE_NUMBER, ", or leave it empty to be counted")
    section = fill_known(row.text("section"), row.variables)
    if card is None:
        _skip(row, seen, section, given)
        return []
    base = {
        "number": row.number,
        "prompt_id": prompt_id,
        "section": section,
        "images": images,
        "model": card.id if row.text("model") else None,
        "params": read_params(row, card),
        "variables": {name: row.record.get(name) for name in row.rules.layout.variables},
    }
    base["seed"], base["negative_prompt"] = read_extras(row, card)
    base |= read_size(row, card)._asdict()
    if not row.ok:
        _skip(row, seen, section, given)
        return []
    return _prompt_rows(row, seen, expansions, base, given)


def _within_limit(row: Row, seen: Seen) -> list[Expansion]:
    """The row's prompts, as long as the file as a whole stays within :data:`MAX_PROMPTS`."""
    expansions = read_prompts(row) if seen.prompts <= MAX_PROMPTS else []
    seen.prompts += len(expansions)
    if seen.prompts > MAX_PROMPTS:
        row.report(
            row.column("prompt"),
            "too_many_prompts",
            f"With this row the file stands for more than {MAX_PROMPTS:,} prompts.",
            "Use fewer alternatives, or split the file into several batches.",
        )
    return expansions


def _skip(row: Row, seen: Seen, section: str, given: int | None) -> None:
    """A bad row keeps its number, so that mending it does not rename its neighbours."""
    if given is None and not row.text("image_number"):
        seen.next_number(section)


def _prompt_rows(
    row: Row,
    seen: Seen,
    expansions: list[Expansion],
    base: dict[str, Any],
    given: int | None,
) -> list[PromptRow]:
    description = fill_known(row.text("description"), row.variables)
    labels = expansion_labels(description, expansions)
    several = len(expansions) > 1
    made = []
    for index, (expansion, label) in enumerate(zip(expansions, labels, strict=True), start=1):
        made.append(
            PromptRow(
                **base | ({"prompt_id": f"{base['prompt_id']}-a{index}"} if several else {}),
                prompt=expansion.text,
                description=label,
                image_number=seen.next_number(base["section"]) if given is None else given,
            )
        )
    remark_on(row, seen, made)
    return made
