"""The end of a run: missing files written, statistics shown, the document and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.text import Text

from studio.cli.follow import Stop, follow
from studio.cli.looking import held_words
from studio.cli.outcomes import (
    INTERRUPTED,
    Target,
    all_jobs,
    batch_document,
    exit_code,
    pictures_of,
)
from studio.cli.screen import messages, plain, say, table, write_json
from studio.models import BatchState, BatchStatus, Job, PauseReason
from studio.models.trouble import troubles_of

if TYPE_CHECKING:
    from studio.container import Studio

BILL_SECONDS = 5.0
"""How long the end of a run waits for bills that can be asked now."""
_SHOWN = 20
"""Kinds of trouble that are told; the others are in the JSON document, picture by picture."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is said after the studio is closed."""

    document: dict[str, Any] | None
    """For stdout; ``None`` where no JSON was asked for."""
    exit_code: int
    last_words: str = ""

    def finish(self) -> None:
        """Say the last words, print the document if there is one, leave with the exit code."""
        for line in self.last_words.splitlines():
            say(line)
        if self.document is not None:
            write_json(self.document)
        raise typer.Exit(self.exit_code)


def follow_and_report(
    studio: Studio,
    batch_id: str,
    stop: Stop,
    *,
    as_json: bool,
    target: Target | None = None,
    skipped: int | None = None,
) -> Report:
    """Watch a batch to its end, deliver its files, and sum it up."""
    status = follow(studio, batch_id, stop)
    return conclude(studio, status, stop, as_json=as_json, target=target, skipped=skipped)


def conclude(
    studio: Studio,
    status: BatchStatus,
    stop: Stop,
    *,
    as_json: bool,
    target: Target | None = None,
    skipped: int | None = None,
) -> Report:
    """Deliver the files of a batch and sum it up.

    Args:
        as_json: whether the document is wanted; a big one takes its time.
        target: where the files go; ``None`` uses the place that the batch remembers.
        skipped: pictures that existed before; ``None`` takes the batch's own count.
    """
    if not stop.asked:
        studio.batches.settle_up(BILL_SECONDS)
        status = studio.batches.status(status.batch.id)
    place = target or Target.of(status)
    if place.folder is not None:
        studio.exports.folder(status.batch.id, place.folder, place.layout)
    _show_closing(studio, status, place.folder)
    document = None
    if as_json:
        document = batch_document(studio, status, skipped=skipped, target=place)
    interrupted = stop.asked and status.counts.unfinished > 0
    code = INTERRUPTED if interrupted else exit_code(status)
    words = _last_words(status, _words_about_budgets(studio, status), interrupted=interrupted)
    unknown = _words_about_unknown(studio, status)
    return Report(document, code, "\n".join(filter(None, [unknown, words])))


def _show_closing(studio: Studio, status: BatchStatus, folder: Path | None) -> None:
    from studio.container.standing import money
    from studio.exports import statistics

    jobs, assets = all_jobs(studio, status.batch.id), pictures_of(studio, status)
    closing = statistics(status, jobs, assets, folder)
    say("")
    say(f"Batch {status.batch.id}: {plain(status.batch.title)}", "bold")
    messages().print(table(("", ""), closing.pairs(), header=False))
    if words := money(studio.parts, status.batch.id).words:
        say(words)
    show_troubles([job for job in jobs if job.id not in assets])


def show_troubles(jobs: Sequence[Job], console: Console | None = None) -> None:
    """Why pictures are missing: equal faults together, charged or not, and what to do.

    Args:
        console: Where to; by default where messages go.
    """
    target = console or messages()
    found = troubles_of(jobs)
    for trouble in found[:_SHOWN]:
        facts = f"{trouble.state.value}; {trouble.rows}; {trouble.charged}"
        _line(target, f"{trouble.headline} ({facts})", "red")
        if trouble.fault is not None:
            _line(target, f"  Why: {plain(trouble.fault.message)}")
            _line(target, f"  What to do: {plain(trouble.fault.hint)}")
    if left := sum(len(trouble.failures) for trouble in found[_SHOWN:]):
        _line(target, f"… and {left:,} more without a picture.", "red")


def _line(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def _last_words(status: BatchStatus, budgets: str, *, interrupted: bool) -> str:
    batch, counts = status.batch, status.counts
    if interrupted:
        return f"Stopped; nothing is lost. Go on with: studio resume {batch.id}"
    if batch.state is BatchState.PAUSED:
        why = batch.pause_message or "It was paused."
        if batch.pause_reason is PauseReason.BUDGET:
            why = f"{why} {budgets}"
        return f"The batch waits. {why} Go on with: studio resume {batch.id}"
    if counts.failed or counts.refused or counts.canceled:
        return f"Try the missing pictures again with: studio retry {batch.id}"
    return ""


def _words_about_budgets(studio: Studio, status: BatchStatus) -> str:
    """Every budget that is too small for what waits, and the one command that raises them all."""
    stop = studio.budgets.stop_of(status.batch.id)
    if stop is None or not stop.short:
        return "Budgets, and prices of your own, are set with: studio budget set."
    options = []
    for limit in stop.short:
        name = limit.batch_id or limit.line.person
        amount = f"{(stop.enough(limit) or 0) / 1_000_000:.2f}"
        options.append(f"--{limit.line.scope} {f'{name}=' if name else ''}{amount}")
    return f"{stop.short_words} Enough for all of it: studio budget set {' '.join(options)}."


def _words_about_unknown(studio: Studio, status: BatchStatus) -> str:
    """What may have been paid for and did not come, and what to do."""
    lost = studio.lost.summary(status.batch.id)
    if lost.paid:
        told = "picture was" if lost.paid == 1 else "pictures were"
        paid = (
            f"{lost.paid:,} {told} charged and did not come; to look for it or make it again, "
            f"which costs again: studio lost {status.batch.id}"
        )
        if not lost.unknown:
            return paid
    if not lost.unknown:
        return ""
    return (
        f"{held_words(lost)}: nobody can tell what became of that work. "
        f"Look again with: studio reconcile {status.batch.id}. "
        f"To decide yourself: studio lost {status.batch.id}"
    )
