"""``studio cancel [BATCH]``: stop a batch for good, saying what that costs before and after."""

from __future__ import annotations

from typing import Any

import typer

from studio.cli import screen
from studio.cli.arguments import BatchArgument, JsonFlag, YesFlag, chosen_batch
from studio.cli.follow import follow, stop_on_signal
from studio.cli.looking import held_words, lost_hints
from studio.cli.outcomes import INTERRUPTED
from studio.cli.panels import MAKE
from studio.cli.screen import say, write_json
from studio.errors import InputError
from studio.models import BatchStatus, CancelReport, format_usd, to_dollars
from studio.models.leaving import under_way_words
from studio.models.lost import LostSummary


def register(app: typer.Typer) -> None:
    """Add ``cancel``."""
    app.command("cancel", rich_help_panel=MAKE)(cancel)


def cancel(batch: BatchArgument = None, yes: YesFlag = False, as_json: JsonFlag = False) -> None:
    """Stop a batch. Pictures already sent may still be charged; it says how much."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        batch_id = chosen_batch(studio, batch)
        before, lost = studio.batches.status(batch_id), studio.lost.summary(batch_id)
        preview = studio.batches.cancel_preview(batch_id)
        say(_words(preview, before))
        if lost.unknown:
            say(f"{held_words(lost)}: canceling does not change that.")
        if not yes:
            _ask(batch_id, preview)
        report = studio.batches.cancel(batch_id)
        say("Canceled: nothing more is sent.")
        after = follow(studio, batch_id, stop) if report.in_flight else before
        after = studio.batches.status(after.batch.id)
        left = studio.lost.summary(batch_id)
        _tell_end(before, after, left, report)
        document = _document(report, before, after, left)
    if as_json:
        write_json(document)
    if stop.asked and after.counts.in_flight:
        raise typer.Exit(INTERRUPTED)


def _words(preview: CancelReport, status: BatchStatus) -> str:
    """``12 being made will be charged, about $0.48; 300 waiting will not be charged.``"""
    waiting = f"{preview.waiting:,} waiting will not be charged."
    if not preview.in_flight:
        return f"Nothing is running. {waiting}"
    is_free = status.batch.quote.is_free
    if not preview.may_charge and is_free:
        return (
            f"{preview.in_flight:,} running and {preview.waiting:,} waiting: "
            "nothing is charged for them."
        )
    return f"{under_way_words(preview, status.in_line, is_free=is_free)}; {waiting}"


def _tell_end(
    before: BatchStatus, after: BatchStatus, left: LostSummary, report: CancelReport
) -> None:
    if report.in_flight:
        arrived = after.counts.done - before.counts.done
        charged = format_usd(after.settled - before.settled)
        say(f"Of the {report.in_flight:,} running, {arrived:,} arrived; {charged} was charged.")
    if after.counts.in_flight:
        say(
            f"{after.counts.in_flight:,} are still under way: they are paid for and come home "
            f"with: studio cancel {after.batch.id}"
        )
    for hint in lost_hints(left):
        say(hint)


def _document(
    report: CancelReport, before: BatchStatus, after: BatchStatus, left: LostSummary
) -> dict[str, Any]:
    return {
        "batch_id": after.batch.id,
        "state": after.batch.state.value,
        "waiting": report.waiting,
        "in_flight": report.in_flight,
        "may_charge_usd": to_dollars(report.may_charge),
        "arrived": after.counts.done - before.counts.done,
        "charged_usd": to_dollars(after.settled - before.settled),
        "still_in_flight": after.counts.in_flight,
        "unknown": left.unknown,
        "held_usd": to_dollars(left.held),
        "settled_usd": to_dollars(after.settled),
        "reserved_usd": to_dollars(after.reserved),
    }


def _ask(batch_id: str, preview: CancelReport) -> None:
    if preview.in_flight == 0 or preview.may_charge == 0:
        return
    if not screen.can_ask():
        raise InputError(
            f"Canceling {batch_id!r} gives up pictures that may still be charged.",
            "Add --yes to agree.",
        )
    if not typer.confirm("Cancel the batch?", default=False, err=True):
        say("The batch goes on.")
        raise typer.Exit(0)
