"""The rows of a prompt file before a run: what is wrong with them, and what would be made."""

from __future__ import annotations

from typing import Any

from studio.cli.screen import messages, say, table
from studio.errors import BadRows
from studio.models import CheckedSheet, Plan, Quote, RowIssue, format_usd
from studio.models.standing import price_origin, quoted_words

_WARNINGS_SHOWN = 5
_ERRORS_SHOWN = 50
_ROWS_SHOWN = 40


class RowsRefused(BadRows):
    """Bad rows, with all of them as data for ``--json``."""

    def __init__(self, message: str, next_step: str, issues: list[RowIssue]) -> None:
        super().__init__(message, next_step)
        self.details: dict[str, Any] = {"rows": [issue.model_dump(mode="json") for issue in issues]}


def require_good_rows(checked: CheckedSheet, *, skip_bad: bool) -> None:
    """Show what is wrong and stop, unless bad rows may be left out and good ones remain.

    Raises:
        RowsRefused: rows must be mended first, or none is left.
    """
    if checked.sheet.notes:
        say(f"{checked.sheet.name}: {' '.join(checked.sheet.notes)}", "dim")
    if checked.errors:
        _show_errors(checked.errors)
    _show_warnings(checked.warnings)
    bad = len(checked.bad_rows)
    if not checked.rows:
        raise _none_left(checked)
    if checked.errors and not skip_bad:
        rows = count_words(bad, "row")
        raise RowsRefused(
            f"{rows} of {checked.sheet.name!r} cannot be used; nothing was started.",
            "Mend the file, or leave these rows out with --skip-bad-rows.",
            checked.errors,
        )
    if checked.errors:
        say(f"{count_words(bad, 'bad row')} left out.", "yellow")


def _none_left(checked: CheckedSheet) -> RowsRefused:
    name, errors = checked.sheet.name, checked.errors
    if not errors:
        return RowsRefused(f"{name!r} asks for no picture.", "Add a row with a prompt.", [])
    return RowsRefused(
        f"No row of {name!r} can be used: {errors[0].message}", errors[0].fix, errors
    )


def _show_errors(errors: list[RowIssue]) -> None:
    rows = [(e.row or "–", e.column or "–", e.message, e.fix) for e in errors[:_ERRORS_SHOWN]]
    messages().print(table(("Row", "Column", "What is wrong", "What would be right"), rows))
    if len(errors) > _ERRORS_SHOWN:
        say(f"… and {len(errors) - _ERRORS_SHOWN} more.")


def _show_warnings(warnings: list[RowIssue]) -> None:
    for issue in warnings[:_WARNINGS_SHOWN]:
        say(f"Warning, row {issue.row}: {issue.message} {issue.fix}", "yellow")
    if len(warnings) > _WARNINGS_SHOWN:
        say(f"{len(warnings)} warnings in all; the others are alike or later.", "yellow")


def show_plan(plan: Plan, *, rows: bool) -> None:
    """How many pictures, with which models, at what price; with ``rows`` also each of them."""
    if rows:
        _show_specs(plan)
    lines = [
        (
            planned.label,
            planned.pictures,
            format_usd(planned.quote.low),
            format_usd(planned.quote.expected),
            format_usd(planned.quote.high),
            price_origin(planned) or "price unknown",
        )
        for planned in plan.models
    ]
    header = ("Model", "Pictures", "Low", "Expected", "High", "Price from")
    messages().print(table(header, lines, right=header[1:5]))
    for note in plan.notes:
        say(f"Note: {note}", "yellow")
    say(f"{count_words(plan.pictures, 'picture')} to make, {price_words(plan)}.", "bold")
    if plan.skipped:
        say(f"{count_words(plan.skipped, 'picture')} already there from an earlier run.")


def _show_specs(plan: Plan) -> None:
    lines = [
        (
            spec.row_number,
            spec.section,
            spec.description,
            f"{spec.request.width}x{spec.request.height}",
            _price(spec.quote),
            _head(spec.request.prompt),
        )
        for spec in plan.specs[:_ROWS_SHOWN]
    ]
    header = ("Row", "Section", "Description", "Size", "Price", "Prompt")
    messages().print(table(header, lines, right=("Price",)))
    if plan.pictures > _ROWS_SHOWN:
        say(f"… and {plan.pictures - _ROWS_SHOWN} more.")


def _price(quote: Quote) -> str:
    """What one picture costs; a price that is not known is never shown as nothing."""
    if quote.is_free:
        return "free"
    if quote.expected is None:
        return "unknown"
    return format_usd(quote.expected)


def price_words(plan: Plan) -> str:
    """The quote in words: free, a figure, a range, or unknown."""
    quote = plan.quote
    if quote.is_free:
        return "free of charge"
    if quote.expected is None:
        return "at a price that is not known"
    if quote.low == quote.high:
        return f"for {format_usd(quote.expected)}"
    return f"for about {format_usd(quote.expected)} ({quoted_words(quote)})"


def _head(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def count_words(number: int, noun: str) -> str:
    """``1 picture``, ``1,200 pictures``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
