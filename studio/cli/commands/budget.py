"""``studio budget``: what may be spent a day, a month, in all, by a person and on a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.arguments import JsonFlag
from studio.cli.panels import SET_UP
from studio.cli.screen import results, say, table, write_json
from studio.errors import BadParameter
from studio.models import BatchState, Micros, PauseReason, format_usd, to_dollars, to_micros
from studio.models.budget import person_name

if TYPE_CHECKING:
    from studio.container import Studio
    from studio.models.budget import Limit

NONE = {"none", "no", "off", "unlimited"}
BY = "the command line"
RECENT = 50
Pairs = list[tuple[str, Micros | None]]

DayOption = Annotated[
    str | None, typer.Option("--day", "--daily", metavar="USD|none", help="Most dollars a day.")
]
MonthOption = Annotated[
    str | None,
    typer.Option("--month", "--monthly", metavar="USD|none", help="Most dollars a month."),
]
TotalOption = Annotated[
    str | None, typer.Option("--total", metavar="USD|none", help="Most dollars for all time.")
]
PersonOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="EMAIL=USD|none", help="Most dollars a month for a person; may be repeated."
    ),
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
    """What may be spent a day, a month, in all, by a person and on a batch."""


def show(as_json: JsonFlag = False) -> None:
    """Show every budget: spent, set aside, left, and who set it."""
    from studio.container import open_studio

    with open_studio() as studio:
        _show(studio, as_json=as_json)


def set_(
    *,
    day: DayOption = None,
    month: MonthOption = None,
    total: TotalOption = None,
    person: PersonOption = None,
    batch: BatchOption = None,
    price: PriceOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Set budgets in US dollars, or lift them with none. At a budget, batches pause."""
    from studio.container import open_studio

    wish = Wish(
        shared=[
            (scope, read_amount(text, f"--{scope}"))
            for scope, text in (("day", day), ("month", month), ("total", total))
            if text is not None
        ],
        people=[read_pair(text, "--person") for text in person or []],
        own=[read_pair(text, "--batch") for text in batch or []],
        prices=[read_pair(text, "--price") for text in price or []],
    )
    if wish == Wish():
        raise BadParameter("Nothing to set is given.", "Say for example: studio budget set --day 5")
    with open_studio() as studio:
        wish.check(studio)
        wish.fulfil(studio)
        _show(studio, as_json=as_json)
        _tell_paused(studio)


@dataclass(frozen=True)
class Wish:
    """What one command sets: names with amounts, where ``None`` lifts."""

    shared: Pairs = field(default_factory=list)
    people: Pairs = field(default_factory=list)
    own: Pairs = field(default_factory=list)
    prices: Pairs = field(default_factory=list)

    def check(self, studio: Studio) -> None:
        """Find what is wrong before anything is changed.

        Raises:
            StudioError: a name that nobody knows, or an amount that cannot be set.
        """
        for scope, cap in self.shared:
            studio.budgets.check(scope, cap)
        for person, cap in self.people:
            person_name(person)
            studio.budgets.check("person", cap)
        for batch_id, cap in self.own:
            studio.batches.status(batch_id)
            studio.budgets.check("batch", cap)
        for model, amount in self.prices:
            studio.models.card(model)
            studio.budgets.check_price(amount)

    def fulfil(self, studio: Studio) -> None:
        """Set all of it."""
        for scope, cap in self.shared:
            studio.budgets.set(scope, cap, BY)
        for person, cap in self.people:
            studio.budgets.set_person(person, cap, BY)
        for batch_id, cap in self.own:
            studio.budgets.set_batch(batch_id, cap, BY)
        for model, amount in self.prices:
            studio.budgets.set_own_price(studio.models.card(model).id, amount, BY)


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


def _show(studio: Studio, *, as_json: bool) -> None:
    mine = studio.budgets
    limits = [*mine.limits(), *mine.people(), *mine.batch_limits()]
    if as_json:
        write_json(_document(studio, limits))
        return
    rows = [
        (
            _name(limit),
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
    say(f"The most that a day can be set to is {format_usd(mine.ceiling)}.")
    if mine.for_each_person is not None:
        each = format_usd(mine.for_each_person)
        say(f"Who signs in by name may spend {each} a month, unless the list says otherwise.")
    problem = studio.budgets.problem
    if problem is not None:
        say(f"{problem} The budgets from before hold.", "yellow")


def _name(limit: Limit) -> str:
    if limit.batch_id is not None:
        return f"Batch {limit.batch_id}"
    return limit.line.label if limit.line.person is None else f"{limit.line.person}, this month"


def _document(studio: Studio, limits: list[Limit]) -> dict[str, Any]:
    return {
        "currency": "USD",
        "ceiling_usd": to_dollars(studio.budgets.ceiling),
        "each_person_usd": to_dollars(studio.budgets.for_each_person),
        "budgets": [
            {
                "scope": limit.line.scope,
                "batch_id": limit.batch_id,
                "person": limit.line.person,
                "label": limit.line.label,
                "cap_usd": to_dollars(limit.line.cap),
                "settled_usd": to_dollars(limit.line.settled),
                "reserved_usd": to_dollars(limit.line.reserved),
                "left_usd": to_dollars(limit.line.left),
                "over_usd": to_dollars(limit.line.over),
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
