"""The numbers of the costs page, asked of the books and put into words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from studio.container import Studio
from studio.models import (
    BudgetLine,
    CostGroup,
    CostReport,
    EntryKind,
    LedgerEntry,
    Micros,
    format_usd,
)
from studio.models.money import format_together
from studio.ui.charts import every_day
from studio.ui.facts import format_time, source_words
from studio.ui.words import short

By = Literal["model", "provider", "batch"]
NAME = 40
"""Characters of what a picture is called in the ledger."""


@dataclass(frozen=True)
class Totals:
    """The figures at the head of the page, micro-dollars."""

    today: Micros
    month: Micros
    everything: Micros
    reserved: Micros
    without_picture: Micros
    pictures: int

    @property
    def free(self) -> bool:
        """Nothing was ever charged, and nothing is set aside."""
        return self.everything == 0 and self.reserved == 0


def totals(budgets: Sequence[BudgetLine], report: CostReport) -> Totals:
    """The head figures; ``report`` covers all time."""
    settled = {line.scope: line.settled for line in budgets}
    return Totals(
        today=settled.get("day", 0),
        month=settled.get("month", 0),
        everything=report.settled,
        reserved=report.reserved,
        without_picture=report.charged_without_picture,
        pictures=sum(group.pictures for group in report.groups),
    )


def spend_by(studio: Studio, by: By, day: date | None = None) -> CostReport:
    """Spend of all time or of one day, with the groups called what people call them."""
    report = studio.costs.report(by, since=day, until=day)
    called: dict[str, str] = {}
    if by == "model":
        called = {card.id: card.label for card in studio.models.cards()}
    elif by == "provider":
        called = {line.id: line.label for line in studio.models.providers()}
    groups = [
        group.model_copy(update={"label": called.get(group.key, group.label)})
        for group in report.groups
    ]
    return report.model_copy(update={"groups": told_apart(groups)})


def usual_span(studio: Studio) -> str:
    """How many days to show unless asked: a week for a young studio, otherwise 30 days."""
    week_ago = studio.costs.today() - timedelta(days=7)
    days = studio.costs.report("day").groups
    young = all(date.fromisoformat(group.key) > week_ago for group in days)
    return "7" if young else "30"


def daily(studio: Studio, by: By, days: int) -> tuple[list[tuple[date, CostReport]], list[date]]:
    """One report per day with entries, and all days of the span, oldest first."""
    today = studio.costs.today()
    first = today - timedelta(days=days - 1)
    busy = studio.costs.report("day", since=first, until=today).groups
    found = sorted(date.fromisoformat(group.key) for group in busy)
    return [(day, spend_by(studio, by, day)) for day in found], every_day(first, today)


def told_apart(groups: Sequence[CostGroup]) -> list[CostGroup]:
    """The groups with labels that are unique: equal ones get the tail of their key."""
    labels = [group.label for group in groups]
    return [
        group.model_copy(update={"label": f"{group.label} · {group.key[-4:]}"})
        if labels.count(group.label) > 1
        else group
        for group in groups
    ]


def budget_words(line: BudgetLine) -> tuple[float, str]:
    """How full a budget is, 0 to 1, and that in words. Only for a line with a cap."""
    cap, left = line.cap or 0, line.left or 0
    share = 1.0 if cap <= 0 else min(1.0, max(0.0, (cap - left) / cap))
    spent, aside, rest, most = format_together(line.settled, line.reserved, max(0, left), cap)
    parts = [f"{spent} spent"]
    if line.reserved:
        parts.append(f"{aside} set aside")
    parts.append(f"{rest} left of {most}")
    return share, ", ".join(parts)


def entry_words(entry: LedgerEntry) -> str:
    """What a ledger entry did, in plain words."""
    match entry.kind:
        case EntryKind.RESERVE:
            return "Set aside"
        case EntryKind.RELEASE:
            return "Given back"
        case _ if entry.corrects and "own bill" in entry.source:
            return "Corrected to the bill"
        case _ if entry.settled < 0:
            return "Corrected: less was charged"
        case _ if not entry.picture:
            return "Charged without a picture"
        case _:
            return "Paid for a picture" if entry.settled else "Picture, free"


def ledger_rows(entries: Sequence[LedgerEntry], studio: Studio) -> list[dict[str, str | int]]:
    """The entries as table rows; amounts are texts, empty where nothing moved."""
    called = {card.id: card.label for card in studio.models.cards()}
    pictures = _pictures(studio, {entry.job_id for entry in entries})
    return [
        {
            "What": entry_words(entry),
            "Paid": format_usd(entry.settled) if entry.kind is EntryKind.SETTLE else "",
            "Set aside": format_usd(entry.reserved) if entry.reserved else "",
            "Picture": pictures[entry.job_id],
            "When": format_time(entry.at, studio.settings.timezone),
            "Model": called.get(entry.model, entry.model),
            "Figure from": source_words(entry.source),
            "Try": entry.attempt,
            "Job": entry.job_id,
        }
        for entry in entries
    ]


def _pictures(studio: Studio, job_ids: Collection[str]) -> dict[str, str]:
    """Job → the row of its table and what it is to show: ``3: A red boat on a calm lake``."""
    found: dict[str, str] = {}
    for job_id in job_ids:
        spec = studio.batches.job(job_id).spec
        name = short(spec.description or spec.request.prompt, NAME)
        found[job_id] = f"{spec.row_number:,}: {name}"
    return found


def dollar_format(amounts: Sequence[float | None]) -> str:
    """The shortest number format that shows all amounts to a hundredth of a cent."""
    known = [amount for amount in amounts if amount]
    places = [all(round(each, n) == round(each, 4) for each in known) for n in (2, 3, 4)]
    return f"$%.{places.index(True) + 2}f"
