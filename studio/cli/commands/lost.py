"""``studio lost [BATCH]``: Lost & found, what may have been paid for and is not in the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.looking import lost_hints
from studio.cli.panels import LOOK
from studio.cli.screen import results, say, table, write_json
from studio.models import format_usd, to_dollars
from studio.models.lost import LostItem, LostKind, LostSummary

_MISSING = {
    LostKind.UNKNOWN: "Outcome unknown",
    LostKind.PAID: "Charged, no picture",
    LostKind.LATE: "Made, not home yet",
}


def register(app: typer.Typer) -> None:
    """Add ``lost``."""
    app.command("lost", rich_help_panel=LOOK)(lost)


def lost(
    batch: Annotated[
        str | None, typer.Argument(metavar="[BATCH]", help="Batch id; all when left out.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Most of each kind.")] = 500,
    as_json: JsonFlag = False,
) -> None:
    """List what may have been paid for and is not in the gallery, and what to do about it."""
    from studio.container import open_studio

    with open_studio() as studio:
        if batch is not None:
            studio.batches.status(batch)  # raises where there is no such batch
        summary, items = studio.lost.summary(batch), studio.lost.items(batch, limit)
        now = studio.parts.now()
    if as_json:
        write_json(_document(summary, items))
        return
    if not summary.total:
        say("Nothing is lost: whatever was paid for is in the gallery.")
        return
    _show(items, now)
    if more := summary.total - len(items):
        say(f"… and {more:,} more: see --limit, or --json.")
    for hint in lost_hints(summary):
        results().print(hint)
    say("One at a time: studio adopt JOB · studio retry JOB · studio write-off JOB")


def _show(items: Sequence[LostItem], now: datetime) -> None:
    header = ("Job", "Row", "What is missing", "Amount", "Since (UTC)", "Kept until (UTC)",
              "What to do")  # fmt: skip
    rows = [
        (
            item.job_id,
            item.row,
            f"{_MISSING[item.kind]}: {item.known}",
            format_usd(item.amount),
            _moment(item.sent_at),
            _kept(item, now),
            item.hint,
        )
        for item in items
    ]
    results().print(table(header, rows, right=("Row", "Amount")))


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _kept(item: LostItem, now: datetime) -> str:
    """Until when the provider keeps the output, and how long that is from now."""
    if item.kept_until is None:
        return "nobody knows"
    minutes = int((item.kept_until - now).total_seconds() // 60)
    if minutes < 0:
        return f"{_moment(item.kept_until)}, over"
    if minutes < 120:
        return f"{_moment(item.kept_until)}, {minutes} min left"
    hours = minutes // 60
    left = f"{hours} h" if hours < 48 else f"{hours // 24} days"
    return f"{_moment(item.kept_until)}, {left} left"


def _document(summary: LostSummary, items: Sequence[LostItem]) -> dict[str, Any]:
    return {
        "currency": "USD",
        "unknown": summary.unknown,
        "late": summary.late,
        "paid": summary.paid,
        "held_usd": to_dollars(summary.held),
        "charged_usd": to_dollars(summary.charged),
        "items": [_item(item) for item in items],
    }


def _item(item: LostItem) -> dict[str, Any]:
    document = item.model_dump(mode="json", exclude={"amount"})
    return document | {"amount_usd": to_dollars(item.amount)}
