"""``studio budget``: what may be spent a day, a month and on a batch, shown and set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import results, say, table, write_json
from studio.errors import BadParameter
from studio.models import BatchState, Micros, PauseReason, format_usd, to_dollars, to_micros

if TYPE_CHECKING:
    from studio.container import Studio
    from studio.models.budget import Limit

NONE = {"none", "no", "off", "unlimited"}
BY = "the command line"
RECENT = 50

DayOption = Annotated[
    str | None, typer.Option("--day", "--daily", metavar="USD|none", help="Most dollars a day.")
]
MonthOption = Annotated[
    str | None,
    typer.Option("--month", "--monthly", metavar="USD|none", help="Most dollars a month."),
]
BatchOption = Annotated[
    list[str] | None,
    typer.Option(metavar="BATCH=USD|none", help="Most dollars for a batch; may be repeated."),
]
PriceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="MODEL=USD|none",
        help="What a picture costs where nobody tells the price; may be repeated.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add ``budget``."""
    group = typer.Typer(no_args_is_help=True, help="What may be spent.")
    group.callback()(_group)
    group.command("show")(show)
    group.command("set")(set_)
    app.add_typer(group, name="budget", rich_help_panel=SET_UP)


def _group() -> None:
    """What may be spent a day, a month and on a batch."""


def show(as_json: JsonFlag = False) -> None:
    """Show every budget: spent, set aside, left, and who set it."""
    from studio.container import open_studio

    with open_studio() as studio:
        _show(studio, as_json=as_json)


def set_(
    day: DayOption = None,
    month: MonthOption = None,
    batch: BatchOption = None,
    price: PriceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Set budgets in US dollars, or lift them with none. At a budget, batches pause."""
    from studio.container import open_studio

    shared = [
        (scope, read_amount(text, option))
        for scope, option, text in (("day", "--day", day), ("month", "--month", month))
        if text is not None
    ]
    own = [read_pair(text, "--batch") for text in batch or []]
    prices = [read_pair(text, "--price") for text in price or []]
    if not (shared or own or prices):
        raise BadParameter("Nothing to set is given.", "Say for example: studio budget set --day 5")
    with open_studio() as studio:
        _check(studio, shared, own, prices)
        for scope, cap in shared:
            studio.budgets.set(scope, cap, BY)
        for batch_id, cap in own:
            studio.budgets.set_batch(batch_id, cap, BY)
        for model, amount in prices:
            studio.budgets.set_own_price(studio.models.card(model).id, amount, BY)
        _show(studio, as_json=as_json)
        _tell_paused(studio)


def read_amount(text: str, option: str) -> Micros | None:
    """``"5"`` → five dollars; ``"none"`` → ``None``.

    Raises:
        BadParameter: neither an amount of money nor none.
    """
    if text.strip().lower() in NONE:
        return None
    try:
        return to_micros(text)
    except BadParameter as error:
        raise BadParameter(
            f"{option} {text!r} is not an amount of money.",
            "Write dollars as a number, such as 2.50, or none.",
        ) from error


def read_pair(text: str, option: str) -> tuple[str, Micros | None]:
    """``"b_1=5"`` → the batch and five dollars.

    Raises:
        BadParameter: no ``=``, no name before it, or no amount after it.
    """
    name, equals, amount = text.rpartition("=")
    if not equals or not name.strip():
        raise BadParameter(
            f"{option} {text!r} has no name and amount.", f"Write it as {option} NAME=2.50."
        )
    return name.strip(), read_amount(amount, option)


def _check(
    studio: Studio,
    shared: list[tuple[str, Micros | None]],
    own: list[tuple[str, Micros | None]],
    prices: list[tuple[str, Micros | None]],
) -> None:
    """Find what is wrong before anything is changed."""
    for scope, cap in shared:
        studio.budgets.check(scope, cap)
    for batch_id, cap in own:
        studio.batches.status(batch_id)
        studio.budgets.check("batch", cap)
    for model, amount in prices:
        studio.models.card(model)
        studio.budgets.check_price(amount)


def _show(studio: Studio, *, as_json: bool) -> None:
    limits = [*studio.budgets.limits(), *studio.budgets.batch_limits()]
    if as_json:
        write_json(_document(studio, limits))
        return
    rows = [
        (
            limit.line.label if limit.batch_id is None else f"Batch {limit.batch_id}",
            "no limit" if limit.line.cap is None else format_usd(limit.line.cap),
            format_usd(limit.line.settled),
            format_usd(limit.line.reserved),
            "" if limit.line.left is None else format_usd(limit.line.left),
            limit.set_by,
        )
        for limit in limits
    ]
    header = ("Budget", "Limit", "Spent", "Set aside", "Left", "Set by")
    results().print(table(header, rows, right=header[1:5]))
    for own in studio.budgets.own_prices():
        price = format_usd(own.price)
        say(f"A picture of {own.model} counts as {price}, as given by {own.set_by}.")
    say(f"The most that a day can be set to is {format_usd(studio.budgets.ceiling)}.")
    problem = studio.budgets.problem
    if problem is not None:
        say(f"{problem} The budgets from before hold.", "yellow")


def _document(studio: Studio, limits: list[Limit]) -> dict[str, Any]:
    return {
        "currency": "USD",
        "ceiling_usd": to_dollars(studio.budgets.ceiling),
        "budgets": [
            {
                "scope": limit.line.scope,
                "batch_id": limit.batch_id,
                "label": limit.line.label,
                "cap_usd": to_dollars(limit.line.cap),
                "settled_usd": to_dollars(limit.line.settled),
                "reserved_usd": to_dollars(limit.line.reserved),
                "left_usd": to_dollars(limit.line.left),
                "set_by": limit.set_by or None,
                "highest_usd": to_dollars(limit.highest),
                "highest_by": limit.highest_by,
            }
            for limit in limits
        ],
        "own_prices": [
            {"model": own.model, "price_usd": to_dollars(own.price), "set_by": own.set_by}
            for own in studio.budgets.own_prices()
        ],
    }


def _tell_paused(studio: Studio) -> None:
    """Name the batches that a changed budget may let go on: nothing resumes by itself."""
    for status in studio.batches.list(RECENT):
        batch = status.batch
        if batch.state is BatchState.PAUSED and batch.pause_reason is PauseReason.BUDGET:
            say(f"{batch.id} is paused for its budget. Go on with: studio resume {batch.id}")
