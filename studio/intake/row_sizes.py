"""The size that a row asks for: by size, by width and height, or by aspect ratio."""

from __future__ import annotations

from typing import Any, NamedTuple

from studio.intake.rows import Row, shown
from studio.intake.sizes import Ratio, Size, fit_ratio, parse_ratio, parse_size, size_problem
from studio.models import ModelCard

_SIZE_FIX = "Write it as 1024x768, square, or landscape 16:9."
_RATIO_FIX = "Write it as 16:9, 4:3, 1:1 or 9:16."


class WantedSize(NamedTuple):
    """Pixels and ratio; all ``None`` where the row leaves the size to the batch."""

    width: int | None = None
    height: int | None = None
    aspect_ratio: str | None = None


def read_size(row: Row, card: ModelCard) -> WantedSize:
    """The row's size; what is unreadable, impossible or contradictory is reported."""
    ratio = _ratio(row)
    wanted = _size(row)
    if isinstance(wanted, Ratio):
        wanted, ratio, column = None, ratio or wanted, row.column("size")
    else:
        column = row.column("size") if row.text("size") else row.column("width")
    sides = _sides(row, ratio, card)
    if wanted is not None and sides is not None and wanted != sides:
        row.report(
            row.column("size"),
            "size_conflict",
            f"The size says {wanted}, width and height say {sides}.",
            "Keep one of them and clear the other.",
        )
        return WantedSize()
    size = wanted or sides
    if size is None and ratio is not None:
        column = row.column("aspect_ratio") or column
        size = fit_ratio(ratio, _default(row, card), card.max_side)
    if size is None:
        return WantedSize()
    problem = size_problem(size, card.max_side)
    if problem:
        row.report(column, "size_out_of_range", f"{problem}.", _limits(card))
        return WantedSize()
    _compare(row, size, ratio)
    return WantedSize(size.width, size.height, str(ratio) if ratio else None)


def _default(row: Row, card: ModelCard) -> Size:
    return row.rules.default_size or Size(card.default_width, card.default_height)


def _limits(card: ModelCard) -> str:
    usual = Size(card.default_width, card.default_height)
    return f"Use sides from 64 to {card.max_side} pixels, such as {usual}."


def _size(row: Row) -> Size | Ratio | None:
    column = row.column("size")
    value: Any = row.record.get(column) if column else None
    if isinstance(value, dict) and {"width", "height"} <= value.keys():
        text = f"{value['width']}x{value['height']}"
    else:
        text = row.text("size")
    if not text:
        return None
    size = parse_size(text)
    if size is None:
        row.report(column, "size_unreadable", f"{shown(text)} is no size.", _SIZE_FIX)
    return size


def _ratio(row: Row) -> Ratio | None:
    text = row.text("aspect_ratio")
    if not text:
        return None
    ratio = parse_ratio(text)
    if ratio is None:
        row.report(
            row.column("aspect_ratio"),
            "aspect_ratio_unreadable",
            f"{shown(text)} is no aspect ratio.",
            _RATIO_FIX,
        )
    return ratio


def _sides(row: Row, ratio: Ratio | None, card: ModelCard) -> Size | None:
    """Width and height; with a ratio one of them is enough."""
    width = row.whole("width", 64, card.max_side, "")
    height = row.whole("height", 64, card.max_side, "")
    if width and height:
        return Size(width, height)
    if width and ratio:
        return Size(width, max(1, round(width / ratio.value)))
    if height and ratio:
        return Size(max(1, round(height * ratio.value)), height)
    lone = "width" if width else "height" if height else None
    missing = "height" if width else "width"
    if lone and not row.text(missing):
        row.report(
            row.column(missing) or row.column(lone),
            "size_incomplete",
            f"There is a {lone} but no {missing}.",
            f"Give the {missing} too, or an aspect ratio.",
        )
    return None


def _compare(row: Row, size: Size, ratio: Ratio | None) -> None:
    if ratio is not None and abs(size.width / size.height / ratio.value - 1) > 0.06:
        row.warn(
            row.column("aspect_ratio") or row.column("size"),
            "ratio_ignored",
            f"{size} is not {ratio}; the size counts.",
            "Clear the one that is not meant.",
        )
