"""``studio costs``: what was spent and what is reserved."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from studio.cli import comparison
from studio.cli.arguments import JsonFlag
from studio.cli.panels import LOOK
from studio.cli.screen import results, table, write_json
from studio.models import BudgetLine, CostReport, format_usd, to_dollars

if TYPE_CHECKING:
    from datetime import date

    from studio.container import Studio
    from studio.models.bill import BillCheck

BILL_SECONDS = 30.0
"""How long ``--check`` waits for bills that are due."""

By = Literal["day", "model", "provider", "batch"]


class Grouping(StrEnum):
    """What spend is grouped by."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"
    BATCH = "batch"


def register(app: typer.Typer) -> None:
    """Add ``costs``."""
    app.command("costs", rich_help_panel=LOOK)(costs)


def costs(
    *,
    by: Annotated[Grouping, typer.Option(help="What spend is grouped by.")] = Grouping.DAY,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day.")] = None,
    batch: Annotated[str | None, typer.Option(help="Only this batch.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare quotes and ledger with the providers' bills.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what was spent and what is reserved, in US dollars."""
    from studio.container import open_studio

    first: date | None = since.date() if since else None
    last: date | None = until.date() if until else None
    with open_studio() as studio:
        if batch is not None:
            studio.batches.status(batch)  # raises where there is no such batch
        report = studio.costs.report(_BY[by], since=first, until=last, batch_id=batch)
        budgets = studio.costs.budgets()
        compared = _compare(studio) if check else None
    if as_json:
        more = {} if compared is None else {"bill_check": comparison.document(compared)}
        write_json(_document(report, budgets) | more)
        return
    rows = [
        (group.label, group.pictures, format_usd(group.settled), format_usd(group.reserved))
        for group in report.groups
    ]
    pictures = sum(group.pictures for group in report.groups)
    rows.append(("Total", pictures, format_usd(report.settled), format_usd(report.reserved)))
    header = (by.value.capitalize(), "Pictures", "Settled", "Reserved")
    results().print(table(header, rows, right=header[1:]))
    if report.charged_without_picture:
        results().print(f"Charged without a picture: {format_usd(report.charged_without_picture)}")
    for line in budgets:
        if line.cap is not None:
            left = format_usd(line.left)
            results().print(f"Budget, {line.label.lower()}: {format_usd(line.cap)}, {left} left")
    if compared is not None:
        comparison.show(compared)


def _compare(studio: Studio) -> BillCheck:
    """The comparison, once the bills that are due have been asked."""
    studio.batches.settle_up(BILL_SECONDS)
    return studio.costs.bill_check()


_BY: dict[Grouping, By] = {
    Grouping.DAY: "day",
    Grouping.MODEL: "model",
    Grouping.PROVIDER: "provider",
    Grouping.BATCH: "batch",
}


def _document(report: CostReport, budgets: list[BudgetLine]) -> dict[str, Any]:
    return {
        "currency": "USD",
        "settled_usd": to_dollars(report.settled),
        "reserved_usd": to_dollars(report.reserved),
        "by": report.by,
        "groups": [
            {
                "key": group.key,
                "pictures": group.pictures,
                "settled_usd": to_dollars(group.settled),
                "reserved_usd": to_dollars(group.reserved),
                "label": group.label,
            }
            for group in report.groups
        ],
        "charged_without_picture_usd": to_dollars(report.charged_without_picture),
        "budgets": [
            {
                "scope": line.scope,
                "cap_usd": to_dollars(line.cap),
                "settled_usd": to_dollars(line.settled),
                "reserved_usd": to_dollars(line.reserved),
                "left_usd": to_dollars(line.left),
            }
            for line in budgets
        ],
    }
