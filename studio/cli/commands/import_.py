"""``studio import DIR``: take old output folders of systems A and B into the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.outcomes import ALL_DONE, INTERRUPTED, SOME_FAILED
from studio.cli.panels import LOOK
from studio.cli.screen import messages, say, table, write_json
from studio.models import format_usd, to_dollars

if TYPE_CHECKING:
    from studio.models.imports import ImportReport

_SHOWN = 20
"""Problems told one by one; the document of ``--json`` has them all."""


def register(app: typer.Typer) -> None:
    """Add ``import``."""
    app.command("import", rich_help_panel=LOOK)(import_)


def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of old outputs.")],
    as_json: JsonFlag = False,
) -> None:
    """Take old outputs into the gallery, with prompts, metadata and costs.

    Reads folders of picture programs that wrote metadata/*.json and batch_metadata.json, or
    results/<prompt id>/iteration_<n>. Nothing there is changed; again brings what is missing.
    """
    from studio.container import open_studio

    try:
        with open_studio() as studio, _progress() as show:
            report = studio.imports.take_in(folder, show)
    except KeyboardInterrupt:
        say("Stopped; nothing is lost. The same command goes on where it stopped.")
        raise typer.Exit(INTERRUPTED) from None
    _sum_up(report)
    if as_json:
        write_json(document(report))
    raise typer.Exit(SOME_FAILED if report.problems else ALL_DONE)


def document(report: ImportReport) -> dict[str, Any]:
    """The report for ``--json``: amounts in US dollars."""
    shape = report.model_dump(mode="json", exclude={"cost"})
    return shape | {"cost_usd": to_dollars(report.cost)}


def _sum_up(report: ImportReport) -> None:
    rows: list[tuple[str, object]] = [
        ("Pictures taken in", str(report.pictures)),
        ("Already there", report.already_there),
        ("Without a record, known by their names only", report.without_record),
        ("Records of pictures that had failed", report.failed_records),
        ("Other picture files, left alone", report.not_recognised),
        ("Problems", len(report.problems)),
        ("Noted cost of what was taken in", f"{format_usd(report.cost)} (USD)"),
        ("Pictures whose cost was not noted", report.cost_unknown),
        ("Batches", ", ".join(report.batch_ids) or "none"),
    ]
    known = report.pictures > report.cost_unknown
    kept = [row for row in rows if row[1] and (known or not str(row[1]).endswith("(USD)"))]
    say("")
    say(f"Imported from {report.folder}", "bold")
    messages().print(table(("", ""), kept, header=False))
    for problem in report.problems[:_SHOWN]:
        say(f"{problem.file}: {problem.message} {problem.fix}", "red")
    if len(report.problems) > _SHOWN:
        say(
            f"… and {len(report.problems) - _SHOWN} more problems; see them all with --json.", "red"
        )


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar for people; a line at each tenth for logs."""
    console = messages()
    if not console.is_terminal:
        yield _tenths
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    with Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
    ) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _tenths(done: int, total: int) -> None:
    if done * 10 // total != (done - 1) * 10 // total:
        say(f"{done}/{total} pictures")
