"""``studio run FILE``: make the pictures of a prompt file."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from studio.cli import screen
from studio.cli.arguments import JsonFlag, YesFlag, read_prompt_file
from studio.cli.follow import Stop, stop_on_signal
from studio.cli.outcomes import plan_document
from studio.cli.panels import MAKE
from studio.cli.presets import preset as named
from studio.cli.report import Report, conclude, follow_and_report
from studio.cli.rows import count_words, price_words, require_good_rows, show_plan
from studio.cli.screen import say
from studio.cli.wishes import (
    DeliveryWish,
    FlowWish,
    LimitWish,
    PictureWish,
    Wish,
    run_options,
)
from studio.errors import BadFile, InputError, KeyMissing, Unreachable
from studio.models import ModelCard, PictureFormat, Plan

if TYPE_CHECKING:
    from studio.cli.outcomes import Target
    from studio.container import Studio

PromptsOption = Annotated[
    Path | None,
    typer.Option("--prompts", "--input-file", metavar="FILE", help="The prompt file, as FILE."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", "--batch-size", min=1, max=64, help="Pictures made at once."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "--output-dir", metavar="DIR", help="Folder for the pictures."),
]


def register(app: typer.Typer) -> None:
    """Add ``run``."""
    app.command("run", rich_help_panel=MAKE)(run)


def run(
    file: Annotated[
        Path | None, typer.Argument(help="CSV, XLSX, JSON, JSON Lines or YAML.")
    ] = None,
    *,
    prompts: PromptsOption = None,
    model: Annotated[str | None, typer.Option(help="Model id, see: studio models.")] = None,
    preset: Annotated[str | None, typer.Option(help="Named set of options: classic.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A setting of the model; may be repeated."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed of each row's first copy.")] = None,
    images: Annotated[int | None, typer.Option(min=1, max=100, help="Pictures per row.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Pixels: 1024x768.")] = None,
    format_: Annotated[PictureFormat | None, typer.Option("--format", help="File format.")] = None,
    workers: WorkersOption = None,
    max_retries: Annotated[
        int | None, typer.Option(min=0, max=20, help="Tries after the first.")
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, help="Seconds to send, and to make, one attempt."),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="USD", help="Most that this run may cost.")
    ] = None,
    output: OutputOption = None,
    layout: Annotated[str | None, typer.Option(help="Layout of that folder: sections.")] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave bad rows out instead of stopping.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Make new pictures even where some exist.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be made and its price; make nothing.")
    ] = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the pictures of a prompt file. The same file again makes only what is missing."""
    wish = Wish(
        read_prompt_file(file, prompts),
        PictureWish(model, preset, param or [], seed, images, size, format_),
        LimitWish(workers, max_retries, timeout, budget),
        DeliveryWish(output, layout),
        FlowWish(skip_bad_rows, again, dry_run, yes, as_json),
    )
    perform(wish).finish()


def perform(wish: Wish) -> Report:
    """Open the studio, do what was asked, close it again."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        plan, target = _plan(studio, wish)
        if wish.flow.dry_run:
            show_plan(plan, rows=True)
            say("Nothing was made: this was a dry run.")
            return _only_planned(plan, target, wish)
        if plan.pictures == 0:
            return _nothing_new(studio, plan, target, stop, wish)
        show_plan(plan, rows=False)
        _confirm(plan, yes=wish.flow.yes)
        batch_id = studio.batches.start(plan)
        return follow_and_report(
            studio,
            batch_id,
            stop,
            as_json=wish.flow.json,
            target=target,
            skipped=plan.skipped,
        )


def _plan(studio: Studio, wish: Wish) -> tuple[Plan, Target]:
    """Read and check the file, and plan its pictures. Nothing is spent or written."""
    data = _read(wish.file)
    card = _card(studio, wish.picture.model or named(wish.picture.preset).model)
    options, target = run_options(wish, card, studio.settings)
    sheet = studio.planner.read(data, wish.file.name)
    checked = studio.planner.check(sheet, None, model=card.id, params=options.params)
    require_good_rows(checked, skip_bad=wish.flow.skip_bad_rows)
    for model in dict.fromkeys(row.model for row in checked.rows if row.model):
        _card(studio, model)
    return studio.planner.plan(checked.rows, options), target


def _card(studio: Studio, model: str | None) -> ModelCard:
    """The model, with what its provider tells today where it can be asked.

    What nobody can tell stays a guess: the provider still checks each request.
    """
    if model is not None and studio.models.needs_learning(model):
        with (
            screen.waiting(f"Asking what {model} takes"),
            contextlib.suppress(KeyMissing, Unreachable),
        ):
            return studio.live.learn(model)
    card = studio.models.card(model)
    with screen.waiting(f"Asking for the price of {card.label}"):
        studio.live.refresh_prices([card.id])
    return studio.models.card(model)


def _read(path: Path) -> bytes:
    """The file's content. A file that is far too big is refused before it fills the memory."""
    from studio.intake import MAX_BYTES

    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise BadFile(
            f"The prompt file {path.as_posix()!r} cannot be read: {reason}.",
            "Check its name and that you may read it.",
        ) from error
    if size > MAX_BYTES:
        raise BadFile(
            f"{path.name!r} is {size / 1024**2:.0f} MB; a prompt file may have"
            f" {MAX_BYTES // 1024**2} MB.",
            "Split it into several files, and remove pictures and other attachments from it.",
        )
    return data


def _nothing_new(studio: Studio, plan: Plan, target: Target, stop: Stop, wish: Wish) -> Report:
    """A rerun with nothing to make: say so, and write files that are missing."""
    noun = "picture exists" if plan.skipped == 1 else "pictures exist"
    say(f"Nothing new to make: {plan.skipped} {noun} already.", "bold")
    if plan.batch_id is None:
        return _only_planned(plan, target, wish)
    status = studio.batches.status(plan.batch_id)
    return conclude(
        studio, status, stop, as_json=wish.flow.json, target=target, skipped=plan.skipped
    )


def _only_planned(plan: Plan, target: Target, wish: Wish) -> Report:
    return Report(plan_document(plan, target.folder) if wish.flow.json else None, 0)


def _confirm(plan: Plan, *, yes: bool) -> None:
    """Ask before money is spent.

    Raises:
        InputError: nobody can be asked, and ``--yes`` was not given.
        typer.Exit: the answer was no.
    """
    if yes or plan.quote.is_free:
        return
    pictures = count_words(plan.pictures, "picture")
    if not screen.can_ask():
        raise InputError(
            f"{pictures} {price_words(plan)}, and nobody is there to ask.",
            "Add --yes to agree, or look first with --dry-run.",
        )
    question = f"Make {pictures} {price_words(plan)}?"
    if not typer.confirm(question, default=False, err=True):
        say("Nothing was started.")
        raise typer.Exit(130)
