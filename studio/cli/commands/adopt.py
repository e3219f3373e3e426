"""``studio adopt JOB``: look for one lost picture, and bring it home if the provider has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.follow import stop_on_signal
from studio.cli.looking import look_document, see_through
from studio.cli.outcomes import ALL_DONE, INTERRUPTED, SOME_FAILED, all_files
from studio.cli.panels import MAKE
from studio.cli.screen import say, waiting, write_json
from studio.models import to_dollars
from studio.models.lost import Found, LookedAt

if TYPE_CHECKING:
    from studio.container import Studio


def register(app: typer.Typer) -> None:
    """Add ``adopt``."""
    app.command("adopt", rich_help_panel=MAKE)(adopt)


def adopt(
    job: Annotated[str, typer.Argument(metavar="JOB", help="Job id, see: studio lost.")],
    request_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The request's id, copied from the provider's site."),
    ] = None,
    timeout: Annotated[
        float, typer.Option(min=1, metavar="SECONDS", help="How long to ask at most.")
    ] = 60.0,
    as_json: JsonFlag = False,
) -> None:
    """Look for one lost picture at its provider, and bring it home if it is there."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        with waiting("Asking the provider"):
            first = studio.lost.adopt(job, request_id, timeout)
        look = see_through(studio, [first], stop)[0]
        document = _document(studio, look)
        _tell(look, document)
        if as_json:
            write_json(document)
    if stop.asked and look.found is Found.BEING_MADE:
        raise typer.Exit(INTERRUPTED)
    raise typer.Exit(ALL_DONE if look.found is Found.IN_GALLERY else SOME_FAILED)


def _tell(look: LookedAt, document: dict[str, Any]) -> None:
    say(look.message, "bold")
    if document["file"]:
        say(f"Its file: {document['file']}")
    elif look.found is Found.NEVER_ARRIVED:
        say(f"It waits for its turn again: studio resume {document['batch_id']}")
    elif look.found in {Found.STILL_UNKNOWN, Found.NOT_FOUND}:
        say(
            "If the provider's site shows it, name its request: studio adopt "
            f"{look.job_id} --request-id ID. Otherwise: studio retry {look.job_id}, "
            f"or: studio write-off {look.job_id}"
        )


def _document(studio: Studio, look: LookedAt) -> dict[str, Any]:
    job = studio.batches.job(look.job_id)
    file = all_files(studio, studio.batches.status(job.batch_id)).get(job.id)
    return look_document(look, job.state) | {
        "batch_id": job.batch_id,
        "file": file,
        "cost_usd": to_dollars(job.cost),
    }
