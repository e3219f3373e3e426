"""``studio reconcile [BATCH]``: ask the providers what became of pictures of unknown outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.follow import stop_on_signal
from studio.cli.looking import (
    batches_of,
    found_counts,
    held_words,
    look_document,
    looked_words,
    see_through,
)
from studio.cli.outcomes import ALL_DONE, INTERRUPTED, SOME_FAILED
from studio.cli.panels import MAKE
from studio.cli.rows import count_words
from studio.cli.screen import say, waiting, write_json
from studio.models import to_dollars
from studio.models.lost import Found, LookedAt, LostSummary, Reconciled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.container import Studio


def register(app: typer.Typer) -> None:
    """Add ``reconcile``."""
    app.command("reconcile", rich_help_panel=MAKE)(reconcile)


def reconcile(
    batch: Annotated[
        str | None, typer.Argument(metavar="[BATCH]", help="Batch id; all when left out.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long to ask at most.")
    ] = 60.0,
    as_json: JsonFlag = False,
) -> None:
    """Look up the pictures of unknown outcome, bring home what is found, check due bills."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        unknown = studio.lost.summary(batch).unknown
        told = f"Asking what became of {count_words(unknown, 'picture')}"
        say(f"{told}." if unknown else "No outcome is unknown.")
        with waiting(told):
            result = studio.lost.reconcile(batch, timeout)
        looked = see_through(studio, result.looked, stop)
        left = studio.lost.summary(batch)
        _tell(studio, looked, result, left)
        if as_json:
            write_json(_document(studio, looked, result, left))
    if stop.asked and any(look.found is Found.BEING_MADE for look in looked):
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(SOME_FAILED if left.unknown else ALL_DONE)


def _tell(
    studio: Studio, looked: Sequence[LookedAt], result: Reconciled, left: LostSummary
) -> None:
    if looked:
        say(looked_words(looked), "bold")
    if result.bills_asked:
        say(f"{count_words(result.bills_asked, 'bill')} compared with the provider's own figures.")
    if result.bills_waiting:
        bills = count_words(result.bills_waiting, "bill")
        say(f"{bills} cannot be complete yet; asked later by itself.")
    again = [look.job_id for look in looked if look.found is Found.NEVER_ARRIVED]
    for batch_id in batches_of(studio, again):
        say(f"Make what waits again with: studio resume {batch_id}")
    if left.unknown:
        say(f"{held_words(left)}. It is looked for again later; to decide yourself: studio lost")


def _document(
    studio: Studio, looked: Sequence[LookedAt], result: Reconciled, left: LostSummary
) -> dict[str, Any]:
    return {
        "looked_up": len(looked),
        **found_counts(looked),
        "unknown": left.unknown,
        "held_usd": to_dollars(left.held),
        "bills_asked": result.bills_asked,
        "bills_waiting": result.bills_waiting,
        "jobs": [look_document(look, studio.batches.job(look.job_id).state) for look in looked],
    }
